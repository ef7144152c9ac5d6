# Completion for bash: . share/completions/hftools.bash
# Nothing is listed here: options and words come from each program's --help.

# The option of $2 in the help $1: its line.
_hftools_option() {
	grep -E -e "^  ($2|-., $2)( |\$)" -e "^  $2, " <<<"$1"
}

# Words that may follow an option, from its line: "mean, cls or max", a list.
_hftools_values() {
	local text=${1:35} word='[A-Za-z0-9_-]+'
	[[ $text =~ ^$word(,\ $word)*\ or\ $word ]] || return
	text=${BASH_REMATCH[0]//,/}
	printf '%s\n' "${text// or / }"
}

# Names of the Hub: what the cache holds, of a type or of all.
_hftools_names() {
	hf-cache ls 2>/dev/null | grep "^${1:-}" | cut -f 2 | sort -u
}

_hftools() {
	local program=$1 cur=$2 prev=$3 help line words=''
	COMPREPLY=()
	help=$("$program" --help 2>/dev/null) || return
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=''
	line=$(_hftools_option "$help" "$prev")
	if [[ $prev == -* && $line =~ ^\ \ ((-.,\ )?--[a-z0-9-]+|-.)\ ([A-Z]+) ]]
	then
		case ${BASH_REMATCH[3]} in
		MODEL) words=$(_hftools_names model) ;;
		REPO) words=$(_hftools_names) ;;
		*) words=$(_hftools_values "$line") ;;
		esac
	elif [[ $cur == -* ]]; then
		words=$(sed -n 's/^  \(-.\), \(--[a-z0-9-]*\).*/\1 \2/p
		    s/^  \(--[a-z0-9-]*\).*/\1/p' <<<"$help")
	else
		line=${help%%$'\n'*}
		if [[ $COMP_CWORD -eq 1 &&
		    $line =~ ^usage:\ [^\ ]+\ ([a-z]+(\|[a-z]+)+) ]]; then
			words=${BASH_REMATCH[1]//|/ }
		elif [[ $line == *REPO* ]]; then
			words=$(_hftools_names)
		fi
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

# shellcheck disable=SC2046 # a list of words
complete -o default -F _hftools hf-cache $(compgen -c hf- | sort -u)
