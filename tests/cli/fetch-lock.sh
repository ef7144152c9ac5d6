# Lock files and licences.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
mockhub
bert=acme/tiny-bert

echo "# written when there is none: small files are hashed too"
hf-fetch -q -l lock $bert >/dev/null
hf-fetch -q -l lock2 acme/nli config.json >/dev/null
cat lock lock2
d=hub/models/$bert/rev/0002
sha256sum $d/1_Pooling/config.json $d/README.md $d/config.json \
    $d/model.safetensors $d/vocab.txt | cut -d ' ' -f 1 >want
cut -f 5 lock | diff - want

echo "# obeyed: the commit does not move, nothing is asked"
mv hub/models/$bert/repo.json repo.json
python3 - repo.json hub/models/$bert/repo.json <<'END'
import json, sys
repo = json.load(open(sys.argv[1]))
repo["branches"]["main"] = "0003"
json.dump(repo, open(sys.argv[2], "w"))
END
mock_end
mockhub
run hf-fetch -l lock $bert
run hf-fetch -l lock
run hf-fetch -l lock $bert config.json 1_Pooling/
requests
rm -rf "$CACHE"
run hf-fetch -l lock $bert config.json
requests path | grep -c -e revision -e model.safetensors
run hf-fetch -l lock $bert@v1.0 config.json
run hf-fetch -l lock $bert@2f9c2be3ea1d816f2c5bc1e5a66ea457cc56ba56
run hf-fetch -l lock $bert onnx/model.onnx
run hf-fetch -l lock acme/nli

echo "# offline"
hf-fetch -q -l lock >/dev/null
HF_HUB_OFFLINE=1 run hf-fetch -l lock

echo "# updated"
run hf-fetch --update -l lock
run hf-fetch --update -l lock $bert
cut -f 1-4 lock
run hf-fetch --update -l lock
run hf-fetch --update -l lock acme/nli config.json
cut -f 1-3 lock

echo "# all that is pinned is gone"
sed "s/README.md/gone.md/; /config.json/d; /model.safetensors/d" lock >gone
cut -f 1,3 gone
run hf-fetch --update -l gone

echo "# written by hand: lines in any order"
sort -t '	' -k 3 lock >mixed
run hf-fetch -l mixed

echo "# two repositories from stdin"
printf 'acme/nli\nacme/cnn\tconfig.json\n' | hf-fetch -q -l both >/dev/null
cut -f 1,3,4,6 both
printf 'acme/nli\nacme/none\n' | hf-fetch -q -k -l mine2 >/dev/null 2>&1
echo "exit $?"
ls mine2 2>/dev/null

echo "# contents that are not the pinned ones"
zeros=0000000000000000000000000000000000000000000000000000000000000000
sed "s/[0-9a-f]\{64\}/$zeros/" lock2 >bad
run hf-fetch -l bad
hf-fetch -q -l lock3 acme/sharded model-00001-of-00003.safetensors >/dev/null
sed "s/[0-9a-f]\{64\}/$zeros/" lock3 >bad
rm -rf "$CACHE"
run hf-fetch -l bad
find "$CACHE" -name '*.incomplete' -o -type l 2>/dev/null
sed "s/65664/65665/" lock3 >bad
run hf-fetch -l bad

echo "# damaged lock files"
while read -r line; do
	printf '%b\n' "$line" >bad
	run hf-fetch -l bad
done <<'END'
acme/nli
../x\t0\tp\t1\t0\tmit
acme/nli@v1\t0\tp\t1\t0\tmit
acme/nli\tmain\tp\t1\t0\tmit
acme/nli\t0123456789012345678901234567890123456789\t../p\t1\t0\tmit
acme/nli\t0123456789012345678901234567890123456789\tp\t-1\t0\tmit
acme/nli\t0123456789012345678901234567890123456789\tp\t1\t0\tmit
a\0b
END

echo "# licences"
reset
run hf-fetch --allow-license mit,bsd-3-clause $bert
requests path | grep -c resolve
run hf-fetch --allow-license MIT,Apache-2.0 $bert
HF_HUB_OFFLINE=1 run hf-fetch --allow-license mit $bert
HF_HUB_OFFLINE=1 run hf-fetch --allow-license apache-2.0 $bert
run hf-fetch --allow-license mit -l lock2
run hf-fetch --allow-license apache-2.0 -l lock2
run hf-fetch --allow-license mit acme/demo -t space
