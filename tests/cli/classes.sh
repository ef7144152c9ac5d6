# Tokenizers without a tokenizer.json, by class, and those that are refused.
. "$TESTS/lib.sh"
data=$TESTS/data/classes
echo '== golden'
python3 "$TESTS/classes.py" "$data"

# refuse CLASS FILE=FIXTURE...: a directory with these
refuse() {
	rm -rf m
	mkdir m
	printf '{"tokenizer_class":"%s"}' "$1" >m/tokenizer_config.json
	shift
	for f; do
		cp "$data/${f#*=}" "m/${f%%=*}"
	done
	echo hi | status hf-tokenize -m m --print ids 2>&1 | sed "s|$PWD/||"
}
echo '== refused'
refuse CpmTokenizer spiece.model=uni.model
refuse BertweetTokenizer vocab.txt=bert.txt
refuse NoSuchTokenizer vocab.txt=bert.txt
refuse NoSuchTokenizer vocab.json=level.json merges.txt=level.merges
refuse LlamaTokenizer vocab.txt=bert.txt
refuse MarianTokenizer source.spm=uni.model
refuse RobertaTokenizer vocab.json=level.json
refuse PegasusTokenizer spiece.model=uni.model
refuse MarianTokenizer source.spm=uni.model vocab.json=level.merges
