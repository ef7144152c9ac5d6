#include "unit.h"

#include <string.h>

#include "err.h"
#include "streams.h"

START_TEST(the_text_of_an_error_may_hold_the_last_one)
{
	ck_assert_str_eq(errstr(), "");
	ck_assert_int_eq(fail("line %d", 3), -1);
	fail("file: %s", errstr());
	ck_assert_str_eq(errstr(), "file: line 3");
}
END_TEST

START_TEST(a_long_text_is_cut_and_says_so)
{
	char text[5000];
	size_t n;

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	fail("%s", text);
	n = strlen(errstr());
	ck_assert(n > 900 && n < sizeof text);
	ck_assert_str_eq(errstr() + n - 3, "...");
}
END_TEST

static int
dies(void *arg)
{
	err_program("hf-x");
	die("%s", (const char *)arg);
}

static int
dies_of_usage(void *arg)
{
	err_program("hf-x");
	die_code(EXIT_USAGE, "%s", (const char *)arg);
}

static struct child
run(int (*what)(void *), const char *text)
{
	char copy[200];

	snprintf(copy, sizeof copy, "%s", text);
	return child_run(what, copy, -1);
}

START_TEST(die_prints_one_line_and_gives_the_code)
{
	struct child c = run(dies, "a: b");

	ck_assert_int_eq(WEXITSTATUS(c.status), 1);
	ck_assert_str_eq(c.err.p, "hf-x: a: b\n");
	ck_assert_str_eq(c.out.p, "");
	child_free(&c);
	c = run(dies_of_usage, "no");
	ck_assert_int_eq(WEXITSTATUS(c.status), 2);
	child_free(&c);
}
END_TEST

START_TEST(a_message_can_forge_no_line_and_no_escape)
{
	struct child c = run(dies, "a\nhf-y: all is well\r\x1b[2J\xff\xc2\x9b");

	ck_assert_str_eq(c.err.p, "hf-x: a\\x0ahf-y: all is well\\x0d\\x1b[2J"
	    "\\xff\\xc2\\x9b\n");
	child_free(&c);
}
END_TEST

static void
hook(void *arg, const char *message)
{
	printf("%s %s\n", (const char *)arg, message);
	fflush(stdout);
	die("again");
}

static int
dies_in_its_hook(void *arg)
{
	err_program("hf-x");
	on_die(hook, arg);
	die("first");
}

START_TEST(the_hook_is_called_once)
{
	struct child c = run(dies_in_its_hook, "hook:");

	ck_assert_int_eq(WEXITSTATUS(c.status), 1);
	ck_assert_str_eq(c.out.p, "hook: first\n");
	ck_assert_str_eq(c.err.p, "hf-x: first\nhf-x: again\n");
	child_free(&c);
}
END_TEST

static int
warns(void *arg)
{
	err_program("hf-x");
	on_die(hook, arg);
	warn("%s\n", (const char *)arg);
	return 0;
}

START_TEST(a_warning_goes_on)
{
	struct child c = run(warns, "take care");

	ck_assert_int_eq(WEXITSTATUS(c.status), 0);
	ck_assert_str_eq(c.err.p, "hf-x: take care\\x0a\n");
	ck_assert_str_eq(c.out.p, "");
	child_free(&c);
}
END_TEST

UNIT_MAIN("err", the_text_of_an_error_may_hold_the_last_one,
    a_long_text_is_cut_and_says_so, die_prints_one_line_and_gives_the_code,
    a_message_can_forge_no_line_and_no_escape, the_hook_is_called_once,
    a_warning_goes_on)
