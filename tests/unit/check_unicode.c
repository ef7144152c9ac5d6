#include "tok/unicode.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "pull.h"
#include "unit.h"
#include "utf8.h"

enum { TOP = 0x110000 };

/* Check's own assertions write to a pipe each time they hold; in a loop over
 * all code points that takes minutes. */
#define HOLDS(x, ...) do { if (!(x)) ck_abort_msg(__VA_ARGS__); } while (0)

static bool
scalar(uint32_t c)
{
	return c < 0xd800 || c >= 0xe000;
}

/* What a shell command prints; it must exit 0. */
static struct buf
output_of(const char *command)
{
	struct buf b = { 0 };
	char part[65536];
	size_t n;
	FILE *f = popen(command, "r");

	ck_assert_ptr_nonnull(f);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	ck_assert_int_eq(pclose(f), 0);
	return b;
}

/* A file of the golden data's Unicode folder; false where there is none. */
static bool
golden(const char *name, struct buf *b)
{
	const char *dir = getenv("HF_GOLDEN");
	char *path = xprintf("%s/tok/unicode/%s", dir ? dir : "", name);
	char *command = xprintf("xz -dcf '%s'", path);
	bool there = dir != NULL && file_exists(path);

	ck_assert(there || getenv("HF_GOLDEN_REQUIRED") == NULL);
	if (there)
		*b = output_of(command);
	free(path);
	free(command);
	return there;
}

/* The golden name of a set and the class bit it must equal. */
static const struct {
	const char *name;
	uint32_t bits;
} sets[] = {
	{ "onig \\p{L}", UC_L },
	{ "onig \\p{N}", UC_N },
	{ "onig \\p{M}", UC_M },
	{ "onig \\p{P}", UC_P },
	{ "onig \\p{S}", UC_S },
	{ "onig \\p{Lu}", UC_LU },
	{ "onig \\p{Ll}", UC_LL },
	{ "onig \\p{Lt}", UC_LT },
	{ "onig \\p{Lm}", UC_LM },
	{ "onig \\p{Lo}", UC_LO },
	{ "onig \\s", UC_SPACE },
	{ "onig \\w", UC_WORD },
	{ "WhitespaceSplit", UC_SPACE },
	{ "regex-crate \\w (Whitespace pre)", UC_WORD_CRATE },
	{ "Punctuation", UC_PUNCT },
	{ "Digits is_numeric", UC_NUMERIC },
	{ "Bert removed", UC_BERT_GONE },
	{ "Bert ->space", UC_BERT_SPACE },
	{ "Bert strip_accents Mn removed", UC_BERT_MN },
	{ "StripAccents removed", UC_MARK },
	{ "Strip/trim whitespace", UC_SPACE },
	{ "Nmt removed", UC_NMT_GONE },
	{ "Nmt ->space", UC_NMT_SPACE },
};
enum { N_SETS = sizeof sets / sizeof *sets };

/* Mark the ranges of a set, "41-5A" or "AA", in has[TOP]. */
static void
read_set(struct pull *j, bool *has)
{
	struct slice s;
	unsigned a, b;
	char text[32];

	memset(has, 0, TOP * sizeof *has);
	pull_array(j);
	while (pull_item(j) && pull_string(j, &s)) {
		ck_assert(s.n < sizeof text);
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		if (sscanf(text, "%x-%x", &a, &b) == 1)
			b = a;
		ck_assert(a <= b && b < TOP);
		memset(has + a, 1, (b - a + 1) * sizeof *has);
	}
}

START_TEST(every_set_is_the_reference_s_over_all_code_points)
{
	bool *has = xmalloc(TOP * sizeof *has);
	struct buf b;
	struct slice key;
	struct pull j;
	uint32_t c;
	size_t i, seen = 0;

	if (!golden("sets.json.xz", &b))
		return;
	pull_init(&j, b.p, b.n);
	pull_object(&j);
	while (pull_key(&j, &key)) {
		for (i = 0; i < N_SETS && !slice_is(key, sets[i].name); i++)
			;
		ck_assert_msg(i < N_SETS, "no class for %.*s", (int)key.n, key.p);
		read_set(&j, has);
		for (c = 0; c < TOP; c++)
			if (scalar(c))
				HOLDS(has[c] == ((unicode_class(c) &
				    sets[i].bits) != 0), "%s: U+%04X",
				    sets[i].name, c);
		seen++;
	}
	ck_assert_int_eq(pull_end(&j), 0);
	ck_assert_uint_eq(seen, N_SETS);
	buf_free(&b);
	free(has);
}
END_TEST

