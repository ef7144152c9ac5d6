# hf-fetch -d: real files in a directory; and the progress display.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
mockhub
bert=acme/tiny-bert
notes=here/.cache/huggingface

echo "# files, notes, no cache"
run hf-fetch -d here $bert
run hf-fetch -d here $bert config.json 1_Pooling/
(cd here && find . -type f ! -path './.cache/*' | sort)
(cd here && find .cache -type f ! -name '*.lock' | sort)
head -n 2 $notes/download/config.json.metadata
cat $notes/.gitignore && echo
ls -d "$CACHE" 2>/dev/null
sha256sum here/model.safetensors | cut -c 1-12

echo "# again: nothing is fetched; a pinned commit: nothing is asked"
reset
hf-fetch -d here $bert >/dev/null
requests path
reset
hf-fetch -d here $bert@095dd7afcc21f9b8c362d2ba2b9b99beee032e55 >/dev/null
requests

echo "# changed, gone, without a note, of another commit"
echo changed >here/config.json
touch -d '+1 hour' here/config.json
rm here/vocab.txt $notes/download/model.safetensors.metadata
reset
hf-fetch -d here $bert >/dev/null
requests path | grep -c -e 'resolve-cache.*config' -e 'resolve-cache.*vocab'
requests path | grep -c xet-bridge
cmp here/config.json hub/models/$bert/rev/0002/config.json
reset
hf-fetch -d here $bert@v1.0 >/dev/null
requests path | grep -c -e resolve-cache -e xet-bridge
head -n 1 $notes/download/model.safetensors.metadata

echo "# what the cache has is copied, not fetched; offline too, also from copies"
for links in 0 1; do
	rm -rf "$HF_HOME" copy
	HF_HUB_DISABLE_SYMLINKS=$links hf-fetch -q $bert >/dev/null
	reset
	hf-fetch -n -d copy $bert | cut -f 2 | sort | uniq -c
	hf-fetch -d copy $bert >/dev/null
	requests path
	hf-fetch -d copy $bert@v1.0 config.json >/dev/null
	requests path | grep -c resolve-cache
	rm -rf copy
	HF_HUB_OFFLINE=1 run hf-fetch -d copy $bert
	(cd copy && find . -type f ! -path './.cache/*' -exec sha256sum {} + |
	    sort -k 2) >got
	(cd "$CACHE"/models--acme--tiny-bert/snapshots/095*/ && find . \( -type f \
	    -o -type l \) -exec sha256sum {} + | sort -k 2) | diff - got
done
rm -rf copy
file=$(echo "$CACHE"/models--acme--tiny-bert/snapshots/095*/config.json)
sed 's/[0-9]/x/' "$file" >bad
cp bad "$file"
HF_HUB_OFFLINE=1 run hf-fetch -d copy $bert
hf-fetch -d copy $bert >/dev/null
cmp copy/config.json hub/models/$bert/rev/0002/config.json
find copy -name '*.incomplete' -o -name '*.tmp'
rm -rf "$HF_HOME"

echo "# a file that would be taken for a note"
mkdir -p hub/models/test/sly/rev/0001/.cache/huggingface/download
echo sly >hub/models/test/sly/rev/0001/.cache/huggingface/download/x.metadata
mock_end
mockhub
run hf-fetch -d there -i '*' test/sly
find there -type f 2>/dev/null
HF_HUB_OFFLINE=1 run hf-fetch -d there acme/nli

echo "# cut short, continued by the next run"
fault 'match=^cdn GET,truncate=300000,times=1' 'match=^cdn GET,status=418'
hf-fetch -q -d there acme/xet model.safetensors 2>&1 | show
reset
hf-fetch -q -d there acme/xet model.safetensors
requests server range | grep cdn
sha256sum there/model.safetensors | cut -c 1-12
find there -name '*.incomplete'

echo "# progress: on a terminal only, and not if unwanted"
rm -rf "$HF_HOME"
on_terminal() {
	python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' sh -c \
	    'hf-fetch "$@" acme/xet >out' sh "$@" </dev/null
}
progress() {
	rm -rf "$HF_HOME"
	with_faults 'match=^cdn GET,slow=2000000'
	on_terminal "$@" | tr '\r' '\n' | grep -a -c 'MB/s.*file [0-9] of 3'
}
[ "$(progress)" -gt 2 ] && echo shown
progress -q
HF_HUB_DISABLE_PROGRESS_BARS=1
export HF_HUB_DISABLE_PROGRESS_BARS
progress
exit 0
