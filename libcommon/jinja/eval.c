#include "err.h"
#include "jinja/run.h"

static const struct jv bad = { .kind = JV_ERR };

struct jv
jrun_attr(struct jrun *r, struct jv of, struct jv name)
{
	struct jv v, *item;

	if (of.kind == JV_UNDEF)
		return jv_undef_error(of);
	v = jmethod_find(r, of, name.s);
	if (v.kind != JV_MISSING)
		return v;
	item = of.kind == JV_DICT ? jdict_str(of.d, name.s) : NULL;
	return item != NULL ? *item : jrun_undef(r, of, name);
}

static struct jv
at(struct jrun *r, struct jv of, int64_t i)
{
	int64_t n = jv_len(of);

	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return (struct jv){ .kind = JV_MISSING };
	if (of.kind == JV_RANGE)
		return jv_int(of.range->start + i * of.range->step);
	if (of.kind == JV_STR)
		return jv_str(jstr_cut(&r->mem, of.s, (size_t)i,
		    (size_t)i + 1));
	return of.l->at[i];
}

struct jv
jrun_item(struct jrun *r, struct jv of, struct jv key)
{
	struct jv v = { .kind = JV_MISSING }, *item;
	int64_t i;

	if (of.kind == JV_UNDEF)
		return jv_undef_error(of);
	if (of.kind == JV_DICT) {
		item = jdict_get(of.d, key);
		if (item != NULL)
			return *item;
	} else if (jv_integer(key, &i) && (of.kind == JV_LIST ||
	    of.kind == JV_TUPLE || of.kind == JV_STR ||
	    of.kind == JV_RANGE)) {
		v = at(r, of, i);
	}
	if (v.kind == JV_MISSING && key.kind == JV_STR)
		v = jmethod_find(r, of, key.s);
	return v.kind != JV_MISSING ? v : jrun_undef(r, of, key);
}

/* A bound of a slice of n items: where it really lies. */
static int
bound(struct jrun *r, const struct jnode *n, int64_t len, int64_t low,
    int64_t high, int64_t otherwise, int64_t *out)
{
	struct jv v = n != NULL ? jeval(r, n) : jv_none();
	int64_t i;

	if (jv_bad(v))
		return -1;
	*out = otherwise;
	if (v.kind == JV_NONE)
		return 0;
	if (v.kind == JV_UNDEF)
		return jv_undef_error(v), -1;
	if (!jv_integer(v, &i))
		return fail("slice indices must be integers or None or have "
		    "an __index__ method");
	if (i < 0)
		i += len;
	*out = i < low ? low : i > high ? high : i;
	return 0;
}

static int
stride(struct jrun *r, const struct jnode *n, int64_t *step)
{
	struct jv v = n != NULL ? jeval(r, n) : jv_none();

	*step = 1;
	if (jv_bad(v))
		return -1;
	if (v.kind == JV_NONE)
		return 0;
	if (v.kind == JV_UNDEF)
		return jv_undef_error(v), -1;
	if (!jv_integer(v, step))
		return fail("slice indices must be integers or None or have "
		    "an __index__ method");
	if (*step == 0)
		return fail("slice step cannot be zero");
	if (*step < -INT32_MAX || *step > INT32_MAX)
		*step = *step < 0 ? -INT32_MAX : INT32_MAX;
	return 0;
}

struct cut {
	int64_t from, step, n;
};

static struct jv
cut_range(struct jrun *r, const struct jrange *of, struct cut c)
{
	struct jrange *s = jarena_new(&r->mem, sizeof *s);

	s->step = of->step * c.step;
	s->start = of->start + c.from * of->step;
	s->stop = s->start + c.n * s->step;
	s->n = c.n;
	return (struct jv){ .kind = JV_RANGE, .range = s };
}

static struct jv
cut_str(struct jrun *r, struct jv of, struct cut c)
{
	struct jtext t = { .a = &r->mem };
	struct jv v;
	size_t b, e;
	int64_t i;

	if (c.step == 1) {
		v = jv_str(jstr_cut(&r->mem, of.s, (size_t)c.from,
		    (size_t)(c.from + c.n)));
	} else {
		for (i = 0; i < c.n; i++) {
			b = jstr_byte(of.s, (size_t)(c.from + i * c.step));
			for (e = b + 1; e < of.s->n &&
			    (of.s->p[e] & 0xc0) == 0x80; e++)
				continue;
			jtext_add(&t, of.s->p + b, e - b);
		}
		v = jv_str(jtext_done(&t));
	}
	v.safe = of.safe;
	return v;
}

static struct jv
cut_list(struct jrun *r, struct jv of, struct cut c)
{
	struct jlist *l;
	int64_t i;

	if (c.step == 1) {
		l = jlist_cut(&r->mem, of.l, (size_t)c.from,
		    (size_t)(c.from + c.n));
	} else {
		l = jlist_new(&r->mem, (size_t)c.n);
		for (i = 0; i < c.n; i++)
			l->at[i] = of.l->at[c.from + i * c.step];
	}
	return (struct jv){ .kind = of.kind, .l = l };
}

