"""hf-fetch and huggingface_hub, each reading what the other wrote, writing the same, and
at work at the same time.  Run by scripts/interop-hub, which starts the mock Hub."""
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys

os.environ.update(HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1",
                  HF_HUB_DISABLE_UPDATE_CHECK="1", HF_HUB_VERBOSITY="error", NO_PROXY="*",
                  TRANSFORMERS_VERBOSITY="error")
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download  # noqa: E402

from hubctl import control  # noqa: E402

HF = os.path.dirname(sys.executable) + "/hf"
BERT = "acme/tiny-bert"
EVERYTHING = ("-i", "*")
REPOS = [  # type, repository, revision, what hf-fetch is asked for
    ("model", BERT, "main", (*EVERYTHING, "onnx/")), ("model", BERT, "v1.0", EVERYTHING),
    ("model", BERT, "refs/pr/1", EVERYTHING), ("model", BERT, "dev/next", EVERYTHING),
    ("model", "acme/sharded", "main", EVERYTHING), ("model", "acme/xet", "main", EVERYTHING),
    ("model", "openai-community/gpt2", "main", EVERYTHING), ("model", "acme/big", "main", EVERYTHING),
    ("model", "acme/pickle-only", "main", ("pytorch_model.bin", "modeling_evil.py", *EVERYTHING)),
    ("dataset", "acme/tiny-data", "main", EVERYTHING), ("space", "acme/demo", "main", EVERYTHING),
]
failed = 0


def check(what, ok, *detail):
    global failed
    failed += not ok
    print("ok  " if ok else "FAIL", what, *([] if ok else detail))


def run(*command, **env):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})


def fetch(cache, *args, **env):
    return run("hf-fetch", *args, HF_HUB_CACHE=cache, **env)


def python(cache, code, *args, **env):
    r = run(sys.executable, "-c", "import sys\nfrom huggingface_hub import *\n" + code, *args,
            HF_HUB_CACHE=cache, **env)
    return r.stdout.strip() if r.returncode == 0 else r.stderr[-300:]


def fill_ours(cache, **env):
    for kind, repo, rev, what in REPOS:
        operands = [w for w in what if w not in EVERYTHING]
        r = fetch(cache, "-t", kind, *[w for w in what if w in EVERYTHING], f"{repo}@{rev}", *operands, **env)
        check(f"hf-fetch {kind} {repo}@{rev}", r.returncode == 0 and r.stdout, r.stderr)


def fill_theirs(cache):
    for kind, repo, rev, _ in REPOS:
        snapshot_download(repo, revision=rev, repo_type=kind, cache_dir=cache)


def contents(top, skip=(".locks",)):
    """Name, and what the link says or the file holds, of everything."""
    out = {}
    for folder, dirs, names in os.walk(top):
        dirs[:] = [d for d in dirs if d not in skip]
        for n in names + [d for d in dirs if os.path.islink(os.path.join(folder, d))]:
            p = os.path.join(folder, n)
            out[os.path.relpath(p, top)] = os.readlink(p) if os.path.islink(p) else open(p, "rb").read()
    return out


def same(what, one, two, skip=(".locks",)):
    a, b = contents(one, skip), contents(two, skip)
    different = [k for k in sorted({*a, *b}) if a.get(k) != b.get(k)]
    check(f"{what}: {len(a)} files and links", a and not different, different[:10])


def wrong_blobs(cache):
    bad = glob.glob(cache + "/*/blobs/*.incomplete")
    for p in glob.glob(cache + "/*--*/blobs/*"):
        data = open(p, "rb").read()
        if os.path.basename(p) not in (hashlib.sha256(data).hexdigest(),
                                       hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()):
            bad.append(p)
    return bad


def bodies():
    return [e["path"].split("?")[0] for e in control("log")
            if e["server"] == "cdn" or "/resolve" in e["path"]]