static uint32_t
hex(struct slice s)
{
	uint32_t v = 0;
	size_t i;

	HOLDS(s.n > 0 && s.n <= 6, "%.*s", (int)s.n, s.p);
	for (i = 0; i < s.n; i++)
		v = v << 4 | (uint32_t)(s.p[i] <= '9' ? s.p[i] - '0' :
		    s.p[i] - 'A' + 10);
	return v;
}

/* What a map's form makes of one character, in UTF-8. */
static void
mapped(int form, uint32_t c, struct buf *out)
{
	char text[4];
	size_t n = (size_t)utf8_encode(c, text);
	uint32_t low[3];
	int i, count;

	out->n = 0;
	if (form < 4) {
		unicode_normalize((enum unicode_form)form, text, n, out, NULL);
		return;
	}
	count = unicode_lower(c, low);
	HOLDS((count != 1 || low[0] != c) ==
	    ((unicode_class(c) & UC_CASED) != 0), "U+%04X", c);
	for (i = 0; i < count; i++)
		unicode_put(out, NULL, low[i], 0);
}

/* Compare the map with the form; what it leaves out must be unchanged. */
static void
check_map(struct pull *j, int form, bool *seen)
{
	struct buf want = { 0 }, got = { 0 };
	struct slice s;
	uint32_t c;

	memset(seen, 0, TOP * sizeof *seen);
	pull_object(j);
	while (pull_key(j, &s)) {
		c = hex(s);
		seen[c] = true;
		want.n = 0;
		pull_array(j);
		while (pull_item(j) && pull_string(j, &s))
			unicode_put(&want, NULL, hex(s), 0);
		mapped(form, c, &got);
		HOLDS(got.n == want.n &&
		    memcmp(got.p, want.p, got.n) == 0, "map %d: U+%04X", form, c);
	}
	for (c = 0; c < TOP; c++) {
		if (seen[c] || !scalar(c) || (c >= 0xac00 && c < 0xd7a4))
			continue;
		want.n = 0;
		unicode_put(&want, NULL, c, 0);
		mapped(form, c, &got);
		HOLDS(got.n == want.n &&
		    memcmp(got.p, want.p, got.n) == 0,
		    "map %d: U+%04X changed", form, c);
	}
	buf_free(&want);
	buf_free(&got);
}

START_TEST(every_map_is_the_reference_s_over_all_code_points)
{
	static const char *const maps[] = { "NFC", "NFD", "NFKC", "NFKD",
		"Lowercase" };
	bool *seen = xmalloc(TOP * sizeof *seen);
	struct buf b;
	struct slice key;
	struct pull j;
	int i, count = 0;

	if (!golden("maps.json.xz", &b))
		return;
	pull_init(&j, b.p, b.n);
	pull_object(&j);
	while (pull_key(&j, &key)) {
		for (i = 0; i < 5 && !slice_is(key, maps[i]); i++)
			;
		ck_assert_int_lt(i, 5);
		check_map(&j, i, seen);
		count++;
	}
	ck_assert_int_eq(pull_end(&j), 0);
	ck_assert_int_eq(count, 5);
	buf_free(&b);
	free(seen);
}
END_TEST

/* "0044 0307" to UTF-8; false when a character is newer than 9.0. */
static bool
read_field(const char *field, const bool *inert, struct buf *out)
{
	const char *p = field;
	unsigned c;
	int used;
	bool ok = true;

	out->n = 0;
	while (sscanf(p, "%x%n", &c, &used) == 1) {
		ok = ok && !inert[c];
		unicode_put(out, NULL, c, 0);
		p += used;
	}
	return ok;
}

