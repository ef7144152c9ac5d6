#include <string.h>

#include "err.h"
#include "jinja/run.h"

static int
add_star(struct jrun *r, const struct jnode *n, struct jlist *pos)
{
	struct jv v = jeval(r, n);
	struct jlist *more = jv_bad(v) ? NULL : jiter_list(r, v);
	size_t i;

	if (more == NULL)
		return -1;
	for (i = 0; i < more->n; i++)
		jlist_add(&r->mem, pos, more->at[i]);
	return 0;
}

static int
add_keyword(struct jcall *c, struct jstr *name, struct jv v)
{
	size_t i;

	for (i = 0; i < c->n_kw; i++)
		if (jstr_same(c->kw[i].name, name))
			return fail("keyword argument repeated: %.*s",
			    name->n < 80 ? (int)name->n : 80, name->p);
	c->kw[c->n_kw++] = (struct jkeyword){ name, v };
	return 0;
}

static int
add_keywords(struct jrun *r, const struct jargs *args, struct jcall *c)
{
	struct jv v = { .kind = JV_MISSING };
	size_t i, more = 1;

	if (args->star_star != NULL) {
		v = jeval(r, args->star_star);
		if (jv_bad(v))
			return -1;
		if (v.kind != JV_DICT)
			return fail("argument after ** must be a mapping, not "
			    "%s", jv_type(v));
		more += v.d->n;
	}
	c->kw = jarena_new(&r->mem, (args->n_kw + more) * sizeof *c->kw);
	for (i = 0; i < args->n_kw; i++) {
		struct jv one = jeval(r, args->kw[i].val);

		if (jv_bad(one) ||
		    add_keyword(c, args->kw[i].name, one) < 0)
			return -1;
	}
	for (i = 0; v.kind == JV_DICT && i < v.d->n; i++) {
		if (v.d->at[i].key.kind != JV_STR)
			return fail("keywords must be strings");
		if (add_keyword(c, v.d->at[i].key.s, v.d->at[i].val) < 0)
			return -1;
	}
	return 0;
}

/* There is room for one more keyword behind those given. */
static int
arguments(struct jrun *r, const struct jargs *args, struct jcall *c)
{
	struct jlist pos = { 0 };
	struct jv v;
	size_t i;

	*c = (struct jcall){ 0 };
	if (args == NULL)
		return 0;
	if (args->star == NULL) {
		pos.at = jarena_new(&r->mem, args->n * sizeof *pos.at);
		for (i = 0; i < args->n; i++) {
			pos.at[i] = jeval(r, args->pos[i]);
			if (jv_bad(pos.at[i]))
				return -1;
		}
		pos.n = args->n;
	} else {
		for (i = 0; i < args->n; i++) {
			v = jeval(r, args->pos[i]);
			if (jv_bad(v))
				return -1;
			jlist_add(&r->mem, &pos, v);
		}
		if (add_star(r, args->star, &pos) < 0)
			return -1;
	}
	c->pos = pos.at;
	c->n = pos.n;
	return add_keywords(r, args, c);
}

static struct jv
quoted(struct jrun *r, const char *before, const struct jstr *name,
    const char *after)
{
	struct jtext t = { .a = &r->mem };

	jtext_str(&t, before);
	jtext_add(&t, name->p, name->n);
	jtext_str(&t, after);
	jtext_byte(&t, '\0');
	return jrun_undef_hint(r, t.p);
}

/* A keyword that no parameter takes: for kwargs, or an error. */
static int
left_over(struct jrun *r, const struct jnode *m, const struct jkeyword *k,
    struct jdict *kwargs)
{
	if (m->caller && jstr_same(k->name, r->t->caller))
		return 0;
	if (m->kwargs)
		return jdict_set(&r->mem, kwargs, jv_str(k->name), k->val);
	return fail("macro '%.*s' takes no keyword argument '%.*s'",
	    (int)m->name->n, m->name->p, (int)k->name->n, k->name->p);
}

static struct jv *
keyword(const struct jcall *c, const struct jstr *name, bool *used)
{
	size_t i;

	for (i = 0; i < c->n_kw; i++)
		if (c->kw[i].name->n == name->n &&
		    memcmp(c->kw[i].name->p, name->p, name->n) == 0) {
			used[i] = true;
			return &c->kw[i].val;
		}
	return NULL;
}

/* Names that a macro has besides its parameters, where it asks for them. */
static int
bind_special(struct jrun *r, const struct jnode *m, const struct jcall *c,
    struct jframe *mine, bool *used)
{
	size_t i, n = m->args->n_kw;
	struct jlist rest = { .at = c->pos + n, .n = c->n > n ? c->n - n : 0 };
	struct jdict *kwargs = jdict_new(&r->mem);
	struct jv *caller;

	if (m->caller && jrun_find(mine, r->t->caller) == NULL) {
		caller = keyword(c, r->t->caller, used);
		jframe_set(r, mine, r->t->caller,
		    caller != NULL ? *caller
				   : jrun_undef_hint(r, "No caller defined"));
	}
	for (i = 0; i < c->n_kw; i++)
		if (!used[i] && left_over(r, m, &c->kw[i], kwargs) < 0)
			return -1;
	if (m->kwargs)
		jframe_set(r, mine, r->t->kwargs, jv_dict(kwargs));
	if (m->varargs)
		jframe_set(r, mine, r->t->varargs,
		    jv_tuple(rest.n > 0 ? jlist_cut(&r->mem, &rest, 0, rest.n)
					: jlist_new(&r->mem, 0)));
	else if (rest.n > 0)
		return fail("macro '%.*s' takes not more than %zu argument(s)",
		    (int)m->name->n, m->name->p, n);
	return 0;
}

