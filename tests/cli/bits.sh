# The same bits for any batch size, padding side, number of threads and set of
# kernels: tests/bits.py says how.
. "$TESTS/lib.sh"
need_golden
m=$HF_GOLDEN/models/models
python3 "$TESTS/bits.py" sentiment-tiny "$m/bert-tiny-seqcls-sharded" \
    "$m/bert-tiny-qa" "$m/distilbert-tiny-mlm" "$m/minilm-tiny-st" |
    sed 's/[1-9][0-9]* passed/N passed/'
