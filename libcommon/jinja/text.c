#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/run.h"
#include "utf8.h"

/* The fewest digits that read back; their count, the exponent in *e. */
static int
shortest(double f, char digits[32], int *e)
{
	char tmp[40], *p, *o;
	int precision;

	for (precision = 0; precision < 17; precision++) {
		snprintf(tmp, sizeof tmp, "%.*e", precision, f);
		if (strtod(tmp, NULL) == f)
			break;
	}
	o = digits;
	for (p = tmp; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			*o++ = *p;
	*e = (int)strtol(p + 1, NULL, 10);
	while (o > digits + 1 && o[-1] == '0')
		o--;
	*o = '\0';
	return (int)(o - digits);
}

/* Python's repr(): plain between 1e-4 and 1e16, and always with a point. */
void
jv_print_float(struct jtext *t, double f)
{
	char d[32], tail[16];
	int n, e, i;

	if (isnan(f)) {
		jtext_str(t, "nan");
		return;
	}
	if (signbit(f))
		jtext_byte(t, '-');
	if (isinf(f)) {
		jtext_str(t, "inf");
		return;
	}
	n = shortest(fabs(f), d, &e);
	if (e < -4 || e >= 16) {
		jtext_byte(t, d[0]);
		if (n > 1) {
			jtext_byte(t, '.');
			jtext_str(t, d + 1);
		}
		snprintf(tail, sizeof tail, "e%c%02d", e < 0 ? '-' : '+',
		    abs(e));
		jtext_str(t, tail);
		return;
	}
	for (i = e < 0 ? e : 0; i <= e || i < n; i++) {
		if (i == e + 1)
			jtext_byte(t, '.');
		jtext_byte(t, i >= 0 && i < n ? d[i] : '0');
	}
	if (n <= e + 1)
		jtext_str(t, ".0");
}

static void
put_int(struct jtext *t, int64_t i)
{
	char tmp[24];

	snprintf(tmp, sizeof tmp, "%jd", (intmax_t)i);
	jtext_str(t, tmp);
}

/* \n, \x1b, é; what Python's repr() shows as it is, is. */
static void
put_escaped(struct jtext *t, uint32_t c, char quote)
{
	char tmp[16];

	if (c == '\n' || c == '\r' || c == '\t')
		snprintf(tmp, sizeof tmp, "\\%c",
		    c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
	else if (c == '\\' || c == (unsigned char)quote)
		snprintf(tmp, sizeof tmp, "\\%c", (int)c);
	else if (ju_printable(c) && (c < 0x7f || !t->ascii))
		tmp[utf8_encode(c, tmp)] = '\0';
	else if (c < 0x100)
		snprintf(tmp, sizeof tmp, "\\x%02x", c);
	else
		snprintf(tmp, sizeof tmp, c < 0x10000 ? "\\u%04x" : "\\U%08x",
		    c);
	jtext_str(t, tmp);
}

static void
repr_str(struct jtext *t, const struct jstr *s)
{
	bool single = memchr(s->p, '\'', s->n) != NULL;
	char quote = single && memchr(s->p, '"', s->n) == NULL ? '"' : '\'';
	size_t i, from = 0;
	uint32_t c = 0;
	int len;

	jtext_byte(t, quote);
	for (i = 0; i < s->n; i += (size_t)len) {
		len = utf8_decode(s->p + i, s->n - i, &c);
		if (c >= 0x20 && c < 0x7f && c != '\\' &&
		    c != (unsigned char)quote)
			continue;
		jtext_add(t, s->p + from, i - from);
		put_escaped(t, c, quote);
		from = i + (size_t)len;
	}
	jtext_add(t, s->p + from, s->n - from);
	jtext_byte(t, quote);
}

static int repr(struct jtext *t, struct jv v, int depth);

static int
repr_items(struct jtext *t, const struct jlist *l, char open, char close,
    int depth)
{
	size_t i;

	jtext_byte(t, open);
	for (i = 0; i < l->n; i++) {
		if (i > 0)
			jtext_str(t, ", ");
		if (repr(t, l->at[i], depth) < 0)
			return -1;
	}
	if (l->n == 1 && open == '(')
		jtext_byte(t, ',');
	jtext_byte(t, close);
	return 0;
}

static int
repr_dict(struct jtext *t, const struct jdict *d, int depth)
{
	size_t i;

	jtext_byte(t, '{');
	for (i = 0; i < d->n; i++) {
		if (i > 0)
			jtext_str(t, ", ");
		if (repr(t, d->at[i].key, depth) < 0)
			return -1;
		jtext_str(t, ": ");
		if (repr(t, d->at[i].val, depth) < 0)
			return -1;
	}
	jtext_byte(t, '}');
	return 0;
}

static int
repr_view(struct jtext *t, struct jv v, int depth)
{
	const struct jdict *d = v.view->d;
	size_t i;

	jtext_str(t, jv_type(v));
	jtext_str(t, "([");
	for (i = 0; i < d->n; i++) {
		struct jv pair[2] = { d->at[i].key, d->at[i].val };
		struct jlist l = { .at = pair, .n = 2 };
		struct jv item = v.view->what == JVIEW_KEYS ? pair[0]
		    : v.view->what == JVIEW_VALUES	    ? pair[1]
							    : jv_tuple(&l);

		if (i > 0)
			jtext_str(t, ", ");
		if (repr(t, item, depth) < 0)
			return -1;
	}
	jtext_str(t, "])");
	return 0;
}

static int
repr_range(struct jtext *t, const struct jrange *r)
{
	jtext_str(t, "range(");
	put_int(t, r->start);
	jtext_str(t, ", ");
	put_int(t, r->stop);
	if (r->step != 1) {
		jtext_str(t, ", ");
		put_int(t, r->step);
	}
	jtext_byte(t, ')');
	return 0;
}

/* Python prints an address in these; ours have none. */
static int
repr_object(struct jtext *t, struct jv v)
{
	jtext_byte(t, '<');
	if (v.kind == JV_FUNC && v.fn->macro != NULL) {
		jtext_str(t, "Macro ");
		repr_str(t, v.fn->macro->name);
	} else {
		jtext_str(t, jv_type(v));
		jtext_str(t, " object");
	}
	jtext_byte(t, '>');
	return 0;
}

static int
repr_space(struct jtext *t, struct jv v, int depth)
{
	jtext_str(t, "<Namespace ");
	if (repr_dict(t, v.d, depth) < 0)
		return -1;
	jtext_byte(t, '>');
	return 0;
}

static int
repr_safe(struct jtext *t, const struct jstr *s)
{
	jtext_str(t, "Markup(");
	repr_str(t, s);
	jtext_byte(t, ')');
	return 0;
}

static int
repr(struct jtext *t, struct jv v, int depth)
{
	if (depth > JRUN_VALUE_DEPTH)
		return fail("values are nested too deeply to be printed");
	switch (v.kind) {
	case JV_UNDEF:
		jtext_str(t, "Undefined");
		break;
	case JV_NONE:
		jtext_str(t, "None");
		break;
	case JV_BOOL:
		jtext_str(t, v.b ? "True" : "False");
		break;
	case JV_INT:
		put_int(t, v.i);
		break;
	case JV_BIG:
		jtext_add(t, v.s->p, v.s->n);
		break;
	case JV_FLOAT:
		jv_print_float(t, v.f);
		break;
	case JV_STR:
		if (v.safe)
			return repr_safe(t, v.s);
		repr_str(t, v.s);
		break;
	case JV_LIST:
		return repr_items(t, v.l, '[', ']', depth + 1);
	case JV_TUPLE:
		return repr_items(t, v.l, '(', ')', depth + 1);
	case JV_DICT:
		return repr_dict(t, v.d, depth + 1);
	case JV_SPACE:
		return repr_space(t, v, depth + 1);
	case JV_RANGE:
		return repr_range(t, v.range);
	case JV_VIEW:
		return repr_view(t, v, depth + 1);
	default:
		return repr_object(t, v);
	}
	return 0;
}

int
jv_repr(struct jtext *t, struct jv v)
{
	return repr(t, v, 0);
}

int
jv_print(struct jtext *t, struct jv v)
{
	if (v.kind == JV_STR)
		jtext_add(t, v.s->p, v.s->n);
	else if (v.kind != JV_UNDEF)
		return repr(t, v, 0);
	return 0;
}

struct jv
jv_to_str(struct jarena *a, struct jv v)
{
	struct jtext t = { .a = a };
	struct jstr *s;

	if (v.kind == JV_STR)
		return v;
	if (jv_print(&t, v) < 0)
		return (struct jv){ .kind = JV_ERR };
	s = jtext_done(&t);
	if (v.kind <= JV_FLOAT)		/* numbers spell nothing */
		s->origin = JFROM_TEMPLATE;
	return jv_str(s);
}
