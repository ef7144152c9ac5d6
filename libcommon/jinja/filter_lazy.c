#include <string.h>

#include "err.h"
#include "jinja/filters.h"

static const struct jv bad = { .kind = JV_ERR };

struct jv
jlazy(struct jrun *r, int (*next)(struct jrun *, struct jiter *, struct jv *),
    struct jiter *from, void *more)
{
	struct jiter *it = jarena_new(&r->mem, sizeof *it);

	it->next = next;
	it->from = from;
	it->more = more;
	return (struct jv){ .kind = JV_ITER, .iter = it };
}

/* As in Python, what can't be read is an error only when it is read. */
static int
open_first(struct jrun *r, struct jiter *it, struct jv *out)
{
	if (it->from == NULL)
		it->from = jiter_open(r, it->of);
	return it->from != NULL ? jiter_next(r, it->from, out) : -1;
}

static struct jiter *
later(struct jrun *r, struct jv v)
{
	struct jiter *it = jarena_new(&r->mem, sizeof *it);

	it->next = open_first;
	it->of = v;
	return it;
}

/* "a.0" is a, then 0. */
static struct jlist *
split_path(struct jrun *r, struct jstr *path)
{
	struct jlist *parts = jlist_new(&r->mem, 0);
	const char *p = path->p, *end = path->p + path->n, *q;
	int64_t i;
	char tmp[24];

	for (;; p = q + 1) {
		q = memchr(p, '.', (size_t)(end - p));
		q = q != NULL ? q : end;
		if (q > p && q - p < 20 &&
		    strspn(p, "0123456789") >= (size_t)(q - p)) {
			memcpy(tmp, p, (size_t)(q - p));
			tmp[q - p] = '\0';
			if (parse_i64(tmp, 0, INT64_MAX, &i) < 0)
				return NULL;
			jlist_add(&r->mem, parts, jv_int(i));
		} else {
			jlist_add(&r->mem, parts,
			    jrun_text(r, p, (size_t)(q - p)));
		}
		if (q == end)
			return parts;
	}
}

int
jgetter_init(struct jrun *r, struct jgetter *g, struct jv path, bool fold,
    struct jv otherwise)
{
	struct jv text;

	*g = (struct jgetter){ .fold = fold, .otherwise = otherwise };
	if (otherwise.kind == JV_NONE)
		g->otherwise.kind = JV_MISSING;
	if (path.kind == JV_MISSING || path.kind == JV_NONE)
		return 0;
	if (path.kind != JV_STR) {
		g->parts = jlist_new(&r->mem, 1);
		g->parts->at[0] = path;
		return 0;
	}
	/* A copy ends in NUL, which split_path() relies on. */
	text = jrun_text(r, path.s->p, path.s->n);
	g->parts = split_path(r, text.s);
	return g->parts != NULL ? 0 : -1;
}

struct jv
jgetter_get(struct jrun *r, const struct jgetter *g, struct jv v)
{
	size_t i;

	for (i = 0; g->parts != NULL && i < g->parts->n; i++) {
		v = jrun_item(r, v, g->parts->at[i]);
		if (jv_bad(v))
			return v;
		if (v.kind == JV_UNDEF && g->otherwise.kind != JV_MISSING)
			v = g->otherwise;
	}
	if (g->fold && v.kind == JV_STR)
		v.s = ju_case(r, v.s, JCASE_LOWER);
	return v;
}

static int
next_batch(struct jrun *r, struct jiter *it, struct jv *out)
{
	const struct jv *arg = it->more;
	struct jlist *l = jlist_new(&r->mem, 0);
	struct jv v;
	int got = 1;

	if (it->at == 1)
		return 0;
	while (l->n < (size_t)arg[0].i &&
	    (got = jiter_next(r, it->from, &v)) > 0)
		jlist_add(&r->mem, l, v);
	if (got < 0)
		return -1;
	if (got == 0)
		it->at = 1;
	if (l->n == 0)
		return 0;
	while (got == 0 && l->n < (size_t)arg[0].i &&
	    arg[1].kind != JV_MISSING && arg[1].kind != JV_NONE) {
		if (jrun_step(r, 1) < 0)
			return -1;
		jlist_add(&r->mem, l, arg[1]);
	}
	*out = jv_list(l);
	return 1;
}

