# The README's first pipeline, and the embedded model's golden sentences.
. "$TESTS/lib.sh"
printf 'I love this!\nThis is terrible...\n' |
    hf-tokenize -m sentiment-tiny | hf-forward | hf-decode
need_golden
cat >check.py <<'EOF'
import json, subprocess, sys
want = [json.loads(x) for x in open(sys.argv[1])]
text = "".join(json.dumps(x["text"]) + "\n" for x in want)
out = subprocess.run(["bash", "-o", "pipefail", "-c",
    "hf-tokenize --json --truncation -m sentiment-tiny | hf-forward | "
    "hf-decode --top-k 2 --json"], input=text.encode(), check=True,
    stdout=subprocess.PIPE).stdout
got = [json.loads(x) for x in out.splitlines()]
assert len(got) == len(want)
good = 0
for g, w in zip(got, want):
    off = max(abs(x["score"] - w["scores"][x["label"] == "POSITIVE"])
              for x in g)
    if g[0]["label"] == w["label"] and off <= 1e-5:
        good += 1
    else:
        print("FAIL", w["text"], g)
print(good, "of", len(want))
EOF
python3 check.py "$HF_GOLDEN/demo-model/expected.jsonl"
