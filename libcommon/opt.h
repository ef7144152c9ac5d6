#ifndef OPT_H
#define OPT_H

#include <stddef.h>

/*
 * opt - a program's options, from one table.
 *
 * Usage, --help, --version and the check that the man page names every option
 * are all made from the table, so they cannot drift apart.
 *
 *	static const struct opt opts[] = {
 *		OPT_COMMON("hf-x", "[options] <frames >frames"),
 *		{ "model", 'm', "MODEL", "directory, embedded or cached name" },
 *		{ "normalize", NORMALIZE, NULL, "scale to length 1" },
 *		{ "truncation", TRUNC, "[=HOW]", "cut what is too long" },
 *		{ 0 }
 *	};
 *
 * A code below 256 is also the short letter.  An argument that is spelled
 * "[=X]" is optional.
 */
struct opt {
	const char *name;	/* long name, without dashes */
	int code;		/* what opt_next() returns */
	const char *arg;	/* the argument's name, or NULL */
	const char *help;
};

#define OPT_COMMON(program, synopsis) { program, -2, synopsis, 0 }

/*
 * The next option's code with optarg set, or -1 after the last (optind is
 * then the first operand).  Prints and exits by itself for --help, --version
 * and a wrong option.
 */
int opt_next(int argc, char **argv, const struct opt *opts);

/*
 * For a program of several commands, where an option's help says which take
 * it: "rm, gc: print what would go".  Ends with 2 if one was given that this
 * command does not take.  argv is read once more, from its beginning.
 */
void opt_only(int argc, char **argv, const struct opt *opts,
    const char *command);

/* Print the synopsis on stderr and exit 2. */
_Noreturn void usage(const struct opt *opts);

/* die() with exit status 2: "--name VALUE: why". */
_Noreturn void bad_value(const char *name, const char *value);

/*
 * The position of value in a NULL-terminated list of names; '_' and '-' are
 * the same.  -1 with errstr(), which lists the names.
 */
int opt_choice(const char *value, const char *const *names);

/* opt_choice() and parse_size() of option --name's value; else bad_value(). */
int choice(const char *name, const char *value, const char *const *names);
size_t number(const char *name, const char *value, size_t lo, size_t hi);

#endif