static struct jv *
keep(struct jrun *r, const struct jv *arg, size_t n)
{
	struct jv *kept = jarena_new(&r->mem, n * sizeof *kept);

	if (n > 0)
		memcpy(kept, arg, n * sizeof *kept);
	return kept;
}

struct jv
jf_batch(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jiter *it = later(r, self);
	struct jv *kept = keep(r, arg, 2);

	(void)c;
	if (jarg_int(arg[0], 0, &kept[0].i) < 0)
		return bad;
	if (kept[0].i < 1)
		return JV_FAIL("batch() wants a count of at least 1");
	return jlazy(r, next_batch, it, kept);
}

static int
next_slice(struct jrun *r, struct jiter *it, struct jv *out)
{
	const struct jv *arg = it->more;
	size_t slices = (size_t)arg[0].i, n, i = it->at++, extra, each, from;
	struct jlist *l = jiter_list(r, it->of);

	if (l == NULL)
		return -1;
	if (i >= slices)
		return 0;
	it->of = jv_list(l);
	n = l->n;
	extra = n % slices;
	each = n / slices;
	from = i * each + (i < extra ? i : extra);
	l = jlist_cut(&r->mem, it->of.l, from,
	    from + each + (i < extra ? 1 : 0));
	if (arg[1].kind != JV_MISSING && arg[1].kind != JV_NONE && i >= extra)
		jlist_add(&r->mem, l, arg[1]);
	*out = jv_list(l);
	return 1;
}

struct jv
jf_slice(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv *kept = keep(r, arg, 2), v;

	(void)c;
	if (jarg_int(arg[0], 0, &kept[0].i) < 0)
		return bad;
	if (kept[0].i < 1)
		return JV_FAIL("slice() wants a number of at least 1");
	v = jlazy(r, next_slice, NULL, kept);
	v.iter->of = self;
	return v;
}

static int
next_of(struct jrun *r, struct jiter *it, struct jv *out)
{
	return jiter_next(r, it->from, out);
}

static int
next_no_mapping(struct jrun *r, struct jiter *it, struct jv *out)
{
	(void)r;
	(void)it;
	(void)out;
	return fail("Can only get item pairs from a mapping.");
}

struct jv
jf_items(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jview *view = jarena_new(&r->mem, sizeof *view);
	struct jv v = { .kind = JV_VIEW, .view = view };

	(void)arg;
	(void)c;
	if (self.kind != JV_DICT && self.kind != JV_UNDEF)
		return jlazy(r, next_no_mapping, NULL, NULL);
	view->d = self.kind == JV_DICT ? self.d : jdict_new(&r->mem);
	view->what = JVIEW_ITEMS;
	return jlazy(r, next_of, jiter_open(r, v), NULL);
}

static int
unknown(const char *what, const struct jstr *name)
{
	return fail("No %s named '%.*s'.", what,
	    name->n < 80 ? (int)name->n : 80, name->p);
}

/* map(attribute=...), or a filter with its arguments. */
struct mapping {
	const struct jbuiltin *filter;
	struct jstr *name;	/* of the filter; NULL: an attribute */
	struct jgetter get;
	struct jcall call;
};

static int
next_mapped(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct mapping *m = it->more;
	int got = jiter_next(r, it->from, out);

	if (got <= 0)
		return got;
	if (m->name == NULL)
		*out = jgetter_get(r, &m->get, *out);
	else if (m->filter != NULL)
		*out = jbuiltin_call(r, m->filter, *out, &m->call);
	else
		return unknown("filter", m->name);
	return jv_bad(*out) ? -1 : 1;
}

