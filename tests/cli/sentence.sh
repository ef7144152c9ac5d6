# The files of a sentence-transformers model beside the network's.
. "$TESTS/lib.sh"
mkdir st
ln -s "$TOP"/share/models/sentiment-tiny/* st/
echo '[{"type": "sentence_transformers.models.Transformer", "path": ""}]' \
    >st/modules.json
embed() {
	echo 'a dog' | hf-tokenize -m st | hf-forward | hf-pool --json "$@" |
	    python3 -c 'import json; print(len(json.loads(input())))'
}

echo "== how many dimensions"
embed
echo '{"truncate_dim": 16}' >st/config_sentence_transformers.json
embed
embed --dim 24
echo '{"truncate_dim": "x"}' >st/config_sentence_transformers.json
echo 'a dog' | hf-tokenize -m st | hf-forward | hf-pool --json 2>&1 |
    sed "s|$PWD/||"
echo "== lower case"
echo '{"max_seq_length": 4, "do_lower_case": true}' \
    >st/sentence_bert_config.json
echo DOG | hf-tokenize -m st --print tokens
echo 'a dog and a cat' | status hf-tokenize -m st
rm st/tokenizer.json
sed 's/"lowercase": *true/"lowercase": false/' \
    "$TOP/share/models/sentiment-tiny/tokenizer.json" >st/tokenizer.json
echo DOG | hf-tokenize -m st --print tokens 2>&1 | sed "s|$PWD/||"
