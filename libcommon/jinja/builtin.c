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

struct jv
jbuiltin_call(struct jrun *r, const struct jbuiltin *b, struct jv self,
    const struct jcall *c)
{
	struct jv arg[JARG_MAX] = { 0 };
	struct jcall with = *c;

	with.how = b->how;
	if (b->params != NULL && bind(b, c, arg) < 0)
		return bad;
	return b->fn(r, self, arg, &with);
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
