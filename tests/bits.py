"""The same bits however a text is computed: bits.py MODEL...

Texts of 1, 5, 24 and 128 tokens and others between are run in batches of 1,
2, 7 and 32, with 1 and 2 threads, padded on either side, with every set of
kernels that the CPU has.  Each text's values at its real positions must be
those of the first run, bit for bit.  Then 'N passed, N failed'.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["HF_GOLDEN"], "../testkit"))
import hfstream  # noqa: E402

LENGTHS = [1, 5, 24, 128, 2, 3, 17, 60, 33, 5, 1, 100, 24, 9, 12, 128, 7]


def texts():
    words = ("good film", "bad plot", "the", "actor was", "dull", "great")
    out = []
    for i, n in enumerate(LENGTHS * 2):
        s = " ".join(words[(i * 7 + j * 5) % len(words)] for j in range(n))
        out.append(" ".join(s.split()[:n]))
    return "\n".join(out) + "\n"


def kernels():
    """None is the program's own choice."""
    with open("/proc/cpuinfo") as f:
        flags = f.read()
    out = [None, "ref"]
    if "avx2" in flags and "fma" in flags:
        out.append("avx2")
    if "avx512f" in flags:
        out.append("avx512")
    return out


def longest(model):
    """What the model can take, or what its golden twin is said to."""
    return 128 if model == "sentiment-tiny" else 32


def run(model, text, kernel, b, j, side):
    env = dict(os.environ)
    if kernel:
        env["HF_KERNEL"] = kernel
    t = subprocess.run(
        ["hf-tokenize", "-m", model, "--no-special-tokens", "-b", str(b),
         "--truncation", "--max-length", str(longest(model)),
         "--padding-side", side], input=text.encode(),
        stdout=subprocess.PIPE, check=True)
    f = subprocess.run(
        ["hf-forward", "-j", str(j), "--output",
         "last_hidden_state,hidden_states"], input=t.stdout,
        stdout=subprocess.PIPE, check=True, env=env)
    return rows(f.stdout) + heads(model, t.stdout, env, j)


def rows(raw):
    """One bytes object a text: every hidden state at its real positions."""
    out = []
    for t, _ in hfstream.read(raw):
        mask = t["attention_mask"] != 0
        names = sorted(k for k in t if "hidden_state" in k)
        for i, m in enumerate(mask):
            out.append(b"".join(t[k][i][m].tobytes() for k in names))
    return out


def heads(model, ids, env, j):
    raw = subprocess.run(["hf-forward", "-j", str(j)], input=ids, env=env,
                         stdout=subprocess.PIPE, check=True).stdout
    out = []
    for t, _ in hfstream.read(raw):
        names = [k for k in t if k.endswith("logits")]
        for i, m in enumerate(t["attention_mask"] != 0):
            for k in names:
                x = t[k][i]
                out.append((x[m] if len(x) == len(m) else x).tobytes())
    return out


def main():
    passed = failed = 0
    text = texts()
    for model in sys.argv[1:]:
        want = run(model, text, None, 32, 1, "right")
        for kernel in kernels():
            for b in (1, 2, 7, 32):
                for j in (1, 2):
                    for side in ("right", "left"):
                        if kernel == "ref" and (b != 7 or j != 2):
                            continue    # slow, and the sums are the same
                        got = run(model, text, kernel, b, j, side)
                        if got == want:
                            passed += 1
                            continue
                        failed += 1
                        bad = sum(x != y for x, y in zip(got, want))
                        print("FAIL %s %s -b %d -j %d %s: %d of %d differ" % (
                            os.path.basename(model), kernel, b, j, side, bad,
                            len(want)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
