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

NAMES = {"bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16",
         "uint16": "U16", "float16": "F16", "int32": "I32", "uint32": "U32",
         "float32": "F32", "float64": "F64", "int64": "I64", "uint64": "U64"}


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


def split(raw):
    """The frames of a stream: (header, data) of each."""
    at, out = 0, []
    while at < len(raw):
        n = struct.unpack_from("<Q", raw, at)[0]
        head = json.loads(raw[at + 8:at + 8 + n])
        size = max([x["data_offsets"][1] for k, x in head.items()
                    if k != "__metadata__"], default=0)
        out.append((head, raw[at + 8 + n:at + 8 + n + size]))
        at += 8 + n + size
    return out


def seal(head, data):
    """A frame of this header, in which only the sum is missing."""
    head["__metadata__"]["sum"] = "0" * 16
    h = json.dumps(head, separators=(",", ":")).encode()
    h += b" " * (-(8 + len(h)) % 64)
    raw = struct.pack("<Q", len(h)) + h + data
    digits = b"%016x" % xxhash.xxh3_64_intdigest(raw)
    return raw.replace(b'"sum":"' + b"0" * 16, b'"sum":"' + digits, 1)


def again(raw, n):
    """A stream of n frames: those of another, time and again."""
    frames = split(raw)
    end = frames.pop()
    out = []
    for i in range(n):
        head, data = frames[i % len(frames)]
        head["__metadata__"]["seq"] = str(i)
        out.append(seal(head, data))
    end[0]["__metadata__"]["seq"] = str(n)
    return b"".join(out + [seal(*end)])


def order(tensors):
    return sorted(tensors, key=lambda t: (-t[1].itemsize, t[0]))


def save(name, frames):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, name), "wb") as f:
        f.write(b"".join(frames))


def main():
    model = {"model": "tiny@0123", "model_hash": "00ff", "chain": "a\nb \"c\""}
    meta = [dict(hf="1", seq=str(i), **model) for i in range(3)]
    end = frame([], {"hf": "1", "seq": "3", "end": "ok"}, True)
    save("stream.hf", [frame(batch(2), meta[0], True),
                       frame(batch(3)[::-1], meta[1], False),
                       frame(batch(0), meta[2], True), end])
    save("passed.hf", [frame(order(batch(2)), meta[0], True),
                       frame(order(batch(3)), meta[1], True),
                       frame(order(batch(0)), meta[2], True), end])


if __name__ == "__main__":
    main()
