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
echo "== what is said before a text"
cat >st/config_sentence_transformers.json <<EOF
{"prompts": {"query": "find: ", "passage": "a text: "},
 "default_prompt_name": "passage"}
EOF
said() {
	echo 'a dog' | hf-tokenize -m st --print tokens "$@" 2>&1 |
	    sed "s|$PWD/||"
}
said
said --prompt-name query
said --prompt 'who is '
said --prompt ''
said --prompt-name nothing
echo 'a dog' | hf-tokenize -m st | hf-show --json | grep -o 'prompt=[^,]*'
echo '{"messages": [{"role": "user", "content": "a"}]}' |
    status hf-tokenize -m st --chat --prompt a
status hf-tokenize -m st --prompt a --prompt-name query </dev/null
mkdir st/1_Pooling
echo '{"pooling_mode": "mean", "include_prompt": false}' \
    >st/1_Pooling/config.json
cp st/modules.json modules
echo '[{"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}]' \
    >st/modules.json
said
said --prompt ''
mv modules st/modules.json
rm st/config_sentence_transformers.json
echo "== lower case"
echo '{"max_seq_length": 4, "do_lower_case": true}' \
    >st/sentence_bert_config.json
echo DOG | hf-tokenize -m st --print tokens
echo 'a dog and a cat' | status hf-tokenize -m st
rm st/tokenizer.json
sed 's/"lowercase": *true/"lowercase": false/' \
    "$TOP/share/models/sentiment-tiny/tokenizer.json" >st/tokenizer.json
echo DOG | hf-tokenize -m st --print tokens 2>&1 | sed "s|$PWD/||"
