#include <string.h>

#include "err.h"
#include "jinja/run.h"

static const struct jv bad = { .kind = JV_ERR };

/* The position of a keyword in "a b c", or -1. */
static int
position(const char *params, const struct jstr *name)
{
	const char *p = params;
	size_t n;
	int i;

	for (i = 0; *p != '\0'; i++) {
		n = strcspn(p, " ");
		if (n == name->n && memcmp(p, name->p, n) == 0)
			return i;
		p += n + (p[n] == ' ');
	}
	return -1;
}

static size_t
count(const char *params)
{
	size_t n = *params != '\0';

	for (; *params != '\0'; params++)
		n += *params == ' ';
	return n;
}

static int
bind(const struct jbuiltin *b, const struct jcall *c, struct jv *arg)
{
	const char *params = b->params + (b->params[0] == '/');
	size_t i, n = count(params);
	int at;

	if (c->n > n)
		return fail("%s() takes at most %zu arguments (%zu given)",
		    b->name, n, c->n);
	if (c->n > 0)
		memcpy(arg, c->pos, c->n * sizeof *arg);
	for (i = 0; i < c->n_kw; i++) {
		at = params == b->params ? position(params, c->kw[i].name)
					 : -1;
		if (at < 0)
			return fail("%s() got an unexpected keyword argument "
			    "'%.*s'", b->name, (int)c->kw[i].name->n,
			    c->kw[i].name->p);
		if (arg[at].kind != JV_MISSING)
			return fail("%s() got multiple values for argument "
			    "'%.*s'", b->name, (int)c->kw[i].name->n,
			    c->kw[i].name->p);
		arg[at] = c->kw[i].val;
	}
	for (i = 0; i < (size_t)b->required; i++)
		if (arg[i].kind == JV_MISSING)
			return fail("%s() lacks a required argument", b->name);
	return 0;
}

/* Does the value hold, or may it hold, any of the record's text? */
static bool
has_data(struct jv v, int depth)
{
	size_t i;

	switch (v.kind) {
	case JV_STR:
		return v.s->origin != JFROM_TEMPLATE;
	case JV_LIST:
	case JV_TUPLE:
		for (i = 0; depth > 0 && i < v.l->n; i++)
			if (has_data(v.l->at[i], depth - 1))
				return true;
		return depth == 0;
	case JV_DICT:
	case JV_SPACE:
		for (i = 0; depth > 0 && i < v.d->n; i++)
			if (has_data(v.d->at[i].key, depth - 1) ||
			    has_data(v.d->at[i].val, depth - 1))
				return true;
		return depth == 0;
	default:
		return v.kind > JV_STR;
	}
}

static bool
any_data(struct jv self, const struct jv *arg, const struct jcall *c)
{
	size_t i;

	if (has_data(self, JRUN_VALUE_DEPTH))
		return true;
	for (i = 0; i < JARG_MAX; i++)
		if (has_data(arg[i], JRUN_VALUE_DEPTH))
			return true;
	for (i = 0; i < c->n; i++)
		if (has_data(c->pos[i], JRUN_VALUE_DEPTH))
			return true;
	for (i = 0; i < c->n_kw; i++)
		if (has_data(c->kw[i].val, JRUN_VALUE_DEPTH))
			return true;
	return false;
}

static bool
unknown(struct jv v)
{
	return v.kind == JV_STR && v.s->origin == JFROM_UNKNOWN;
}

/*
 * Strings that a builtin made without saying where they are from are data, if
 * any of what it was given is.
 */
static void
settle(struct jv v, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	bool list = v.kind == JV_LIST || v.kind == JV_TUPLE;
	size_t i, n = list ? v.l->n : 1;
	const struct jv *at = list ? v.l->at : &v;

	for (i = 0; i < n && !unknown(at[i]); i++)
		continue;
	if (i == n || any_data(self, arg, c))
		return;
	for (; i < n; i++)
		if (unknown(at[i]))
			at[i].s->origin = JFROM_TEMPLATE;
}

struct jv
jbuiltin_call(struct jrun *r, const struct jbuiltin *b, struct jv self,
    const struct jcall *c)
{
	struct jv arg[JARG_MAX] = { 0 }, v;
	struct jcall with = *c;

	with.how = b->how;
	if (b->params != NULL && bind(b, c, arg) < 0)
		return bad;
	v = b->fn(r, self, arg, &with);
	if (r->tracks)
		settle(v, self, arg, c);
	return v;
}

int
jarg_int(struct jv v, int64_t otherwise, int64_t *out)
{
	*out = otherwise;
	if (v.kind == JV_MISSING || jv_integer(v, out))
		return 0;
	if (v.kind == JV_UNDEF)
		return jv_undef_error(v), -1;
	return fail("'%s' object cannot be interpreted as an integer",
	    jv_type(v));
}

int
jarg_str(struct jv v, struct jstr **out)
{
	if (v.kind == JV_UNDEF)
		return jv_undef_error(v), -1;
	if (v.kind != JV_STR)
		return fail("must be str, not %s", jv_type(v));
	*out = v.s;
	return 0;
}

struct jv
jarg_text(struct jrun *r, struct jv v)
{
	return jv_to_str(&r->mem, v);
}

const struct jbuiltin *
jbuiltin_find(const struct jbuiltin *table, const struct jstr *name)
{
	for (; table->name != NULL; table++)
		if (strlen(table->name) == name->n &&
		    memcmp(table->name, name->p, name->n) == 0)
			return table;
	return NULL;
}

struct jv
jbuiltin_value(struct jrun *r, const struct jbuiltin *b, struct jv self)
{
	struct jfunc *f = jarena_new(&r->mem, sizeof *f);

	f->builtin = b;
	f->self = self;
	return (struct jv){ .kind = JV_FUNC, .fn = f };
}
