# Man pages: mandoc has nothing to say, each program has one, its SYNOPSIS and
# options are those of --help, and the examples that need no download run.
. "$TESTS/lib.sh"

for page in "$TOP"/man/*.[157]; do
	mandoc -T lint -W warning "$page"
done

# section NAME <page: the text as it is read.
section() {
	mandoc -T ascii -O width=240 | sed "s/.$(printf '\b')//g" |
	    sed -n "/^$1/,/^[A-Z]/s/^  *//p"
}

# "-m --model" or "--json", a line an option, as --help has them.
help_options() {
	sed -n 's/^  \(-[^-,]\), --\([a-z0-9-]*\).*/\1 --\2/p
	    s/^  --\([a-z0-9-]*\).*/--\1/p' |
	    grep -v -e '--help$' -e '--version$'
}

page_options() {
	awk '/^\.It Fl / {
		short = long = ""
		for (i = 2; i < NF; i++)
			if ($i == "Fl" && $(i + 1) ~ /^-/)
				long = long " -" $(i + 1)
			else if ($i == "Fl")
				short = short " -" $(i + 1)
		print substr(short long, 2)
	}' | grep -v -e '--help$' -e '--version$'
}

# An option of two names may stand where either belongs.
in_order() {
	awk '{
		best = ""
		for (i = 1; i <= NF; i++) {
			sub(/^-*/, "", $i)
			if ($i >= last && (best == "" || $i < best))
				best = $i
		}
		if (best == "")
			bad = 1
		last = best
	}
	END { exit bad }'
}

check_page() {
	"$name" --help >help
	usage=$(sed -n '1s/^usage: //p' help)
	synopsis=$(section SYNOPSIS <"$page" | tr -s ' \n' ' ' | sed 's/ $//')
	[ "$synopsis" = "$usage" ] || {
		echo "$name: the usage is  $usage"
		echo "$name: SYNOPSIS has  $synopsis"
	}
	help_options <help >want
	page_options <"$page" >have
	in_order <have || echo "$name: options are not in alphabetical order"
	sort want >want.sorted
	sort have | diff want.sorted - >differ || {
		echo "$name: --help (<) and the page (>) have other options:"
		cat differ
	}
	for s in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		grep -q "^\.Sh $s\$" "$page" || echo "$name: no $s"
	done
}

# The literal blocks of a page as files $1.1, $1.2 ...
blocks() {
	awk -v out="$1" '/^\.Bd -literal/ { n++; on = 1; next }
	    /^\.Ed/ { on = 0 }
	    on { gsub(/\\e/, "\\"); gsub(/\\&/, ""); gsub(/\\\(dq/, "\"")
	    gsub(/\\-/, "-"); print >(out "." n) }'
}

# Run the blocks that use the embedded model and no other.
run_examples() {
	blocks "$name" <"$page"
	for x in "$name".*; do
		[ -f "$x" ] || continue
		grep -q -e '-m sentiment-tiny' "$x" || continue
		grep -e '-m ' "$x" | grep -v -q -e '-m sentiment-tiny' &&
			continue
		bash -e -o pipefail "$x" >out 2>err </dev/null
		code=$?
		echo "$x" >>ran
		[ $code -eq 0 ] && [ ! -s err ] && continue
		echo "$name: an example fails: exit $code"
		cat "$x" err
	done
}

: >ran
printf 'I love this!\nThis is terrible...\n' >texts
for p in "$TOP/$OUT"/bin/hf-*; do
	name=${p##*/}
	page=$TOP/man/$name.1
	[ -f "$page" ] || {
		echo "$name: no man page"
		continue
	}
	check_page
	run_examples
done
name=hftools page=$TOP/man/hftools.7
run_examples
[ "$(wc -l <ran)" -ge 4 ] || echo "only $(wc -l <ran) examples were run"
for page in "$TOP"/man/hf-*.1; do
	[ -x "$TOP/$OUT/bin/$(basename "$page" .1)" ] ||
		echo "$page: there is no such program"
done
