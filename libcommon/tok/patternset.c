#include "tok/patternset.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "err.h"
#include "tok/unicode.h"
#include "utf8.h"

enum { WORDS = CODE_POINTS / 64 };

void
set_add(struct pattern_set *s, uint32_t from, uint32_t to)
{
	for (; from <= to; from++)
		s->bits[from / 64] |= 1ull << from % 64;
}

void
set_or(struct pattern_set *s, const struct pattern_set *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		s->bits[i] |= b->bits[i];
}

void
set_and(struct pattern_set *s, const struct pattern_set *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		s->bits[i] &= b->bits[i];
}

void
set_not(struct pattern_set *s)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		s->bits[i] = ~s->bits[i];
}

/* Add the code points of which unicode.h says one of bits. */
static void
add_class(struct pattern_set *s, uint32_t bits)
{
	uint32_t c;

	for (c = 0; c < CODE_POINTS; c++)
		if (unicode_class(c) & bits)
			set_add(s, c, c);
}

void
set_add_letter(struct pattern_set *s, char letter)
{
	switch (letter) {
	case 'w':
		add_class(s, UC_WORD);
		break;
	case 'd':
		add_class(s, UC_ND);
		break;
	case 's':
		add_class(s, UC_SPACE);
		break;
	case 'h':
		set_add(s, '0', '9');
		set_add(s, 'A', 'F');
		set_add(s, 'a', 'f');
		break;
	}
}

/* All code points but surrogates in one string, for PCRE2 to pick from. */
static void
all_text(struct buf *b)
{
	char tmp[4];
	uint32_t c;

	for (c = 0; c < CODE_POINTS; c++)
		if (c < 0xd800 || c > 0xdfff)
			buf_add(b, tmp, (size_t)utf8_encode(c, tmp));
}

static void
pick(struct pattern_set *s, const pcre2_code *code, const char *p, size_t n)
{
	pcre2_match_data *md = pcre2_match_data_create(1, NULL);
	size_t at = 0, *span;
	uint32_t c;
	int len;

	if (md == NULL)
		die("out of memory");
	span = pcre2_get_ovector_pointer(md);
	while (pcre2_match(code, (PCRE2_SPTR)p, n, at, PCRE2_NO_UTF_CHECK, md,
	    NULL) > 0)
		for (at = span[0]; at < span[1]; at += (size_t)len) {
			len = utf8_decode(p + at, n - at, &c);
			set_add(s, c, c);
		}
	pcre2_match_data_free(md);
}

/*
 * A property that unicode.h has no table of, from PCRE2, whose Unicode is
 * some versions older: what was assigned since is missing.
 */
static int
add_pcre_property(struct pattern_set *s, const char *name)
{
	struct buf re = { 0 }, all = { 0 };
	pcre2_code *code;
	PCRE2_SIZE off;
	int err;

	buf_printf(&re, "\\p{%s}+", name);
	code = pcre2_compile((PCRE2_SPTR)re.p, re.n, PCRE2_UTF | PCRE2_UCP,
	    &err, &off, NULL);
	buf_free(&re);
	if (code == NULL)
		return fail("regex: no property \\p{%s} is known", name);
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	all_text(&all);
	pick(s, code, all.p, all.n);
	buf_free(&all);
	pcre2_code_free(code);
	return 0;
}

static const struct property {
	const char *name;
	uint32_t bits;
} properties[] = {
	{ "l", UC_L }, { "letter", UC_L },
	{ "lu", UC_LU }, { "uppercaseletter", UC_LU },
	{ "ll", UC_LL }, { "lowercaseletter", UC_LL },
	{ "lt", UC_LT }, { "titlecaseletter", UC_LT },
	{ "lm", UC_LM }, { "modifierletter", UC_LM },
	{ "lo", UC_LO }, { "otherletter", UC_LO },
	{ "lc", UC_LU | UC_LL | UC_LT },
	{ "casedletter", UC_LU | UC_LL | UC_LT },
	{ "m", UC_M }, { "mark", UC_M }, { "combiningmark", UC_M },
	{ "nd", UC_ND }, { "decimalnumber", UC_ND }, { "digit", UC_ND },
	{ "n", UC_N }, { "number", UC_N },
	{ "p", UC_P }, { "punctuation", UC_P },
	{ "s", UC_S }, { "symbol", UC_S },
	{ "z", UC_Z }, { "separator", UC_Z },
	{ "space", UC_SPACE }, { "whitespace", UC_SPACE },
	{ "word", UC_WORD }, { "han", UC_HAN },
};

