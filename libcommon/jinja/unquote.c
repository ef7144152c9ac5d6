#include "jinja/unquote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

const char *
jlex_string_end(const struct jlex *l)
{
	const char *p;

	for (p = l->at + 1; p < l->end; p++) {
		if (*p == *l->at)
			return p + 1;
		if (*p == '\\' && ++p == l->end)
			break;
	}
	return NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xXX, \uXXXX, \UXXXXXXXX: p is after the letter. */
static const char *
hex_escape(struct jtext *t, const char *p, const char *end, int digits)
{
	uint32_t c = 0;
	int i;

	for (i = 0; i < digits; i++) {
		if (p + i >= end || hex(p[i]) < 0)
			return fail("truncated \\x, \\u or \\U escape"), NULL;
		c = c << 4 | (uint32_t)hex(p[i]);
	}
	if (c > 0x10ffff)
		return fail("illegal Unicode character"), NULL;
	if (c >= 0xd800 && c < 0xe000)
		return fail("surrogates are not allowed"), NULL;
	jtext_char(t, c);
	return p + digits;
}

static const char *
octal_escape(struct jtext *t, const char *p, const char *end)
{
	uint32_t c = 0;
	int i;

	for (i = 0; i < 3 && p < end && *p >= '0' && *p <= '7'; i++)
		c = c << 3 | (uint32_t)(*p++ - '0');
	jtext_char(t, c);
	return p;
}

/*
 * Jinja turns what is not ASCII into \x, \u or \U first and only then decodes
 * escapes; so a backslash before such a character makes these letters text.
 */
static const char *
spelled_out(struct jtext *t, const char *p, const char *end)
{
	char tmp[16];
	uint32_t c;
	int n = utf8_decode(p, (size_t)(end - p), &c);

	snprintf(tmp, sizeof tmp,
	    c < 0x100	    ? "\\x%02x"
		: c < 0x10000 ? "\\u%04x"
			      : "\\U%08x",
	    c);
	jtext_str(t, tmp);
	return p + n;
}

/* The escape whose backslash is before p. */
static const char *
escape(struct jtext *t, const char *p, const char *end)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *f = *p != '\0' ? strchr(from, *p) : NULL;

	if (f != NULL) {
		jtext_byte(t, to[f - from]);
		return p + 1;
	}
	if (*p == '\n')
		return p + 1;
	if (*p >= '0' && *p <= '7')
		return octal_escape(t, p, end);
	if (*p == 'x' || *p == 'u' || *p == 'U')
		return hex_escape(t, p + 1, end,
		    *p == 'x' ? 2 : *p == 'u' ? 4 : 8);
	if (*p == 'N')
		return fail("\\N{name} in a string is not supported"), NULL;
	if ((unsigned char)*p >= 0x80)
		return spelled_out(t, p, end);
	jtext_byte(t, '\\');
	jtext_byte(t, *p);
	return p + 1;
}

int
jlex_string(struct jlex *l, struct jtoken *t)
{
	const char *p = l->at + 1, *end = jlex_string_end(l) - 1, *q;
	struct jtext text = { .a = l->mem };

	t->kind = T_STRING;
	t->n = (size_t)(end + 1 - l->at);
	while (p < end) {
		q = memchr(p, '\\', (size_t)(end - p));
		q = q != NULL ? q : end;
		jtext_add(&text, p, (size_t)(q - p));
		p = q < end ? escape(&text, q + 1, end) : q;
		if (p == NULL)
			return -1;
	}
	t->val = jv_str(jtext_done(&text));
	return 0;
}

/* \d(_?\d)* at p, of the digits of a base; where it ends, p when nowhere. */
static const char *
digits(const struct jlex *l, const char *p, int base)
{
	const char *from = p, *q;
	int d;

	for (;;) {
		q = p;
		if (q < l->end && *q == '_' && q > from)
			q++;
		d = q < l->end ? hex(*q) : -1;
		if (d < 0 || d >= base)
			return p;
		p = q + 1;
	}
}

/* The end of a float at l->at, or NULL; [.]d here needs a digit after it. */
static const char *
float_end(const struct jlex *l)
{
	const char *p = digits(l, l->at, 10), *q = p;
	bool real = false;

	if (l->at > l->start && l->at[-1] == '.')
		return NULL;
	if (q < l->end && *q == '.' && digits(l, q + 1, 10) > q + 1) {
		p = q = digits(l, q + 1, 10);
		real = true;
	}
	if (q < l->end && (*q == 'e' || *q == 'E')) {
		q++;
		if (q < l->end && (*q == '+' || *q == '-'))
			q++;
		if (digits(l, q, 10) > q) {
			p = digits(l, q, 10);
			real = true;
		}
	}
	return real ? p : NULL;
}

/* 0x1f, 0b01, 0o17, 123, 00; base is set and p moved behind the prefix. */
static const char *
int_end(const struct jlex *l, const char **p, int *base)
{
	char x = l->at + 1 < l->end ? (char)(l->at[1] | 0x20) : '\0';

	*base = *l->at != '0' ? 10
	    : x == 'x'	      ? 16
	    : x == 'o'	      ? 8
	    : x == 'b'	      ? 2
			      : 10;
	*p = l->at;
	if (*base != 10) {
		*p += 2;
		if (*p < l->end && **p == '_')
			++*p;
		if (digits(l, *p, *base) > *p)
			return digits(l, *p, *base);
		*base = 10;
		*p = l->at;
	}
	return digits(l, *p, *l->at == '0' ? 1 : 10);
}

int
jlex_number(struct jlex *l, struct jtoken *t)
{
	const char *p = l->at, *end = float_end(l);
	struct jtext text = { .a = l->mem };
	long long v;
	int base = 10;

	t->kind = end != NULL ? T_FLOAT : T_INT;
	if (end == NULL)
		end = int_end(l, &p, &base);
	t->n = (size_t)(end - l->at);
	for (; p < end; p++)
		if (*p != '_')
			jtext_byte(&text, *p);
	jtext_byte(&text, '\0');
	if (t->kind == T_FLOAT) {
		t->val = jv_float(strtod(text.p, NULL));
		return 0;
	}
	errno = 0;
	v = strtoll(text.p, NULL, base);
	if (errno != 0)
		return fail("the integer %s is beyond 64 bits", text.p);
	t->val = jv_int(v);
	return 0;
}
