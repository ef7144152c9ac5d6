"""fetch_kill.py N: kill -9 hf-fetch at N points of a 24 MiB download, spread evenly from
before its first byte to its last; after each, the next run must complete it: with a
Range that begins where the file ended, the right hash, and nothing left over."""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

from hubctl import control

CACHE = os.environ["HF_HOME"] + "/hub"
BLOBS = CACHE + "/models--acme--big/blobs"
SIZE = 25174240
COMMAND = ["hf-fetch", "acme/big", "model.safetensors"]


def partial_size():
    sizes = [os.path.getsize(p) for p in glob.glob(BLOBS + "/*.incomplete")]
    return sizes[0] if sizes else 0


def kill_at(target):
    """Bytes that were there when it died; None when it was through before."""
    p = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL)
    while p.poll() is None and partial_size() < target:
        time.sleep(0.0005)
    p.kill()
    p.wait()
    return None if p.returncode == 0 else partial_size()


def complete():
    blobs = os.listdir(BLOBS)
    with open(os.path.join(BLOBS, blobs[0]), "rb") as f:
        return len(blobs) == 1 and hashlib.sha256(f.read()).hexdigest() == blobs[0]


def ranges():
    """Of the second run: the first one's request is slowed, and logged when it ends."""
    return [e["range"] for e in control("log") if e["server"] == "cdn" and not e["fault"]]


def point(target):
    shutil.rmtree(CACHE, ignore_errors=True)
    control("reset", "POST")
    control("faults", "POST", b"match=^cdn GET,slow=150000000,times=1")
    there = kill_at(target)
    control("reset", "POST")
    p = subprocess.run(COMMAND, capture_output=True, text=True)
    if p.returncode != 0 or not complete():
        return f"killed at {there}: exit {p.returncode} {p.stderr}"
    want = [] if there in (None, SIZE) else [f"bytes={there}-" if there else None]
    if ranges() != want:
        return f"killed at {there}: asked for {ranges()}, want {want}"
    return None


def main(n):
    wrong = [w for w in (point(SIZE * i // max(n - 1, 1)) for i in range(n)) if w]
    print(f"{n} points, {n - len(wrong)} completed, no byte twice")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return bool(wrong)


sys.exit(main(int(sys.argv[1])))
