"""Do programs that read streams keep their memory flat?

flat.py [-v] FRAMES [PROGRAM...]: the peak of each after FRAMES frames may be no
more than 1 MiB above its peak after a hundredth of them.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TESTS"], "data"))
from make_stream import again  # noqa: E402

SLACK = 1024  # KiB
IDS = "hf-tokenize -m sentiment-tiny -b 1"
HIDDEN = IDS + " | hf-forward --output last_hidden_state"
CASES = [
    (IDS, None),
    ("hf-show --json", IDS),
    ("hf-forward", IDS),
    ("hf-pool", HIDDEN),
    ("hf-decode", IDS + " | hf-forward"),
]
# The address sanitizer keeps what was freed; none of it is the program's.
ENV = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
           ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
SLOW = {"hf-forward": 20}


def lines(n):
    return b"".join(b"word %d\n" % (i % 1000) for i in range(n))


def frames_of(source, n):
    """n frames: the model is asked only once for each different one."""
    if source is None:
        return lines(n)
    p = subprocess.run(["bash", "-o", "pipefail", "-c", source],
                       input=lines(50), stdout=subprocess.PIPE, check=True)
    return again(p.stdout, n)


def high_water(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmHWM"))


def peak(command, data):
    """The largest resident size in KiB, before the last bytes arrive.

    (What wait4() gives has the size of this process in it.)
    """
    p = subprocess.Popen(command.split(), stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, env=ENV)
    p.stdin.write(data[:-5])
    p.stdin.flush()
    time.sleep(0.1)
    size = high_water(p.pid)
    p.stdin.write(data[-5:])
    p.stdin.close()
    if p.wait() != 0:
        sys.exit("%s: exit %d" % (command, p.returncode))
    return size


def main():
    verbose = "-v" in sys.argv
    args = [x for x in sys.argv[1:] if x != "-v"]
    frames, failed = int(args[0]), 0
    for command, source in CASES:
        name = command.split()[0]
        if args[1:] and name not in args[1:]:
            continue
        n = frames // (SLOW.get(name, 1) if not args[1:] else 1)
        few = peak(command, frames_of(source, n // 100))
        many = peak(command, frames_of(source, n))
        if verbose:
            print(name, few, many)
        if many > few + SLACK:
            print("%s: %d KiB after %d frames, %d after %d" %
                  (name, few, n // 100, many, n))
            failed += 1
    print("%d of memory that grows" % failed)
    sys.exit(failed > 0)


main()
