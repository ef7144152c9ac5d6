"""bench_fetch.py MOCKHUB [MEGABYTES]: download speed from loopback, in turn, best of five;
wall time, and the client's own processor time, which a busy machine does not change."""
import os
import resource
import shutil
import subprocess
import sys
import time

mock, megabytes = sys.argv[1], int((sys.argv[2:] or ["512"])[0])
SMALL, ROUNDS = 200, 5
HF = os.path.dirname(sys.executable) + "/hf"


def data():
    big, small = "hub/models/bench/big/rev/0001", "hub/models/bench/small/rev/0001"
    os.makedirs(big)
    os.makedirs(small)
    with open(big + "/model.safetensors", "wb") as f:
        f.write(b"\x08" + bytes(7) + b"{}      ")
        for _ in range(megabytes):
            f.write(os.urandom(1_000_000))
    for i in range(SMALL):
        with open(f"{small}/{i:03}.json", "w") as f:
            f.write(f'{{"n": {i}}}\n' * 50)


def serve():
    p = subprocess.Popen([sys.executable, mock + "/mockhub.py", "hub", "--ready-file", "ready"],
                         stdout=subprocess.DEVNULL)
    while not os.path.exists("ready"):
        time.sleep(0.05)
    with open("ready") as f:
        return p, dict(line.strip().split("=") for line in f)


def run(command, env):
    shutil.rmtree("cache", ignore_errors=True)
    os.makedirs("cache")
    os.sync()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd="cache", env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(title, commands, env, amount, unit):
    print(title)
    best = {name: [1e9, 1e9] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            best[name] = [min(pair) for pair in zip(best[name], run(command, env))]
    for name, (wall, cpu) in best.items():
        print(f"  {name:12} {wall:7.3f} s  {amount / wall:8.0f} {unit}/s  cpu {cpu:6.3f} s")
    first = best["hf-fetch"][0]
    print("  hf-fetch is", ", ".join(f"{w / first:.2f} times as fast as {n}" for n, (w, _) in best.items()
                                     if n != "hf-fetch"))


def main():
    data()
    server, ready = serve()
    env = {**os.environ, "HF_ENDPOINT": ready["HUB"], "HF_HOME": os.path.abspath("cache"),
           "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1",
           "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "*"}
    try:
        url = ready["HUB"] + "/bench/big/resolve/main/model.safetensors"
        compare(f"one file of {megabytes} MB", {
            "curl -O": ["curl", "-sSLO", url],
            "hf-fetch": ["hf-fetch", "bench/big"],
            "hf download": [HF, "download", "bench/big"]}, env, megabytes, "MB")
        urls = [f"{ready['HUB']}/bench/small/resolve/main/{i:03}.json" for i in range(SMALL)]
        compare(f"{SMALL} files of 500 bytes", {
            "curl -Z": ["curl", "-sSLZ", "--parallel-max", "8", "--remote-name-all", *urls],
            "hf-fetch": ["hf-fetch", "bench/small"],
            "hf download": [HF, "download", "bench/small"]}, env, SMALL, "files")
    finally:
        server.kill()


main()
