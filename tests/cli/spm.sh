# SentencePiece models and GGUF files, without a tokenizer.json: the IDs that
# transformers' conversion gives (scripts/spm-fixtures).
. "$TESTS/lib.sh"
for m in spm-unigram.model spm-bpe.model; do
	echo "== $m"
	mkdir "${m%.model}"
	cp "$TESTS/data/$m" "${m%.model}/tokenizer.model"
	hf-tokenize -m "${m%.model}" --json --no-special-tokens --print ids \
	    "$TESTS/data/spm-texts.jsonl"
done
echo "== spm-bpe.gguf"
hf-tokenize -m "$TESTS/data/spm-bpe.gguf" --json --print ids \
    "$TESTS/data/spm-texts.jsonl"
