#include "opt.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "util.h"

enum { OPTS_MAX = 96, CODE_HELP = 0x10000, CODE_VERSION };

static bool
optional(const struct opt *o)
{
	return o->arg != NULL && o->arg[0] == '[';
}

static int
takes(const struct opt *o)
{
	return o->arg == NULL ? no_argument
	    : optional(o)     ? optional_argument
			      : required_argument;
}

static void
print_option(FILE *f, const struct opt *o)
{
	char left[80];
	int n = 0;

	if (o->code < 256)
		n = snprintf(left, sizeof left, "-%c, ", o->code);
	snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", o->name,
	    o->arg == NULL || optional(o) ? "" : " ", o->arg ? o->arg : "");
	fprintf(f, "  %-32s %s\n", left, o->help);
}

static _Noreturn void
help(const struct opt *opts)
{
	const struct opt *o;

	printf("usage: %s %s\n\n", opts->name, opts->arg);
	for (o = opts + 1; o->name != NULL; o++)
		print_option(stdout, o);
	puts("  -h, --help                       show this and exit\n"
	    "  --version                        show the version and exit");
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	exit(0);
}

static _Noreturn void
version(const struct opt *opts)
{
	printf("%s (hftools) %s\n", opts->name, HF_VERSION);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	exit(0);
}

void
usage(const struct opt *opts)
{
	die_code(EXIT_USAGE, "usage: %s %s (see %s --help)", opts->name,
	    opts->arg, opts->name);
}

void
bad_value(const char *name, const char *value)
{
	die_code(EXIT_USAGE, "--%s %s: %s", name, value, errstr());
}

/* What getopt_long() needs, made from the table; short letters in letters. */
static void
compile(const struct opt *opts, struct option *longs, char *letters)
{
	const struct opt *o;

	*letters++ = ':';
	*letters++ = 'h';
	for (o = opts + 1; o->name != NULL; o++) {
		*longs++ = (struct option){ o->name, takes(o), NULL, o->code };
		if (o->code >= 256)
			continue;
		*letters++ = (char)o->code;
		if (takes(o) != no_argument)
			*letters++ = ':';
		if (optional(o))
			*letters++ = ':';
	}
	*letters = '\0';
	*longs++ = (struct option){ "help", no_argument, NULL, CODE_HELP };
	*longs++ = (struct option){ "version", no_argument, NULL,
		CODE_VERSION };
	*longs = (struct option){ 0 };
}

/* The option of this code, or the table's end. */
static const struct opt *
find(const struct opt *opts, int code)
{
	const struct opt *o = opts + 1;

	while (o->name != NULL && o->code != code)
		o++;
	return o;
}

/* In a word of several letters, getopt() stands still at a wrong one. */
static _Noreturn void
unknown(const struct opt *opts, const char *word)
{
	if (find(opts, optopt)->name != NULL || optopt == CODE_HELP ||
	    optopt == CODE_VERSION)
		die_code(EXIT_USAGE, "%s: takes no argument (see %s --help)",
		    word, opts->name);
	if (optopt != 0)
		die_code(EXIT_USAGE, "-%c: no such option (see %s --help)",
		    optopt, opts->name);
	die_code(EXIT_USAGE, "%s: no such option (see %s --help)", word,
	    opts->name);
}

/*
 * A file must never be opened in the place of a closed standard one and then
 * be taken for it.  What stands there instead can be neither read nor written.
 */
static void
hold_places(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int
opt_next(int argc, char **argv, const struct opt *opts)
{
	struct option longs[OPTS_MAX];
	char letters[3 * OPTS_MAX];
	int ch;

	if (optind == 1)
		hold_places();
	err_program(opts->name);
	compile(opts, longs, letters);
	opterr = 0;
	ch = getopt_long(argc, argv, letters, longs, NULL);
	if (ch == 'h' || ch == CODE_HELP)
		help(opts);
	if (ch == CODE_VERSION)
		version(opts);
	if (ch == ':')
		die_code(EXIT_USAGE, "%s: needs an argument (see %s --help)",
		    argv[optind - 1], opts->name);
	if (ch == '?')
		unknown(opts, argv[optind - 1]);
	return ch;
}

static bool
is_for(const struct opt *o, const char *command)
{
	const char *p = strstr(o->help, command);
	size_t n = strlen(command);

	return p != NULL && (p[n] == ':' || p[n] == ',');
}

void
opt_only(int argc, char **argv, const struct opt *opts, const char *command)
{
	const struct opt *o;
	int ch;

	optind = 1;
	while ((ch = opt_next(argc, argv, opts)) != -1) {
		o = find(opts, ch);
		if (!is_for(o, command))
			die_code(EXIT_USAGE, "%s: takes no --%s (see %s "
			    "--help)", command, o->name, opts->name);
	}
}

static bool
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
			return false;
	return *a == *b;
}

int
opt_choice(const char *value, const char *const *names)
{
	struct buf b = { 0 };
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (same_name(value, names[i]))
			return i;
	for (i = 0; names[i] != NULL; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
	fail("want one of: %s", b.p);
	buf_free(&b);
	return -1;
}

int
choice(const char *name, const char *value, const char *const *names)
{
	int i = opt_choice(value, names);

	if (i < 0)
		bad_value(name, value);
	return i;
}

size_t
number(const char *name, const char *value, size_t lo, size_t hi)
{
	size_t n;

	if (parse_size(value, lo, hi, &n) < 0)
		bad_value(name, value);
	return n;
}
