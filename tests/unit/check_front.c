#include "hub/front.h"

#include <string.h>

#include "err.h"
#include "unit.h"

/* The YAML as JSON, or "" with errstr(); the caller frees. */
static char *
as_json(const char *yaml)
{
	struct front_doc d;
	struct buf b = { 0 };

	buf_str(&b, "");
	if (front_parse((struct slice){ yaml, strlen(yaml) }, 2, &d) == 0) {
		front_put_json(&b, d.root);
		front_free(&d);
	}
	return b.p;
}

static void
reads(const char *yaml, const char *want)
{
	char *got = as_json(yaml);

	ck_assert_msg(*got != '\0', "%s: %s", yaml, errstr());
	ck_assert_str_eq(got, want);
	free(got);
}

static void
refuses(const char *yaml, const char *want)
{
	char *got = as_json(yaml);

	ck_assert_msg(*got == '\0', "%.60s gave %.60s", yaml, got);
	ck_assert_msg(strstr(errstr(), want) != NULL, "%s: no \"%s\"",
	    errstr(), want);
	free(got);
}

/* s repeated, between two texts; the caller frees. */
static char *
many(const char *before, const char *s, int times, const char *after)
{
	struct buf b = { 0 };

	buf_str(&b, before);
	while (times-- > 0)
		buf_str(&b, s);
	buf_str(&b, after);
	return b.p;
}

static void
refuses_many(const char *before, const char *s, int times, const char *after,
    const char *want)
{
	char *yaml = many(before, s, times, after);

	refuses(yaml, want);
	free(yaml);
}

/* What js-yaml and ruamel (version 1.2) make of them. */
START_TEST(scalars_follow_the_core_schema)
{
	reads("[no, yes, on, true, False, ~, null, '1', \"true\"]",
	    "[\"no\",\"yes\",\"on\",true,false,null,null,\"1\",\"true\"]");
	reads("[1, +1, -2, 007, .5, 1., 1e5, -0.50, 0x1f, 0o17]",
	    "[1,1,-2,7,0.5,1,1e5,-0.50,31,15]");
	reads("[1.0.0, 2024-01-02, 1_000, ., -, 12:30, .inf, 0x, e5]",
	    "[\"1.0.0\",\"2024-01-02\",\"1_000\",\".\",\"-\",\"12:30\","
	    "\".inf\",\"0x\",\"e5\"]");
	reads("!!str 1", "\"1\"");
	reads("! 1", "\"1\"");
	reads("[!!int \"1\", !!bool 'true', !!null '']", "[1,true,null]");
}
END_TEST

START_TEST(lists_maps_and_blocks_nest)
{
	reads("a: [1, {b: c}]\nd:\n- e\n- f: |\n    two\n    lines\n",
	    "{\"a\":[1,{\"b\":\"c\"}],\"d\":[\"e\",{\"f\":"
	    "\"two\\nlines\\n\"}]}");
	reads("", "null");
	reads("# only a comment", "null");
	reads("a:", "{\"a\":null}");
}
END_TEST

START_TEST(aliases_are_copies)
{
	reads("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x",
	    "{\"a\":[1,2],\"b\":[1,2],\"c\":3,\"d\":3}");
	refuses("a: *x", "line 2: alias *x names nothing");
	refuses("a: &x [*x]", "contains itself");
}
END_TEST

START_TEST(laughs_are_refused)
{
	struct buf b = { 0 };
	int i, j;

	buf_str(&b, "a0: &a0 [lol]\n");
	for (i = 1; i < 40; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (j = 0; j < 9; j++)
			buf_printf(&b, "*a%d,", i - 1);
		buf_str(&b, "]\n");
	}
	refuses(b.p, "grows to more than");
	buf_free(&b);
	b.p = many("a: &a ", "x", 1000000, "\nb: [");
	b.n = b.cap = strlen(b.p);
	for (i = 0; i < 99; i++)
		buf_str(&b, "*a,");
	buf_str(&b, "]");
	refuses(b.p, "grows to more than");
	buf_free(&b);
}
END_TEST

