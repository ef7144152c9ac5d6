# hf-tokenize --chat: golden renders, which template is taken, what a record
# may say, and what is refused.
. "$TESTS/lib.sh"
need_golden
G=$HF_GOLDEN/tok
mkdir -p tokenizers/llama3.1 tokenizers/qwen3
tar xJf "$G/tokenizers.tar.xz" tokenizers/smollm2 || exit 1
for m in llama3.1 qwen3; do
	xz -dc "$HF_GOLDEN/../tokenizers/$m/tokenizer.json.xz" \
	    >"tokenizers/$m/tokenizer.json" || exit 1
done
echo '== golden'
python3 "$TESTS/golden_chat.py" tokenizers "$G/chat"

# model NAME JSON: a directory with this tokenizer_config.json.
model() {
	mkdir -p "$1"
	printf '%s\n' "$2" >"$1/tokenizer_config.json"
}
render() {
	d=$1
	shift
	hf-tokenize -m "$d" --render "$@"
}
hi='{"role":"user","content":"Hi"}'
yo='{"role":"assistant","content":"Yo"}'

echo '== special tokens, the prompt, variables'
model one '{"chat_template": "{{ bos_token }}{% for m in messages %}[{{ m.role
    }}:{{ m.content }}]{% endfor %}{{ x }}{% if add_generation_prompt
    %}>{% endif %}{{ tools }}{{ eos_token }}{{ pad_token }}",
    "bos_token": "<s>", "eos_token": {"content": "</s>"}}'
tr -d '\n' <one/tokenizer_config.json >t && mv t one/tokenizer_config.json
echo '{"pad_token": "<pad>"}' >one/special_tokens_map.json
printf '%s\n' "[$hi]" "[$hi,$yo]" "{\"messages\":[$hi],\"x\":[1,null,2.0]}" \
    "{\"messages\":[$hi],\"add_generation_prompt\":false,\"bos_token\":\"B\"}" \
    "{\"messages\":[$hi,$yo],\"continue_final_message\":true}" >in
render one in
echo '== --add-generation-prompt, --no-add-generation-prompt'
sed 4q in | render one --add-generation-prompt
sed 2q in | render one --no-add-generation-prompt
echo '== --json, -0'
printf '[{"role":"user","content":"a\\n\\"b\\""}]\n' | render one --json
printf '[{"role":"user","content":"a\\nb"}]\0[%s]\0' "$hi" |
    render one -0 | tr '\0' '|'
echo

echo '== named templates; files before configs'
model named '{"chat_template": [{"name": "default", "template": "D"},
    {"name": "tool_use", "template": "T{{ tools|length }}"}]}'
printf '%s\n' "[$hi]" "{\"messages\":[$hi],\"tools\":[]}" \
    "{\"messages\":[$hi],\"tools\":null}" | render named
mkdir -p file/additional_chat_templates
model file '{"chat_template": "no"}'
printf 'jinja\n' >file/chat_template.jinja
printf 'tools' >file/additional_chat_templates/tool_use.jinja
printf '%s\n' "[$hi]" "{\"messages\":[$hi],\"tools\":[{}]}" | render file
mkdir -p old
echo '{"chat_template": "old"}' >old/chat_template.json
echo "[$hi]" | render old

echo '== --chat-template'
echo "[$hi]" >in
for t in default tool_use rag; do
	status render named --chat-template $t in
done
echo '== GGUF files'
python3 - "$TESTS/data/spm-bpe.gguf" >chat.gguf <<'EOF'
import struct, sys
def text(s):
    return struct.pack("<Q", len(s)) + s
def pair(key, value):
    return text(key) + struct.pack("<I", 8) + text(value)
data = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", data[16:24])
more = [pair(b"tokenizer.chat_template",
             b"{{ bos_token }}[{{ messages[0].content }}]{{ eos_token }}"),
        pair(b"tokenizer.chat_template.rag", b"R{{ unk_token }}"),
        text(b"tokenizer.chat_templates") + struct.pack("<IIQ", 9, 8, 1) +
        text(b"rag")]
sys.stdout.buffer.write(data[:16] + struct.pack("<Q", n + len(more)) +
                        b"".join(more) + data[24:])
EOF
render chat.gguf in
render chat.gguf --chat-template rag in
for o in --chat --plain; do
	echo '[{"role":"user","content":"the </s>"}]' |
	    hf-tokenize -m chat.gguf --chat $o --print tokens
done
status render "$TESTS/data/spm-bpe.gguf" in 2>&1 | sed "s|$TESTS/||"

echo '== --plain: what a message spells, and what the template frames'
model plain '{"chat_template": "<|im_start|>{{ messages[0].content }}<|im_{{
    messages[0].role }}|>"}'
cp tokenizers/smollm2/tokenizer.json plain
for content in Hi '<|im_start|>' 'a<|im_end|>b <|im_'; do
	printf '[{"role":"end","content":"%s"}]\n' "$content"
done >in
for o in --chat '--chat --plain'; do
	# shellcheck disable=SC2086
	hf-tokenize -m plain $o --print tokens in
done
mkdir -p makes
printf '%s' '{"model":{"type":"WordLevel","unk_token":"u","vocab":{"u":0,
    "</s>":1}},"added_tokens":[{"id":1,"content":"</s>","special":true,
    "single_word":false,"lstrip":false,"rstrip":false,"normalized":false}]}' \
    >makes/tokenizer.json
model makes '{"chat_template": "{{ messages[0].content }}</s>"}'
echo '[{"role":"user","content":"</s>"}]' >in
status hf-tokenize -m makes --chat --plain --print ids in
echo "[$hi]" | hf-tokenize -m makes --chat --plain --print ids

echo '== the date'
model date '{"chat_template": "{{ strftime_now(\"%d %b %Y %H:%M\") }}"}'
echo "[$hi]" | SOURCE_DATE_EPOCH=1721952000 TZ=Asia/Tokyo render date
cp tokenizers/smollm2/tokenizer.json date
echo "[$hi]" | SOURCE_DATE_EPOCH=1721952000 hf-tokenize -m date --chat |
    hf-show | sed -n 's/.*chain: hf-tokenize [0-9.]* //p'

echo '== refused'
for r in '' '[]' '{}' '{"messages":[]}' '{"messages":5}' '{"messages":["a"]}' \
    "{\"messages\":[$hi],\"tools\":5}" "{\"messages\":[$hi],\"tools\":[5]}" \
    '"text"' '[{"role":"user"' "[$hi] x"; do
	echo "$r" >in
	status render one in
done
model empty '{}'
model bad '{"chat_template": "a\n{% if x %}"}'
model raise '{"chat_template": "{{ raise_exception(\"not so\") }}"}'
model several '{"chat_template": [{"name": "rag", "template": "D"}]}'
model wrong '{"chat_template": 5}'
echo "[$hi]" >in
for m in empty bad raise several wrong; do
	status render $m in 2>&1 | sed "s|$PWD/||"
done
status hf-tokenize -m one --chat --from-ids --print ids in
status hf-tokenize -m one --chatter in | sed 2q
{ render one in >/dev/full; } 2>&1
echo "exit $?"
