#include <string.h>

#include "err.h"
#include "jinja/case.h"
#include "jinja/run.h"
#include "tok/unicode.h"
#include "utf8.h"

/* str.isspace(), and \s of Python's regular expressions. */
bool
ju_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 ||
	    c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	    c == 0x3000;
}

bool
ju_printable(uint32_t c)
{
	if (c < 0x7f)
		return c >= 0x20;
	return unicode_class(c) & (UC_L | UC_M | UC_N | UC_P | UC_S);
}

bool
ju_alpha(uint32_t c)
{
	return unicode_class(c) & UC_L;
}

bool
ju_decimal(uint32_t c)
{
	return unicode_class(c) & UC_ND;
}

/* Also superscripts and digits in circles. */
bool
ju_digit(uint32_t c)
{
	return ju_decimal(c) || c == 0xb2 || c == 0xb3 || c == 0xb9 ||
	    c == 0x2070 || (c >= 0x2074 && c <= 0x2079) ||
	    (c >= 0x2080 && c <= 0x2089) || (c >= 0x2460 && c <= 0x2468) ||
	    (c >= 0x2474 && c <= 0x247c) || (c >= 0x2488 && c <= 0x2490) ||
	    c == 0x24ea || (c >= 0x24f5 && c <= 0x24fd) || c == 0x24ff ||
	    (c >= 0x2776 && c <= 0x277e) || (c >= 0x2780 && c <= 0x2788) ||
	    (c >= 0x278a && c <= 0x2792);
}

/* And the numbers among the ideographs. */
bool
ju_numeric(uint32_t c)
{
	static const uint16_t han[] = { 0x3405, 0x3483, 0x382a, 0x3b4d, 0x4e00,
		0x4e03, 0x4e07, 0x4e09, 0x4e5d, 0x4e8c, 0x4e94, 0x4e96, 0x4ebf,
		0x4ec0, 0x4edf, 0x4ee8, 0x4f0d, 0x4f70, 0x5104, 0x5146, 0x5169,
		0x516b, 0x516d, 0x5341, 0x5343, 0x5344, 0x5345, 0x534c, 0x53c1,
		0x53c2, 0x53c3, 0x53c4, 0x56db, 0x58f1, 0x58f9, 0x5e7a, 0x5efe,
		0x5eff, 0x5f0c, 0x5f0d, 0x5f0e, 0x5f10, 0x62fe, 0x634c, 0x67d2,
		0x6f06, 0x7396, 0x767e, 0x8086, 0x842c, 0x8cae, 0x8cb3, 0x8d30,
		0x9621, 0x9646, 0x964c, 0x9678, 0x96f6 };
	size_t i;

	if (unicode_class(c) & UC_N)
		return true;
	for (i = 0; i < sizeof han / sizeof *han; i++)
		if (han[i] == c)
			return true;
	return false;
}

/* \w of Python's regular expressions. */
bool
ju_word(uint32_t c)
{
	return c == '_' || ju_alpha(c) || ju_numeric(c);
}

int
ju_cased(uint32_t c)
{
	uint32_t bits = unicode_class(c);

	return bits & UC_LU ? 'u' : bits & UC_LL ? 'l' : bits & UC_LT ? 't' : 0;
}

bool
ju_is_case(const struct jstr *s, int kind)
{
	bool any = false;
	uint32_t c;
	size_t i;
	int k;

	for (i = 0; i < s->n;) {
		i += (size_t)utf8_decode(s->p + i, s->n - i, &c);
		k = ju_cased(c);
		if (k != 0 && k != kind)
			return false;
		any |= k != 0;
	}
	return any;
}

/* What a final sigma looks through. */
static bool
ignorable(uint32_t c)
{
	return (unicode_class(c) & (UC_M | UC_LM)) || c == '\'' || c == '.' ||
	    c == ':' || c == '^' || c == '`' || c == 0xa8 || c == 0xad ||
	    c == 0xaf || c == 0xb4 || c == 0xb7 || c == 0xb8 || c == 0x2019;
}

static bool
cased_after(const char *p, const char *end)
{
	uint32_t c;

	while (p < end) {
		p += utf8_decode(p, (size_t)(end - p), &c);
		if (!ignorable(c))
			return ju_cased(c) != 0;
	}
	return false;
}

