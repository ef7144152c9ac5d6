"""Compare hf-forward with a golden model: golden_forward.py MODEL...

For every case of golden/NAME/forward.safetensors a stream is made from its
inputs; what hf-forward answers is compared with the reference computed in
float64 within the golden's suggested tolerance.  One line a case, then
'N passed, N failed'.  Needs numpy and xxhash.
"""
import json
import os
import subprocess
import sys

import numpy as np

golden = os.environ["HF_GOLDEN"]
sys.path.insert(0, os.path.join(golden, "../testkit"))
import hfstream  # noqa: E402

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def load(path):
    with open(path, "rb") as f:
        raw = f.read()
    n = int.from_bytes(raw[:8], "little")
    head = json.loads(raw[8:8 + n])
    head.pop("__metadata__", None)
    out = {}
    for k, v in head.items():
        a, b = v["data_offsets"]
        x = np.frombuffer(raw[8 + n + a:8 + n + b], hfstream.DT[v["dtype"]])
        out[k] = x.reshape(v["shape"])
    return out


def run(model, tensors, wanted):
    raw = hfstream.stream([tensors], {"model": model})
    p = subprocess.run(["hf-forward", "--output", ",".join(wanted)], input=raw,
                       stdout=subprocess.PIPE, check=True)
    return hfstream.read(p.stdout)[0][0]


def compare(got, want, atol, mask, pos):
    """The largest difference where it counts, or None when all is well."""
    if pos is not None and got.ndim == 3:
        got = got[:, pos]
        mask = mask[:, pos] if mask is not None else None
    if got.shape != want.shape:
        return "shape %s, want %s" % (got.shape, want.shape)
    d = np.abs(got.astype(np.float64) - want)
    if mask is not None and mask.shape == want.shape[:2]:
        d = d[mask.astype(bool)]
    return None if (d <= atol).all() else "off by %g, may be %g" % (d.max(),
                                                                  atol)


def check_case(name, case, info, gold, tally):
    inputs = {k: gold[case + "/" + k].astype(np.int32) for k in INPUTS
              if case + "/" + k in gold}
    model = os.path.join(golden, "models/models", name)
    outs = sorted(k[len(case) + 1:] for k in gold if k.startswith(case + "/")
                  and not k.endswith(".ref64")
                  and k[len(case) + 1:] not in INPUTS)
    wanted = sorted({k.split(".")[0] for k in outs})
    got = run(model, inputs, wanted)
    mask = gold[case + "/" + info["compare_only_where"]] \
        if info["compare_only_where"] else None
    for k in outs:
        e = info["outputs"].get(k, {})
        if case == "batch_left" and e and not e["per_token"]:
            continue    # the reference reads a padding token there
        want = gold.get(case + "/" + k + ".ref64", gold[case + "/" + k])
        atol = e.get("suggested_atol_f32",
                     2e-4 * max(1, float(np.abs(want).max())))
        m = mask if "attentions" not in k and e.get("per_token", True) \
            else None
        if "attentions" in k and mask is not None:
            # rows of masked queries are the reference's to leave to chance
            want = want * mask[:, None, :, None]
        bad = compare(got[k], want, atol, m, e.get("positions"))
        tally[bad is not None] += 1
        if bad:
            print("FAIL %s %s %s: %s" % (name, case, k, bad))


def main():
    tally = [0, 0]
    for name in sys.argv[1:]:
        d = os.path.join(golden, "models/golden", name)
        gold = load(os.path.join(d, "forward.safetensors"))
        with open(os.path.join(d, "forward.json")) as f:
            cases = json.load(f)["cases"]
        for case, info in cases.items():
            check_case(name, case, info, gold, tally)
    print("%d passed, %d failed" % tuple(tally))
    return 1 if tally[1] or not tally[0] else 0


sys.exit(main())
