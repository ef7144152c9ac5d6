# hf-pool's formats, options and exit codes.
. "$TESTS/lib.sh"
printf 'I love this!\nno\n' | hf-tokenize -m sentiment-tiny |
    hf-forward --output last_hidden_state >states

echo "== one embedding in every format"
hf-pool --dim 3 --tsv <states >tsv
hf-pool --dim 3 --json <states | tr -d '[] ' | tr , '\t' | cmp - tsv
hf-pool --dim 3 <states | hf-show --json --values embedding |
    grep -o '"values":.*' | tr -d '[]"}:a-z' | tr , '\n' | paste - - - |
    cmp - tsv
hf-pool --dim 3 --npy <states >x.npy
python3 -c "
import numpy
x, y = numpy.load('x.npy'), numpy.loadtxt('tsv', dtype='f4')
print(x.shape, x.dtype, (x == y).all())"
echo "== kinds"
for k in mean cls max last mean-sqrt-len mean_sqrt_len; do
	hf-pool --pooling $k --dim 2 --tsv <states | wc -l
done
echo "== length 1"
hf-pool --normalize --dim 5 --tsv <states |
    awk '{ s = 0; for (i = 1; i <= NF; i++) s += $i * $i
	printf "%.5f\n", s }'
echo "== what was there stays"
hf-pool <states | hf-show --json | grep -o '"name":"[a-z_]*"' | sort -u
echo "== no rows"
hf-tokenize -m sentiment-tiny </dev/null | hf-forward | hf-pool --npy >x.npy
python3 -c "import numpy; print(numpy.load('x.npy').shape[0])"
echo "== wrong use"
status hf-pool --pooling median <states
status hf-pool --dim 0 <states
status hf-pool --dim 1000 <states
status hf-pool --json --tsv <states
hf-pool --npy <states | cat
status hf-pool --bogus <states
echo "== wrong input"
hf-tokenize -m sentiment-tiny </dev/null | head -c 100 | hf-pool --tsv
echo "exit $?"
printf 'x\n' | hf-tokenize -m sentiment-tiny | hf-pool --tsv
echo "exit $?"
echo "== stdout"
hf-pool --tsv <states >/dev/full
echo "exit $?"
hf-pool <states >/dev/full
echo "exit $?"
hf-pool --json <states >&-
echo "exit $?"
