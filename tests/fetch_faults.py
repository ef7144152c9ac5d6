"""The fault matrix of hf-fetch: one line of what is wrong with server or line, and what
comes of it.  Prints, for each row: exit status, message, what was asked of the CDN, and
the state of the cache.  Run by tests/cli/fetch-faults.sh, which sets HUB and HF_HOME."""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys

from hubctl import control

HOME = os.environ["HF_HOME"]
XET = f"{HOME}/hub/models--acme--xet"
CUT = "match=^cdn GET,truncate=300000,times=1"

ROWS = [
    ("no fault",),
    ("cut short twice: continued", "match=^cdn GET,truncate=300000,times=2"),
    ("a flipped byte, once: one clean retry", "match=^cdn GET,corrupt=5,times=1"),
    ("a flipped byte, always: refused", "match=^cdn GET,corrupt=5"),
    ("a range that was not asked for", CUT, "match=^cdn GET,range_offset=-64,times=1"),
    ("the same, always", CUT, "match=^cdn GET,range_offset=-64"),
    ("no ranges", CUT, "match=^cdn GET,no_range=1"),
    ("another length", "match=^cdn GET,length=1000,truncate=1000"),
    ("closed, reset", "match=^cdn GET,drop=1,times=1", "match=^cdn GET,drop=1,reset=1,times=1"),
    ("reset half way", "match=^cdn GET,truncate=300000,reset=1,times=1"),
    ("silence", "match=^cdn GET,stall=300000,stall_seconds=30,times=1"),
    ("503", "match=^cdn GET,status=503,times=2"),
    ("429 with Retry-After", "match=^cdn GET,status=429,retry_after=1,times=1"),
    ("429 with RateLimit", "match=^hub GET /acme,status=429,ratelimit=1,times=1"),
    ("429 for longer than anyone waits", "match=^cdn GET,status=429,retry_after=9999"),
    ("an expired address", CUT, "match=^cdn GET,status=403,times=1"),
    ("expired for good", "match=^cdn GET,status=403"),
    ("416", CUT, "match=^cdn GET,status=416,times=1"),
    ("a redirect loop", "match=^hub GET /acme,redirect={self}"),
    ("to another scheme", "match=^hub GET /acme,redirect=file:///etc/passwd"),
    ("without hashes in the headers", {"match": "^hub GET", "drop_headers":
                                       ["ETag", "X-Linked-ETag", "X-Linked-Size"]}),
    ("without a commit in them", {"match": "^hub GET", "drop_headers": ["X-Repo-Commit"]}),
    ("of another commit", {"match": "^hub GET /acme", "set_headers":
                           {"X-Repo-Commit": "0" * 39 + "1"}}),
    ("with another hash", {"match": "^hub GET /acme", "set_headers":
                           {"X-Linked-ETag": '"0000000000"'}}),
    ("gzip", "match=^cdn GET,gzip=1"),
    ("chunked", "match=^cdn GET,chunked=1"),
    ("chunked and cut short", "match=^cdn GET,chunked=1,truncate=300000,times=1"),
    ("all at once", "match=^cdn GET,truncate=100000,times=1", "match=^cdn GET,status=503,times=1",
     "match=^hub GET /acme,drop=1,times=1", "match=^cdn GET,corrupt=200000,times=1"),
]

LISTS = [  # path, size, git's hash
    ("../../../../evil", 1), ("/etc/evil", 1), ("a//b", 1), ("a\\b", 1), ("a\ab", 1), ("c:evil", 1),
    ("x" * 300, 1), ("ok", 1, "../../../x"), ("ok", -5), ("ok", "1"), ("ok", 1 << 60),
]


def reset(*rules):
    control("reset", "POST")
    for rule in rules:
        control("faults", "POST", (rule if isinstance(rule, str) else json.dumps(rule)).encode())


def fetch(*args):
    p = subprocess.run(["hf-fetch", *args], capture_output=True, text=True)
    print("exit", p.returncode)
    sys.stdout.write(p.stderr)


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def verdict():
    """What the cache holds: files by name of their content, and nothing under a wrong name."""
    for path in sorted(glob.glob(HOME + "/hub/*--*/**", recursive=True)):
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as f:
            data = f.read()
        name = os.path.basename(path)
        if "/snapshots/" in path:
            print("have", name, hashlib.sha256(data).hexdigest()[:12])
        elif name.endswith(".incomplete"):
            print("incomplete, empty" if not data else "incomplete")
        elif "/blobs/" in path and name not in (hashlib.sha256(data).hexdigest(), git_hash(data)):
            print("WRONG", path)


def asked():
    for e in control("log"):
        if e["server"] == "cdn":
            print("cdn", e["range"], "LEAK" if e["leak"] else "")


def matrix():
    for title, *rules in ROWS:
        print("#", title)
        shutil.rmtree(HOME, ignore_errors=True)
        reset(*rules)
        fetch("-q", "acme/xet", "model.safetensors")
        asked()
        verdict()


def bad_partials():
    blob = os.path.basename(glob.glob(XET + "/blobs/*")[0])
    for n in (2_000_000, 100_000):
        print("# a partial file with", n, "wrong bytes")
        shutil.rmtree(HOME)
        os.makedirs(XET + "/blobs")
        with open(f"{XET}/blobs/{blob}.incomplete", "wb") as f:
            f.write(bytes(n))
        reset()
        fetch("-q", "acme/xet", "model.safetensors")
        asked()
        verdict()


def small_files():
    print("# small files, gzip and chunked")
    shutil.rmtree(HOME)
    reset("match=resolve-cache.*README,gzip=1", "match=resolve-cache.*config,chunked=1")
    fetch("acme/tiny-bert", "README.md", "config.json")
    verdict()


def listing(path, size, oid="0" * 40):
    return {"match": "/tree/", "status": 200,
            "body": [{"type": "file", "path": path, "size": size, "oid": oid}]}


def hostile():
    print("# a bomb: 9 MB of zeros in 9 kB of gzip")
    reset(listing("bomb.txt", 1000), {"match": "resolve", "gzip": True, "drop_headers": ["X-Linked-Size"]})
    fetch("test/bomb", "bomb.txt")
    for entry in LISTS:
        print("# listed:", repr(entry)[:40])
        reset(listing(*entry))
        fetch("-i", "*", "test/bomb")
    print("# no lists, no Hubs")
    for body in ({"not": "a list"}, [{"type": "file"}], [{"type": "file", "path": "x", "size": 1}],
                 listing("twice", 1)["body"] * 2, "<html>"):
        reset({"match": "/tree/", "status": 200, "body": body})
        fetch("test/bomb")
    for body in ("<html>", {}, {"sha": "../../x"}, {"sha": 7}, [], "{" * 2000):
        reset({"match": "/revision/", "status": 200, "body": body})
        fetch("test/bomb")
    print(*glob.glob(HOME + "/hub/*bomb*/**", recursive=True))


matrix()
bad_partials()
small_files()
hostile()
