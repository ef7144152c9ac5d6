#include <string.h>

#include "err.h"
#include "jinja/methods.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

/* The result is Markup where the string is. */
static struct jv
like(struct jv self, struct jstr *s)
{
	struct jv v = jv_str(s);

	v.safe = self.safe;
	return s != NULL ? v : bad;
}

struct jv
jm_case(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)arg;
	return like(self, ju_case(r, self.s, (enum jcase)c->how));
}

struct jv
jm_expandtabs(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *call)
{
	struct jtext t = { .a = &r->mem };
	int64_t size, n, column = 0;
	size_t i;
	char c;

	(void)call;
	if (jarg_int(arg[0], 8, &size) < 0)
		return bad;
	if (size > 1000)
		return JV_FAIL("a tab size of %jd is too much",
		    (intmax_t)size);
	for (i = 0; i < self.s->n; i++) {
		c = self.s->p[i];
		if (c == '\t') {
			n = size > 0 ? size - column % size : 0;
			jtext_fill(&t, ' ', (size_t)n);
			column += n;
			continue;
		}
		jtext_byte(&t, c);
		column = c == '\n' || c == '\r' ? 0
						: column + ((c & 0xc0) != 0x80);
	}
	return like(self, jtext_done(&t));
}

struct jv
jm_format(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jcall with = { 0 };
	struct jdict *d;
	size_t i;

	(void)arg;
	if (!c->how)
		return jtext_format(r, self.s, c);
	if (c->n != 1 || c->n_kw > 0 || c->pos[0].kind != JV_DICT)
		return JV_FAIL("format_map() takes one mapping");
	d = c->pos[0].d;
	with.kw = jarena_new(&r->mem, d->n * sizeof *with.kw);
	for (i = 0; i < d->n; i++)
		if (d->at[i].key.kind == JV_STR)
			with.kw[with.n_kw++] = (struct jkeyword){
				d->at[i].key.s, d->at[i].val };
	return jtext_format(r, self.s, &with);
}

static bool
char_is(uint32_t c, enum jm_is what, bool first)
{
	switch (what) {
	case JM_ALNUM:
		return ju_alpha(c) || ju_numeric(c);
	case JM_ALPHA:
		return ju_alpha(c);
	case JM_ASCII:
		return c < 0x80;
	case JM_DECIMAL:
		return ju_decimal(c);
	case JM_DIGIT:
		return ju_digit(c);
	case JM_IDENTIFIER:
		return first ? ju_alpha(c) || c == '_' : ju_word(c);
	case JM_NUMERIC:
		return ju_numeric(c);
	case JM_PRINTABLE:
		return ju_printable(c);
	default:
		return ju_space(c);
	}
}

/* Upper case after what has no case, lower case after what has. */
static bool
is_title(const struct jstr *s)
{
	bool after = false, any = false;
	uint32_t c;
	size_t i;
	int kind;

	for (i = 0; i < s->n;) {
		i += (size_t)utf8_decode(s->p + i, s->n - i, &c);
		kind = ju_cased(c);
		if (kind != 0 && (kind == 'l') != after)
			return false;
		after = kind != 0;
		any |= after;
	}
	return any;
}

struct jv
jm_is(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *call)
{
	enum jm_is what = (enum jm_is)call->how;
	struct jstr *s = self.s;
	uint32_t c;
	size_t i, n;

	(void)r;
	(void)arg;
	if (what == JM_LOWER || what == JM_UPPER)
		return jv_bool(ju_is_case(s, what == JM_LOWER ? 'l' : 'u'));
	if (what == JM_TITLE)
		return jv_bool(is_title(s));
	for (i = 0; i < s->n; i += n) {
		n = (size_t)utf8_decode(s->p + i, s->n - i, &c);
		if (!char_is(c, what, i == 0))
			return jv_bool(false);
	}
	return jv_bool(s->n > 0 || what == JM_ASCII || what == JM_PRINTABLE);
}

struct jv
jm_join(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)c;
	return ju_join(r, self.s, arg[0], false);
}

/* how: '<', '>' or '^', as in a format. */
struct jv
jm_pad(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *fill = jstr_from(&r->mem, " ");
	int64_t width;

	if (jarg_int(arg[0], 0, &width) < 0 ||
	    (arg[1].kind != JV_MISSING && jarg_str(arg[1], &fill) < 0))
		return bad;
	if (jstr_len(fill) != 1)
		return JV_FAIL("The fill character must be exactly one "
		    "character long");
	fill = jstr_copy(&r->mem, fill->p, fill->n);
	return like(self, ju_pad(r, self.s, width, fill->p, c->how));
}

struct jv
jm_remove(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *s = self.s, *x;
	bool left = c->how == JM_LEFT;

	if (jarg_str(arg[0], &x) < 0)
		return bad;
	if (x->n == 0 || x->n > s->n ||
	    memcmp(left ? s->p : s->p + s->n - x->n, x->p, x->n) != 0)
		return self;
	return like(self, jstr_part(&r->mem, s, left ? x->n : 0, s->n - x->n));
}

struct jv
jm_replace(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *old, *with;
	int64_t count;

	(void)c;
	if (jarg_str(arg[0], &old) < 0 || jarg_str(arg[1], &with) < 0 ||
	    jarg_int(arg[2], -1, &count) < 0)
		return bad;
	return like(self, ju_replace(r, self.s, old, with, count));
}

struct jv
jm_strip(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *chars = NULL;

	if (arg[0].kind != JV_MISSING && arg[0].kind != JV_NONE &&
	    jarg_str(arg[0], &chars) < 0)
		return bad;
	return like(self, ju_strip(r, self.s, chars, c->how & JM_LEFT,
	    c->how & JM_RIGHT));
}

struct jv
jm_zfill(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *s = self.s, *rest;
	bool sign = s->n > 0 && (s->p[0] == '+' || s->p[0] == '-');
	int64_t width;

	(void)c;
	if (jarg_int(arg[0], 0, &width) < 0)
		return bad;
	rest = jstr_wrap(&r->mem, s->p + sign, s->n - sign);
	rest = ju_pad(r, rest, width - sign, "0", '>');
	if (rest == NULL || !sign)
		return like(self, rest);
	return like(self, jstr_join(&r->mem, jstr_wrap(&r->mem, s->p, 1),
	    rest));
}