/* Defaults are worked out in order, with the parameters before them known. */
static int
bind_defaults(struct jrun *r, const struct jnode *m, struct jframe *mine,
    const bool *given)
{
	const struct jnamed *p;
	struct jv v;
	size_t i;

	for (i = 0; i < m->args->n_kw; i++) {
		p = &m->args->kw[i];
		if (given[i] || p->val == NULL)
			continue;
		v = jeval(r, p->val);
		if (jv_bad(v))
			return -1;
		jframe_set(r, mine, p->name, v);
	}
	return 0;
}

static int
bind(struct jrun *r, const struct jnode *m, const struct jcall *c,
    struct jframe *mine)
{
	const struct jargs *args = m->args;
	bool *given = jarena_new(&r->mem, args->n_kw);
	bool *used = jarena_new(&r->mem, c->n_kw);
	struct jv *v;
	size_t i;

	for (i = 0; i < args->n_kw; i++) {
		v = i < c->n ? &c->pos[i]
			     : keyword(c, args->kw[i].name, used);
		given[i] = v != NULL;
		jframe_set(r, mine, args->kw[i].name,
		    v != NULL ? *v
			      : quoted(r, "parameter '", args->kw[i].name,
				    "' was not provided"));
	}
	if (bind_special(r, m, c, mine, used) < 0)
		return -1;
	return bind_defaults(r, m, mine, given);
}

static struct jv
call_macro(struct jrun *r, const struct jfunc *f, const struct jcall *c)
{
	struct jframe *saved = r->env, *mine;
	struct jv v = { .kind = JV_ERR };
	struct jstr *text;

	r->env = f->env;
	r->env = mine = jframe_push(r);
	if (bind(r, f->macro, c, mine) == 0 &&
	    jexec_capture(r, &f->macro->body, &text) != FLOW_ERROR)
		v = jv_str(text);
	r->env = saved;
	return v;
}

struct jv
jrun_call(struct jrun *r, struct jv f, const struct jcall *c)
{
	struct jv v;

	if (f.kind == JV_UNDEF)
		return jv_undef_error(f);
	if (jrun_enter(r) < 0)
		return (struct jv){ .kind = JV_ERR };
	if (f.kind == JV_LOOP)
		v = jloop_call(r, f.loop, c);
	else if (f.kind == JV_JOINER)
		v = jjoiner_call(r, f.joiner, c);
	else if (f.kind != JV_FUNC)
		v = JV_FAIL("'%s' object is not callable", jv_type(f));
	else if (f.fn->macro != NULL)
		v = call_macro(r, f.fn, c);
	else
		v = jbuiltin_call(r, f.fn->builtin, f.fn->self, c);
	jrun_leave(r);
	return v;
}

struct jv
jeval_call(struct jrun *r, const struct jnode *n)
{
	struct jv f = jeval(r, n->a);
	struct jcall c;

	if (jv_bad(f) || arguments(r, n->args, &c) < 0)
		return (struct jv){ .kind = JV_ERR };
	return jrun_call(r, f, &c);
}

static struct jv
closure(struct jrun *r, const struct jnode *macro)
{
	struct jfunc *f = jarena_new(&r->mem, sizeof *f);

	f->macro = macro;
	f->env = r->env;
	return (struct jv){ .kind = JV_FUNC, .fn = f };
}

enum jflow
jexec_macro(struct jrun *r, const struct jnode *n)
{
	jframe_set(r, r->env, n->name, closure(r, n));
	return FLOW_ON;
}

/* The call of {% call(...) f(...) %}, with the block as caller=. */
struct jv
jeval_call_block(struct jrun *r, const struct jnode *n)
{
	struct jv f = jeval(r, n->a->a);
	struct jcall c;

	if (jv_bad(f) || arguments(r, n->a->args, &c) < 0 ||
	    add_keyword(&c, r->t->caller, closure(r, n)) < 0)
		return (struct jv){ .kind = JV_ERR };
	return jrun_call(r, f, &c);
}

static struct jv
apply(struct jrun *r, const struct jnode *n, struct jv v, const char *what)
{
	struct jcall c;

	if (n->builtin == NULL)
		return JV_FAIL("No %s named '%.*s' found.", what,
		    n->name->n < 80 ? (int)n->name->n : 80, n->name->p);
	if (arguments(r, n->args, &c) < 0)
		return (struct jv){ .kind = JV_ERR };
	return jbuiltin_call(r, n->builtin, v, &c);
}

struct jv
jeval_filter(struct jrun *r, const struct jnode *n, struct jv v)
{
	if (jrun_enter(r) < 0)
		return (struct jv){ .kind = JV_ERR };
	if (n->a != NULL)
		v = n->a->kind == N_FILTER ? jeval_filter(r, n->a, v)
					   : jeval(r, n->a);
	if (!jv_bad(v))
		v = apply(r, n, v, "filter");
	jrun_leave(r);
	return v;
}

struct jv
jeval_test(struct jrun *r, const struct jnode *n)
{
	struct jv v = jeval(r, n->a);

	return jv_bad(v) ? v : apply(r, n, v, "test");
}
