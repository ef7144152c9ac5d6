"""Feed damaged streams to the programs that read streams.

damage.py [--all] [--jobs N] [PROGRAM...]: with --all, a cut at every byte and
every bit flipped; else a sample.  A damaged stream must give exit code 3 and
one line on stderr, and what came out before must be the beginning of what the
undamaged stream gives; slow delivery must change nothing.  The last line
counts; exit 1 if something failed.
"""
import argparse
import concurrent.futures
import json
import random
import struct
import subprocess
import sys

TEXT = b"I love this!\nThis is terrible...\nna\xc3\xafve\n"
IDS = "hf-tokenize -m sentiment-tiny -b 2"
# A command that reads a stream, and what makes the stream for it.
CASES = [
    ("hf-show", IDS + " --text"),
    ("hf-show --json --values input_ids", IDS),
    ("hf-forward", IDS),
    ("hf-pool", IDS + " | hf-forward --output last_hidden_state"),
    ("hf-pool --tsv", IDS + " | hf-forward --output last_hidden_state"),
    ("hf-decode", IDS + " | hf-forward"),
    ("hf-decode --json", IDS + " | hf-forward"),
]


def shell(command, data):
    p = subprocess.run(["bash", "-o", "pipefail", "-c", command], input=data,
                       stdout=subprocess.PIPE, check=True)
    return p.stdout


def run(command, data, chunk=None):
    p = subprocess.Popen(command.split(), stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         bufsize=0)
    if chunk is None:
        out, err = p.communicate(data, timeout=60)
        return p.returncode, out, err
    for i in range(0, len(data), chunk):
        p.stdin.write(data[i:i + chunk])
    p.stdin.close()
    p.stdin = None
    out, err = p.communicate(timeout=60)
    return p.returncode, out, err


def without_end(raw):
    """A stream without its end frame, or None if it ends ok or not at all."""
    at = 0
    while at + 8 <= len(raw):
        n = struct.unpack_from("<Q", raw, at)[0]
        head = json.loads(raw[at + 8:at + 8 + n])
        meta = head.pop("__metadata__")
        if "end" in meta:
            good = meta["end"] != "ok" and at + 8 + n == len(raw)
            return raw[:at] if good else None
        at += 8 + n + max(x["data_offsets"][1] for x in head.values())
    return None


def judge(command, reference, result):
    """What is wrong with the answer to a damaged stream; None if nothing."""
    code, out, err = result
    name = command.split()[0].encode()
    if code != 3:
        return "exit %d" % code
    if err.count(b"\n") != 1 or not err.startswith(name + b": stdin: "):
        return "stderr: %r" % err[:300]
    if not all(c == 10 or c >= 32 for c in err):
        return "a control byte on stderr"
    if reference[:2] != b"{\"" and b"__metadata__" in reference[:32]:
        out = without_end(out)
        if out is None:
            return "no end frame that says so"
    if not reference.startswith(out):
        return "wrong output"
    return None


def flipped(data, bit):
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def damages(data, everything):
    """Pairs of what was done and the damaged stream."""
    rnd = random.Random(len(data))
    n = len(data)
    cuts = range(n) if everything else \
        sorted(rnd.sample(range(n), 30)) + [0, 1, 7, 8, 9, n - 1]
    flips = range(8 * n) if everything else rnd.sample(range(8 * n), 60)
    places = range(n) if everything else rnd.sample(range(n), 10)
    for i in cuts:
        yield "cut at %d" % i, data[:i]
    for i in flips:
        yield "bit %d" % i, flipped(data, i)
    for i in places:
        yield "byte %d lost" % i, data[:i] + data[i + 1:]
        yield "byte %d twice" % i, data[:i + 1] + data[i:]
    yield "twice", data + data
    yield "a byte more", data + b"\0"
    yield "noise", bytes(rnd.randrange(256) for _ in range(5000))
    yield "text", TEXT


def check(pool, command, source, everything):
    data = shell(source, TEXT)
    code, reference, err = run(command, data)
    if code != 0 or err:
        return 1, ["%s: undamaged: exit %d, %r" % (command, code, err)]
    bad = []
    for chunk in (1, 7):
        if run(command, data, chunk) != (0, reference, b""):
            bad.append("%s: %d bytes at a time: not the same" %
                       (command, chunk))
    jobs = [(what, pool.submit(run, command, x))
            for what, x in damages(data, everything)]
    for what, job in jobs:
        why = judge(command, reference, job.result())
        if why is not None:
            bad.append("%s: %s: %s" % (command, what, why))
    return len(jobs) + 2, bad


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--all", action="store_true")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("program", nargs="*")
    a = ap.parse_args()
    total, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for command, source in CASES:
            if a.program and command.split()[0] not in a.program:
                continue
            n, bad = check(pool, command, source, a.all)
            print("\n".join(bad[:10] + ["%s: %d of %d" % (
                command, n - len(bad), n)]))
            sys.stdout.flush()
            total, failed = total + n, failed + len(bad)
    print("%d passed, %d failed" % (total - failed, failed))
    sys.exit(failed > 0)


main()
