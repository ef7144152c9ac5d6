#include "jinja/numfmt.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

static void
fill(struct jtext *t, const struct jnumfmt *f, int64_t n)
{
	while (n-- > 0)
		jtext_str(t, f->fill[0] != '\0' ? f->fill : " ");
}

/* Width is in characters; head (sign, 0x) goes before the padding of '='. */
static int
lay_out(struct jtext *t, const struct jnumfmt *f, const char *head,
    const char *body, size_t n, size_t chars, char align)
{
	int64_t pad = f->width - (int64_t)(strlen(head) + chars), left;

	if (f->width > JNUMFMT_WIDTH_MAX)
		return fail("a width of %jd is too much", (intmax_t)f->width);
	if (pad < 0)
		pad = 0;
	if (f->align != 0)
		align = f->align;
	left = align == '>' ? pad : align == '^' ? pad / 2 : 0;
	fill(t, f, left);
	jtext_str(t, head);
	if (align == '=')
		fill(t, f, pad);
	jtext_add(t, body, n);
	if (align == '<' || align == '^')
		fill(t, f, pad - left);
	return 0;
}

/* 1234567 as 1,234,567; every digits before the point or exponent. */
static void
group(struct jtext *t, const char *body, char comma, size_t every)
{
	size_t n = strspn(body, "0123456789abcdefABCDEF"), i;

	if (every == 3)
		n = strspn(body, "0123456789");
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % every == 0)
			jtext_byte(t, comma);
		jtext_byte(t, body[i]);
	}
	jtext_str(t, body + n);
}

static int
put_number(struct jtext *t, const struct jnumfmt *f, bool minus,
    const char *prefix, const char *body)
{
	struct jtext grouped = { .a = t->a };
	size_t every = f->type != 0 && strchr("xXob", f->type) ? 4 : 3;
	char head[8];

	snprintf(head, sizeof head, "%s%s",
	    minus	    ? "-"
		: f->sign == '+' ? "+"
		: f->sign == ' ' ? " "
				 : "",
	    prefix);
	if (f->comma == 0)
		return lay_out(t, f, head, body, strlen(body), strlen(body),
		    '>');
	/* Zeros that fill are grouped too; few ask, so there are none. */
	group(&grouped, body, f->comma, every);
	return lay_out(t, f, head, grouped.p, grouped.n, grouped.n, '>');
}

static void
digits(uint64_t u, unsigned base, bool upper, char out[72])
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[72];
	int n = 0;

	do
		tmp[n++] = set[u % base];
	while ((u /= base) != 0);
	while (n > 0)
		*out++ = tmp[--n];
	*out = '\0';
}

int
jnumfmt_int(struct jtext *t, const struct jnumfmt *f, int64_t i)
{
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	char body[72 + JNUMFMT_PRECISION_MAX], *p = body;
	char prefix[3] = { '0', f->type, '\0' };
	unsigned base = f->type == 'x' || f->type == 'X' ? 16
	    : f->type == 'o'				 ? 8
	    : f->type == 'b'				 ? 2
							 : 10;
	char tmp[72];
	int64_t zeros;

	if (f->precision > JNUMFMT_PRECISION_MAX)
		return fail("precision too big");
	digits(u, base, f->type == 'X', tmp);
	zeros = f->precision - (int64_t)strlen(tmp);
	while (zeros-- > 0)
		*p++ = '0';
	memcpy(p, tmp, strlen(tmp) + 1);
	return put_number(t, f, i < 0, f->alt && base != 10 ? prefix : "",
	    body);
}

/* 1.500e+02 becomes 1.5e+02, 1.000e+02 1e+02. */
static void
trim_zeros(char *s)
{
	char *e = strchr(s, 'e'), *p = e;

	if (strchr(s, '.') == NULL)
		return;
	while (p[-1] == '0')
		p--;
	p -= p[-1] == '.';
	memmove(p, e, strlen(e) + 1);
}

/* No type: as repr(), or with a precision as %g that keeps a ".0". */
static void
general(struct jarena *a, const struct jnumfmt *f, double v, char *out,
    size_t room)
{
	struct jtext t = { .a = a };
	int p = f->precision == 0 ? 1 : (int)f->precision;
	long exponent;
	char *e;

	if (f->precision < 0) {
		jv_print_float(&t, v);
		snprintf(out, room, "%.*s", (int)t.n, t.p);
		return;
	}
	snprintf(out, room, "%.*e", p - 1, v);
	e = strchr(out, 'e');
	exponent = strtol(e + 1, NULL, 10);
	/* Unlike %g, with an exponent already where no digit is behind. */
	if (exponent == p - 1) {
		trim_zeros(out);
		return;
	}
	snprintf(out, room, "%.*g", p, v);
	if (strpbrk(out, ".e") == NULL)
		snprintf(out + strlen(out), room - strlen(out), ".0");
}

static void
fixed(const struct jnumfmt *f, double v, char *out, size_t room)
{
	int p = f->precision < 0 ? 6 : (int)f->precision;

	switch (f->type) {
	case 'e':
	case 'E':
		snprintf(out, room, f->alt ? "%#.*e" : "%.*e", p, v);
		break;
	case 'g':
	case 'G':
	case 'n':
		snprintf(out, room, f->alt ? "%#.*g" : "%.*g", p, v);
		break;
	default:
		snprintf(out, room, f->alt ? "%#.*f" : "%.*f", p, v);
	}
}

int
jnumfmt_float(struct jtext *t, const struct jnumfmt *f, double v)
{
	char body[800], *p;
	bool minus = signbit(v) && !isnan(v);

	if (f->precision > JNUMFMT_PRECISION_MAX)
		return fail("precision too big");
	if (f->type == '%')
		v *= 100;
	v = fabs(v);
	if (isnan(v) || isinf(v))
		snprintf(body, sizeof body, "%s", isnan(v) ? "nan" : "inf");
	else if (f->type == 0)
		general(t->a, f, v, body, sizeof body - 1);
	else
		fixed(f, v, body, sizeof body - 1);
	if (f->type == '%')
		memcpy(body + strlen(body), "%", 2);
	if (f->type == 'E' || f->type == 'G' || f->type == 'F')
		for (p = body; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
	return put_number(t, f, minus, "", body);
}

int
jnumfmt_text(struct jrun *r, struct jtext *t, const struct jnumfmt *f,
    struct jstr *s)
{
	if (f->precision >= 0 && (size_t)f->precision < jstr_len(s))
		s = jstr_cut(&r->mem, s, 0, (size_t)f->precision);
	return lay_out(t, f, "", s->p, s->n, jstr_len(s), '<');
}
