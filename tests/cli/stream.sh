# Streams between programs: what is passed on, what breaks and who says so.
. "$TESTS/lib.sh"
s=$TESTS/data/stream.hf

echo "== the reader of hf-stream(5)"
awk '/^import json/ { on = 1 } /^\.Ed/ { on = 0 } on' "$TOP/man/hf-stream.5" \
    >reader.py
python3 reader.py <"$s"
printf 'a\nb\nc\n' | hf-tokenize -m sentiment-tiny -b 2 | hf-forward >ok.hf
python3 reader.py <ok.hf >read || echo "it does not read hf-forward's"
for cut in 1 100 300; do
	head -c -$cut ok.hf | python3 reader.py >read 2>&1 &&
		echo "it reads a cut stream"
done

# stages N COMMANDS: the exit codes of the last N, and what came on stderr.
# (The ones before may or may not be killed by SIGPIPE.)
stages() {
	bash -c "$2"'; s=("${PIPESTATUS[@]}"); echo "exit ${s[*]: -'"$1"'}"' 2>err
	cat err
}

echo "== a stage fails: one line, everybody knows"
stages 4 'printf "a\nb\xff\n" | hf-tokenize -m sentiment-tiny -b 1 | hf-forward |
    hf-decode | wc -l'
stages 3 'echo a | hf-tokenize -m no-such-model | hf-forward | hf-decode'
stages 3 'echo a | hf-tokenize -m sentiment-tiny --nope | hf-forward | hf-show'
stages 2 'echo a | hf-tokenize -m sentiment-tiny | hf-forward -m /nope | hf-decode'
echo "== a stage is killed"
stages 2 'echo a | hf-tokenize -m sentiment-tiny | head -c 99 | hf-forward |
    hf-decode'
stages 1 'echo a | hf-tokenize -m sentiment-tiny | hf-forward | head -c 99 |
    hf-decode'
stages 2 'true | hf-forward | hf-decode'
echo "== nobody has heard it: from a file it is said again"
printf 'a\nb\377\n' | hf-tokenize -m sentiment-tiny -b 1 >bad.hf 2>err
stages 2 'hf-forward <bad.hf | hf-decode'
echo "== no text at all is a stream all the same"
stages 3 'hf-tokenize -m sentiment-tiny </dev/null | hf-forward | hf-decode'

echo "== full disks, closed files, readers that leave"
for p in hf-show hf-forward hf-decode 'hf-show --json'; do
	stages 1 "$p <ok.hf >/dev/full"
	stages 1 "$p <ok.hf >&-"
	stages 1 "$p <&- >out"
	stages 1 "$p </ >out"
done

seq 100000 >many
hf-tokenize -m sentiment-tiny <many >many.hf
stages 2 'hf-show --json --values input_ids <many.hf | head -c 1 >out'
stages 2 'hf-tokenize -m sentiment-tiny <many | head -c 1 >out'

echo "== limits"
HF_FRAME_MAX=500 hf-forward <ok.hf >out
echo "exit $?"
HF_FRAME_MAX=500 hf-show out >show
echo "exit $?"
echo a | HF_FRAME_MAX=200 hf-tokenize -m sentiment-tiny >out
echo "exit $?"
status env HF_FRAME_MAX=x hf-show <ok.hf
stages 2 'HF_FRAME_MAX=x hf-forward <ok.hf | hf-show'

echo "== a hundred thousand frames"
python3 "$TESTS/flat.py" 100000
