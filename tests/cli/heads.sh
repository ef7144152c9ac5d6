# What pipelines give beyond the golden cases.  The texts for masks are those of
# transformers 5.24.0's fill-mask with distilbert-tiny-mlm in float32.
. "$TESTS/lib.sh"
need_golden
models=$HF_GOLDEN/models/models

echo "== a mask's text is cleaned up as the tokenizer's config asks"
printf '%s\n' "Don't say it's [MASK]!" \
    "They've met at O ' Neill 's [MASK], I ' m sure." |
    hf-tokenize -m "$models/distilbert-tiny-mlm" | hf-forward |
    hf-decode --top-k 2 | cut -f 3-
echo "== an answer's score does not depend on padding"
printf '%s\n' '["Where is Lyon?", "Lyon is in France."]' '["a", "b"]' >pairs
answers() {
	hf-tokenize --json -m "$models/bert-tiny-qa" "$@" pairs | hf-forward |
	    hf-decode --json --handle-impossible-answer --top-k 3
}
answers -b 1 >alone
answers --padding-side left | cmp - alone
answers --padding-side right | cmp - alone
grep -c score alone
echo "== a question needs a text"
echo 'Where is Lyon?' | hf-tokenize -m "$models/bert-tiny-qa" | hf-forward |
    hf-decode 2>&1
echo "exit $?"
