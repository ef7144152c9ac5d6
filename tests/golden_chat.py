#!/usr/bin/env python3
# hf-tokenize --chat against the golden renders: text and IDs.
#	golden_chat.py TOKENIZERS-DIR GOLDEN-CHAT-DIR
# A line for each difference, then a count for each model.
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile


def run(args, records):
    r = subprocess.run(["hf-tokenize"] + args, input="".join(
        json.dumps(x) + "\n" for x in records).encode(), capture_output=True)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def record(case):
    return {"messages": case["messages"], "tools": case["tools"],
            **case["kwargs"]}


def numbers(line):
    return [int(x) for x in line.split()]


def forge(case, text):
    """The conversation with text in each message of the user's."""
    r = json.loads(json.dumps(record(case)))
    for m in r["messages"]:
        if m["role"] == "user" and isinstance(m["content"], str):
            m["content"] = "a" + text + " b " + m["content"]
    return r


def plain(tmp, good):
    """--plain: the golden IDs where no message spells a special token, and
    the template's special tokens alone where all of them are spelled."""
    with open(tmp + "/tokenizer.json") as f:
        special = {t["content"]: t["id"] for t in json.load(f)["added_tokens"]
                   if t["special"]}
    base = ["-m", tmp, "--chat", "--plain", "--print", "ids"]
    lines = run(base, map(record, good))[1].split("\n")[:-1]
    forged = run(base, [forge(c, "".join(special)) for c in good]
                 )[1].split("\n")[:-1]
    same = spelled = kept = 0
    for c, a, b in zip(good, map(numbers, lines), map(numbers, forged)):
        said = json.dumps([c["messages"], c["tools"]])
        spelled += any(s in said for s in special)
        same += a == c["ids"]
        ids = set(special.values())
        kept += [i for i in a if i in ids] == [i for i in b if i in ids]
    return "plain: %d the same, %d spell special tokens, %d of %d kept" % (
        same, spelled, kept, len(good))


def check(model, tokenizer, rows, tmp):
    head, cases = rows[0], rows[1:]
    config = {"chat_template": head["chat_template"],
              "bos_token": head["bos_token"], "eos_token": head["eos_token"]}
    with open(tmp + "/tokenizer_config.json", "w") as f:
        json.dump(config, f)
    good = [c for c in cases if "error" not in c]
    bad = [c for c in cases if "error" in c]
    code, out, err = run(["-m", tmp, "--render", "--json"],
                         map(record, good))
    texts = [json.loads(x) for x in out.split("\n")[:-1]]
    wrong = abs(len(texts) - len(good)) + (code != 0)
    if code:
        print(model, err.strip())
    for c, t in zip(good, texts):
        if c["text"] != t:
            wrong += 1
            print(model, "want %r\ngot %r" % (c["text"], t))
    for c in bad:
        code, out, err = run(["-m", tmp, "--render"], [record(c)])
        if code != 1 or err.count("\n") != 1:
            wrong += 1
            print(model, "no error:", c["error"])
    ids = "no tokenizer"
    if tokenizer:
        shutil.copy(tokenizer, tmp + "/tokenizer.json")
        code, out, err = run(["-m", tmp, "--chat", "--print", "ids"],
                             map(record, good))
        got = [numbers(x) for x in out.split("\n")[:-1]]
        n = sum(a == c["ids"] for a, c in zip(got, good))
        ids = "ids %d of %d, %s" % (n, len(good), plain(tmp, good))
        if code:
            print(model, err.strip())
    print("%s: text %d of %d, %d errors, %d wrong, %s" % (
        model, len(texts), len(good), len(bad), wrong, ids))


def main():
    tokenizers, golden = sys.argv[1:]
    for name in sorted(os.listdir(golden)):
        model = name.replace(".jsonl.xz", "")
        with lzma.open(os.path.join(golden, name), "rt") as f:
            rows = [json.loads(x) for x in f]
        path = os.path.join(tokenizers, model, "tokenizer.json")
        with tempfile.TemporaryDirectory() as tmp:
            check(model, path if os.path.exists(path) else None, rows, tmp)


main()
