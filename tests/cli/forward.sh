# hf-forward's options, outputs and exit codes.
. "$TESTS/lib.sh"
printf 'I love this!\nno\n' | hf-tokenize -m sentiment-tiny >ids

echo "== outputs"
for o in logits last_hidden_state hidden_states attentions \
    logits,last_hidden_state; do
	hf-forward --output $o <ids | hf-show --json | grep -o \
	    '"name":"[a-z_.0-9]*","dtype":"F32","shape":\[[0-9,]*\]' | sort -u
	echo
done
echo "== an output that the model does not have"
hf-forward --output pooler_output <ids >out
echo "exit $?"
hf-show out >/dev/null
echo "exit $?"
echo "== wrong use"
status hf-forward --no-such-option <ids
status hf-forward operand <ids
status hf-forward -j 0 <ids
status hf-forward --output '' <ids
echo "== wrong input"
status hf-forward </dev/null
head -c 300 ids >part
status hf-forward <part
echo nonsense >bad
status hf-forward <bad
echo "== stdout"
hf-forward <ids >/dev/full
echo "exit $?"
hf-forward <ids >&-
echo "exit $?"
hf-forward <ids 2>/dev/null | head -c 1 | wc -c
echo "== kernels that there are not"
printf '{"text":"x"}\n' | hf-tokenize -m sentiment-tiny --json |
    HF_KERNEL=none hf-forward >/dev/null
echo "exit $?"
echo "== provenance"
hf-forward <ids | hf-show --json | head -n 1 |
    grep -o 'hf-forward [0-9.]* config.json=[0-9a-f]* model.safetensors=[0-9a-f]*'