def they_read_ours(cache):
    for kind, repo, rev, _ in REPOS:
        args = (repo, rev, kind)
        where = python(cache, "print(snapshot_download(sys.argv[1], revision=sys.argv[2], repo_type=sys.argv[3]))",
                       *args, HF_HUB_OFFLINE="1")
        mine = fetch(cache, "-t", kind, f"{repo}@{rev}", *EVERYTHING, HF_HUB_OFFLINE="1").stdout.strip()
        check(f"snapshot_download offline {repo}@{rev}", where == mine, where, mine)
        names = [os.path.relpath(p, mine) for p in glob.glob(mine + "/**", recursive=True, include_hidden=True)
                 if os.path.isfile(p)]
        got = python(cache, "print(*(hf_hub_download(sys.argv[1], n, revision=sys.argv[2], repo_type=sys.argv[3])"
                     " for n in sys.argv[4:]), sep='\\n')", *args, *names, HF_HUB_OFFLINE="1")
        check(f"  hf_hub_download offline, {len(names)} files",
              got.split("\n") == [os.path.join(mine, n) for n in names], got)
        r = run(HF, "cache", "verify", repo, "--revision", rev, "--repo-type", kind, "--cache-dir", cache,
                "--fail-on-missing-files", "--fail-on-extra-files")
        check("  hf cache verify", r.returncode == 0, r.stdout, r.stderr)
    warnings = scan_cache_dir(cache).warnings
    check("scan_cache_dir() has no warning", not warnings, warnings)
    size = {r.repo_id: r.size_on_disk for r in scan_cache_dir(cache).repos}
    check("  and finds all", set(size) == {repo for _, repo, _, _ in REPOS}, size)


def transformers_reads_ours():
    cache = os.path.abspath("model")
    r = fetch(cache, "test/sentiment")
    check("hf-fetch test/sentiment", r.returncode == 0, r.stderr)
    r = run(sys.executable, "-c", """if 1:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        t = AutoTokenizer.from_pretrained("test/sentiment")
        m = AutoModelForSequenceClassification.from_pretrained("test/sentiment")
        print(m.config.id2label[int(m(**t("I love this!", return_tensors="pt")).logits.argmax())])
        """, HF_HUB_CACHE=cache, HF_HUB_OFFLINE="1")
    check("from_pretrained() offline", r.stdout == "POSITIVE\n", r.stdout, r.stderr[-500:])


def we_read_theirs(cache, title, **env):
    """Offline the same path; online not a byte of a file."""
    for kind, repo, rev, what in REPOS:
        operands = [w for w in what if w not in EVERYTHING]
        args = ("-t", kind, f"{repo}@{rev}", *operands, *[w for w in what if w in EVERYTHING])
        theirs = snapshot_download(repo, revision=rev, repo_type=kind, cache_dir=cache, local_files_only=True)
        off = fetch(cache, *args, HF_HUB_OFFLINE="1", **env)
        check(f"{title}: offline {repo}@{rev}", off.returncode == 0 and off.stdout.startswith(theirs), off.stderr)
        control("reset", "POST")
        on = fetch(cache, *args, **env)
        check("  online no body", on.returncode == 0 and on.stdout == off.stdout and not bodies(),
              on.stderr, bodies())


def single_files():
    """hf_hub_download and named files leave the same, also of one that is not there."""
    one, two = os.path.abspath("one-file"), os.path.abspath("two-file")
    for name in ("config.json", "1_Pooling/config.json", "odd names/a b#1?50%+é&c.txt", "empty.txt",
                 "model.safetensors"):
        hf_hub_download(BERT, name, cache_dir=one)
    try:
        hf_hub_download(BERT, "tf_model.h5", cache_dir=one)
    except Exception:  # noqa: BLE001
        pass
    fetch(two, BERT, "config.json", "1_Pooling/config.json", "odd names/a b#1?50%+é&c.txt", "empty.txt",
          "model.safetensors")
    fetch(two, BERT, "tf_model.h5")
    same("single files", one, two)


