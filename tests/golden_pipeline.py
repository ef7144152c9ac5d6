"""Compare whole pipelines with golden answers: golden_pipeline.py MODEL...

Every case of golden/NAME/pipeline.json is run through hf-tokenize, hf-forward
and hf-decode --json, with the flags that its arguments stand for.  Then
'N passed, N failed'.
"""
import json
import os
import shlex
import subprocess
import sys

import numpy as np

golden = os.environ["HF_GOLDEN"]
sys.path.insert(0, os.path.join(golden, "../testkit"))
import hfstream  # noqa: E402

ATOL = 2e-5

# argument -> flags of hf-tokenize, flags of hf-decode
FLAGS = {
    "top_k": lambda v: ([], ["--top-k", str(v or 1000)]),
    "function_to_apply": lambda v: ([], ["--function-to-apply", v]),
    "truncation": lambda v: (["--truncation"], []),
    "max_length": lambda v: (["--max-length", str(v)], []),
    "aggregation_strategy":
        lambda v: ([], ["--aggregation-strategy", v]),
    "ignore_labels": lambda v: ([], ["--ignore-labels", ",".join(v)]),
    "targets": lambda v: ([], ["--targets", ",".join(v)]),
    "max_answer_len": lambda v: ([], ["--max-answer-len", str(v)]),
    "handle_impossible_answer":
        lambda v: ([], ["--handle-impossible-answer"] if v else []),
    "max_seq_len": lambda v: (
        ["--max-length", str(v), "--truncation=only_second"], []),
    "doc_stride": lambda v: (["--overflow", "--stride", str(v)], []),
}


def flags(args):
    tokenize, decode = [], []
    for k, v in args.items():
        t, d = FLAGS[k](v)
        tokenize += t
        decode += d
    return tokenize, decode


def record(x):
    if isinstance(x, dict) and "question" in x:
        return [x["question"], x["context"]]
    if isinstance(x, dict):
        return [x["text"], x["text_pair"]]
    return x


def run(model, task, case):
    """The answers, one a record."""
    many = isinstance(case["input"], list)
    records = case["input"] if many else [case["input"]]
    text = "".join(json.dumps(record(x)) + "\n" for x in records)
    t, d = flags(case["args"])
    path = os.path.join(golden, "models/models", model)
    cmd = "hf-tokenize --json -m %s %s | hf-forward" % (
        shlex.quote(path), " ".join(t))
    if task != "feature-extraction":
        cmd += " | hf-decode --json " + " ".join(shlex.quote(x) for x in d)
    out = subprocess.run(["bash", "-o", "pipefail", "-c", cmd],
                         input=text.encode(), stdout=subprocess.PIPE,
                         check=True).stdout
    if task == "feature-extraction":
        return features(out), many
    return [json.loads(x) for x in out.splitlines()], many


def features(raw):
    out = []
    for t, _ in hfstream.read(raw):
        for h, m in zip(t["last_hidden_state"], t["attention_mask"]):
            out.append([h[m != 0].tolist()])
    return out


def same(a, b):
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(
            same(a[k], b[k]) for k in b)
    if isinstance(b, list):
        return isinstance(a, list) and len(a) == len(b) and all(
            same(x, y) for x, y in zip(a, b))
    if isinstance(b, float):
        return isinstance(a, (int, float)) and abs(a - b) <= ATOL * max(
            1, abs(b))
    return a == b


def shaped(got, want, many):
    """A pipeline gives one answer without its list, and one record without."""
    if many:
        if want and isinstance(want[0], dict):
            got = [x[0] for x in got]
        return got
    got = got[0]
    return got[0] if isinstance(want, dict) and isinstance(got, list) else got


def main():
    passed = failed = 0
    for model in sys.argv[1:]:
        with open(os.path.join(golden, "models/golden", model,
                               "pipeline.json")) as f:
            tasks = json.load(f)
        for task, g in tasks.items():
            for case in g["cases"]:
                got, many = run(model, task, case)
                got = shaped(got, case["output"], many)
                if same(got, case["output"]):
                    passed += 1
                    continue
                failed += 1
                print("FAIL %s %s %s\n got  %s\n want %s" % (
                    model, task, case["name"], json.dumps(got)[:600],
                    json.dumps(case["output"])[:600]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
