# Every fault that a server or a line can have: the file comes whole and right,
# or not at all.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
python3 "$HF_GOLDEN/../mockhub/mksample.py" hub
mkdir -p hub/models/test/bomb/rev/0001
head -c 9000000 /dev/zero >hub/models/test/bomb/rev/0001/bomb.txt
mockhub
HF_HUB_DOWNLOAD_TIMEOUT=1
PYTHONDONTWRITEBYTECODE=1
export HF_HUB_DOWNLOAD_TIMEOUT PYTHONDONTWRITEBYTECODE
# Where the reset comes depends on the kernel's buffers.
python3 "$TESTS/fetch_faults.py" | show |
    sed 's/ $//; /^# reset half/,/^#/s/=[0-9]*-/=N-/'
