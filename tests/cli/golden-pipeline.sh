# Answers of whole pipelines, as transformers gives them.
. "$TESTS/lib.sh"
need_golden
cd "$HF_GOLDEN/models/models" || exit 1
python3 "$TESTS/golden_pipeline.py" bert-* distilbert-* minilm-*