static bool
cased_before(const char *p, const char *from)
{
	const char *q;
	uint32_t c;

	while (p > from) {
		for (q = p - 1; q > from && (*q & 0xc0) == 0x80; q--)
			continue;
		utf8_decode(q, (size_t)(p - q), &c);
		if (!ignorable(c))
			return ju_cased(c) != 0;
		p = q;
	}
	return false;
}

/* The character at p of s in lower case; Σ at the end of a word is ς. */
static void
put_lower(struct jtext *t, const struct jstr *s, const char *p, uint32_t c)
{
	uint32_t out[3];
	int i, n;

	if (c == 0x3a3) {
		jtext_char(t, cased_before(p, s->p) &&
			    !cased_after(p + 2, s->p + s->n)
			? 0x3c2
			: 0x3c3);
		return;
	}
	n = unicode_lower(c, out);
	for (i = 0; i < n; i++)
		jtext_char(t, out[i]);
}

static void
put_mapped(struct jtext *t, uint32_t c, bool title)
{
	uint32_t out[3];
	int i, n = jcase_map(c, title, out);

	for (i = 0; i < n; i++)
		jtext_char(t, out[i]);
}

static void
put_folded(struct jtext *t, uint32_t c)
{
	uint32_t many[3] = { c == 0x3c2 ? 0x3c3 : c }, out[3];
	int i, j, k, n = 1;

	if (ju_cased(c) == 'l' && jcase_map(c, false, out) > 1)
		n = jcase_map(c, false, many);	/* ß is SS, so ss */
	for (i = 0; i < n; i++) {
		k = unicode_lower(many[i], out);
		for (j = 0; j < k; j++)
			jtext_char(t, out[j]);
	}
}

static void
put(struct jtext *t, const struct jstr *s, const char *p, uint32_t c,
    enum jcase how, bool after)
{
	switch (how) {
	case JCASE_LOWER:
		put_lower(t, s, p, c);
		break;
	case JCASE_UPPER:
		put_mapped(t, c, false);
		break;
	case JCASE_CAPITAL:
	case JCASE_TITLE:
		if (after)
			put_lower(t, s, p, c);
		else
			put_mapped(t, c, true);
		break;
	case JCASE_SWAP:
		if (ju_cased(c) == 'u')
			put_lower(t, s, p, c);
		else if (ju_cased(c) == 'l')
			put_mapped(t, c, false);
		else
			jtext_char(t, c);
		break;
	case JCASE_FOLD:
		put_folded(t, c);
	}
}

struct jstr *
ju_case(struct jrun *r, struct jstr *s, enum jcase how)
{
	struct jtext t = { .a = &r->mem };
	bool after = false;
	uint32_t c;
	size_t i;
	int n;

	for (i = 0; i < s->n; i += (size_t)n) {
		n = utf8_decode(s->p + i, s->n - i, &c);
		put(&t, s, s->p + i, c, how, after);
		after = how == JCASE_TITLE ? ju_cased(c) != 0 : true;
	}
	return jtext_done(&t);
}

/* Nothing is in the empty string but between all characters. */
static void
replace_empty(struct jtext *t, const struct jstr *s, const struct jstr *with,
    int64_t count)
{
	size_t i = 0, n;

	while (i <= s->n) {
		if (count != 0)
			jtext_add(t, with->p, with->n);
		count -= count > 0;
		if (i == s->n)
			return;
		for (n = 1; i + n < s->n && (s->p[i + n] & 0xc0) == 0x80; n++)
			continue;
		jtext_add(t, s->p + i, n);
		i += n;
	}
}

struct jstr *
ju_replace(struct jrun *r, struct jstr *s, struct jstr *old,
    struct jstr *with, int64_t count)
{
	struct jtext t = { .a = &r->mem };
	const char *p = s->p, *end = p + s->n, *q;

	if (jrun_room(r, s->n) < 0)
		return NULL;
	if (old->n == 0) {
		if (jrun_room(r, (s->n + 1) * (with->n + 1)) < 0)
			return NULL;
		replace_empty(&t, s, with, count);
		return jtext_done(&t);
	}
	while (count != 0 &&
	    (q = memmem(p, (size_t)(end - p), old->p, old->n)) != NULL) {
		if (jrun_room(r, with->n) < 0)
			return NULL;
		jtext_add(&t, p, (size_t)(q - p));
		jtext_add(&t, with->p, with->n);
		p = q + old->n;
		count -= count > 0;
	}
	jtext_add(&t, p, (size_t)(end - p));
	return jtext_done(&t);
}