static struct jv
eval_slice(struct jrun *r, const struct jnode *n)
{
	struct jv of = jeval(r, n->a);
	struct cut c;
	int64_t len, to;
	bool back;

	if (jv_bad(of))
		return of;
	if (of.kind == JV_UNDEF)
		return jv_undef_error(of);
	if (of.kind != JV_STR && of.kind != JV_LIST && of.kind != JV_TUPLE &&
	    of.kind != JV_RANGE)
		return jrun_undef(r, of, jrun_str(r, "slice"));
	len = jv_len(of);
	if (stride(r, n->kids[2], &c.step) < 0)
		return bad;
	back = c.step < 0;
	if (bound(r, n->kids[0], len, back ? -1 : 0, back ? len - 1 : len,
	    back ? len - 1 : 0, &c.from) < 0 ||
	    bound(r, n->kids[1], len, back ? -1 : 0, back ? len - 1 : len,
	    back ? -1 : len, &to) < 0)
		return bad;
	c.n = back ? (c.from - to - c.step - 1) / -c.step
		   : (to - c.from + c.step - 1) / c.step;
	if (c.n < 0 || (back ? c.from <= to : c.from >= to))
		c.n = 0;
	if (c.n == 0)
		c.from = 0;
	if (jrun_step(r, c.step == 1 ? 1 : (size_t)c.n) < 0)
		return bad;
	return of.kind == JV_RANGE ? cut_range(r, of.range, c)
	    : of.kind == JV_STR	   ? cut_str(r, of, c)
				   : cut_list(r, of, c);
}

static struct jv
eval_list(struct jrun *r, const struct jnode *n)
{
	struct jlist *l = jlist_new(&r->mem, n->n_kids);
	size_t i;

	for (i = 0; i < n->n_kids; i++) {
		l->at[i] = jeval(r, n->kids[i]);
		if (jv_bad(l->at[i]))
			return bad;
	}
	return n->kind == N_LIST ? jv_list(l) : jv_tuple(l);
}

static struct jv
eval_dict(struct jrun *r, const struct jnode *n)
{
	struct jdict *d = jdict_new(&r->mem);
	struct jv k, v;
	size_t i;

	for (i = 0; i < n->n_kids; i += 2) {
		k = jeval(r, n->kids[i]);
		v = jv_bad(k) ? k : jeval(r, n->kids[i + 1]);
		if (jv_bad(v) || jdict_set(&r->mem, d, k, v) < 0)
			return bad;
	}
	return jv_dict(d);
}

static struct jv
eval_logic(struct jrun *r, const struct jnode *n)
{
	struct jv v = jeval(r, n->a);

	if (jv_bad(v) || jv_truth(v) == (n->kind == N_OR))
		return v;
	return jeval(r, n->b);
}

static struct jv
eval_cond(struct jrun *r, const struct jnode *n)
{
	struct jv v = jeval(r, n->a);

	if (jv_bad(v))
		return v;
	if (jv_truth(v))
		return jeval(r, n->b);
	if (n->c != NULL)
		return jeval(r, n->c);
	return jrun_undef_hint(r, "the inline if-expression evaluated to "
	    "false and no else section was defined.");
}

/* a < b < c is a < b and b < c, and b is worked out once. */
static struct jv
eval_compare(struct jrun *r, const struct jnode *n)
{
	struct jv a = jeval(r, n->a), b;
	int yes = 1;
	size_t i;

	for (i = 0; i < n->n_kids && yes == 1; i++) {
		b = jv_bad(a) ? a : jeval(r, n->kids[i]->a);
		if (jv_bad(b))
			return b;
		yes = jop_compare(r, n->kids[i]->op, a, b);
		a = b;
	}
	return yes < 0 ? bad : jv_bool(yes);
}

static struct jv
eval_binary(struct jrun *r, const struct jnode *n)
{
	struct jv a = jeval(r, n->a), b;

	if (jv_bad(a))
		return a;
	b = jeval(r, n->b);
	return jv_bad(b) ? b : jop_binary(r, n->op, a, b);
}

static struct jv
eval_concat(struct jrun *r, const struct jnode *n)
{
	struct jstr *all = NULL;
	struct jv v;
	size_t i;

	for (i = 0; i < n->n_kids; i++) {
		v = jeval(r, n->kids[i]);
		v = jv_bad(v) ? v : jv_to_str(&r->mem, v);
		if (jv_bad(v))
			return v;
		if (all != NULL && jrun_room(r, v.s->n) < 0)
			return bad;
		all = all == NULL ? v.s : jstr_join(&r->mem, all, v.s);
	}
	return jv_str(all);
}

static struct jv
eval_below(struct jrun *r, const struct jnode *n)
{
	struct jv a = jeval(r, n->a), b;

	if (jv_bad(a))
		return a;
	switch (n->kind) {
	case N_ATTR:
		return jrun_attr(r, a, n->val);
	case N_NOT:
		return jv_bool(!jv_truth(a));
	case N_UNARY:
		return jop_unary(r, n->op, a);
	default:	/* N_ITEM */
		b = jeval(r, n->b);
		return jv_bad(b) ? b : jrun_item(r, a, b);
	}
}

static struct jv
dispatch(struct jrun *r, const struct jnode *n)
{
	switch (n->kind) {
	case N_LIST:
	case N_TUPLE:
		return eval_list(r, n);
	case N_DICT:
		return eval_dict(r, n);
	case N_SLICE:
		return eval_slice(r, n);
	case N_CALL:
		return jeval_call(r, n);
	case N_FILTER:
		return jeval_filter(r, n, jv_none());
	case N_TEST:
		return jeval_test(r, n);
	case N_AND:
	case N_OR:
		return eval_logic(r, n);
	case N_COND:
		return eval_cond(r, n);
	case N_COMPARE:
		return eval_compare(r, n);
	case N_BINARY:
		return eval_binary(r, n);
	case N_CONCAT:
		return eval_concat(r, n);
	default:
		return eval_below(r, n);
	}
}

struct jv
jeval(struct jrun *r, const struct jnode *n)
{
	struct jv v;

	if (jrun_step(r, 1) < 0)
		return bad;
	if (n->kind == N_CONST)
		return n->val;
	if (n->kind == N_NAME)
		return jrun_lookup(r, n->name);
	if (jrun_enter(r) < 0)
		return bad;
	v = dispatch(r, n);
	jrun_leave(r);
	return v;
}
