#include "unit.h"

#include <string.h>

#include "err.h"
#include "pull.h"

static int
skip_all(const char *text, size_t n)
{
	struct pull j;

	pull_init(&j, text, n);
	pull_skip(&j);
	return pull_end(&j);
}

START_TEST(valid_values_are_read_to_their_end)
{
	static const char *const good[] = { "0", "-1.5e+3", "\"a\\u00e9\"",
		"[]", "{}", "[1,[2,{\"a\":[]}],\"x\"]", " { \"k\" : null } ",
		"true" };
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(skip_all(good[i], strlen(good[i])) == 0, "%s: %s",
		    good[i], errstr());
}
END_TEST

START_TEST(invalid_values_are_refused)
{
	static const char *const bad[] = { "", "01", "1.", "-", "[1,]", "[1 2]",
		"{\"a\"}", "{\"a\":1,}", "{a:1}", "\"\\x\"", "\"\\u12g4\"",
		"\"\n\"", "nul", "[", "{\"a\":", "1 2", "]", "{]", "[}",
		"\"\xff\"", "+1", ".5", "1e", "\"abc" };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(skip_all(bad[i], strlen(bad[i])) < 0, "%s",
		    bad[i]);
}
END_TEST

START_TEST(every_cut_of_a_document_is_refused)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e3,\"x\\n\\u0041\"],\"b\":{\"c\":null,\"d\":true}}";
	size_t i;

	ck_assert_int_eq(skip_all(text, sizeof text - 1), 0);
	for (i = 0; i < sizeof text - 1; i++)
		ck_assert_int_eq(skip_all(text, i), -1);
}
END_TEST

START_TEST(integers_are_exact_to_64_bits)
{
	static const char text[] =
	    "[18446744073709551615,-9223372036854775807]";
	struct pull j;
	uint64_t u;
	int64_t i;

	pull_init(&j, text, sizeof text - 1);
	ck_assert(pull_array(&j));
	ck_assert(pull_item(&j) && pull_u64(&j, &u));
	ck_assert(pull_item(&j) && pull_i64(&j, &i));
	ck_assert(!pull_item(&j));
	ck_assert_int_eq(pull_end(&j), 0);
	ck_assert(u == UINT64_MAX && i == -INT64_MAX);
}
END_TEST

START_TEST(integers_out_of_range_are_refused)
{
	static const char *const bad[] = { "18446744073709551616", "-1", "1.0",
		"1e3" };
	struct pull j;
	uint64_t u;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		pull_init(&j, bad[i], strlen(bad[i]));
		ck_assert(!pull_u64(&j, &u));
	}
}
END_TEST

START_TEST(nesting_is_bounded)
{
	char text[1000];

	memset(text, '[', sizeof text);
	ck_assert_int_eq(skip_all(text, sizeof text), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "nested"));
}
END_TEST

START_TEST(escapes_are_decoded)
{
	static const char text[] = "\"\\u00e9\\ud83d\\ude00\\n\\\\x\\ud800\"";
	struct pull j;
	struct slice s;
	char out[64];
	size_t n;

	pull_init(&j, text, sizeof text - 1);
	ck_assert(pull_string(&j, &s));
	n = slice_decode(s, out);
	out[n] = '\0';
	ck_assert_str_eq(out, "\xc3\xa9\xf0\x9f\x98\x80\n\\x\xef\xbf\xbd");
	ck_assert(slice_is((struct slice){ "a\\u0062", 7 }, "ab"));
}
END_TEST

UNIT_MAIN("pull", valid_values_are_read_to_their_end,
    invalid_values_are_refused, every_cut_of_a_document_is_refused,
    integers_are_exact_to_64_bits, integers_out_of_range_are_refused,
    nesting_is_bounded, escapes_are_decoded)
