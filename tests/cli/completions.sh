# Bash's completion: everything it offers is in the programs' --help.
. "$TESTS/lib.sh"
command -v bash >/dev/null || skip "no bash"
HF_HUB_CACHE=$PWD/hub
export HF_HUB_CACHE
mkdir -p hub/models--acme--bert/snapshots/1 hub/models--acme--big/snapshots/1 \
    hub/datasets--squad/snapshots/1
cat >try <<'END'
. "$TOP/share/completions/hftools.bash"
try() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_hftools "$1" "${COMP_WORDS[COMP_CWORD]}" \
	    "${COMP_WORDS[COMP_CWORD - 1]}"
	echo "$*: ${COMPREPLY[*]}"
}
echo "# commands, options, names, choices"
try hf-cache ''
try hf-cache v
try hf-cache ls --i
try hf-cache ls acme/b
try hf-card --re
try hf-card -t ''
try hf-card --repo-type d
try hf-card --repo-type = d
try hf-card -t =
try hf-pool --pooling m
try hf-search --sort ''
try hf-search --limit ''
try hf-forward -m a
try hf-show ''
try hf-card no
echo "# every option of every program"
for p in "$TOP/$OUT"/bin/hf-*; do
	COMP_WORDS=("${p##*/}" -) COMP_CWORD=1 COMPREPLY=()
	_hftools "${p##*/}" - "${p##*/}"
	printf '%s\n' "${COMPREPLY[@]}" | sort >offered
	"$p" --help | grep -o -e '^  -.,' -e '^  \(-., \)*--[a-z0-9-]*' |
	    grep -o -e '-[^ ,]*' | sort -u | diff - offered >differ ||
		{ echo "${p##*/}"; cat differ; }
	complete -p "${p##*/}" >/dev/null || echo "${p##*/}: not completed"
done
END
bash ./try
echo "# a program that is not there"
PATH=/usr/bin:/bin bash -c '. "$TOP/share/completions/hftools.bash"
    COMP_WORDS=(hf-cache "") COMP_CWORD=1; _hftools hf-cache "" hf-cache
    echo "${#COMPREPLY[@]}"'
if command -v shellcheck >/dev/null; then
	shellcheck -s bash "$TOP/share/completions/hftools.bash"
fi