def directories():
    snapshot_download(BERT, local_dir="dir-theirs")
    r = fetch("unused", "-d", "dir-ours", BERT, *EVERYTHING, "-i", "*.onnx")
    check("hf-fetch -d", r.returncode == 0, r.stderr)
    same("directories", "dir-theirs", "dir-ours", ("huggingface",))
    a, b = (contents(d + "/.cache/huggingface") for d in ("dir-theirs", "dir-ours"))
    for d in (a, b):
        for k in [k for k in d if k.endswith(".lock")]:
            del d[k]
        for k in d:
            if k.endswith(".metadata"):
                d[k] = d[k].split(b"\n")[:2]
    check("  and their notes", a == b, sorted(a), sorted(b), [k for k in a if a[k] != b.get(k)])
    control("reset", "POST")
    fetch("unused", "-d", "dir-theirs", BERT, *EVERYTHING, "-i", "*.onnx")
    check("  ours takes theirs", not bodies(), bodies())
    control("reset", "POST")
    snapshot_download(BERT, local_dir="dir-ours")
    check("  theirs takes ours", not bodies(), bodies())


def at_once():
    cache = os.path.abspath("at-once")
    code = "import sys\nfrom huggingface_hub import *\nprint(snapshot_download(sys.argv[1]))"
    for repo in ("acme/big", "bulk/many-files"):
        control("reset", "POST")
        control("faults", "POST", b"match=^cdn GET,slow=20000000")
        env = {**os.environ, "HF_HUB_CACHE": cache}
        # Python takes a second to start; so do ours, then.
        ps = [subprocess.Popen([sys.executable, "-c", code, repo], env=env, stdout=subprocess.PIPE)
              for _ in range(4)]
        ps += [subprocess.Popen(["sh", "-c", "sleep 1.5; exec hf-fetch -i '*' " + repo], env=env,
                                stdout=subprocess.PIPE) for _ in range(4)]
        out = {p.communicate()[0] for p in ps}
        check(f"4 + 4 at once, {repo}", all(p.returncode == 0 for p in ps) and len(out) == 1, out)
        gets = [e["path"].split("?")[0] for e in control("log") if e["server"] == "cdn"]
        check("  each body once", len(gets) == len(set(gets)), gets)
    check("  no wrong blob, nothing unfinished", not wrong_blobs(cache), wrong_blobs(cache))
    check("  no warning", not scan_cache_dir(cache).warnings, scan_cache_dir(cache).warnings)


def shared_blobs(cache):
    """A blob that xet has moved to the cache's shared store: a link to a link to a file."""
    repo = cache + "/models--acme--xet"
    blob = next(p for p in glob.glob(repo + "/blobs/*") if len(os.path.basename(p)) == 64)
    os.makedirs(cache + "/blobs/ab")
    os.rename(blob, cache + "/blobs/ab/" + "ab" * 32)
    os.symlink("../../blobs/ab/" + "ab" * 32, blob)


print("# ours, read by huggingface_hub and transformers")
ours = os.path.abspath("ours")
fill_ours(ours)
they_read_ours(ours)
transformers_reads_ours()

print("# theirs, read by hf-fetch")
theirs = os.path.abspath("theirs")
fill_theirs(theirs)
we_read_theirs(theirs, "links")
same("both caches are equal", theirs, ours)
shutil.copytree(theirs, "shared", symlinks=True)
shared_blobs(os.path.abspath("shared"))
we_read_theirs(os.path.abspath("shared"), "shared blobs")
copies = os.path.abspath("copies")
for kind_, repo_, rev_, _ in REPOS:
    python(copies, "snapshot_download(sys.argv[1], revision=sys.argv[2], repo_type=sys.argv[3])", repo_, rev_, kind_,
           HF_HUB_DISABLE_SYMLINKS="1")
we_read_theirs(copies, "copies", HF_HUB_DISABLE_SYMLINKS="1")
fill_ours(os.path.abspath("copies-ours"), HF_HUB_DISABLE_SYMLINKS="1")
same("both caches without links are equal", copies, os.path.abspath("copies-ours"))

print("# files, directories, at once")
single_files()
directories()
at_once()
print(f"{failed} failed")
sys.exit(failed != 0)
