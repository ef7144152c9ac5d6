#include "unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "data.h"
#include "err.h"
#include "json.h"

static const char doc[] =
    "{\"a\":{\"n\":12,\"big\":1e300,\"x\":-2.5,\"t\":true,\"z\":null},"
    "\"l\":[1,\"two\",{}],\"s\":\"\\u00e9\\n\"}";

START_TEST(a_document_is_read)
{
	struct cJSON *t = json_parse(doc, sizeof doc - 1);
	json *a = json_get(t, "a"), *n;
	static const char *const names[] = { "a", "l", "s" };
	size_t v = 7, i = 0;
	double x = 7;

	ck_assert_ptr_nonnull(t);
	ck_assert(json_size(a, "n", 0, 100, &v) == 0 && v == 12);
	ck_assert(json_size(a, "none", 0, 100, &v) == 0 && v == 12);
	ck_assert(json_size(a, "z", 0, 100, &v) == 0 && v == 12);
	ck_assert(json_real(a, "x", -3, 3, &x) == 0 && x == -2.5);
	ck_assert(json_bool(a, "t", false) && json_bool(a, "none", true));
	ck_assert_str_eq(json_str(t, "s", ""), "\xc3\xa9\n");
	ck_assert_str_eq(json_str(a, "n", "other"), "other");
	ck_assert_uint_eq(json_len(json_get(t, "l")), 3);
	ck_assert_str_eq(json_text(json_at(json_get(t, "l"), 1)), "two");
	ck_assert_ptr_null(json_at(json_get(t, "l"), 3));
	ck_assert(json_is_null(json_get(a, "z")) && json_is_null(NULL));
	ck_assert_ptr_null(json_get(NULL, "a"));
	ck_assert_ptr_null(json_get(t, "A"));
	for (n = json_first(t); n != NULL; n = json_next(n))
		ck_assert_str_eq(json_name(n), names[i++]);
	ck_assert_uint_eq(i, 3);
	json_free(t);
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
	static const char text[] = "{\"neg\":-1,\"frac\":1.5,\"big\":1e300,"
	    "\"str\":\"1\",\"t\":true}";
	static const char *const keys[] = { "neg", "frac", "big", "str", "t" };
	struct cJSON *t = json_parse(text, sizeof text - 1);
	size_t v = 7, i;
	double x = 7;

	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(json_size(t, keys[i], 0, 100, &v), -1);
		ck_assert_ptr_nonnull(strstr(errstr(), keys[i]));
	}
	ck_assert_int_eq(json_real(t, "big", 0, 1e10, &x), -1);
	ck_assert_int_eq(json_real(t, "str", 0, 1e10, &x), -1);
	ck_assert(v == 7 && x == 7);
	json_free(t);
}
END_TEST

START_TEST(every_cut_and_what_follows_is_refused)
{
	char text[sizeof doc + 2];
	size_t i;

	for (i = 0; i < sizeof doc - 1; i++)
		ck_assert_ptr_null(json_parse(doc, i));
	memcpy(text, doc, sizeof doc);
	text[sizeof doc - 1] = 'x';
	ck_assert_ptr_null(json_parse(text, sizeof doc));
	text[sizeof doc - 1] = '\0';
	text[sizeof doc] = 'x';
	ck_assert_ptr_null(json_parse(text, sizeof doc + 1));
	ck_assert_ptr_null(json_parse(text, sizeof doc));
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	enum { DEEP = 1 << 20 };
	char *s = malloc(DEEP);

	memset(s, '[', DEEP);
	ck_assert_ptr_null(json_parse(s, DEEP));
	free(s);
}
END_TEST

static const char *
put_f32(struct buf *b, float v)
{
	b->n = 0;
	json_put_f32(b, v);
	return b->p;
}

/* What NumPy's format_float_*(unique=True) has of digits. */
START_TEST(floats_have_the_fewest_digits)
{
	struct buf b = { 0 };

	ck_assert_str_eq(put_f32(&b, 0.1f), "0.1");
	ck_assert_str_eq(put_f32(&b, 3e-9f), "3e-09");
	ck_assert_str_eq(put_f32(&b, 1e30f), "1e+30");
	ck_assert_str_eq(put_f32(&b, FLT_MAX), "3.4028235e+38");
	ck_assert_str_eq(put_f32(&b, FLT_TRUE_MIN), "1e-45");
	ck_assert_str_eq(put_f32(&b, FLT_MIN), "1.1754944e-38");
	ck_assert_str_eq(put_f32(&b, 16777216.0f), "16777216");
	ck_assert_str_eq(put_f32(&b, 1.0f / 3), "0.33333334");
	ck_assert_str_eq(put_f32(&b, 123456.789f), "123456.79");
	ck_assert_str_eq(put_f32(&b, -2.0f), "-2");
	ck_assert_str_eq(put_f32(&b, 0.0f), "0");
	ck_assert_str_eq(put_f32(&b, -0.0f), "-0.0");
	ck_assert_str_eq(put_f32(&b, (float)NAN), "NaN");
	ck_assert_str_eq(put_f32(&b, (float)-INFINITY), "-Infinity");
	b.n = 0;
	json_put_f64(&b, 0.1);
	json_put_f64(&b, 5e-324);
	json_put_f64(&b, 1.0 / 3);
	ck_assert_str_eq(b.p, "0.15e-3240.3333333333333333");
	buf_free(&b);
}
END_TEST

START_TEST(floats_read_back_exactly)
{
	struct buf b = { 0 };
	uint32_t i, u, state = 1;
	float v;

	for (i = 0; i < 300000; i++) {
		next_float(&state);
		u = state ^ i << 16;
		memcpy(&v, &u, sizeof v);
		if (!isfinite(v))
			continue;
		put_f32(&b, v);
		ck_assert_msg(strtof(b.p, NULL) == v, "%a: %s", (double)v, b.p);
	}
	buf_free(&b);
}
END_TEST

START_TEST(strings_are_quoted_and_made_valid)
{
	static const char s[] = "a\"b\\c\n\x01\x7f/\xc3\xa9\xff\xe2\x82";
	struct buf b = { 0 };
	struct cJSON *t;

	json_put_string(&b, s, sizeof s - 1);
	ck_assert_str_eq(b.p, "\"a\\\"b\\\\c\\n\\u0001\\u007f/\xc3\xa9"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	t = json_parse(b.p, b.n);
	ck_assert_str_eq(json_text(t), "a\"b\\c\n\x01\x7f/\xc3\xa9"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	json_free(t);
	b.n = 0;
	json_put_string(&b, "a\0b", 3);
	ck_assert_str_eq(b.p, "\"a\\u0000b\"");
	buf_free(&b);
}
END_TEST

UNIT_MAIN("json", a_document_is_read, numbers_out_of_range_are_refused,
    every_cut_and_what_follows_is_refused, deep_nesting_is_refused,
    floats_have_the_fewest_digits, floats_read_back_exactly,
    strings_are_quoted_and_made_valid)