static void
check_form(enum unicode_form form, const struct buf *in, const struct buf *want,
    const char *line)
{
	struct unicode_from from = { 0 };
	struct buf got = { 0 };
	size_t known, i;

	unicode_normalize(form, in->p, in->n, &got, &from);
	HOLDS(got.n == want->n && memcmp(got.p, want->p, got.n) == 0,
	    "form %d: %s", (int)form, line);
	HOLDS(from.n == got.n, "%s", line);
	for (i = 0; i < from.n; i++)
		HOLDS(from.p[i] < in->n, "%s", line);
	known = unicode_is_normal(form, in->p, in->n);
	HOLDS(known <= want->n && memcmp(in->p, want->p, known) == 0 &&
	    (known < in->n || in->n == want->n), "is_normal: %s", line);
	buf_free(&got);
	unicode_from_free(&from);
}

/* A line of five fields: source; NFC; NFD; NFKC; NFKD. */
static void
check_line(char *line, const bool *inert, size_t *checked)
{
	static const int nfc[] = { 1, 1, 1, 3, 3 }, nfd[] = { 2, 2, 2, 4, 4 };
	struct buf f[5] = { { 0 } };
	char *p = line, *end;
	bool ok = true;
	int i;

	for (i = 0; i < 5; i++) {
		end = strchr(p, ';');
		ck_assert_ptr_nonnull(end);
		*end = '\0';
		ok = read_field(p, inert, &f[i]) && ok;
		p = end + 1;
	}
	for (i = 0; ok && i < 5; i++) {
		check_form(UNICODE_NFC, &f[i], &f[nfc[i]], line);
		check_form(UNICODE_NFD, &f[i], &f[nfd[i]], line);
		check_form(UNICODE_NFKC, &f[i], &f[3], line);
		check_form(UNICODE_NFKD, &f[i], &f[4], line);
	}
	*checked += ok;
	for (i = 0; i < 5; i++)
		buf_free(&f[i]);
}

static void
read_inert(char *text, bool *inert)
{
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		if (line[0] != '#')
			inert[strtoul(line, NULL, 16)] = true;
}

