#include <string.h>

#include "err.h"
#include "jinja/numfmt.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

/* "{} {name!r:>5}".format(...), as Python's str does it. */
struct formatter {
	struct jrun *r;
	const struct jcall *c;
	int64_t next;		/* of the automatic numbers */
	bool automatic, numbered;
};

static int expand(struct formatter *s, const char *p, const char *end,
    int depth, struct jtext *t);

/* The number that p..end is, or -1. */
static int64_t
number(const char *p, const char *end)
{
	int64_t n = 0;

	if (p == end || end - p > 9)
		return -1;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		n = n * 10 + (*p - '0');
	}
	return n;
}

static int
first(struct formatter *s, const char *p, const char *end, struct jv *v)
{
	int64_t n = number(p, end);
	size_t i;

	if (p == end || n >= 0) {
		*(p == end ? &s->automatic : &s->numbered) = true;
		if (s->automatic && s->numbered)
			return fail("cannot mix manual and automatic field "
			    "numbers");
		n = p == end ? s->next++ : n;
		if ((size_t)n >= s->c->n)
			return fail("Replacement index %jd out of range for "
			    "positional args tuple", (intmax_t)n);
		*v = s->c->pos[n];
		return 0;
	}
	for (i = 0; i < s->c->n_kw; i++)
		if (s->c->kw[i].name->n == (size_t)(end - p) &&
		    memcmp(s->c->kw[i].name->p, p, (size_t)(end - p)) == 0) {
			*v = s->c->kw[i].val;
			return 0;
		}
	return fail("no argument is named '%.*s'",
	    end - p < 80 ? (int)(end - p) : 80, p);
}

/* name.attr[key] */
static int
field(struct formatter *s, const char *p, const char *end, struct jv *v)
{
	const char *q = p;
	struct jv key;
	bool item;

	while (q < end && *q != '.' && *q != '[')
		q++;
	if (first(s, p, q, v) < 0)
		return -1;
	while (q < end) {
		item = *q == '[';
		p = ++q;
		while (q < end && (item ? *q != ']' : *q != '.' && *q != '['))
			q++;
		if (q == p || (item && q == end))
			return fail("Empty attribute in format string");
		key = item && number(p, q) >= 0
		    ? jv_int(number(p, q))
		    : jrun_text(s->r, p, (size_t)(q - p));
		*v = item ? jrun_item(s->r, *v, key)
			  : jrun_attr(s->r, *v, key);
		if (jv_bad(*v))
			return -1;
		q += item;
	}
	return 0;
}

static const char *
amount(const char *p, const char *end, int64_t *out)
{
	const char *from = p;

	for (*out = 0; p < end && *p >= '0' && *p <= '9'; p++)
		if (*out <= JNUMFMT_WIDTH_MAX)
			*out = *out * 10 + (*p - '0');
	if (p == from)
		*out = -1;
	return p;
}

/* [[fill]align][sign][#][0][width][,][.precision][type] */
static int
parse_spec(const char *p, const char *end, struct jnumfmt *f)
{
	uint32_t c;
	int n;

	*f = (struct jnumfmt){ .width = -1, .precision = -1 };
	n = utf8_decode(p, (size_t)(end - p), &c);
	if (n > 0 && p + n < end && strchr("<>=^", p[n]) != NULL) {
		memcpy(f->fill, p, (size_t)n);
		f->align = p[n];
		p += n + 1;
	} else if (p < end && strchr("<>=^", *p) != NULL) {
		f->align = *p++;
	}
	if (p < end && strchr("+- ", *p) != NULL)
		f->sign = *p++;
	if (p < end && *p == '#')
		f->alt = *p++ == '#';
	if (p < end && *p == '0') {
		p++;
		if (f->fill[0] == '\0')
			memcpy(f->fill, "0", 2);
		if (f->align == 0)
			f->align = '0';
	}
	p = amount(p, end, &f->width);
	if (p < end && (*p == ',' || *p == '_'))
		f->comma = *p++;
	if (p < end && *p == '.') {
		p = amount(p + 1, end, &f->precision);
		if (f->precision < 0)
			return fail("Format specifier missing precision");
	}
	if (p < end)
		f->type = *p++;
	return p == end ? 0 : fail("Invalid format specifier");
}

static int
unknown(char type, struct jv v)
{
	return fail("Unknown format code '%c' for object of type '%s'",
	    type > ' ' && type < 0x7f ? type : '?', jv_type(v));
}

