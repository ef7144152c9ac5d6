# Which models are opened, and how the others are refused.
. "$TESTS/lib.sh"
tiny=$TOP/share/models/sentiment-tiny

# variant NAME SED: a copy of the embedded model with another config.json.
variant() {
	mkdir "$1"
	ln -s "$tiny"/* "$1/"
	rm "$1/config.json"
	sed "$2" "$tiny/config.json" >"$1/config.json"
}

# try MODEL: what hf-forward says of it; the path is cut to its last part.
try() {
	echo "== $1"
	echo hello | hf-tokenize -m sentiment-tiny >ids 2>&1
	hf-forward --force -m "$1" <ids 2>err >out
	echo "exit $?"
	sed "s|$PWD/||g" err
}

variant same ''
try same
variant unknown 's/"distilbert"/"frobnicator"/'
try unknown
variant code 's/{/{"auto_map": {"AutoModel": "x.Y"},/'
try code
variant quantized 's/{/{"quantization_config": {"quant_method": "gptq"},/'
try quantized
variant act 's/"gelu"/"gleu"/'
try act
variant wide 's/"dim": 128/"dim": 132/'
try wide
variant heads 's/"n_heads": 4/"n_heads": 5/'
try heads
variant layers 's/"n_layers": 2/"n_layers": 3/'
try layers
variant none 's/"n_layers": 2/"n_layers": -1/'
try none
variant labels 's/"1": "POSITIVE"/"1": "POSITIVE", "2": "X"/'
try labels
variant counted '1s/{/{"num_labels": 3,/; /id2label/,/}/d'
try counted
variant class 's/ForSequenceClassification/ForNextSentencePrediction/'
try class
variant old '/model_type/d'
try old
variant nameless '/model_type/d; /architectures/,/]/d'
try nameless
variant notjson 's/{/{{/'
try notjson

variant pickle ''
rm pickle/model.safetensors
echo x >pickle/pytorch_model.bin
try pickle
variant empty ''
rm empty/model.safetensors
try empty
variant fifo ''
rm fifo/model.safetensors
mkfifo fifo/model.safetensors
try fifo
variant cut ''
rm cut/model.safetensors
head -c 100000 "$tiny/model.safetensors" >cut/model.safetensors
try cut

# index NAME SHARD: a model in one shard of this name
index() {
	variant "$1" ''
	mv "$1/model.safetensors" "$1/shard.safetensors"
	echo "{\"weight_map\": {\"classifier.bias\": \"$2\"}}" \
	    >"$1/model.safetensors.index.json"
}
index sharded shard.safetensors
try sharded
index up ../same/model.safetensors
try up
index absolute /etc/passwd
try absolute
index missing other.safetensors
try missing
index lies shard.safetensors
echo '{"weight_map": {"no.such.tensor": "shard.safetensors"}}' \
    >lies/model.safetensors.index.json
try lies

try no-such-model
try ./no-such-dir
echo "== without --force"
variant other 's/0.1/0.2/'
hf-forward -m other <ids 2>&1 >/dev/null | sed "s|$TOP/||g"
