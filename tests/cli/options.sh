# What every program does alike: --help, --version, wrong usage, full disks.
. "$TESTS/lib.sh"

# expect WHAT CODE LINES COMMAND...: the exit code and lines on stderr.
expect() {
	what=$1 code=$2 lines=$3
	shift 3
	"$@" >out 2>err
	got=$?
	[ $got -eq "$code" ] || echo "$name: $what: exit $got, want $code"
	[ "$(wc -l <err)" -eq "$lines" ] || {
		echo "$name: $what: want $lines lines on stderr:"
		cat err
	}
	if [ "$lines" -gt 0 ] && ! grep -q "^$name: " err; then
		echo "$name: $what: the message does not start with the name"
	fi
}

full() {
	"$@" >/dev/full
}

closed() {
	"$@" >&-
}

check() {
	expect --help 0 0 "$name" --help
	head -n 1 out | grep -q "^usage: $name\( \|\$\)" ||
		echo "$name: --help does not start with its usage"
	cp out help
	expect -h 0 0 "$name" -h
	cmp -s out help || echo "$name: -h is not --help"
	expect --version 0 0 "$name" --version
	grep -q "^$name (hftools) [0-9.]*\$" out ||
		echo "$name: --version says $(cat out)"
	expect '--help >/dev/full' 1 1 full "$name" --help
	expect '--version >/dev/full' 1 1 full "$name" --version
	expect '--help >&-' 1 1 closed "$name" --help
	expect '--no-such-option' 2 1 "$name" --no-such-option </dev/null
	expect '-%' 2 1 "$name" -% </dev/null
	# The first option that needs an argument, without one.
	option=$(sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\) [A-Z].*/\2/p' help |
	    head -n 1)
	[ -n "$option" ] &&
		expect "$option without its argument" 2 1 "$name" "$option" \
		    </dev/null
	# What does not take one is refused with one.
	option=$(sed -n 's/^  \(-., \)\{0,1\}\(--[a-z0-9-]*\)  .*/\2/p' help |
	    grep -v -e --help -e --version | head -n 1)
	[ -n "$option" ] &&
		expect "$option=x" 2 1 "$name" "$option=x" </dev/null
}

for p in "$TOP/$OUT"/bin/hf-*; do
	name=${p##*/}
	check
done
