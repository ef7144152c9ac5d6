#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "tok/pattern.h"
#include "tok/patternimpl.h"
#include "utf8.h"

/*
 * Where the pieces of a text end, matches and what is between them: as
 * pre_tokenizers.Split(Regex(...), "isolated") of tokenizers 0.23.3 has it.
 */
static const struct piece_ends {
	const char *pattern, *text, *ends;
} table[] = {
	{ "\\w+|[^\\w\\s]+", "don't \302\275\302\262 x_1\342\200\277y",
	    "3 4 5 6 10 11 18" },
	{ "[\\w]+", "\302\275\302\262a",
	    "4 5" },
	{ "\\h+", "fade XYZ 09",
	    "4 9 11" },
	{ "[a-z&&[^aeiou]]+", "hello world",
	    "1 2 4 6 7 8 11" },
	{ "[\\p{L}&&[^\\p{Han}]]+", "ab\344\270\255\346\226\207cd",
	    "2 8 10" },
	{ "$", "a\012b",
	    "1 3" },
	{ "^", "a\012b\012",
	    "2 4" },
	{ "(?=b)", "abab",
	    "1 3 4" },
	{ "a$", "ba\012b",
	    "1 2 4" },
	{ "(?m:a.b)", "a\012b",
	    "3" },
	{ "a.b", "a\012b",
	    "3" },
	{ "a(?i)b|c", "aB C ac",
	    "2 5 7" },
	{ "a{,2}b", "aaab b",
	    "1 4 5 6" },
	{ "(?i:'s|k)", "'S '\305\277 K K",
	    "2 3 6 7 8 9 10" },
	{ "(?i:ss)", "stra\303\237e SS s\303\237",
	    "4 6 8 10 12 14" },
	{ "(?i)first|o(ff)", "\357\254\201r\357\254\206 FIRST O\357\254\200",
	    "7 8 13 14 18" },
	{ "(?i)ss+", "\303\237 sSs",
	    "3 6" },
	{ "\\bfoo\\b", "foo foobar \302\262foo",
	    "3 16" },
	{ "(?<=a)b|(?<!a)c", "ab c ac",
	    "1 2 3 4 7" },
	{ "\\p{^L}+", "ab12\303\251",
	    "2 4 6" },
	{ "\\P{L}+|\\p{Lu}", "aB-\304\207",
	    "1 2 3 5" },
	{ "[[:alpha:]]+", "ab1\303\251\331\243",
	    "2 3 5 7" },
	{ "[[:punct:]]+", "a$+!\342\202\254",
	    "1 7" },
	{ "(?<x>a)\\k<x>", "aab",
	    "2 3" },
	{ "(?x: a b # c\012 c)", "abc",
	    "3" },
	{ "\\R", "a\015\012b\012",
	    "1 3 4 5" },
	{ "x*", "axxb",
	    "1 3 4" },
	{ "[]a]+", "a]b",
	    "2 3" },
	{ "\\x{3042}|\\u3044", "\343\201\202\343\201\204",
	    "3 6" },
	{ "\\p{L}+", "\352\237\213\341\262\2121",
	    "6 7" },
	{ "(?>a+)b|a", "aab aa",
	    "3 4 5 6" },
	{ "a{2}+", "aaaaa",
	    "4 5" },
	{ "[^[:alpha:]]+", "ab12c",
	    "2 4 5" },
	{ "\\p{Cyrillic}+", "ab\320\237\321\200",
	    "2 6" },
	{ "\\v", "a\013b",
	    "1 2 3" },
};

static const char *
ends(const struct pattern *p, const char *s, size_t n)
{
	static char out[4000];
	struct pattern_work *w = pattern_work_new();
	struct pattern_iter it;
	struct span at;
	size_t k = 0, done = 0;

	out[0] = '\0';
	pattern_start(&it, p, w, s, n);
	while (pattern_next(&it, &at) > 0) {
		if (at.from > done)
			k += (size_t)snprintf(out + k, sizeof out - k, "%u ",
			    at.from);
		if (at.to > at.from)
			k += (size_t)snprintf(out + k, sizeof out - k, "%u ",
			    at.to);
		done = at.to;
	}
	if (n > done)
		snprintf(out + k, sizeof out - k, "%zu ", n);
	pattern_work_free(w);
	if (out[0] != '\0')
		out[strlen(out) - 1] = '\0';
	return out;
}

START_TEST(the_dialect_is_onigurumas)
{
	const struct piece_ends *t;
	struct pattern *p;
	size_t i;

	for (i = 0; i < sizeof table / sizeof *table; i++) {
		t = &table[i];
		p = pattern_regex(t->pattern, strlen(t->pattern));
		ck_assert_msg(p != NULL, "%s: %s", t->pattern, errstr());
		ck_assert_msg(strcmp(ends(p, t->text, strlen(t->text)),
		    t->ends) == 0, "%s: %s, want %s", t->pattern,
		    ends(p, t->text, strlen(t->text)), t->ends);
		pattern_free(p);
	}
}
END_TEST

