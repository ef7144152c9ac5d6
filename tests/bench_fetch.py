"""bench_fetch.py [MEGABYTES]: download speed from loopback, in turn, best of five, and that of
hf-cache verify; wall time and the client's own processor time.  The server is a Hub only as far as
these clients look, and sends files with sendfile(), so that it is not what is measured."""
import hashlib
import http.server
import json
import os
import resource
import shutil
import socketserver
import subprocess
import sys
import threading
import time

MEGABYTES, SMALL, ROUNDS, COMMIT = int((sys.argv[1:] or ["512"])[0]), 200, 5, "1" * 40
HF = os.path.dirname(sys.executable) + "/hf"
LISTS = {}


def add(repo, name, data):
    os.makedirs("data/" + repo, exist_ok=True)
    with open(f"data/{repo}/{name}", "wb") as f:
        f.write(data)
    e = {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}
    if len(data) > 1 << 20:
        e["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    LISTS.setdefault(repo, {})[name] = e


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def head(self, status=200, **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()

    def text(self, text, status=200):
        self.head(status, Content_Length=len(text), Content_Type="application/json")
        self.wfile.write(text.encode())

    def do_HEAD(self):
        *repo, _, _, name = self.path[1:].split("/")
        e = LISTS["/".join(repo)][name]
        self.head(Content_Length=e["size"], X_Repo_Commit=COMMIT, ETag='"%s"' % e.get("lfs", e)["oid"])
        return f"data/{'/'.join(repo)}/{name}", e["size"]

    def do_GET(self):
        part = self.path[1:].split("?")[0].split("/")
        files = LISTS.get("/".join(part[2:4]), {})
        if part[0] != "api":
            self.send(*self.do_HEAD())
        elif not files:
            self.text("{}", 404)
        elif "tree" in part:
            self.text(json.dumps([*files.values()]))
        else:
            self.text(json.dumps({"id": "/".join(part[2:4]), "sha": COMMIT, "siblings": [{"rfilename": f} for f in files]}))

    def send(self, path, size):
        self.wfile.flush()
        at = 0
        with open(path, "rb") as f:
            while at < size:
                at += os.sendfile(self.connection.fileno(), f.fileno(), at, size - at)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size = True, 64


def timed(command, env):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd="run", env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(title, commands, env, amount, unit):
    """Large files are removed before the next run, for memory that a virtual machine never used is
    slow; many small ones are kept, for ext4 is slow where many were just removed."""
    print(title)
    best = {name: (1e9, 1e9) for name in commands}
    for i in range(ROUNDS):
        for name, command in commands.items():
            os.mkdir("run")
            os.sync()
            best[name] = tuple(map(min, best[name], timed(command, env)))
            if unit == "MB":
                shutil.rmtree("run")
            else:
                os.rename("run", f"run {name} {i}")
    for name, (wall, cpu) in best.items():
        print(f"  {name:15} {wall:7.3f} s  {amount / wall:8.0f} {unit}/s  cpu {cpu:6.3f} s")
    ours = next(name for name in commands if name.startswith("hf-"))
    print(f"  {ours} is", ", ".join(f"{wall / best[ours][0]:.2f} times as fast as {name}"
                                    for name, (wall, _) in best.items() if name != ours))


def main():
    add("bench/big", "model.safetensors", b"\x08" + bytes(7) + b"{}      " + os.urandom(MEGABYTES * 10**6))
    for i in range(SMALL):
        add("bench/small", f"{i:03}.json", b'{"n": %d}\n' % i * 50)
    for i in range(4):
        add("bench/parts", f"{i}.safetensors", os.urandom(MEGABYTES * 10**6 // 4))
    server = Server(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub = f"http://127.0.0.1:{server.server_port}"
    env = {**os.environ, "HF_ENDPOINT": hub, "HF_HOME": "hf", "NO_PROXY": "*", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
           **{f"HF_HUB_DISABLE_{x}": "1" for x in ("XET", "TELEMETRY", "UPDATE_CHECK")}}
    compare(f"one file of {MEGABYTES} MB", {
        "curl -O": ["curl", "-sSLO", hub + "/bench/big/resolve/main/model.safetensors"],
        "hf-fetch": ["hf-fetch", "bench/big"],
        "hf download": [HF, "download", "bench/big"]}, env, MEGABYTES, "MB")
    compare(f"{SMALL} files of 500 bytes", {
        "curl -Z": ["curl", "-sSLZ", "--parallel-max", "8", "--remote-name-all",
                    *(f"{hub}/bench/small/resolve/main/{i:03}.json" for i in range(SMALL))],
        "hf-fetch": ["hf-fetch", "bench/small"],
        "hf download": [HF, "download", "bench/small"]}, env, SMALL, "files")
    env["HF_HOME"] = os.path.abspath("hf")
    subprocess.run(["hf-fetch", "-q", "-i", "*", "bench/parts"], env=env, check=True, stdout=subprocess.DEVNULL)
    files = [f"{env['HF_HOME']}/hub/models--bench--parts/snapshots/{COMMIT}/{i}.safetensors" for i in range(4)]
    compare(f"4 files of {MEGABYTES // 4} MB, hashed", {
        "sha256sum": ["sha256sum", *files],
        "openssl dgst": ["openssl", "dgst", "-sha256", *files],
        "hf-cache verify": ["hf-cache", "verify"]}, env, MEGABYTES, "MB")


main()