size_t
jstr_rstrip(const struct jstr *s)
{
	const char *end = s->p + s->n, *q;
	uint32_t c;

	while (end > s->p) {
		for (q = end - 1; q > s->p && (*q & 0xc0) == 0x80; q--)
			continue;
		utf8_decode(q, (size_t)(end - q), &c);
		if (!ju_space(c))
			break;
		end = q;
	}
	return (size_t)(end - s->p);
}

struct jstr *
jstr_strip(struct jarena *a, struct jstr *s)
{
	size_t n = jstr_rstrip(s), i, len;
	uint32_t c;

	for (i = 0; i < n; i += len) {
		len = (size_t)utf8_decode(s->p + i, n - i, &c);
		if (!ju_space(c))
			break;
	}
	return jstr_part(a, s, i, n - i);
}

static bool
among(const struct jstr *chars, uint32_t c)
{
	char tmp[4];

	if (chars == NULL)
		return ju_space(c);
	return memmem(chars->p, chars->n, tmp,
	    (size_t)utf8_encode(c, tmp)) != NULL;
}

struct jstr *
ju_strip(struct jrun *r, struct jstr *s, struct jstr *chars, bool left,
    bool right)
{
	const char *p = s->p, *end = p + s->n, *q;
	uint32_t c;
	int n;

	while (left && p < end) {
		n = utf8_decode(p, (size_t)(end - p), &c);
		if (!among(chars, c))
			break;
		p += n;
	}
	while (right && end > p) {
		for (q = end - 1; q > p && (*q & 0xc0) == 0x80; q--)
			continue;
		utf8_decode(q, (size_t)(end - q), &c);
		if (!among(chars, c))
			break;
		end = q;
	}
	if ((size_t)(end - p) == s->n)
		return s;
	return jstr_part(&r->mem, s, (size_t)(p - s->p), (size_t)(end - p));
}

struct jstr *
ju_pad(struct jrun *r, struct jstr *s, int64_t width, const char *fill,
    int align)
{
	struct jtext t = { .a = &r->mem };
	int64_t len = (int64_t)jstr_len(s), pad = width - len, left, i;

	if (pad <= 0)
		return s;
	if (jrun_room(r, (size_t)pad) < 0)
		return NULL;
	left = align == '<' ? 0
	    : align == '>'  ? pad
			    : pad / 2 + (pad & width & 1);
	for (i = 0; i < left; i++)
		jtext_str(&t, fill);
	jtext_add(&t, s->p, s->n);
	for (; i < pad; i++)
		jtext_str(&t, fill);
	return jtext_done(&t);
}

static bool
ends_line(uint32_t c)
{
	return (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 ||
	    c == 0x2028 || c == 0x2029;
}

struct jlist *
ju_lines(struct jrun *r, struct jstr *s, bool keep)
{
	struct jlist *l = jlist_new(&r->mem, 0);
	size_t from = 0, i, end;
	uint32_t c;

	for (i = 0; i < s->n;) {
		end = i;
		i += (size_t)utf8_decode(s->p + i, s->n - i, &c);
		if (!ends_line(c))
			continue;
		if (c == '\r' && i < s->n && s->p[i] == '\n')
			i++;
		jlist_add(&r->mem, l, jv_str(jstr_part(&r->mem, s, from,
		    (keep ? i : end) - from)));
		from = i;
	}
	if (from < s->n)
		jlist_add(&r->mem, l, jv_str(jstr_part(&r->mem, s, from,
		    s->n - from)));
	return l;
}

struct jv
ju_join(struct jrun *r, struct jstr *sep, struct jv items, bool any)
{
	struct jtext t = { .a = &r->mem, .tracks = r->tracks };
	struct jiter *it = jiter_open(r, items);
	bool first = true;
	struct jv v;
	int got;

	if (it == NULL)
		return (struct jv){ .kind = JV_ERR };
	for (; (got = jiter_next(r, it, &v)) > 0; first = false) {
		if (!any && v.kind != JV_STR)
			return JV_FAIL("sequence item: expected str instance, "
			    "%s found", jv_type(v));
		v = jv_to_str(&r->mem, v);
		if (jv_bad(v) || jrun_room(r, sep->n + v.s->n) < 0)
			return (struct jv){ .kind = JV_ERR };
		if (!first)
			jtext_put(&t, sep);
		jtext_put(&t, v.s);
	}
	return got < 0 ? (struct jv){ .kind = JV_ERR }
		       : jv_str(jtext_done(&t));
}
