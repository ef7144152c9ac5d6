#include "tok/precompiled.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "tok/grapheme.h"
#include "unit.h"
#include "utf8.h"

/*
 * A map of seven keys: a, U+0600, (c), (R), c, CR LF, and two jamo; its
 * double array is sparse, so only the units that are not 0 are here.
 */
enum { UNITS = 256 };
static const struct {
	uint32_t at, unit;
} units[] = {
	{ 0, 1024 }, { 4, 1249 }, { 6, 2147483659 }, { 7, 1290 },
	{ 12, 1037 }, { 32, 1441 }, { 33, 2147483661 }, { 88, 1408 },
	{ 89, 2147483650 }, { 96, 1377 }, { 97, 2147483648 }, { 98, 1379 },
	{ 99, 2147483655 }, { 101, 1156 }, { 106, 2147483652 },
	{ 107, 1449 }, { 108, 1454 }, { 109, 2147483654 }, { 128, 1157 },
	{ 195, 1218 }, { 217, 1240 }, { 224, 1249 }, { 228, 1152 },
};
static const char texts[] = "A\0P\0C\0\0xyz\0N\0no";

static struct buf
map_bytes(void)
{
	uint32_t unit[UNITS + 1] = { UNITS * 4 };
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof units / sizeof *units; i++)
		unit[1 + units[i].at] = units[i].unit;
	buf_add(&b, unit, sizeof unit);
	buf_add(&b, texts, sizeof texts);
	return b;
}

/* Text, what tokenizers 0.23.3 makes of it, and where its characters begin. */
static const struct {
	const char *in, *out, *from;
} cases[] = {
	{ "abc", "Abxyz", "0 1 2 2 2" },
	{ "a\314\201b", "Ab", "0 3" },
	{ "\015\012a", "NA", "0 2" },
	{ "\015\012\012", "N\012", "0 2" },
	{ "\302\256", "", "" },
	{ "\302\256a", "A", "0" },
	{ "x\302\256\302\256y", "xy", "0 5" },
	{ "\330\200a", "P", "0" },
	{ "\330\200\341\204\200", "P", "0" },
	{ "\330\200\341\204\200\341\205\241", "P\341\204\200\341\205\241",
	    "0 2 5" },
	{ "\302\251\342\200\215", "C", "0" },
	{ "\302\251\342\200\215\302\251", "C\342\200\215C", "0 2 5" },
	{ "\302\251\342\200\215b", "Cb", "0 5" },
	{ "\330\200\340\244\225\314\201", "P\340\244\225\314\201", "0 2 5" },
	{ "\340\244\225\340\245\215\340\244\225\314\201",
	    "\340\244\225\340\245\215\340\244\225\314\201", "0 3 6 9" },
	{ "c", "xyz", "0 0 0" },
	{ "cc", "xyzxyz", "0 0 0 1 1 1" },
	{ "ac\302\256b", "Axyzb", "0 1 1 2 4" },
	{ "a\342\200\214", "A", "0" },
	{ "a\340\244\203", "A", "0" },
	{ "\360\237\207\246\360\237\207\247\360\237\207\250",
	    "\360\237\207\246\360\237\207\247\360\237\207\250", "0 4 8" },
	{ "x", "x", "0" },
};

/* The source offset of each character, separated by spaces. */
static void
starts(const struct buf *out, const struct unicode_from *from, struct buf *to)
{
	size_t i;

	to->n = 0;
	buf_str(to, "");
	buf_reserve(to, 1);
	to->p[0] = '\0';
	for (i = 0; i < out->n; i++)
		if (((unsigned char)out->p[i] & 0xc0) != 0x80)
			buf_printf(to, "%s%u", to->n > 0 ? " " : "",
			    (unsigned)from->p[i]);
}

START_TEST(clusters_are_mapped_and_aligned_as_in_the_reference)
{
	struct buf b = map_bytes(), out = { 0 }, list = { 0 }, bare = { 0 };
	struct precompiled *p = precompiled_new(b.p, b.n);
	struct unicode_from from = { 0 };
	size_t i, n, same;

	ck_assert_ptr_nonnull(p);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		n = strlen(cases[i].in);
		out.n = from.n = bare.n = 0;
		precompiled_apply(p, cases[i].in, n, &out, &from);
		precompiled_apply(p, cases[i].in, n, &bare, NULL);
		ck_assert_uint_eq(out.n, strlen(cases[i].out));
		ck_assert_msg(out.n == 0 || memcmp(out.p, cases[i].out,
		    out.n) == 0, "case %zu", i);
		ck_assert(bare.n == out.n && (out.n == 0 ||
		    memcmp(bare.p, out.p, out.n) == 0));
		starts(&out, &from, &list);
		ck_assert_str_eq(list.p, cases[i].from);
		same = precompiled_is_normal(p, cases[i].in, n);
		ck_assert_uint_eq(same == n,
		    strcmp(cases[i].in, cases[i].out) == 0);
	}
	precompiled_free(p);
	unicode_from_free(&from);
	buf_free(&b);
	buf_free(&out);
	buf_free(&bare);
	buf_free(&list);
}
END_TEST

