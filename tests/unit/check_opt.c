#include "unit.h"

#include <getopt.h>
#include <string.h>

#include "err.h"
#include "opt.h"
#include "streams.h"

enum { CUT = 256, FAST };

static const struct opt opts[] = {
	OPT_COMMON("hf-x", "[options] [FILE...]"),
	{ "cut", CUT, "[=HOW]", "cut what is too long" },
	{ "fast", FAST, NULL, "be quick" },
	{ "model", 'm', "MODEL", "directory or name" },
	{ 0 }
};

/* Print what the options of argv (words in one string) come to. */
static int
parse(void *arg)
{
	char name[] = "hf-x", *argv[20] = { name };
	char *line = arg;
	int argc = 1, ch;

	while (argc < 19 && (argv[argc] = strsep(&line, " ")) != NULL)
		if (argv[argc][0] != '\0')
			argc++;
	argv[argc] = NULL;
	while ((ch = opt_next(argc, argv, opts)) != -1)
		printf("%s=%s;", ch == CUT ? "cut" : ch == FAST ? "fast"
		    : ch == 'm'				 ? "m"
							 : "?",
		    optarg ? optarg : "");
	while (optind < argc)
		printf(" %s", argv[optind++]);
	fflush(stdout);
	return 0;
}

static void
expect(const char *line, int code, const char *out, const char *err)
{
	char copy[200];
	struct child c;

	snprintf(copy, sizeof copy, "%s", line);
	c = child_run(parse, copy, -1);
	ck_assert_msg(WIFEXITED(c.status) && WEXITSTATUS(c.status) == code,
	    "%s: status %d", line, c.status);
	ck_assert_str_eq(c.out.p, out);
	ck_assert_str_eq(c.err.p, err);
	child_free(&c);
}

START_TEST(long_and_short_options_are_one)
{
	expect("-m a --model b --model=c -md f", 0, "m=a;m=b;m=c;m=d; f", "");
	expect("--fast x --fast", 0, "fast=;fast=; x", "");
	expect("--mod a", 0, "m=a;", "");
	expect("-- --fast -", 0, " --fast -", "");
	expect("", 0, "", "");
}
END_TEST

START_TEST(an_optional_argument_is_attached)
{
	expect("--cut --cut=longest x", 0, "cut=;cut=longest; x", "");
}
END_TEST

START_TEST(wrong_options_give_2_and_one_line)
{
	expect("--nope", 2, "",
	    "hf-x: --nope: no such option (see hf-x --help)\n");
	expect("-z", 2, "", "hf-x: -z: no such option (see hf-x --help)\n");
	expect("-zm a", 2, "", "hf-x: -z: no such option (see hf-x --help)\n");
	expect("--help=1", 2, "",
	    "hf-x: --help=1: takes no argument (see hf-x --help)\n");
	expect("--fast=1", 2, "",
	    "hf-x: --fast=1: takes no argument (see hf-x --help)\n");
	expect("--model", 2, "",
	    "hf-x: --model: needs an argument (see hf-x --help)\n");
	expect("-m", 2, "", "hf-x: -m: needs an argument (see hf-x --help)\n");
}
END_TEST

START_TEST(help_lists_the_table)
{
	static const char text[] =
	    "usage: hf-x [options] [FILE...]\n"
	    "\n"
	    "  --cut[=HOW]                      cut what is too long\n"
	    "  --fast                           be quick\n"
	    "  -m, --model MODEL                directory or name\n"
	    "  -h, --help                       show this and exit\n"
	    "  --version                        show the version and exit\n";

	expect("--help", 0, text, "");
	expect("-h --nope", 0, text, "");
}
END_TEST

START_TEST(version_names_the_program)
{
	expect("--version", 0, "hf-x (hftools) " HF_VERSION "\n", "");
}
END_TEST

START_TEST(choices_take_dash_for_underscore)
{
	static const char *const names[] = { "mean", "longest_first",
		"mean-sqrt-len", NULL };

	ck_assert_int_eq(opt_choice("mean", names), 0);
	ck_assert_int_eq(opt_choice("longest-first", names), 1);
	ck_assert_int_eq(opt_choice("longest_first", names), 1);
	ck_assert_int_eq(opt_choice("mean_sqrt_len", names), 2);
	ck_assert_int_eq(opt_choice("mea", names), -1);
	ck_assert_str_eq(errstr(),
	    "want one of: mean, longest_first, mean-sqrt-len");
	ck_assert_int_eq(opt_choice("", names), -1);
}
END_TEST

UNIT_MAIN("opt", long_and_short_options_are_one,
    an_optional_argument_is_attached, wrong_options_give_2_and_one_line,
    help_lists_the_table, version_names_the_program,
    choices_take_dash_for_underscore)
