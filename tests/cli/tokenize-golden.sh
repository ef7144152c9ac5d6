# Every line of the golden data, through every mode of its check.py.
. "$TESTS/lib.sh"
need_golden
G=$HF_GOLDEN/tok
tar xJf "$G/tokenizers.tar.xz" || exit 1
for f in "$HF_GOLDEN"/../tokenizers/*/*.xz; do
	d=$(basename "$(dirname "$f")")
	mkdir -p "tokenizers/$d"
	[ -e "tokenizers/$d/tokenizer.json" ] && continue
	xz -dc "$f" >"tokenizers/$d/$(basename "$f" .xz)" || exit 1
done
# Two modes at a time: Python, which reads the answers, is the slower one.
n=0
golden() {
	compare "$@" >"answer.$n" &
	n=$((n + 1))
	[ $((n % 2)) -eq 1 ] || wait
}
compare() {
	what=$1
	shift
	echo "$what: $(python3 "$G/check.py" --root "$G" --tokenizers tokenizers \
	    --json --what "$what" "$@")"
}
T='hf-tokenize -m {model} --json'
I='hf-tokenize -m {model} --from-ids | hf-decode --json'

golden ids --cmd "$T --no-special-tokens --print ids"
golden sp --cmd "$T --print ids"
golden off --cmd "$T --no-special-tokens --print char-offsets"
golden boff --cmd "$T --no-special-tokens --print offsets"
golden dec --cmd "$I"
golden decs --cmd "$I --skip-special-tokens"
golden rdec --cmd "$I"
golden rdecs --cmd "$I --skip-special-tokens"
golden pairs --cmd "$T --print ids"
golden pairtypes --cmd "$T --print type-ids"
golden pairoff --cmd "$T --print char-offsets"
golden big --cmd "$T --no-special-tokens --print ids"
golden batch --overflow --nospecial=--no-special-tokens \
    --trunc "--overflow --max-length {max_length} --stride {stride} \
	--truncation={strategy} --truncation-side {direction}" \
    --pad "--padding {length} --padding-side {direction} \
	--pad-to-multiple-of {pad_to_multiple_of} --pad-id {pad_id} \
	--pad-type-id {pad_type_id}" \
    --cmd "$T --print ids -b 1000 {trunc} {pad} {special}"
vocab=$n
mkdir -p old/bert-base-uncased
cp tokenizers/bert-base-uncased/vocab.txt old/bert-base-uncased
T='hf-tokenize -m old/bert-base-uncased --json'
golden sp --cmd "$T --print ids" bert-base-uncased
golden pairs --cmd "$T --print ids" bert-base-uncased
wait
i=0
while [ $i -lt $n ]; do
	[ $i -eq $vocab ] && echo "== vocab.txt alone"
	cat answer.$i
	i=$((i + 1))
done