START_TEST(a_map_cut_at_any_byte_is_refused_or_harmless)
{
	struct buf b = map_bytes(), out = { 0 };
	struct precompiled *p;
	size_t n, i;

	for (n = 0; n < b.n; n++) {
		p = precompiled_new(b.p, n);
		if (n < 4 + 4 * UNITS) {
			ck_assert_ptr_null(p);
			ck_assert(*errstr() != '\0');
			continue;
		}
		for (i = 0; i < sizeof cases / sizeof *cases; i++)
			precompiled_apply(p, cases[i].in, strlen(cases[i].in),
			    &out, NULL);
		precompiled_free(p);
	}
	buf_free(&b);
	buf_free(&out);
}
END_TEST

START_TEST(units_that_lead_anywhere_are_harmless)
{
	struct buf b = map_bytes(), out = { 0 };
	uint64_t seed = 1;
	struct precompiled *p;
	size_t round, i;

	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 4; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			b.p[4 + (seed >> 33) % (4 * UNITS)] = (char)(seed >> 20);
		}
		p = precompiled_new(b.p, b.n);
		ck_assert_ptr_nonnull(p);
		out.n = 0;
		for (i = 0; i < sizeof cases / sizeof *cases; i++)
			precompiled_apply(p, cases[i].in, strlen(cases[i].in),
			    &out, NULL);
		if (utf8_valid(out.p == NULL ? "" : out.p, out.n) != out.n)
			ck_abort_msg("round %zu: not UTF-8", round);
		precompiled_free(p);
	}
	buf_free(&b);
	buf_free(&out);
}
END_TEST

START_TEST(base64_is_read_to_the_letter)
{
	static const char *const bad[] = { "", "A", "AAA", "AAAA=", "AA=A",
		"A===", "AAA*", "CAAAAAA", "AAAAAAAA" };
	struct precompiled *p;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_ptr_null(precompiled_base64(bad[i], strlen(bad[i])));
	/* a trie of one unit that leads nowhere, and no text */
	p = precompiled_base64("BAAAAAAAAAA=", 12);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(precompiled_is_normal(p, "abc", 3), 3);
	precompiled_free(p);
}
END_TEST

/* UAX #29's rules, one example each. */
START_TEST(clusters_end_where_the_rules_say)
{
	static const struct {
		const char *text;
		size_t length;
	} of[] = {
		{ "\r\n\n", 2 }, { "\n\r", 1 }, { "a\314\201b", 3 },
		{ "\341\204\200\341\205\241\341\206\250\341\204\200", 9 },
		{ "\352\260\200\341\206\250x", 6 },	/* LV T */
		{ "\352\260\201\341\205\241", 3 },	/* LVT, then V */
		{ "\360\237\207\246\360\237\207\247\360\237\207\250", 8 },
		{ "\360\237\221\250\342\200\215\360\237\221\251!", 11 },
		{ "a\342\200\215\360\237\221\251", 4 },	/* no picture before */
		{ "\340\244\225\340\245\215\340\244\225", 9 },	/* conjunct */
		{ "\340\244\225\340\244\274\340\244\225", 6 },	/* no linker */
		{ "\330\200a", 3 }, { "\330\200\n", 2 },
		{ "a\340\244\203b", 4 },
	};
	size_t i;

	for (i = 0; i < sizeof of / sizeof *of; i++)
		ck_assert_msg(grapheme_length(of[i].text,
		    strlen(of[i].text)) == of[i].length, "case %zu", i);
}
END_TEST

UNIT_MAIN("precompiled", clusters_are_mapped_and_aligned_as_in_the_reference,
    a_map_cut_at_any_byte_is_refused_or_harmless,
    units_that_lead_anywhere_are_harmless, base64_is_read_to_the_letter,
    clusters_end_where_the_rules_say)
