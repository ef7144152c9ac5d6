# What hf-fetch takes, prints and asks for.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
mockhub
bert=acme/tiny-bert

echo "# the default choice, each address with the commit"
run hf-fetch -j 1 $bert
requests
(cd "$CACHE"/models--acme--tiny-bert/snapshots/* && find . -type l) | sort

echo "# again: one question, no body"
reset
run hf-fetch $bert
requests

echo "# named files and directories, NUL"
hf-fetch -0 $bert config.json 1_Pooling/ "odd names/a b#1?50%+é&c.txt" |
    tr '\0' '\n' | show
cat "$CACHE"/models--acme--tiny-bert/snapshots/*/odd*/*
run hf-fetch $bert onnx/
run hf-fetch $bert onnx

echo "# globs"
run hf-fetch -n $bert -i '*.json' -i 'v*' -x '1_*'
run hf-fetch -n $bert -i '*'
run hf-fetch -n acme/pickle-only -i '*'
run hf-fetch -n acme/pickle-only -i '*.bin'
run hf-fetch -n $bert -i '*.nothing'

echo "# from stdin"
printf '%s\n' $bert acme/sharded | run hf-fetch
printf '%s\t%s\t%s\n' $bert config.json vocab.txt | run hf-fetch -

echo "# revisions"
for r in v1.0 dev/next refs/pr/1; do
	run hf-fetch $bert@$r config.json
done
run hf-fetch $bert@nope
run hf-fetch $bert@3e2a1b0

echo "# data sets, spaces, a renamed repository"
run hf-fetch -n -t dataset acme/tiny-data
run hf-fetch datasets/acme/tiny-data train.csv
run hf-fetch -t space acme/demo index.html
run hf-fetch gpt2 config.json

echo "# only pickle"
reset
run hf-fetch acme/pickle-only
requests
find "$CACHE" -name '*pickle*'
run hf-fetch acme/pickle-only pytorch_model.bin config.json

echo "# shards, without what is there twice"
run hf-fetch -n acme/sharded

echo "# a remote header"
reset
hf-fetch --header model.safetensors acme/big
requests server status range sent | sort
run hf-fetch --header config.json acme/big
run hf-fetch --header none.safetensors acme/big

echo "# who"
HF_TOKEN=hf_alice run hf-fetch --whoami
run hf-fetch --whoami

echo "# many files, pages of ten"
mock_end
mockhub --page-size 10
rm -rf "$HF_HOME"
hf-fetch -i '*' bulk/many-files | wc -l
find "$CACHE" -type l | wc -l
requests method path | grep -c /tree/
blobs_are_right

echo "# wrong use"
run hf-fetch --nonsense
run hf-fetch -j 0 x
run hf-fetch -t nothing x
run hf-fetch --update x
run hf-fetch --whoami x
run hf-fetch ../x
run hf-fetch a/b/c
run hf-fetch a--b
run hf-fetch 'x@a..b'
run hf-fetch $bert ../../etc/passwd
run hf-fetch $bert 'a\b'
hf-fetch $bert >/dev/full
echo "exit $?"
