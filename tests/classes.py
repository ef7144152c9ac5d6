"""Tokenizer classes without a tokenizer.json: IDs, pairs and decoding beside
what transformers gives (scripts/class-fixtures).

classes.py DIR   prints what differs, and how many cases are the same
"""
import json
import os
import subprocess
import sys
import tempfile

data = os.path.abspath(sys.argv[1])
with open(os.path.join(data, "golden.jsonl"), encoding="utf-8") as f:
    texts, *cases = [json.loads(line) for line in f]


def run(command, lines):
    p = subprocess.run(command, input="".join(
        line + "\n" for line in lines).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    return p.stdout.decode().split("\n")[:-1] or [p.stderr.decode()]


def ids(folder, values):
    out = run(["hf-tokenize", "-m", folder, "--json", "--print", "ids"],
              [json.dumps(v) for v in values])
    return [[int(x) for x in line.split()] if line[:1] != "h" else line
            for line in out]


same = 0
for case in cases:
    with tempfile.TemporaryDirectory() as d:
        for to, base in case["files"].items():
            os.symlink(os.path.join(data, base), os.path.join(d, to))
        for to, tree in (("tokenizer_config.json", case["config"]),
                         ("config.json", case["model"])):
            if tree:
                with open(os.path.join(d, to), "w") as f:
                    json.dump(tree, f)
        got = ids(d, texts)
        pair = ids(d, [[texts[0], texts[20]]])
        text = subprocess.run(
            "hf-tokenize -m '%s' --from-ids | hf-decode --json "
            "--skip-special-tokens --clean-up-tokenization-spaces=no" % d,
            shell=True, stdout=subprocess.PIPE, input=" ".join(
                map(str, case["ids"][1])).encode() + b"\n").stdout
    bad = [(t, w, g) for t, w, g in zip(texts, case["ids"], got + [
        None] * len(texts)) if w != g]
    if pair != [case["pair"]]:
        bad.append(("pair", case["pair"], pair))
    if text != (json.dumps(case["text"]) + "\n").encode():
        bad.append(("decode", case["text"], text))
    same += not bad
    for what in bad[:3]:
        print(case["config"], case["model"], *map(repr, what), sep="\n  ")
print("%d of %d the same" % (same, len(cases)))
