"""Write stream.hf and passed.hf beside this file.  Needs numpy and xxhash.

stream.hf: three frames and the end, made by another program than ours; the
second has an unpadded header and its tensors in an order that misaligns them,
the third an empty batch.  passed.hf: the bytes that a stage of ours hands on
when it changes nothing.
"""
import json
import os
import struct

import numpy as np
import xxhash

NAMES = {"int32": "I32", "int64": "I64", "float32": "F32", "uint8": "U8"}


def frame(tensors, meta, pad):
    head = {"__metadata__": dict(meta, sum="0" * 16)}
    at = 0
    for name, x in tensors:
        head[name] = {"dtype": NAMES[x.dtype.name], "shape": list(x.shape),
                      "data_offsets": [at, at + x.nbytes]}
        at += x.nbytes
    h = json.dumps(head, separators=(",", ":")).encode()
    if pad:
        h += b" " * (-(8 + len(h)) % 64)
    elif len(h) % 2:
        h = h.replace(b"{", b"{ ", 1)
    raw = struct.pack("<Q", len(h)) + h + b"".join(x.tobytes()
                                                   for _, x in tensors)
    digits = b"%016x" % xxhash.xxh3_64_intdigest(raw)
    return raw.replace(b'"sum":"' + b"0" * 16, b'"sum":"' + digits, 1)


def batch(n):
    text = ["I love this!", "This is terrible...", "na\u00efve"][:n]
    raw = [s.encode() for s in text]
    return [
        ("rows", np.arange(n, dtype=np.int64)),
        ("text_splits", np.cumsum([0] + [len(s) for s in raw])),
        ("input_ids", np.arange(3 * n, dtype=np.int32).reshape(n, 3) - 1),
        ("logits", np.float32([[0.1, -2], [3e-9, 1e30], [-0.0, 7]])[:n]),
        ("text", np.frombuffer(b"".join(raw), np.uint8)),
    ]


def order(tensors):
    return sorted(tensors, key=lambda t: (-t[1].itemsize, t[0]))


def save(name, frames):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, name), "wb") as f:
        f.write(b"".join(frames))


model = {"model": "tiny@0123", "model_hash": "00ff", "chain": "a\nb \"c\""}
meta = [dict(hf="1", seq=str(i), **model) for i in range(3)]
end = frame([], {"hf": "1", "seq": "3", "end": "ok"}, True)
save("stream.hf", [frame(batch(2), meta[0], True),
                   frame(batch(3)[::-1], meta[1], False),
                   frame(batch(0), meta[2], True), end])
save("passed.hf", [frame(order(batch(2)), meta[0], True),
                   frame(order(batch(3)), meta[1], True),
                   frame(order(batch(0)), meta[2], True), end])
