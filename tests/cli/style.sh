# The style page's rules that a machine can check.  Prints what breaks them.
. "$TESTS/lib.sh"
cd "$TOP" || exit 1
find cmd libcommon -name '*.[ch]' | sort >"$OLDPWD/sources"
cd "$OLDPWD" || exit 1
sed "s|^|$TOP/|" sources >paths
xargs grep -c '' <paths | wc -l >count
[ "$(cat count)" -gt 20 ] || echo "too few sources found"

echo "== functions that are forbidden, typedef'd structs"
words='strcpy|strcat|strncpy|sprintf|vsprintf|gets|strtok|atoi|atof|atol'
words="$words|alloca|setjmp|longjmp|mktemp|tmpnam"
xargs grep -nE "(^|[^a-zA-Z0-9_])($words)\(" <paths
xargs grep -nE 'typedef (struct|union|enum)[^(]*$' <paths
grep -nE -e '-march=|-ffast-math|-Ofast' "$TOP/Makefile"

echo "== width, tabs, trailing space"
tab=$(printf '\t')
while read -r f; do
	case $f in *_data.[ch]) continue ;; esac
	expand "$TOP/$f" | awk -v f="$f" \
	    'length > 80 { print f ":" NR ": " length " columns" }'
	grep -nE "[ $tab]\$" "$TOP/$f" | sed "s|^|$f:|;s|\$|<|"
	grep -nE '^ {8,}[^ \\]' "$TOP/$f" | sed "s|^|$f:|"
done <sources

echo "== size: functions over 100 lines, files over 800"
while read -r f; do
	case $f in *_data.[ch]) continue ;; esac
	awk -v f="$f" '/^\{/ { from = NR }
	    /^\}/ && from { if (NR - from > 101) print f ":" from ": a function of " \
	    NR - from - 1 " lines"; from = 0 }
	    END { if (NR > 800) print f ": " NR " lines" }' "$TOP/$f"
done <sources

echo "== headers: guarded, complete alone"
# These are bodies, included where a kernel file has said what a lane is.
grep '\.h$' sources | grep -vE 'kernel/(lanes|pack|tile)\.h' >headers
while read -r f; do
	guard=$(basename "$f" .h | tr 'a-z-' 'A-Z_')_H
	grep -m 1 '^#' "$TOP/$f" | grep -qE "^#ifndef ([A-Z]+_)?$guard\$" ||
		echo "$f: does not start with #ifndef $guard"
	echo "#include \"${f#libcommon/}\"" >alone.c
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$TOP/libcommon" -fsyntax-only \
	    alone.c || echo "$f: does not compile alone"
done <headers

# Where a signal handler, the last error and the chosen kernels live.
echo "== variables at file level in libcommon"
find "$TOP/$OUT/obj/libcommon" -name '*.o' ! -name err.o ! -name map.o \
    ! -name kernel.o | sort | while read -r o; do
	objdump -t "$o" | awk -v o="${o##*/}" \
	    '($4 == ".data" || $4 == ".bss") && $3 == "O" &&
	    $NF !~ /asan|ubsan|^\.L|^__/ { print o ": " $NF }'
done

echo "== shell"
shellcheck --version >/dev/null 2>&1 || exit 0
find "$TOP/scripts" "$TOP/tests/run" "$TOP/.ci" "$TOP/cmd" -type f | sort |
    while read -r f; do
	head -n 1 "$f" | grep -q '^#!/bin/sh' && echo "$f"
done | xargs shellcheck -e SC1091,SC2154
shellcheck -s sh -x -P "$TESTS" -e SC1091,SC2154,SC2238 "$TESTS"/lib.sh \
    "$TESTS"/cli/*.sh