/* Characters that the patterns tell apart, and any others. */
static size_t
random_text(char *s, size_t room)
{
	static const char *const parts[] = { " ", "  ", "\n", "\r\n", "\t",
		"\302\240", "\343\200\200", "a", "B", "word", "WORD", "Word", "'",
		"'s", "'RE", "'\305\277", "1", "2345", ".", "!?", "/", "(", "_",
		"\303\251", "\303\211", "\307\205", "\312\260", "\314\201",
		"\344\270\255\346\226\207", "\343\201\202", "\342\221\240",
		"\360\237\230\200", "\342\200\215", "\345\220\215", "\342\200\246",
		"<|endoftext|>", "\320\237\321\200", "ab_cd", "\331\243" };
	size_t n = 0, k, max = (size_t)rand() % 24;
	const char *p;
	uint32_t c;

	while (max-- > 0 && n + 16 < room) {
		if (rand() % 8 == 0) {
			c = (uint32_t)rand() % 0x20000;
			if (c == 0 || (c >= 0xd800 && c < 0xe000))
				c = 'x';
			n += (size_t)utf8_encode(c, s + n);
			continue;
		}
		p = parts[(size_t)rand() % (sizeof parts / sizeof *parts)];
		k = strlen(p);
		memcpy(s + n, p, k);
		n += k;
	}
	s[n] = '\0';
	return n;
}

START_TEST(what_is_matched_by_hand_is_what_the_pattern_says)
{
	const struct pattern_matcher *m;
	struct pattern *hand, *pcre;
	char text[500], want[4000];
	size_t i, k, n;

	for (k = 0; (m = pattern_known_at(k)) != NULL; k++) {
		hand = pattern_regex(m->text, strlen(m->text));
		pcre = pattern_pcre2(m->text, strlen(m->text));
		ck_assert(pattern_matcher(hand) == m);
		ck_assert(pattern_matcher(pcre) == NULL);
		srand((unsigned)k);
		for (i = 0; i < 3000; i++) {
			n = random_text(text, sizeof text);
			snprintf(want, sizeof want, "%s", ends(pcre, text, n));
			ck_assert_msg(strcmp(ends(hand, text, n), want) == 0,
			    "%s on '%s': %s, want %s", m->text, text,
			    ends(hand, text, n), want);
		}
		pattern_free(hand);
		pattern_free(pcre);
	}
	ck_assert_uint_gt(k, 10);
}
END_TEST

START_TEST(parts_are_cut_as_they_are_matched)
{
	const struct pattern_matcher *m;
	uint32_t end[3];
	char text[500], got[4000];
	struct pattern *p;
	size_t i, j, k, n, at, c, o;

	for (k = 0; (m = pattern_known_at(k)) != NULL; k++) {
		p = pattern_regex(m->text, strlen(m->text));
		srand((unsigned)k);
		for (i = 0; i < 1000; i++) {
			n = random_text(text, sizeof text);
			got[0] = '\0';
			for (at = o = 0; at < n; at = end[c - 1]) {
				c = m->cut(text, at, n, end, 3);
				ck_assert_uint_gt(c, 0);
				for (j = 0; j < c; j++)
					o += (size_t)snprintf(got + o,
					    sizeof got - o, "%s%u",
					    o > 0 ? " " : "", end[j]);
			}
			ck_assert_str_eq(got, ends(p, text, n));
		}
		pattern_free(p);
	}
}
END_TEST

START_TEST(a_literal_is_taken_as_it_stands)
{
	struct pattern *p = pattern_literal("a.b", 3);

	ck_assert_str_eq(ends(p, "xa.baxba.b", 10), "1 4 7 10");
	pattern_free(p);
}
END_TEST

START_TEST(what_is_no_pattern_is_refused)
{
	static const char *const bad[] = { "(?i:\303\237)", "(", ")", "[", "[]", "[a", "a)",
		"*", "a|*", "(?<x", "(?z)", "\\", "\\p{Nonsense}", "\\p{L",
		"[z-a]", "\\x{110000}", "(?<=a+)b", "\\k<y>", "\377" };
	struct buf deep = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(pattern_regex(bad[i], strlen(bad[i])) == NULL,
		    "%s", bad[i]);
	for (i = 0; i < 100000; i++)
		buf_str(&deep, i % 2 ? "(" : "[");
	ck_assert(pattern_regex(deep.p, deep.n) == NULL);
	deep.n = 0;
	for (i = 0; i < 100000; i++)
		buf_byte(&deep, '(');
	ck_assert(pattern_regex(deep.p, deep.n) == NULL);
	buf_free(&deep);
}
END_TEST

START_TEST(a_catastrophe_ends_in_an_error)
{
	static const char re[] = "(?:(?:a*)*)*b|(x+x+)+y";
	struct pattern *p = pattern_regex(re, sizeof re - 1);
	struct pattern_work *w = pattern_work_new();
	struct pattern_iter it;
	struct span at;
	char s[5000];
	time_t start = time(NULL);
	int r;

	memset(s, 'x', sizeof s);
	pattern_start(&it, p, w, s, sizeof s);
	while ((r = pattern_next(&it, &at)) > 0)
		continue;
	ck_assert_int_eq(r, -1);
	ck_assert_int_lt(time(NULL) - start, 20);
	pattern_work_free(w);
	pattern_free(p);
}
END_TEST

UNIT_MAIN("pattern", the_dialect_is_onigurumas,
    what_is_matched_by_hand_is_what_the_pattern_says,
    parts_are_cut_as_they_are_matched, a_literal_is_taken_as_it_stands,
    what_is_no_pattern_is_refused, a_catastrophe_ends_in_an_error)
