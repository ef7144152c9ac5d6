# hf-search against the Hub on loopback, and among cached cards.
. "$TESTS/lib.sh"
. "$TESTS/mockhub.sh"
mockhub --page-size 10

# What was asked, one parameter a line, without what is always there.
asked() {
	requests | tr '?&' '[\n*]' | grep -v '^expand='
}

echo "# words and filters"
hf-search bert
asked
hf-search --task text-classification --sort downloads --limit 3
hf-search --license mit --author bulk --limit 2 --sort likes
hf-search --library sentence-transformers --language en --sort lastModified
asked
hf-search 'no such' 'mödel &?=#'
asked
hf-search -t dataset --license cc-by-4.0
hf-search -t space
asked

echo "# pages, as far as asked for"
hf-search --author bulk --limit 25 | wc -l
requests | wc -l
hf-search --author bulk --limit 10 | wc -l
requests | wc -l
hf-search --author bulk --limit 11 | sort | uniq | wc -l
requests | wc -l

echo "# JSON"
hf-search --json tiny-bert | python3 -c '
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    print(m["id"], m["downloads"], m["safetensors"]["total"], m["tags"])'

echo "# hostile answers"
# fault REGEX BODY: answer once with this.
fault() {
	python3 - "$HUB/__mock__/faults" "$@" <<-'END'
	import json, sys, urllib.request
	rule = {"match": sys.argv[2], "status": 200, "times": 1,
	        "body": sys.argv[3]}
	urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
	    urllib.request.Request(sys.argv[1], json.dumps(rule).encode()))
	END
}
fault /api/models '[{"id": "a\u001b[31m\tb", "tags": ["license:\u202e", 7],
    "downloads": -1, "likes": "many", "gated": "\n"}, 3, null, {}]'
hf-search x
fault /api/models '[{"id": "\u009b31m", "x": ["\u202e\u007f"]}]'
hf-search --json x
fault /api/models '{"id": 1}'
status hf-search x
fault /api/models '[{'
status hf-search x | sed "s,$HUB,HUB,"

echo "# the cache's cards"
hf-card acme/sentiment acme/cnn acme/minilm >/dev/null
hf-card -t dataset acme/tiny-data >/dev/null
requests >/dev/null
HF_HUB_OFFLINE=1
export HF_HUB_OFFLINE
hf-search --cached
hf-search --cached --limit 1
hf-search --cached SAMPLE mini
hf-search --cached --task summarization
hf-search --cached --library sentence-transformers --language en
hf-search --cached --license apache-2.0 --author acme
hf-search --cached --language de
hf-search --cached -t dataset --json | sed "s,$PWD/,,"
echo "parameters are counted"
python3 - <<'END'
import json, struct
head = json.dumps({
    "w": {"dtype": "F16", "shape": [3, 5], "data_offsets": [0, 30]},
    "b": {"dtype": "F32", "shape": [], "data_offsets": [30, 34]}}).encode()
open("model.safetensors", "wb").write(
    struct.pack("<Q", len(head)) + head + bytes(34))
END
cp model.safetensors hf/hub/models--acme--cnn/snapshots/*/
echo cut >"$(echo hf/hub/models--acme--minilm/snapshots/*)/model.safetensors"
hf-search --cached | cut -f 1,6
printf -- '---\n[\n---\n' >"$(echo hf/hub/models--acme--cnn/snapshots/*)/new"
mv "$(echo hf/hub/models--acme--cnn/snapshots/*/new)" \
    "$(echo hf/hub/models--acme--cnn/snapshots/*/README.md)"
hf-search --cached cnn 2>&1 | sed "s,$PWD/,,; s,[0-9a-f]\{40\},COMMIT,"
requests

echo "# usage and errors"
status hf-search bert
status hf-search --bad
status hf-search --limit 0
status hf-search --sort size
status hf-search --cached --sort likes
status hf-search -t person
hf-search --cached >/dev/full
echo "exit $?"
