#include "tok/patternset.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/unicode.h"
#include "utf8.h"

enum { WORDS = CODE_POINTS / 64 };

/*
 * All code points that any version of Unicode assigned so far: planes 0 to 3,
 * and the tags.  Private use ones have no property that matters here.
 */
#define EACH_ASSIGNED(c) \
	for ((c) = 0; (c) < 0xe1000; (c) = (c) == 0x3ffff ? 0xe0000 : (c) + 1)

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

	EACH_ASSIGNED(c)
		if (unicode_class(c) & bits)
			set_add(s, c, c);
}

/* Latin-1's numbers that are no digits, which [\w] and \p{Word} lack. */
static void
drop_latin1_numbers(struct pattern_set *s)
{
	static const unsigned char no[] = { 0xb2, 0xb3, 0xb9, 0xbc, 0xbd,
		0xbe };
	size_t i;

	for (i = 0; i < sizeof no; i++)
		s->bits[no[i] / 64] &= ~(1ull << no[i] % 64);
}

void
set_add_letter(struct pattern_set *s, char letter, bool in_brackets)
{
	switch (letter) {
	case 'w':
		add_class(s, UC_WORD);
		if (in_brackets)
			drop_latin1_numbers(s);
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

/* The assigned code points in one string, for PCRE2 to pick from. */
static void
all_text(struct buf *b)
{
	char *p;
	uint32_t c;

	buf_reserve(b, 4 * 0x41000);
	p = b->p;
	EACH_ASSIGNED(c)
		if (c < 0xd800 || c > 0xdfff)
			p += utf8_encode(c, p);
	b->n = (size_t)(p - b->p);
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

static int
add_pcre(struct pattern_set *s, const char *re)
{
	struct buf all = { 0 };
	pcre2_code *code;
	PCRE2_SIZE off;
	int err;

	code = pcre2_compile((PCRE2_SPTR)re, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_UCP, &err, &off, NULL);
	if (code == NULL)
		return -1;
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	all_text(&all);
	pick(s, code, all.p, all.n);
	buf_free(&all);
	pcre2_code_free(code);
	return 0;
}

/*
 * A property that unicode.h has no table of, from PCRE2, whose Unicode is
 * some versions older: what was assigned since is missing.  A script's name
 * is that of the script itself, not of what is used with it.
 */
static int
add_pcre_property(struct pattern_set *s, const char *name)
{
	char re[96];

	snprintf(re, sizeof re, "\\p{sc:%s}+", name);
	if (add_pcre(s, re) == 0)
		return 0;
	snprintf(re, sizeof re, "\\p{%s}+", name);
	if (add_pcre(s, re) == 0)
		return 0;
	return fail("regex: no property \\p{%s} is known", name);
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
	{ "han", UC_HAN }, { "punct", UC_P | UC_S },
};

/* What is newer in some properties than PCRE2's Unicode 14, up to 16. */
static const struct range {
	uint32_t from, to;
} new_alphabetic[] = {
	{ 0x363, 0x36f }, { 0x897, 0x897 }, { 0xc04, 0xc04 }, { 0xcf3, 0xcf3 },
	{ 0xf82, 0xf83 }, { 0x1dd3, 0x1de6 }, { 0x10d69, 0x10d69 },
	{ 0x10efc, 0x10efc }, { 0x11080, 0x11081 }, { 0x11241, 0x11241 },
	{ 0x113b8, 0x113c0 }, { 0x113c2, 0x113c2 }, { 0x113c5, 0x113c5 },
	{ 0x113c7, 0x113ca }, { 0x113cc, 0x113cd }, { 0x11f00, 0x11f01 },
	{ 0x11f03, 0x11f03 }, { 0x11f34, 0x11f3a }, { 0x11f3e, 0x11f40 },
	{ 0x1611e, 0x1612e }, { 0x1e08f, 0x1e08f }, { 0 }
}, new_lowercase[] = {
	{ 0x10fc, 0x10fc }, { 0xa7f2, 0xa7f4 }, { 0xab69, 0xab69 },
	{ 0x1e030, 0x1e06d }, { 0 }
}, new_format[] = {
	{ 0x13439, 0x1343f }, { 0 }
}, new_spacing[] = {
	{ 0xcf3, 0xcf3 }, { 0x113b8, 0x113ba }, { 0x113c2, 0x113c2 },
	{ 0x113c5, 0x113c5 }, { 0x113c7, 0x113ca }, { 0x113cc, 0x113cd },
	{ 0x113cf, 0x113cf }, { 0x1171e, 0x1171e }, { 0x11f03, 0x11f03 },
	{ 0x11f34, 0x11f35 }, { 0x11f3e, 0x11f3f }, { 0x11f41, 0x11f41 },
	{ 0x1612a, 0x1612c }, { 0 }
}, new_dash[] = {
	{ 0x10d6e, 0x10d6e }, { 0 }
}, private_use[] = {
	{ 0xe000, 0xf8ff }, { 0xf0000, 0xffffd }, { 0x100000, 0x10fffd }, { 0 }
};

enum { ASSIGNED = UC_L | UC_M | UC_N | UC_P | UC_S };

/*
 * Properties without a table in unicode.h: PCRE2's, with all newer characters
 * of some categories or these ranges; less is taken away at last.
 */
static const struct mixed {
	const char *name, *re;
	uint32_t bits;
	const struct range *more;
	const char *less;
} mixed[] = {
	{ "alpha", "\\p{Alphabetic}+", UC_L, new_alphabetic, NULL },
	{ "alphabetic", "\\p{Alphabetic}+", UC_L, new_alphabetic, NULL },
	{ "alnum", "[\\p{Alphabetic}\\p{Nd}]+", UC_L | UC_ND, new_alphabetic,
	    NULL },
	{ "upper", "\\p{Uppercase}+", UC_LU, NULL, NULL },
	{ "uppercase", "\\p{Uppercase}+", UC_LU, NULL, NULL },
	{ "lower", "\\p{Lowercase}+", UC_LL, new_lowercase, NULL },
	{ "lowercase", "\\p{Lowercase}+", UC_LL, new_lowercase, NULL },
	{ "cntrl", "\\p{Cc}+", 0, NULL, NULL },
	{ "blank", "[\\p{Zs}\t]+", 0, NULL, NULL },
	{ "graph", "[^\\s\\p{Cc}\\p{Cn}]+", ASSIGNED, private_use, NULL },
	{ "print", "[^\\p{Cc}\\p{Cn}\\p{Zl}\\p{Zp}]+", ASSIGNED, private_use,
	    NULL },
	{ "cf", "\\p{Cf}+", 0, new_format, NULL },
	{ "format", "\\p{Cf}+", 0, new_format, NULL },
	{ "co", NULL, 0, private_use, NULL },
	{ "privateuse", NULL, 0, private_use, NULL },
	{ "mc", "\\p{Mc}+", 0, new_spacing, NULL },
	{ "mn", NULL, UC_M, NULL, "[\\p{Mc}\\p{Me}]+" },
	{ "nonspacingmark", NULL, UC_M, NULL, "[\\p{Mc}\\p{Me}]+" },
	{ "no", NULL, UC_N, NULL, "[\\p{Nl}\\p{Nd}]+" },
	{ "othernumber", NULL, UC_N, NULL, "[\\p{Nl}\\p{Nd}]+" },
	{ "pd", "\\p{Pd}+", 0, new_dash, NULL },
	{ "po", NULL, UC_P, NULL, "[\\p{Pc}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}"
	    "\\p{Pf}\\x{10d6e}]+" },
	{ "otherpunctuation", NULL, UC_P, NULL, "[\\p{Pc}\\p{Pd}\\p{Ps}"
	    "\\p{Pe}\\p{Pi}\\p{Pf}\\x{10d6e}]+" },
	{ "so", NULL, UC_S, NULL,
	    "[\\p{Sm}\\p{Sc}\\p{Sk}\\x{10d8e}\\x{10d8f}]+" },
	{ "othersymbol", NULL, UC_S, NULL,
	    "[\\p{Sm}\\p{Sc}\\p{Sk}\\x{10d8e}\\x{10d8f}]+" },
};

static void
add_mixed(struct pattern_set *s, const struct mixed *m)
{
	struct pattern_set *part = xcalloc(1, sizeof *part);
	struct pattern_set *less = xcalloc(1, sizeof *less);
	const struct range *r;

	if (m->re != NULL)
		add_pcre(part, m->re);
	add_class(part, m->bits);
	for (r = m->more; r != NULL && r->to != 0; r++)
		set_add(part, r->from, r->to);
	if (m->less != NULL)
		add_pcre(less, m->less);
	if (m->bits == UC_M)
		for (r = new_spacing; r->to != 0; r++)
			set_add(less, r->from, r->to);
	if (m->bits == UC_N)
		add_class(less, UC_ND);
	set_not(less);
	set_and(part, less);
	set_or(s, part);
	free(less);
	free(part);
}

/* \p{C} and, with all that is in use taken out, \p{Cn}. */
static void
add_other(struct pattern_set *s, bool unassigned)
{
	struct pattern_set *used = xcalloc(1, sizeof *used);
	const struct range *r;

	add_class(used, ASSIGNED | UC_Z);
	if (unassigned) {
		add_pcre(used, "[\\p{Cc}\\p{Cf}]+");
		set_add(used, 0xd800, 0xdfff);
		for (r = new_format; r->to != 0; r++)
			set_add(used, r->from, r->to);
		for (r = private_use; r->to != 0; r++)
			set_add(used, r->from, r->to);
	}
	set_not(used);
	set_or(s, used);
	free(used);
}

/* What is neither a table nor PCRE2's under the same name. */
static bool
add_derived(struct pattern_set *s, const char *name)
{
	size_t i;

	if (strcmp(name, "ascii") == 0)
		set_add(s, 0, 0x7f);
	else if (strcmp(name, "any") == 0)
		set_add(s, 0, CODE_POINTS - 1);
	else if (strcmp(name, "xdigit") == 0)
		set_add_letter(s, 'h', true);
	else if (strcmp(name, "word") == 0)
		set_add_letter(s, 'w', true);
	else if (strcmp(name, "c") == 0 || strcmp(name, "other") == 0)
		add_other(s, false);
	else if (strcmp(name, "cn") == 0 || strcmp(name, "unassigned") == 0)
		add_other(s, true);
	else {
		for (i = 0; i < sizeof mixed / sizeof *mixed; i++)
			if (strcmp(name, mixed[i].name) == 0)
				break;
		if (i == sizeof mixed / sizeof *mixed)
			return false;
		add_mixed(s, &mixed[i]);
	}
	return true;
}

int
set_add_property(struct pattern_set *s, const char *name, size_t n)
{
	char key[64];
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (name[i] != '\0' && strchr(" -_", name[i]) != NULL)
			continue;
		key[k] = (char)(name[i] >= 'A' && name[i] <= 'Z'
		    ? name[i] + 32 : name[i]);
		if (k + 2 == sizeof key || !((key[k] >= 'a' && key[k] <= 'z') ||
		    (key[k] >= '0' && key[k] <= '9')))
			return fail("regex: no such property");
		k++;
	}
	key[k] = '\0';
	for (i = 0; i < sizeof properties / sizeof *properties; i++)
		if (strcmp(key, properties[i].name) == 0) {
			add_class(s, properties[i].bits);
			return 0;
		}
	return add_derived(s, key) ? 0 : add_pcre_property(s, key);
}

static bool
has(const struct pattern_set *s, uint32_t c)
{
	return s->bits[c / 64] >> c % 64 & 1;
}

static void
write_ranges(const struct pattern_set *s, struct buf *out)
{
	uint32_t c = 0, from;

	while (c < CODE_POINTS) {
		if (c % 64 == 0 && s->bits[c / 64] == 0) {
			c += 64;
			continue;
		}
		/* Surrogates can't be in a text. */
		if (!has(s, c) || (c >= 0xd800 && c <= 0xdfff)) {
			c++;
			continue;
		}
		from = c;
		while (c < CODE_POINTS && has(s, c) &&
		    (c < 0xd800 || c > 0xdfff))
			c++;
		buf_printf(out, from + 1 == c ? "\\x{%x}" : "\\x{%x}-\\x{%x}",
		    from, c - 1);
	}
}

/*
 * As ranges alone the large sets would pass PCRE2's limit on the size of a
 * pattern, so categories of which all is there go by name and are taken out;
 * of what PCRE2 does not know yet the list stays.
 */
static void
write_categories(struct pattern_set *s, const struct pattern_set *unknown,
    struct buf *out)
{
	static const struct property names[] = {
		{ "L", UC_L }, { "Lu", UC_LU }, { "Ll", UC_LL },
		{ "Lt", UC_LT }, { "Lm", UC_LM }, { "Lo", UC_LO },
		{ "M", UC_M }, { "N", UC_N }, { "Nd", UC_ND }, { "P", UC_P },
		{ "S", UC_S },
	};
	uint32_t c, missing = 0, taken = 0;
	size_t i;

	EACH_ASSIGNED(c)
		if (!has(s, c) && !has(unknown, c))
			missing |= unicode_class(c);
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (missing & names[i].bits || !(names[i].bits & ~taken))
			continue;
		buf_printf(out, "\\p{%s}", names[i].name);
		taken |= names[i].bits;
	}
	EACH_ASSIGNED(c)
		if (unicode_class(c) & taken && !has(unknown, c))
			s->bits[c / 64] &= ~(1ull << c % 64);
}

void
set_add_unknown(struct pattern_set *s)
{
	add_pcre(s, "\\p{Cn}+");
}

void
set_write(const struct pattern_set *set, const struct pattern_set *unknown,
    struct buf *out)
{
	struct pattern_set *s = xmalloc(sizeof *s);
	bool not = has(set, CODE_POINTS - 1);
	size_t at = out->n, body;

	*s = *set;
	if (not)
		set_not(s);
	buf_str(out, not ? "[^" : "[");
	body = out->n;
	write_categories(s, unknown, out);
	write_ranges(s, out);
	free(s);
	if (out->n > body) {
		buf_byte(out, ']');
		return;
	}
	out->n = at;
	buf_str(out, not ? "(?s:.)" : "(?!)");
}
