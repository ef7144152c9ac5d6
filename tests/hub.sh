# Sourced after lib.sh by the tests of the Hub's programs: a Hub on loopback,
# with its own cache.  mockhub comes with the golden data.
need_golden
MOCKHUB=$HF_GOLDEN/../mockhub
[ -f "$MOCKHUB/mockhub.py" ] || skip "no mockhub beside $HF_GOLDEN"
hub_pid=

hub_stop() {
	[ -n "$hub_pid" ] && kill "$hub_pid" && wait "$hub_pid" 2>/dev/null
	hub_pid=
}

# hub_start [mockhub's options]: HUB and CDN are its two origins.
hub_start() {
	[ -d data ] || python3 "$MOCKHUB/mksample.py" data
	rm -f ready
	python3 "$MOCKHUB/mockhub.py" data --ready-file ready "$@" \
	    >mock.log 2>&1 &
	hub_pid=$!
	n=0
	until [ -f ready ]; do
		n=$((n + 1))
		if [ $n -eq 200 ] || ! kill -0 $hub_pid; then
			cat mock.log >&2
			exit 1
		fi
		sleep 0.05
	done
	# shellcheck source=/dev/null
	. ./ready
	HF_ENDPOINT=$HUB
	HF_HOME=$PWD/hf
	CACHE=$HF_HOME/hub
	export HUB CDN HF_ENDPOINT HF_HOME
}
trap hub_stop EXIT
unset HUGGING_FACE_HUB_TOKEN HF_TOKEN_PATH HUGGINGFACE_HUB_CACHE \
    TRANSFORMERS_CACHE XDG_CACHE_HOME HF_HUB_OFFLINE TRANSFORMERS_OFFLINE \
    http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY 2>/dev/null

requests() {
	python3 -IS "$TESTS/hubctl.py" log "$@"
}

fault() {
	python3 -IS "$TESTS/hubctl.py" fault "$@"
}

# Forget faults and log; then these faults.
reset() {
	python3 -IS "$TESTS/hubctl.py" reset "$@"
}

# What differs from run to run, by name.
show() {
	sed "s|$CACHE|CACHE|g; s|$HF_HOME|HF_HOME|g; s|$HUB|HUB|g
	    s|$CDN|CDN|g; s|$PWD|.|g; s|request Root=[-0-9a-f]*|request ID|"
}

# run COMMAND...: its exit status, stdout and stderr.
run() {
	"$@" >run.out 2>run.err
	echo "exit $?"
	show <run.out
	show <run.err
	rm -f run.out run.err
}

# Every blob in the cache stands under the hash of its content.
blobs_are_right() {
	for b in "$CACHE"/*--*/blobs/*; do
		[ -f "$b" ] || continue
		case $b in
		*.incomplete) continue ;;
		esac
		name=${b##*/}
		if [ ${#name} -eq 64 ]; then
			sum=$(sha256sum <"$b")
		else
			sum=$({ printf 'blob %d\0' "$(wc -c <"$b")"; cat "$b"; } |
			    sha1sum)
		fi
		[ "${sum%% *}" = "$name" ] || echo "wrong: $b"
	done
}