START_TEST(the_normal_forms_pass_the_consortium_s_test_less_newer_characters)
{
	const char *test = "/usr/share/unicode/NormalizationTest.txt.bz2";
	bool *inert = xcalloc(TOP, sizeof *inert);
	struct buf b, text;
	char *line, *save = NULL;
	size_t checked = 0;

	if (!file_exists(test) || !golden("inert.txt", &b))
		return;
	read_inert(b.p, inert);
	text = output_of("bzip2 -dc /usr/share/unicode/NormalizationTest.txt.bz2");
	for (line = strtok_r(text.p, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		if (line[0] != '#' && line[0] != '@')
			check_line(line, inert, &checked);
	ck_assert_uint_eq(checked, 18289);	/* the reference's own count */
	buf_free(&text);
	buf_free(&b);
	free(inert);
}
END_TEST

START_TEST(hangul_decomposes_and_composes_by_the_formula)
{
	struct buf nfd = { 0 }, nfc = { 0 };
	uint32_t c, want[3];
	const char *p;
	char text[4];
	size_t n;

	for (c = 0xac00; c < 0xd7a4; c++) {
		nfd.n = nfc.n = 0;
		n = (size_t)utf8_encode(c, text);
		unicode_normalize(UNICODE_NFD, text, n, &nfd, NULL);
		want[0] = 0x1100 + (c - 0xac00) / 588;
		want[1] = 0x1161 + (c - 0xac00) % 588 / 28;
		want[2] = 0x11a7 + (c - 0xac00) % 28;
		p = nfd.p;
		HOLDS(nfd.n == (want[2] == 0x11a7 ? 6 : 9) &&
		    unicode_next(&p) == want[0] && unicode_next(&p) == want[1] &&
		    (nfd.n == 6 || unicode_next(&p) == want[2]), "U+%04X", c);
		unicode_normalize(UNICODE_NFC, nfd.p, nfd.n, &nfc, NULL);
		HOLDS(nfc.n == n && memcmp(nfc.p, text, n) == 0, "U+%04X", c);
	}
	buf_free(&nfd);
	buf_free(&nfc);
}
END_TEST

START_TEST(the_byte_alphabet_goes_both_ways)
{
	uint32_t c;
	int b, count = 0;

	for (b = 0; b < 256; b++)
		ck_assert_int_eq(unicode_to_byte(unicode_of_byte[b]), b);
	for (c = 0; c < TOP; c++)
		count += unicode_to_byte(c) >= 0;
	ck_assert_int_eq(count, 256);
	ck_assert_uint_eq(unicode_of_byte[' '], 0x120);
	ck_assert_uint_eq(unicode_of_byte['\n'], 0x10a);
	ck_assert_uint_eq(unicode_of_byte[0xad], 0x143);
}
END_TEST

START_TEST(scripts_are_those_of_the_reference_s_table)
{
	uint8_t han = unicode_script(0x4eac), latin = unicode_script('a');
	uint8_t common = unicode_script('0');

	ck_assert_uint_eq(unicode_script(0x3044), han);
	ck_assert_uint_eq(unicode_script(0x30b0), han);
	ck_assert_uint_eq(unicode_script(0x30fc), han);
	ck_assert_uint_eq(unicode_script(' '), SCRIPT_ANY);
	ck_assert_uint_eq(unicode_script(0x10ffff), SCRIPT_ANY);
	ck_assert_uint_eq(unicode_script('A'), latin);
	ck_assert_uint_eq(unicode_script(0xfffd), common);
	ck_assert_uint_eq(unicode_script(0x589), common);
	ck_assert_uint_eq(unicode_script(0x9fd6), SCRIPT_ANY);	/* 10.0 */
	ck_assert(han != latin && latin != common && han != common);
}
END_TEST

START_TEST(alignment_follows_the_reference_s_transform)
{
	/* e + acute compose: one character, aligned to the e; then the next */
	static const char text[] = "xe\xcc\x81y";
	struct unicode_from from = { 0 };
	struct buf out = { 0 };

	unicode_normalize(UNICODE_NFC, text, sizeof text - 1, &out, &from);
	ck_assert(out.n == 4 && memcmp(out.p, "x\xc3\xa9y", 4) == 0);
	ck_assert_uint_eq(from.p[0], 0);
	ck_assert_uint_eq(from.p[1], 1);
	ck_assert_uint_eq(from.p[2], 1);
	ck_assert_uint_eq(from.p[3], 4);

	out.n = from.n = 0;
	unicode_normalize(UNICODE_NFD, "x\xc3\xa9y", 4, &out, &from);
	ck_assert(out.n == 5 && memcmp(out.p, text, 5) == 0);
	ck_assert_uint_eq(from.p[1], 1);
	ck_assert_uint_eq(from.p[2], 1);
	ck_assert_uint_eq(from.p[3], 1);
	ck_assert_uint_eq(from.p[4], 3);
	buf_free(&out);
	unicode_from_free(&from);
}
END_TEST

START_TEST(a_million_marks_in_no_order_take_linear_time)
{
	enum { N = 1000000 };
	struct buf text = { 0 }, out = { 0 };
	size_t i;

	buf_byte(&text, 'a');
	for (i = 0; i < N; i++)
		buf_str(&text, i % 2 ? "\xcc\x81" : "\xcc\xa3");
	unicode_normalize(UNICODE_NFC, text.p, text.n, &out, NULL);
	/* a + dot below + acute: U+1EA1 takes one mark */
	ck_assert_uint_eq(out.n, 3 + 2 * (N - 1));
	buf_free(&text);
	buf_free(&out);
}
END_TEST

UNIT_MAIN("unicode", every_set_is_the_reference_s_over_all_code_points,
    every_map_is_the_reference_s_over_all_code_points,
    the_normal_forms_pass_the_consortium_s_test_less_newer_characters,
    hangul_decomposes_and_composes_by_the_formula,
    the_byte_alphabet_goes_both_ways,
    scripts_are_those_of_the_reference_s_table,
    alignment_follows_the_reference_s_transform,
    a_million_marks_in_no_order_take_linear_time)
