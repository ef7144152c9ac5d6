# Sourced by tests/cli/*.sh: . "$TESTS/lib.sh"
# The runner sets TESTS, TOP (the checkout), HF_GOLDEN, PATH (our programs
# first) and a fresh, empty current directory.

# The test needs the golden data: without it it is skipped, and where
# HF_GOLDEN_REQUIRED is set it fails.
need_golden() {
	[ -d "$HF_GOLDEN" ] && return
	echo "no golden data in $HF_GOLDEN" >&2
	[ -n "${HF_GOLDEN_REQUIRED:-}" ] && exit 1
	exit 77
}

# skip WHY: this machine lacks something the test needs.
skip() {
	echo "$*" >&2
	exit 77
}

# status COMMAND...: run it; print its exit status and what it says on stderr.
status() {
	"$@" >status.out 2>status.err
	echo "exit $?"
	cat status.err
	rm -f status.out status.err
}
