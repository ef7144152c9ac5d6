# hf-card on cards in files: real ones' fields, hostile ones, requirements.
. "$TESTS/lib.sh"
HF_HUB_OFFLINE=1
HF_HUB_CACHE=$PWD/hub
export HF_HUB_OFFLINE HF_HUB_CACHE

# card NAME: write stdin to ./NAME
card() {
	cat >"$1"
}

# As many real cards: MTEB's results, several languages, a licence of its own.
card full <<'END'
---
language:
- en
- no
- zh
license: other
license_name: acme-community
license_link: https://example.org/LICENSE
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- feature-extraction
- mteb
datasets:
- s2orc
- "ms_marco"
metrics: [accuracy, f1]
base_model: microsoft/MiniLM-L12-H384-uncased
widget:
- source_sentence: "That is a happy person"
  sentences: [A, B]
extra_gated_prompt: >-
  Please
  accept.
model-index:
- name: all-é
  results:
  - task:
      type: Classification
    dataset:
      type: mteb/amazon_counterfactual
      name: MTEB AmazonCounterfactualClassification (en)
      config: en
      revision: e8379541af4e31359cca9fbcf4b00f2671dba205
    metrics:
    - type: accuracy
      value: 64.14925373134331
    - type: f1
      value: 1e-05
  - task: {name: Text Classification, type: text-classification}
    dataset: {name: IMDb, type: imdb}
    metrics: [{name: Accuracy, type: accuracy, value: 0.930, verified: true}]
  - dataset: {type: nothing}
---

# all-é
END
hf-card ./full
hf-card ./full | awk '$1 == "language" { print $2 }' | tr '\n' ' '
echo
echo "# JSON, read by another program"
hf-card --json ./full | python3 -c '
import json, sys
c = json.load(sys.stdin)
print(sorted(c))
print(c["license"], c["language"], c["results"][2])
print(c["front_matter"]["extra_gated_prompt"], c["front_matter"]["widget"])'
hf-card --body ./full

echo "# cards without front matter, with an empty one"
printf '# Only a title\n' | card bare
printf -- '---\n# nothing\n---\ntext\n' | card empty
hf-card ./bare ./empty
hf-card --body ./bare ./empty
mkdir dir
cp bare dir/README.md
hf-card --body ./dir
printf './bare\tmore\tfields\n\n./empty\n' | hf-card --body

echo "# the terminal is safe"
printf -- '---\nlicense: "\\e[31mred\\u202e\\x9b\\n"\ntags: ["\\a"]\n---\n' |
    card escapes
printf 'ti\033]0;owned\007tle\302\233\342\200\256\377\r\nnext\rline\n' \
    >>escapes
hf-card ./escapes
hf-card --body ./escapes
hf-card --json ./escapes
status hf-card --require license=mit ./escapes
{ hf-card ./escapes; hf-card --body ./escapes; hf-card --json ./escapes
    hf-card --require license=mit ./escapes 2>&1; } |
    LC_ALL=C tr -d '\n\t -~' | od -c

echo "# requirements"
printf -- '---\nlicense: MIT\npipeline_tag: fill-mask\n---\n' | card mit
printf -- '---\nlicense: [mit, gpl-3.0]\ntags: [fill-mask, x]\n---\n' |
    card both
status hf-card -q --require license=mit,apache-2.0 --require task=fill-mask \
    ./mit
status hf-card -q --require license=mit ./both
status hf-card -q --require license=mit,gpl-3.0 --require task=fill-mask ./both
status hf-card -q --require license=mit ./bare ./mit ./full
status hf-card -q --require license=acme-community,mit ./full
hf-card --require license=apache-2.0 ./mit ./both
echo "exit $?"

echo "# what is broken gets one line"
printf -- '---\nlicense: [mit\n---\n' | card unclosed
printf -- '---\nlicense: mit\nlicense: gpl\n---\n' | card twice
printf -- '---\n- a list\n---\n' | card list
printf -- '---\na: !!python/object:os.system x\n---\n' | card tag
printf -- '---\na: 1\nb: \377\n---\n' | card latin
python3 - <<'END'
laugh = "a0: &a0 [lol]\n" + "".join(
    "a%d: &a%d [%s]\n" % (i, i, ",".join(["*a%d" % (i - 1)] * 9))
    for i in range(1, 30))
def put(name, yaml):
    with open(name, "w") as f:
        f.write("---\n" + yaml + "\n---\n")
put("laughs", laugh)
put("deep", "a: " + "[" * 100000)
put("long", "a: " + "x" * 3000000)
put("directives", "\n".join("%%TAG !%d! x" % i for i in range(50000)))
END
mkfifo fifo
for f in unclosed twice list tag latin laughs deep long directives fifo none; do
	timeout 5 hf-card ./$f
	echo "exit $?"
done 2>&1 | tee lines
[ "$(grep -c '^hf-card: ' lines)" -eq 11 ] && echo "one line each"
echo "others are shown none the less"
status hf-card --body ./unclosed ./bare

echo "# usage and errors"
status hf-card --bad
status hf-card --json --body ./bare
status hf-card --require licence=mit ./bare
status hf-card --require license ./bare
status hf-card --repo-type person ./bare
status hf-card acme/nothing
status hf-card ../../etc/passwd
status hf-card 'a/b/c/d'
hf-card ./full >/dev/full
echo "exit $?"
hf-card ./full --json >/dev/full
echo "exit $?"
