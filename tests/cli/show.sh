# hf-show: streams, weight files, values and arrays.
. "$TESTS/lib.sh"
s=$TESTS/data/stream.hf
cp "$s" s.hf

echo "== for people"
hf-show <s.hf
hf-show --frame 1 s.hf
hf-show --values logits --frame 1 s.hf
echo "== for programs"
hf-show --json <s.hf
hf-show --json --values input_ids s.hf
hf-show --json --values rows --frame 2 s.hf
echo "== a weight file"
hf-show "$TOP/share/models/sentiment-tiny/model.safetensors" |
    sed "s|^.*/share|share|" | head -n 4
hf-show --json "$TOP/share/models/sentiment-tiny/model.safetensors" |
    python3 -c '
import json, sys
x = json.load(sys.stdin)
print(len(x["tensors"]), x["bytes"], x["metadata"], x["tensors"][0])'
echo "== every dtype, against NumPy"
python3 "$TESTS/show.py"

echo "== names and texts from outside are escaped"
python3 - <<'END'
import json, os, struct, sys
sys.path.insert(0, os.path.join(os.environ["TESTS"], "data"))
import numpy as np
from make_stream import frame
text = b"a\x1b[2Jb\xff\xc2\x9b" + "na\u00efve ".encode() * 20
t = [("x\x1b]0;y\x07_splits", np.int64([0, 3, len(text)])),
     ("x\x1b]0;y\x07", np.frombuffer(text, np.uint8))]
with open("esc.hf", "wb") as f:
    f.write(frame(t, {"hf": "1", "seq": "0", "k\r": "v\x1b\n\tw"}, True))
    f.write(frame([], {"hf": "1", "seq": "1", "end": "ok"}, True))
END
hf-show esc.hf

echo "== a file of 100 GB, a tensor of endless empty rows"
python3 - <<'END'
import json, struct
n = 100 << 30
h = json.dumps({"x": {"dtype": "U8", "shape": [n - 3], "data_offsets": [0, n - 3]},
    "y": {"dtype": "U8", "shape": [3], "data_offsets": [n - 3, n]},
    "z": {"dtype": "U8", "shape": [1 << 60, 0], "data_offsets": [n, n]}}).encode()
with open("large", "wb") as f:
    f.write(struct.pack("<Q", len(h)) + h)
    f.truncate(8 + len(h) + n)
END
timeout 5 hf-show large
timeout 5 hf-show --values y large
status timeout 5 hf-show --values z large
rm large

echo "== wrong use"
status hf-show --frame x
status hf-show --npy a --json s.hf
status hf-show --npy a s.hf s.hf
echo "== what is not there"
status hf-show no-such-file
status hf-show --values nope s.hf
status hf-show --npy nope <s.hf
status hf-show --frame 3 s.hf
echo "== what is no stream"
status hf-show </dev/null
status hf-show . </dev/null
mkfifo fifo
status timeout 5 hf-show fifo
echo "hello, world" >text
status hf-show text
status hf-show <text
head -c 1000 s.hf >cut.hf
status hf-show cut.hf
status hf-show <cut.hf
cat s.hf text >more.hf
status hf-show <more.hf
# One good frame without the end: a file is no excuse.
head -c 559 s.hf >one.hf
status hf-show one.hf
echo "== stdout"
hf-show s.hf >/dev/full
echo "exit $?"
hf-show --npy logits <s.hf >/dev/full
echo "exit $?"
hf-show <s.hf >&-
echo "exit $?"
hf-show s.hf | head -c 1 | wc -c