/* POSIX brackets that are no property of Unicode's. */
static bool
add_posix(struct pattern_set *s, const char *name)
{
	if (strcmp(name, "ascii") == 0) {
		set_add(s, 0, 0x7f);
	} else if (strcmp(name, "any") == 0) {
		set_add(s, 0, CODE_POINTS - 1);
	} else if (strcmp(name, "xdigit") == 0) {
		set_add_letter(s, 'h');
	} else if (strcmp(name, "punct") == 0) {
		static const char more[] = "$+<=>^`|~";
		size_t i;

		add_class(s, UC_P);
		for (i = 0; more[i] != '\0'; i++)
			set_add(s, (unsigned char)more[i],
			    (unsigned char)more[i]);
	} else {
		return false;
	}
	return true;
}

/* What is a union of PCRE2's properties. */
static const char *const unions[][4] = {
	{ "alpha", "Alphabetic" }, { "alnum", "Alphabetic", "Nd" },
	{ "upper", "Uppercase" }, { "lower", "Lowercase" },
	{ "cntrl", "Cc" }, { "blank", "Zs" },
	{ "print", "Graph", "Zs" },
};

int
set_add_property(struct pattern_set *s, const char *name, size_t n)
{
	char key[64];
	size_t i, j, k = 0;

	for (i = 0; i < n; i++) {
		if (strchr(" -_", name[i]) != NULL)
			continue;
		if (k + 1 == sizeof key || (unsigned char)name[i] > 'z')
			return fail("regex: no such property");
		key[k++] = (char)(name[i] >= 'A' && name[i] <= 'Z'
		    ? name[i] + 32 : name[i]);
	}
	key[k] = '\0';
	for (i = 0; i < sizeof properties / sizeof *properties; i++)
		if (strcmp(key, properties[i].name) == 0) {
			add_class(s, properties[i].bits);
			return 0;
		}
	if (add_posix(s, key))
		return 0;
	for (i = 0; i < sizeof unions / sizeof *unions; i++) {
		if (strcmp(key, unions[i][0]) != 0)
			continue;
		for (j = 1; unions[i][j] != NULL; j++)
			if (add_pcre_property(s, unions[i][j]) < 0)
				return -1;
		if (strcmp(key, "blank") == 0)
			set_add(s, '\t', '\t');
		return 0;
	}
	for (i = 0; i < k; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789=", key[i])
		    == NULL)
			return fail("regex: no such property");
	return add_pcre_property(s, key);
}

static bool
has(const struct pattern_set *s, uint32_t c)
{
	return s->bits[c / 64] >> c % 64 & 1;
}

/* Surrogates can't be in a text, so they go with either neighbour. */
void
set_write(const struct pattern_set *s, struct buf *out)
{
	bool not = has(s, CODE_POINTS - 1), any = false;
	uint32_t c = 0, from;

	buf_str(out, not ? "[^" : "[");
	while (c < CODE_POINTS) {
		if (has(s, c) == not || (c >= 0xd800 && c <= 0xdfff)) {
			c++;
			continue;
		}
		from = c;
		while (c < CODE_POINTS && has(s, c) != not &&
		    (c < 0xd800 || c > 0xdfff))
			c++;
		buf_printf(out, "\\x{%x}-\\x{%x}", from, c - 1);
		any = true;
	}
	if (!any) {
		out->n -= not ? 2 : 1;
		buf_str(out, not ? "(?s:.)" : "(?!)");
		return;
	}
	buf_byte(out, ']');
}
