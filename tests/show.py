"""Compare hf-show's numbers and arrays with NumPy's, for every dtype.

Numbers must read back exactly and have as few digits as NumPy's shortest
form; .npy files must be those of numpy.save() to the byte.
"""
import io
import json
import os
import re
import struct
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.environ["TESTS"], "data"))
from make_stream import NAMES, frame  # noqa: E402

rnd = np.random.default_rng(1)


def bits(dtype, shape):
    """Numbers of any exponent, the special ones among them."""
    dtype = np.dtype(dtype)
    if dtype == bool:
        return rnd.integers(0, 2, shape).astype(bool)
    raw = rnd.integers(0, 256, list(shape) + [dtype.itemsize], dtype=np.uint8)
    x = raw.view(dtype)[..., 0].copy()
    if dtype.kind == "f" and x.size > 8:
        x.ravel()[:8] = [0, -0.0, np.inf, -np.inf, np.nan, 1, 0.1, 1e-7]
    return x


def digits(text):
    """Significant digits of a number as it is written."""
    m = re.sub("[eE].*", "", text.lstrip("-")).replace(".", "").lstrip("0")
    return len(m.rstrip("0"))


def run(*command, data=None):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def check_values(name, x, line):
    got = json.loads(line)
    assert (got["seq"], got["name"], got["dtype"], got["shape"]) == (
        0, name, NAMES[x.dtype.name], list(x.shape)), got
    flat = np.array(got["values"], dtype=object).ravel().tolist() \
        if x.size else []
    want = x.ravel()
    assert len(flat) == want.size
    for g, w in zip(flat, want):
        if x.dtype.kind in "fc":
            assert np.array_equal(x.dtype.type(g), w, equal_nan=True), (g, w)
            assert np.signbit(g) == np.signbit(w) or np.isnan(w)
        else:
            assert g == w and type(g) is type(w.item()), (g, w)


def check_digits(x, line):
    """F32 and F64, whose shortest form NumPy knows."""
    text = re.search(r'"values":(.*)}', line.decode()).group(1)
    for g, w in zip(re.split(r"[\[\],]+", text.strip("[]")), x.ravel()):
        if np.isfinite(w):
            want = np.format_float_scientific(w, unique=True, trim="-")
            assert digits(g) == digits(want), (g, want)


def check_stream():
    shapes = [(), (3,), (2, 3), (7, 1, 4), (0,), (2, 0), (0, 4), (40, 50)]
    tensors = [("%s_%d" % (name, i), np.array(bits(name, s)).reshape(s))
               for name in NAMES for i, s in enumerate(shapes)]
    tensors.sort(key=lambda t: -t[1].itemsize)
    raw = frame(tensors, {"hf": "1", "seq": "0"}, True) + \
        frame([], {"hf": "1", "seq": "1", "end": "ok"}, True)
    with open("all.hf", "wb") as f:
        f.write(raw)
    for name, x in tensors:
        line = run("hf-show", "--json", "--values", name, "all.hf")
        assert line.count(b"\n") == 1
        check_values(name, x, line)
        if x.dtype.name in ("float32", "float64"):
            check_digits(x, line)
        npy = io.BytesIO()
        np.save(npy, x)
        assert run("hf-show", "--npy", name, data=raw) == npy.getvalue(), name
    print(len(tensors), "tensors")


def check_widened():
    """BF16 becomes F32; here in a weight file, misaligned."""
    x = bits("uint16", (3, 1000))
    head = {"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
            "b": {"dtype": "BF16", "shape": list(x.shape),
                  "data_offsets": [1, 1 + x.nbytes]}}
    h = json.dumps(head).encode()
    with open("w.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(h)) + h + b"!" + x.tobytes())
    want = (x.astype(np.uint32) << 16).view(np.float32)
    got = np.load(io.BytesIO(run("hf-show", "--npy", "b", "w.safetensors")))
    assert got.dtype == np.float32
    assert np.array_equal(got, want, equal_nan=True)
    line = run("hf-show", "--json", "--values", "b", "w.safetensors")
    got = json.loads(line)
    assert "seq" not in got and got["dtype"] == "BF16"
    assert np.array_equal(np.float32(got["values"]), want, equal_nan=True)
    print("BF16 widened")


check_stream()
check_widened()