static int
map_attribute(struct jrun *r, struct mapping *m, const struct jcall *c)
{
	struct jv path = { 0 }, otherwise = { 0 };
	size_t i;

	for (i = 0; i < c->n_kw; i++) {
		if (jv_is(jv_str(c->kw[i].name), "attribute"))
			path = c->kw[i].val;
		else if (jv_is(jv_str(c->kw[i].name), "default"))
			otherwise = c->kw[i].val;
		else
			return fail("Unexpected keyword argument '%.*s'",
			    (int)c->kw[i].name->n, c->kw[i].name->p);
	}
	if (path.kind == JV_MISSING)
		return fail("map requires a filter argument");
	return jgetter_init(r, &m->get, path, false, otherwise);
}

struct jv
jf_map(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct mapping *m = jarena_new(&r->mem, sizeof *m);
	struct jiter *it;

	(void)arg;
	if (!jv_truth(self))
		return jlazy(r, next_of,
		    jiter_open(r, jv_list(jlist_new(&r->mem, 0))), NULL);
	it = later(r, self);
	if (c->n == 0)
		return map_attribute(r, m, c) < 0
		    ? bad
		    : jlazy(r, next_mapped, it, m);
	if (jarg_str(c->pos[0], &m->name) < 0)
		return bad;
	m->filter = jfilter_find(m->name);
	m->call = *c;
	m->call.pos++;
	m->call.n--;
	return jlazy(r, next_mapped, it, m);
}

/* select, reject and their attr forms. */
struct choice {
	const struct jbuiltin *test;
	struct jstr *name;	/* of the test; NULL: is it true? */
	struct jgetter get;
	struct jcall call;
	bool reject;
};

static int
next_chosen(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct choice *s = it->more;
	struct jv v;
	int got;

	while ((got = jiter_next(r, it->from, out)) > 0) {
		v = jgetter_get(r, &s->get, *out);
		if (!jv_bad(v) && s->name != NULL && s->test == NULL)
			return unknown("test", s->name);
		if (!jv_bad(v) && s->name != NULL)
			v = jbuiltin_call(r, s->test, v, &s->call);
		if (jv_bad(v))
			return -1;
		if (jv_truth(v) != s->reject)
			break;
	}
	return got;
}

struct jv
jf_select(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct choice *s = jarena_new(&r->mem, sizeof *s);
	size_t skip = c->how & JF_ATTR ? 1 : 0;
	struct jv none = { 0 };
	struct jiter *it;

	(void)arg;
	if (!jv_truth(self))
		return jlazy(r, next_of,
		    jiter_open(r, jv_list(jlist_new(&r->mem, 0))), NULL);
	if (c->n < skip)
		return JV_FAIL("Missing parameter for attribute name");
	it = later(r, self);
	if (jgetter_init(r, &s->get,
	    skip > 0 ? c->pos[0] : none, false, none) < 0)
		return bad;
	s->reject = c->how & JF_REJECT;
	if (c->n > skip) {
		if (jarg_str(c->pos[skip], &s->name) < 0)
			return bad;
		s->test = jtest_find(s->name);
		s->call = *c;
		s->call.pos += skip + 1;
		s->call.n -= skip + 1;
	}
	return jlazy(r, next_chosen, it, s);
}

struct seen {
	struct jgetter get;
	struct jdict *keys;
};

static int
next_unique(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct seen *s = it->more;
	struct jv key;
	int got;

	while ((got = jiter_next(r, it->from, out)) > 0) {
		key = jgetter_get(r, &s->get, *out);
		if (jv_bad(key))
			return -1;
		if (jdict_get(s->keys, key) != NULL)
			continue;
		return jdict_set(&r->mem, s->keys, key, jv_none()) < 0 ? -1
								       : 1;
	}
	return got;
}

struct jv
jf_unique(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct seen *s = jarena_new(&r->mem, sizeof *s);
	struct jiter *it = later(r, self);
	struct jv none = { 0 };

	(void)c;
	if (jgetter_init(r, &s->get, arg[1], !jv_truth(arg[0]), none) < 0)
		return bad;
	s->keys = jdict_new(&r->mem);
	return jlazy(r, next_unique, it, s);
}
