# Damaged SentencePiece models and GGUF files: one line, exit 1.
. "$TESTS/lib.sh"
mkdir m
cut_at() {
	head -c "$2" "$1"
}
U=$TESTS/data/spm-unigram.model
G=$TESTS/data/spm-bpe.gguf
ids() {
	echo a | status hf-tokenize -m "$1" --print ids | sed "s|$PWD/||"
}
echo "== models"
: >m/tokenizer.model
ids m
cut_at "$U" 100 >m/tokenizer.model
ids m
printf 'not a model at all\n' >m/tokenizer.model
ids m
# model_type WORD: trainer_spec { model_type: 3 }
printf '\012\003\012\001a\022\002\030\003' >m/tokenizer.model
ids m
# a piece that is not UTF-8
printf '\012\003\012\001\377' >m/tokenizer.model
ids m
echo "== GGUF"
cut_at "$G" 20 >cut.gguf
ids cut.gguf
cut_at "$G" 3000 >cut.gguf
ids cut.gguf
{
	printf 'GGUF\011\000\000\000'
	cut_at "$G" 100 | tail -c 92
} >new.gguf
ids new.gguf
echo "== every length"
n=0
bad=0
size=$(($(wc -c <"$U")))
while [ $n -lt $size ]; do
	cut_at "$U" $n >m/tokenizer.model
	echo a | hf-tokenize -m m --print ids >out 2>err
	code=$?
	case $code in
	0) ;;
	1) [ "$(wc -l <err)" -eq 1 ] || bad=$((bad + 1)) ;;
	*) bad=$((bad + 1)) ;;
	esac
	n=$((n + 7))
done
echo "$bad bad"
