# Sourced after lib.sh by the tests of hf-fetch: more ways to steer the mock Hub.
# shellcheck source=tests/mockhub.sh
. "$TESTS/mockhub.sh"
unset HUGGING_FACE_HUB_TOKEN HF_TOKEN_PATH HUGGINGFACE_HUB_CACHE \
    TRANSFORMERS_CACHE XDG_CACHE_HOME TRANSFORMERS_OFFLINE 2>/dev/null
CACHE=$PWD/hf/hub
export HUB CDN

hubctl() {
	python3 -IS "$TESTS/hubctl.py" "$@"
}

# requests [FIELD...]: what was asked since the last reset.
requests() {
	hubctl log "$@"
}

fault() {
	hubctl fault "$@"
}

# Forget faults and log; with_faults goes on with these.
reset() {
	hubctl reset
}

with_faults() {
	hubctl reset "$@"
}

# End the mock; mockhub starts it again, with the data of then.
mock_end() {
	kill "$mock_pid"
	wait "$mock_pid" 2>/dev/null
}

# What differs from run to run, by name.
show() {
	sed "s|$CACHE|CACHE|g; s|${HF_HOME:-/none}|HF_HOME|g; s|$HUB|HUB|g
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
			sum=$({
				printf 'blob %d\0' "$(wc -c <"$b")"
				cat "$b"
			} | sha1sum)
		fi
		[ "${sum%% *}" = "$name" ] || echo "wrong: $b"
	done
}
