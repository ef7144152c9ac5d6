# Hidden states and logits of the golden models.
. "$TESTS/lib.sh"
need_golden
cd "$HF_GOLDEN/models/models" || exit 1
python3 "$TESTS/golden_forward.py" bert-* distilbert-* minilm-*
