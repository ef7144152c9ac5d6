# hf-tokenize's records, options and exit codes.
. "$TESTS/lib.sh"
show() {
	hf-show --json --values "$1" | grep -o '"shape":.*'
}
ids() {
	hf-tokenize -m sentiment-tiny --print ids "$@"
}

echo "== lines, NUL, JSON"
printf 'good\nbad' | ids
printf 'good\0a\nb\0' | ids -0
printf '"good"\n["good","bad"]\n{"text":"good","x":[1]}\n' | ids --json
printf '{"q":"good","c":"bad"}\n' |
    ids --json --text-field q --pair-field c --no-special-tokens
printf '"\\u00e9\\ud83d\\ude00"\n' | ids --json --no-special-tokens
echo "== what is printed"
printf '"caf\303\251 ol\303\251"\n["a","b"]\n' >in
for w in tokens offsets char-offsets word-ids sequence-ids type-ids \
    attention_mask; do
	hf-tokenize -m sentiment-tiny --json --print "$w" in
done
echo "== files, one after another"
printf 'good\nbad' >one
printf 'ugly\n' >two
ids one - one <two | tr '\n' ';'
echo
echo "== frames"
hf-tokenize -m sentiment-tiny one two | show input_ids
hf-tokenize -m sentiment-tiny -b 2 one two | show rows
printf 'good\nvery good\n' >three
hf-tokenize -m sentiment-tiny --padding-side left three | show position_ids
hf-tokenize -m sentiment-tiny --padding 6 three | show attention_mask
hf-tokenize -m sentiment-tiny --text three | hf-show --json |
    grep -o '"name":"[a-z_]*"' | sort
hf-tokenize -m sentiment-tiny --text three | show text_splits
hf-tokenize -m sentiment-tiny --text three | show offsets
hf-tokenize -m sentiment-tiny </dev/null | hf-show --json
echo "== threads change nothing"
seq 20000 | sed 's/.*/good & (bad) café & very good &/' >many
for how in --print=ids --print=offsets --count --text; do
	for j in 1 2 3; do
		hf-tokenize -m sentiment-tiny "$how" -j $j many >many.$j
	done
	cmp many.1 many.2
	cmp many.1 many.3
done
printf 'good\nb\377\n' >>many
seq 5000 >>many
for j in 1 2; do
	hf-tokenize -m sentiment-tiny --print tokens -j $j many >many.$j 2>err
	echo "exit $?"
	cat err
done
cmp many.1 many.2
echo "== cut"
echo 'a b c d e f g h' >long
ids --truncation --max-length 6 long
ids --truncation --truncation-side left --max-length 6 long
ids --truncation --max-length 6 --overflow --stride 2 long
printf '["a b c d","e f"]\n' |
    ids --json --truncation=only_first --max-length 7
printf '["a b c d","e f"]\n' |
    hf-tokenize -m sentiment-tiny --json --truncation --max-length 7 \
	--overflow | show rows
status ids --truncation --max-length 1 long
status ids --max-length 6 long
status ids --truncation=only_second --max-length 6 long
echo "== plain"
echo '[MASK] a' >mask
ids mask
ids --plain mask
echo "== IDs in, texts out"
printf '2 1209 3\n[2, 1844]\n\n' | ids --from-ids
printf '2 1209 3\n[2, 1844]\n\n' |
    hf-tokenize -m sentiment-tiny --from-ids | hf-decode
printf '2 1209 3\n' | hf-tokenize -m sentiment-tiny --from-ids |
    hf-decode --json --skip-special-tokens
printf '2 x\n' | status ids --from-ids
printf '99999999999\n' | status ids --from-ids
echo "== counts"
printf 'good\nvery bad\n' | hf-tokenize -m sentiment-tiny --count
echo "== threads change nothing"
i=0
while [ $i -lt 3000 ]; do
	echo "line $i, a good one $((i * i))"
	i=$((i + 1))
done >many
ids -j 1 many >ids1
for j in 2 3 7; do
	ids -j $j -b 50 many | cmp - ids1
done
hf-tokenize -m sentiment-tiny -j 1 many >frames1
hf-tokenize -m sentiment-tiny -j 4 many | cmp - frames1
echo "== what stands before a mistake is answered, however it is batched"
printf 'good\nbad\n\377\nugly\n' >wrong
for b in 1 2 32; do
	ids -b $b wrong
	hf-tokenize -m sentiment-tiny -b $b wrong | hf-forward | hf-decode |
	    wc -l
done
ids one no-such-file
ids --json one
ids --max-length 3 two long
hf-tokenize -m sentiment-tiny --max-length 3 two long | hf-forward |
    hf-decode | wc -l
echo "== slow input is sent on at once"
mkfifo slow
hf-tokenize -m sentiment-tiny <slow | hf-show --json | grep -c '"rows"' &
{
	echo good
	sleep 1
	echo bad
	sleep 1
} >slow
wait
mkfifo slower
hf-tokenize --no-flush -m sentiment-tiny <slower | hf-show --json |
    grep -c '"rows"' &
{
	echo good
	sleep 1
	echo bad
} >slower
wait
echo "== wrong input"
printf 'ok\na\377b\n' | status ids
printf '"a"\n{"no":1}\n' | status ids --json
printf '["a"]\n' | status ids --json
printf '[1,2]\n' | status ids --json
printf '{"text":"a"' | status ids --json
printf '{"text":"a","text":"b"}\n' | status ids --json
printf '7\n' | status ids --json
status ids no-such-file
printf 'a\377b\n' | hf-tokenize -m sentiment-tiny | hf-show
yes x | head -n 300 | tr '\n' ' ' >words
hf-tokenize -m sentiment-tiny words | hf-show
echo "== wrong use"
status hf-tokenize </dev/null
status hf-tokenize -m sentiment-tiny --bogus </dev/null
status hf-tokenize -m sentiment-tiny --print sizes </dev/null
status hf-tokenize -m sentiment-tiny -b 0 </dev/null
status hf-tokenize -m sentiment-tiny --max-length x </dev/null
status hf-tokenize -m no/such-model --print ids </dev/null 2>&1 | head -n 1
ids </dev/null >/dev/full
echo "exit $?"
echo good | ids >/dev/full
echo "exit $?"
