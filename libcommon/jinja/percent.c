#include <math.h>
#include <string.h>

#include "err.h"
#include "jinja/numfmt.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

/* "%-5s %(name)s" % args, as Python's str does it. */
struct percent {
	struct jrun *r;
	const char *p, *end;
	struct jv args;
	size_t next;		/* argument of a tuple, or 0 and 1 of one */
	struct jtext t;
};

static int
argument(struct percent *s, struct jv *v)
{
	if (s->args.kind == JV_TUPLE) {
		if (s->next >= s->args.l->n)
			return fail("not enough arguments for format string");
		*v = s->args.l->at[s->next++];
		return 0;
	}
	if (s->next++ > 0)
		return fail("not enough arguments for format string");
	*v = s->args;
	return 0;
}

/* %(name): p is behind the parenthesis. */
static int
named(struct percent *s, struct jv *v)
{
	const char *from = s->p;
	struct jv *found;
	int depth = 1;

	for (; s->p < s->end; s->p++) {
		depth += (*s->p == '(') - (*s->p == ')');
		if (depth == 0)
			break;
	}
	if (s->p == s->end)
		return fail("incomplete format key");
	if (s->args.kind != JV_DICT)
		return fail("format requires a mapping");
	found = jdict_get(s->args.d, jrun_text(s->r, from,
	    (size_t)(s->p - from)));
	if (found == NULL)
		return fail("no key '%.*s' in the mapping",
		    s->p - from < 80 ? (int)(s->p - from) : 80, from);
	s->p++;
	*v = *found;
	return 0;
}

static int
amount(struct percent *s, int64_t *out)
{
	struct jv v;

	if (s->p < s->end && *s->p == '*') {
		s->p++;
		if (argument(s, &v) < 0)
			return -1;
		if (!jv_integer(v, out))
			return fail("* wants int");
		return 0;
	}
	for (*out = 0; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
		if (*out <= JNUMFMT_WIDTH_MAX)
			*out = *out * 10 + (*s->p - '0');
	return 0;
}

static int
flags(struct percent *s, struct jnumfmt *f)
{
	bool zero = false;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '-')
			f->align = '<';
		else if (*s->p == '+')
			f->sign = '+';
		else if (*s->p == ' ')
			f->sign = f->sign == '+' ? '+' : ' ';
		else if (*s->p == '#')
			f->alt = true;
		else if (*s->p == '0')
			zero = true;
		else
			break;
	}
	if (amount(s, &f->width) < 0)
		return -1;
	if (f->width < 0) {
		f->align = '<';
		f->width = -f->width;
	}
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (amount(s, &f->precision) < 0)
			return -1;
		if (f->precision < 0)
			f->precision = 0;
	}
	while (s->p < s->end && (*s->p == 'h' || *s->p == 'l' || *s->p == 'L'))
		s->p++;
	if (s->p == s->end)
		return fail("incomplete format");
	if (f->align == 0)
		f->align = zero && strchr("diuoxXeEfFgG", *s->p) != NULL ? '='
									 : '>';
	if (f->align == '=')
		memcpy(f->fill, "0", 2);
	return 0;
}

static int
put_integer(struct percent *s, struct jnumfmt *f, struct jv v)
{
	int64_t i;

	if (v.kind == JV_FLOAT && f->type == 'd' && fabs(v.f) < 0x1p63)
		v = jv_int((int64_t)v.f);
	if (v.kind == JV_UNDEF)
		return jv_undef_error(v), -1;
	if ((v.kind == JV_FLOAT && f->type == 'd' && isfinite(v.f)) ||
	    v.kind == JV_BIG)
		return fail("integers beyond 64 bits are not supported");
	if (!jv_integer(v, &i))
		return fail("%%%c format: %s is required, not %s", f->type,
		    f->type == 'd' ? "a real number" : "an integer",
		    jv_type(v));
	return jnumfmt_int(&s->t, f, i);
}

static int
put_char(struct percent *s, struct jnumfmt *f, struct jv v)
{
	char tmp[4];
	int64_t i;

	f->precision = -1;
	if (v.kind == JV_STR && jstr_len(v.s) == 1)
		return jnumfmt_text(s->r, &s->t, f, v.s);
	if (!jv_integer(v, &i))
		return fail("%%c requires int or char");
	if (i < 0 || i > 0x10ffff || (i >= 0xd800 && i < 0xe000))
		return fail("%%c arg not in range(0x110000)");
	return jnumfmt_text(s->r, &s->t, f, jstr_copy(&s->r->mem, tmp,
	    (size_t)utf8_encode((uint32_t)i, tmp)));
}

static int
put_text(struct percent *s, struct jnumfmt *f, struct jv v, char how)
{
	struct jtext t = { .a = &s->r->mem };

	if (how != 's') {
		t.ascii = how == 'a';
		if (jv_repr(&t, v) < 0)
			return -1;
		v = jv_str(jtext_done(&t));
	}
	v = jarg_text(s->r, v);
	return jv_bad(v) ? -1 : jnumfmt_text(s->r, &s->t, f, v.s);
}

static int
put(struct percent *s, struct jnumfmt *f, struct jv v, char type)
{
	double d;

	f->type = type == 'i' || type == 'u' ? 'd' : type;
	switch (f->type) {
	case 'd':
	case 'o':
	case 'x':
	case 'X':
		return put_integer(s, f, v);
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		if (v.kind == JV_UNDEF)
			return jv_undef_error(v), -1;
		if (!jv_number(v, &d))
			return fail("must be real number, not %s", jv_type(v));
		return jnumfmt_float(&s->t, f, d);
	case 'c':
		return put_char(s, f, v);
	case 's':
	case 'r':
	case 'a':
		return put_text(s, f, v, f->type);
	default:
		return fail("unsupported format character '%c'",
		    type > ' ' && type < 0x7f ? type : '?');
	}
}

/* One conversion; p is behind the %. */
static int
conversion(struct percent *s)
{
	struct jnumfmt f = { .width = -1, .precision = -1 };
	struct jv v = { 0 };
	char type;

	if (s->p < s->end && *s->p == '(') {
		s->p++;
		if (named(s, &v) < 0)
			return -1;
	}
	if (flags(s, &f) < 0)
		return -1;
	type = *s->p++;
	if (type == '%') {
		jtext_byte(&s->t, '%');
		return 0;
	}
	if (v.kind == JV_MISSING && argument(s, &v) < 0)
		return -1;
	return put(s, &f, v, type);
}

struct jv
jtext_percent(struct jrun *r, struct jv format, struct jv args)
{
	struct percent s = { .r = r, .p = format.s->p,
		.end = format.s->p + format.s->n, .args = args,
		.t = { .a = &r->mem } };
	const char *q;

	while ((q = memchr(s.p, '%', (size_t)(s.end - s.p))) != NULL) {
		jtext_add(&s.t, s.p, (size_t)(q - s.p));
		s.p = q + 1;
		if (jrun_step(r, 1) < 0 || conversion(&s) < 0)
			return bad;
	}
	jtext_add(&s.t, s.p, (size_t)(s.end - s.p));
	if (args.kind == JV_TUPLE ? s.next < args.l->n
				  : s.next == 0 && args.kind != JV_DICT &&
		args.kind != JV_LIST && args.kind != JV_RANGE &&
		args.kind != JV_UNDEF)
		return JV_FAIL("not all arguments converted during string "
		    "formatting");
	return jv_str(jtext_done(&s.t));
}