static int
put_int(struct formatter *s, struct jtext *t, struct jnumfmt *f, struct jv v,
    int64_t i)
{
	char tmp[4];

	if (f->type != 0 && strchr("eEfFgG%", f->type) != NULL)
		return jnumfmt_float(t, f, (double)i);
	if (f->type != 0 && strchr("bcdoxXn", f->type) == NULL)
		return unknown(f->type, v);
	if (f->precision >= 0)
		return fail("Precision not allowed in integer format "
		    "specifier");
	if (f->type != 'c')
		return jnumfmt_int(t, f, i);
	if (i < 0 || i > 0x10ffff || (i >= 0xd800 && i < 0xe000))
		return fail("%%c arg not in range(0x110000)");
	return jnumfmt_text(s->r, t, f, jstr_copy(&s->r->mem, tmp,
	    (size_t)utf8_encode((uint32_t)i, tmp)));
}

static int
put(struct formatter *s, struct jtext *t, struct jv v, const char *p,
    const char *end)
{
	struct jnumfmt f;
	int64_t i;

	if (p == end)
		return jv_print(t, v);
	if (parse_spec(p, end, &f) < 0)
		return -1;
	if (v.kind == JV_STR) {
		if (f.type != 0 && f.type != 's')
			return unknown(f.type, v);
		if (f.sign != 0 || f.comma != 0 || f.alt)
			return fail("a sign, ',' or '#' is not allowed in a "
			    "string format specifier");
		if (f.align == '=')
			return fail("'=' alignment not allowed in string "
			    "format specifier");
		f.align = f.align == '0' ? '<' : f.align;
		return jnumfmt_text(s->r, t, &f, v.s);
	}
	f.align = f.align == '0' ? '=' : f.align;
	if (jv_integer(v, &i))
		return put_int(s, t, &f, v, i);
	if (v.kind != JV_FLOAT)
		return fail("unsupported format string passed to "
		    "%s.__format__", jv_type(v));
	if (f.type != 0 && strchr("eEfFgGn%", f.type) == NULL)
		return unknown(f.type, v);
	return jnumfmt_float(t, &f, v.f);
}

static int
convert(struct formatter *s, char how, struct jv *v)
{
	struct jtext t = { .a = &s->r->mem, .ascii = how == 'a' };

	if (how == 's')
		*v = jarg_text(s->r, *v);
	else if (how != 'r' && how != 'a')
		return fail("Unknown conversion specifier '%c'",
		    how > ' ' && how < 0x7f ? how : '?');
	else if (jv_repr(&t, *v) < 0)
		return -1;
	else
		*v = jv_str(jtext_done(&t));
	return jv_bad(*v) ? -1 : 0;
}

/* What is between braces: field!conversion:spec, in which fields may be. */
static int
replace(struct formatter *s, const char *p, const char *end, int depth,
    struct jtext *t)
{
	struct jtext spec = { .a = &s->r->mem };
	const char *q = p;
	struct jv v;
	bool bracket = false;

	for (; q < end && (bracket || (*q != '!' && *q != ':')); q++)
		bracket = *q == '[' || (bracket && *q != ']');
	if (field(s, p, q, &v) < 0)
		return -1;
	if (q < end && *q == '!') {
		if (q + 1 == end || convert(s, q[1], &v) < 0)
			return q + 1 == end
			    ? fail("end of string while looking for "
				   "conversion specifier")
			    : -1;
		q += 2;
		if (q < end && *q != ':')
			return fail("expected ':' after conversion specifier");
	}
	if (q < end && expand(s, q + 1, end, depth + 1, &spec) < 0)
		return -1;
	return put(s, t, v, spec.p, spec.p + spec.n);
}

/* The brace that closes the one before p, or NULL. */
static const char *
closing(const char *p, const char *end)
{
	int depth = 1;

	for (; p < end; p++) {
		depth += (*p == '{') - (*p == '}');
		if (depth == 0)
			return p;
	}
	return NULL;
}

static int
expand(struct formatter *s, const char *p, const char *end, int depth,
    struct jtext *t)
{
	const char *q;

	if (depth > 2)
		return fail("Max string recursion exceeded");
	while (p < end) {
		if ((*p == '{' || *p == '}') && depth == 0 && p + 1 < end &&
		    p[1] == *p) {
			jtext_byte(t, *p);
			p += 2;
		} else if (*p == '{') {
			q = closing(p + 1, end);
			if (q == NULL)
				return fail("expected '}' before end of "
				    "string");
			if (replace(s, p + 1, q, depth, t) < 0 ||
			    jrun_step(s->r, 1) < 0)
				return -1;
			p = q + 1;
		} else if (*p == '}' && depth == 0) {
			return fail("Single '}' encountered in format string");
		} else {
			jtext_byte(t, *p++);
		}
	}
	return 0;
}

struct jv
jtext_format(struct jrun *r, struct jstr *format, const struct jcall *c)
{
	struct formatter s = { .r = r, .c = c };
	struct jtext t = { .a = &r->mem };

	if (expand(&s, format->p, format->p + format->n, 0, &t) < 0)
		return bad;
	return jv_str(jtext_done(&t));
}