START_TEST(what_is_not_plain_data_is_refused)
{
	refuses("a: 1\nb: 2\na: 3", "line 4: key a is there twice");
	refuses("x: &x {a: 1}\ny: {<<: *x}", "merge keys");
	refuses("a: !!python/object:os.system x", "is not allowed");
	refuses("a: !own x", "tag !own is not allowed");
	refuses("a: !!binary aGk=", "is not allowed");
	refuses("{[a]: b}", "a key is no plain text");
	refuses("%YAML 1.2\n---\na: 1", "directives");
	refuses("a: 1\n---\nb: 2", "second document");
}
END_TEST

START_TEST(broken_yaml_is_named_with_its_line)
{
	refuses("a: 1\nb: [1, 2", "line 4: is not YAML: ");
	refuses("a:\n\tb: 1", "line 3: is not YAML: ");
	refuses("a: \x01", "control characters");
	refuses("a: \xff", "is not YAML: ");
	refuses("a: b: c", "is not YAML: ");
	refuses("\"unclosed", "is not YAML: ");
}
END_TEST

START_TEST(limits_hold)
{
	refuses_many("", "[", 100000, "", "nested deeper");
	refuses_many("", "- ", 100000, "", "nested deeper");
	refuses_many("a: ", "{a: ", 100000, "", "nested deeper");
	refuses_many("[", "&a 1,", 101, "]", "anchors");
	refuses_many("", "x", FRONT_BYTES + 1, "", "has 2097153 bytes");
	refuses_many("", "%TAG !a! x\n", 50000, "", "directives");
}
END_TEST

START_TEST(too_many_keys_are_refused)
{
	struct buf b = { 0 };
	int i;

	for (i = 0; i <= FRONT_KEYS; i++)
		buf_printf(&b, "k%d: 1\n", i);
	refuses(b.p, "keys");
	buf_free(&b);
}
END_TEST

static void
splits(const char *text, const char *yaml, const char *body)
{
	struct slice y, b;
	bool has = front_split(text, strlen(text), &y, &b);

	ck_assert_msg(has == (yaml != NULL), "%s", text);
	if (has) {
		ck_assert_int_eq((int)y.n, (int)strlen(yaml));
		ck_assert_mem_eq(y.p, yaml, y.n);
	}
	ck_assert_int_eq((int)b.n, (int)strlen(body));
	ck_assert_mem_eq(b.p, body, b.n);
}

/* The last line end before "---" is ours, and Python's regex leaves it out. */
START_TEST(front_matter_is_found_as_python_finds_it)
{
	splits("---\na: 1\n---\nbody", "a: 1\n", "body");
	splits("---\r\na: 1\r\n---\r\nbody", "a: 1\r\n", "body");
	splits(" \n\n---\na: 1\n--- \t\nbody", "a: 1\n", "body");
	splits("---\na: 1\n---", "a: 1\n", "");
	splits("\xef\xbb\xbf---\na: 1\n---\nx", "a: 1\n", "x");
	splits("---\n\n---\nbody", "\n", "body");
	splits("---\na: 1\n----\nb\n---\nc", "a: 1\n----\nb\n", "c");
	splits("# no front matter\n---\na: 1\n---\n", NULL,
	    "# no front matter\n---\na: 1\n---\n");
	splits("---\nnever closed", NULL, "---\nnever closed");
	splits("---- \na\n---\n", NULL, "---- \na\n---\n");
	splits("", NULL, "");
	splits("---", NULL, "---");
}
END_TEST

UNIT_MAIN("front", scalars_follow_the_core_schema, lists_maps_and_blocks_nest,
    aliases_are_copies, laughs_are_refused, what_is_not_plain_data_is_refused,
    broken_yaml_is_named_with_its_line, limits_hold,
    too_many_keys_are_refused, front_matter_is_found_as_python_finds_it)
