# Every line of the golden data, for WordPiece tokenizers.
. "$TESTS/lib.sh"
need_golden
G=$HF_GOLDEN/tok
tar xJf "$G/tokenizers.tar.xz" || exit 1
W="all-MiniLM-L6-v2 bert-base-uncased bert-cased-variant
    feat-wp-lower-keepaccents feat-wp-noclean"
golden() {
	what=$1
	shift
	echo "$what: $(python3 "$G/check.py" --root "$G" --tokenizers tokenizers \
	    --json --what "$what" "$@")"
}
T='hf-tokenize -m {model} --json'

# shellcheck disable=SC2086
{
	golden ids --cmd "$T --no-special-tokens --print ids" $W
	golden sp --cmd "$T --print ids" $W
	golden off --cmd "$T --no-special-tokens --print char-offsets" $W
	golden boff --cmd "$T --no-special-tokens --print offsets" $W
	golden pairs --cmd "$T --print ids" $W
	golden pairtypes --cmd "$T --print type-ids" $W
	golden pairoff --cmd "$T --print char-offsets" $W
	golden big --cmd "$T --no-special-tokens --print ids" $W
	golden batch --overflow --nospecial=--no-special-tokens \
	    --trunc "--overflow --max-length {max_length} --stride {stride} \
		--truncation={strategy} --truncation-side {direction}" \
	    --pad "--padding {length} --padding-side {direction} \
		--pad-to-multiple-of {pad_to_multiple_of} --pad-id {pad_id} \
		--pad-type-id {pad_type_id}" \
	    --cmd "$T --print ids -b 1000 {trunc} {pad} {special}" $W
}
echo "== vocab.txt alone"
mkdir -p old/bert-base-uncased
cp tokenizers/bert-base-uncased/vocab.txt old/bert-base-uncased
T='hf-tokenize -m old/bert-base-uncased --json'
golden sp --cmd "$T --print ids" bert-base-uncased
golden pairs --cmd "$T --print ids" bert-base-uncased
