# hf-decode's forms, options and exit codes; tests/cli/golden-pipeline.sh has
# the answers themselves.
. "$TESTS/lib.sh"
printf 'I love this!\nno\n' | hf-tokenize -m sentiment-tiny >ids
hf-forward <ids >out

echo "== one answer, two, JSON"
hf-decode <out
hf-decode --top-k 2 <out
hf-decode --json <out
hf-decode --top-k 9 --json <out
echo "== functions"
hf-decode --function-to-apply sigmoid --top-k 2 <out
hf-decode --function-to-apply none --task sentiment-analysis <out
echo "== no records"
hf-tokenize -m sentiment-tiny </dev/null | hf-forward | hf-decode
echo "exit $?"
echo "== wrong use"
status hf-decode --task translation <out
status hf-decode --top-k 0 <out
status hf-decode --aggregation-strategy some <out
status hf-decode --bogus <out
echo "== wrong input"
status hf-decode --task fill-mask <out
status hf-decode --task ner <out
status hf-decode </dev/null
head -c 200 out >part
status hf-decode <part
status hf-decode -m no-such-model <out
echo "== a stage before fails"
echo hello | hf-tokenize -m sentiment-tiny | hf-forward --output no_such |
    hf-decode 2>&1
echo "exit $?"
echo "== stdout"
hf-decode <out >/dev/full
echo "exit $?"
hf-decode <out >&-
echo "exit $?"
