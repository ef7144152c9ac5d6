# The cache that hf-fetch leaves, and what it does without a network.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
mockhub
bert=acme/tiny-bert
repo=$CACHE/models--acme--tiny-bert
main=095dd7afcc21f9b8c362d2ba2b9b99beee032e55

echo "# refs, links, no trees/ while files are missing"
hf-fetch -q $bert@dev/next config.json >/dev/null
hf-fetch -q $bert >/dev/null
(cd "$repo" && find refs -type f -exec wc -c {} + | sed 's/^ *//')
readlink "$repo/snapshots/$main/model.safetensors" \
    "$repo/snapshots/$main/1_Pooling/config.json"
ls "$repo"
head -n 1 "$CACHE/CACHEDIR.TAG"

echo "# a pinned commit that is here: no request"
reset
run hf-fetch $bert@$main
run hf-fetch $bert@$main config.json
requests

echo "# offline: no request, no socket"
HF_HUB_OFFLINE=1 run hf-fetch $bert
TRANSFORMERS_OFFLINE=yes run hf-fetch $bert@dev/next config.json
HF_HUB_OFFLINE=1 run hf-fetch $bert onnx/model.onnx
HF_HUB_OFFLINE=1 run hf-fetch $bert@v1.0
HF_HUB_OFFLINE=1 run hf-fetch acme/none
if command -v strace >/dev/null; then
	HF_HUB_OFFLINE=1 strace -f -e trace=socket,connect -o trace \
	    hf-fetch -q $bert >/dev/null
	grep -c -e socket -e connect trace
else
	echo 0
fi
requests

echo "# a complete snapshot: trees/, and our own note is gone"
hf-fetch -q -i '*' $bert onnx/ >/dev/null
(cd "$repo" && find trees -type f)
find "$CACHE/.locks" -name "$main.files"

echo "# what a power cut may leave: empty ref and list, repaired by the next run"
cp -R "$repo/refs" "$repo/trees" .
for f in "$repo"/refs/main "$repo"/trees/*; do
	: >"$f"
done
hf-fetch -q $bert >/dev/null
diff -r refs "$repo/refs" && diff -r trees "$repo/trees"

echo "# a list of a version to come stays"
echo '{"format_version": 2}' >"$repo/trees/$main.json"
hf-fetch -q $bert >/dev/null
cat "$repo/trees/$main.json"
cp trees/* "$repo/trees"

echo "# a blob of another snapshot: linked, offline too"
hf-fetch -q $bert@v1.0 README.md >/dev/null
hf-fetch -n $bert@v1.0
HF_HUB_OFFLINE=1 run hf-fetch $bert@v1.0
HF_HUB_OFFLINE=1 run hf-fetch $bert@v1.0 model.safetensors
HF_HUB_OFFLINE=1 run hf-fetch -n $bert@v1.0

echo "# what the Hub has not"
run hf-fetch $bert tf_model.h5
(cd "$repo" && find .no_exist -type f -size 0)

echo "# a blob that was cut short, a link to nothing"
blob=$(readlink -f "$repo/snapshots/$main/model.safetensors")
: >"$blob"
rm "$(readlink -f "$repo/snapshots/$main/vocab.txt")"
reset
hf-fetch -q $bert >/dev/null
requests server path | grep -c -e xet-bridge -e 'resolve-cache.*vocab'
blobs_are_right

echo "# the Hub is down"
reset
fault 'match=^hub,status=500'
run hf-fetch $bert
run hf-fetch -q $bert
reset
fault 'match=^hub,status=503,times=1'
run hf-fetch $bert

echo "# no links"
rm -rf "$HF_HOME"
HF_HUB_DISABLE_SYMLINKS=1
export HF_HUB_DISABLE_SYMLINKS
hf-fetch -q $bert >/dev/null
find "$repo/snapshots" -type l
find "$repo/blobs" -type f
hf-fetch -q acme/tiny-bert@v1.0 >/dev/null
reset
run hf-fetch $bert
requests
unset HF_HUB_DISABLE_SYMLINKS

echo "# where the cache is"
where() {
	env "$@" hf-fetch $bert config.json 2>err |
	    sed "s|/models--.*||; s|$PWD|.|"
	show <err
}
unset HF_HOME
where XDG_CACHE_HOME="$PWD/xdg"
where HF_HOME="$PWD/home2"
# shellcheck disable=SC2016 # it is hf-fetch that expands them
where HF_HOME='~/a/$LC_ALL/${LC_ALL}/$NOT_SET' HOME="$PWD/h"
where HF_HUB_CACHE="$PWD/c1" HUGGINGFACE_HUB_CACHE="$PWD/c2"
where HF_HUB_CACHE=rel HF_HOME="$PWD/home3"
where HUGGINGFACE_HUB_CACHE="$PWD/c2" TRANSFORMERS_CACHE="$PWD/c3"
where TRANSFORMERS_CACHE="$PWD/c3" HOME="$PWD/h2"
where TRANSFORMERS_CACHE="$PWD/c3" HF_HOME="$PWD/home4"
HF_HOME=$PWD/hf
export HF_HOME

echo "# a cache that can't be written"
hf-fetch -q acme/sharded >/dev/null
read_only() {
	mount --bind "$CACHE" "$CACHE" &&
	    mount -o remount,bind,ro "$CACHE"
}
if [ "$(id -u)" -ne 0 ]; then
	chmod -R a-w "$CACHE"
	trap 'chmod -R u+w "$CACHE"; kill "$mock_pid"' EXIT
elif read_only 2>/dev/null; then
	trap 'umount "$CACHE"; kill "$mock_pid"' EXIT
fi
run hf-fetch acme/sharded
run hf-fetch acme/sharded@f983c9709da276da7017875a1f82a3c5600b7b99
HF_HUB_OFFLINE=1 run hf-fetch acme/sharded config.json
