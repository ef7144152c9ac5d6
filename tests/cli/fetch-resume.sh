# Interrupted, concurrent and refused downloads.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
mockhub
repo=$CACHE/models--acme--big
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

echo "# kill -9 on the way (HF_KILL_POINTS=100 for all of it)"
python3 "$TESTS/fetch_kill.py" "${HF_KILL_POINTS:-8}" | sed 's/^[0-9]* points, [0-9]*/N points, N/'

echo "# eight at once: each body once"
rm -rf "$CACHE"
reset
pids=
for i in 1 2 3 4 5 6 7 8; do
	hf-fetch acme/big >out$i &
	pids="$pids $!"
done
for p in $pids; do
	wait "$p" || echo "exit $?"
done
sort -u out? | show
requests server path | grep -c xet-bridge
requests path | sort | grep -c -e resolve-cache
blobs_are_right
find "$CACHE" -name '*.incomplete'

echo "# the one that has the lock is killed: the other goes on"
rm -rf "$CACHE"
with_faults 'match=^cdn GET,slow=8000000,times=1'
hf-fetch -q acme/big model.safetensors >/dev/null &
first=$!
n=0
until [ -n "$(find "$CACHE" -name '*.incomplete' -size +1k 2>/dev/null)" ] ||
    [ $n -gt 200 ]; do
	n=$((n + 1))
	sleep 0.05
done
hf-fetch -q acme/big model.safetensors >out &
second=$!
sleep 0.3
kill -9 $first
wait $first 2>/dev/null
wait $second
echo "exit $?"
show <out
requests server range | sed -n 's/^cdn bytes=[1-9].*/continued/p'
blobs_are_right

echo "# Python's unfinished files are not touched"
rm -rf "$CACHE"
mkdir -p "$repo/blobs"
sum=$(sha256sum <hub/models/acme/big/rev/0001/model.safetensors)
sum=${sum%% *}
echo theirs >"$repo/blobs/$sum.0123abcd.incomplete"
hf-fetch -q acme/big model.safetensors >/dev/null
cat "$repo/blobs/$sum.0123abcd.incomplete"

echo "# no room"
rm -rf "$CACHE"
reset
mkdir small
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m none small 2>/dev/null
then
	trap 'umount small; kill "$mock_pid"' EXIT
	HF_HOME=$PWD/small hf-fetch acme/big 2>&1 | sed 's/[0-9]* are free/N are free/' |
	    show
	find small -type f
	requests server path | grep -c -e cdn -e resolve
	HF_HOME=$PWD/small hf-fetch acme/nli >/dev/null
	echo "exit $?"
	mount -o remount,size=64m small
	HF_HOME=$PWD/small hf-fetch -q acme/big >/dev/null
	echo "exit $?"
	echo "# no room is needed for what is there under another commit"
	cp -R hub/models/acme/big/rev/0001 hub/models/acme/big/rev/0002
	echo more >>hub/models/acme/big/rev/0002/README.md
	hubctl reload
	mount -o remount,size=30m small
	HF_HOME=$PWD/small hf-fetch -q acme/big >/dev/null
	echo "exit $?"
	find small -path '*big/snapshots/*/README.md' | wc -l
else
	cat <<-END
	hf-fetch: ./small/hub: 25239986 bytes are needed, N are free: make room, or set HF_HUB_CACHE to another disk
	0
	exit 0
	exit 0
	# no room is needed for what is there under another commit
	exit 0
	2
	END
fi
