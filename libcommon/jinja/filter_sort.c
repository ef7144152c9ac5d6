#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/filters.h"

static const struct jv bad = { .kind = JV_ERR };

/* Items and what they are sorted by. */
struct keyed {
	struct jv key, item;
};

/*
 * A merge sort from the bottom up: stable, and a comparison may fail.  With
 * reverse, equal ones keep their order too, as in Python.
 */
static int
merge(struct jrun *r, struct keyed *a, struct keyed *tmp, size_t n,
    size_t width, bool reverse)
{
	size_t i, lo, mid, hi, x, y;
	int less;

	for (lo = 0; lo < n; lo += 2 * width) {
		mid = lo + width < n ? lo + width : n;
		hi = lo + 2 * width < n ? lo + 2 * width : n;
		for (x = lo, y = mid, i = lo; i < hi; i++) {
			less = 0;
			if (x < mid && y < hi)
				less = reverse
				    ? jop_less(r, a[x].key, a[y].key)
				    : jop_less(r, a[y].key, a[x].key);
			if (less < 0)
				return -1;
			tmp[i] = x < mid && (y >= hi || !less) ? a[x++]
							       : a[y++];
		}
	}
	memcpy(a, tmp, n * sizeof *a);
	return 0;
}

static int
sort(struct jrun *r, struct keyed *a, size_t n, bool reverse)
{
	struct keyed *tmp = jarena_new(&r->mem, n * sizeof *tmp);
	size_t width;

	for (width = 1; width < n; width *= 2)
		if (merge(r, a, tmp, n, width, reverse) < 0)
			return -1;
	return 0;
}

static struct jv
items_of(struct jrun *r, const struct keyed *a, size_t n)
{
	struct jlist *l = jlist_new(&r->mem, n);
	size_t i;

	for (i = 0; i < n; i++)
		l->at[i] = a[i].item;
	return jv_list(l);
}

struct jv
jf_dictsort(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct keyed *a;
	bool by_value = jv_is(arg[1], "value");
	size_t i;

	(void)c;
	if (arg[1].kind != JV_MISSING && !by_value && !jv_is(arg[1], "key"))
		return JV_FAIL("You can only sort by either \"key\" or "
		    "\"value\"");
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	if (self.kind != JV_DICT)
		return JV_FAIL("'%s' object has no attribute 'items'",
		    jv_type(self));
	a = jarena_new(&r->mem, self.d->n * sizeof *a);
	for (i = 0; i < self.d->n; i++) {
		const struct jpair *p = &self.d->at[i];

		a[i].key = by_value ? p->val : p->key;
		a[i].item = jv_tuple(jlist_pair(&r->mem, p->key, p->val));
		if (!jv_truth(arg[0]) && a[i].key.kind == JV_STR)
			a[i].key.s = ju_case(r, a[i].key.s, JCASE_LOWER);
	}
	if (sort(r, a, self.d->n, jv_truth(arg[2])) < 0)
		return bad;
	return items_of(r, a, self.d->n);
}

/* sort(attribute="a,b"): by a list of them. */
static int
getters(struct jrun *r, struct jv path, bool fold, struct jgetter **out,
    size_t *n)
{
	struct jv none = { 0 }, part;
	const char *p, *end, *q;
	size_t i = 0, count = 1;

	if (path.kind == JV_STR)
		for (q = path.s->p; q < path.s->p + path.s->n; q++)
			count += *q == ',';
	*out = jarena_new(&r->mem, count * sizeof **out);
	*n = count;
	if (count == 1)
		return jgetter_init(r, *out, path, fold, none);
	end = path.s->p + path.s->n;
	for (p = path.s->p; i < count; p = q + 1) {
		q = memchr(p, ',', (size_t)(end - p));
		q = q != NULL ? q : end;
		part = jrun_text(r, p, (size_t)(q - p));
		if (jgetter_init(r, &(*out)[i++], part, fold, none) < 0)
			return -1;
	}
	return 0;
}

static struct jv
key_list(struct jrun *r, const struct jgetter *g, size_t n, struct jv item)
{
	struct jlist *l = jlist_new(&r->mem, n);
	size_t i;

	for (i = 0; i < n; i++) {
		l->at[i] = jgetter_get(r, &g[i], item);
		if (jv_bad(l->at[i]))
			return bad;
	}
	return jv_list(l);
}

struct jv
jf_sort(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l = jiter_list(r, self);
	struct jgetter *g;
	struct keyed *a;
	size_t i, n;

	(void)c;
	if (l == NULL || getters(r, arg[2], !jv_truth(arg[1]), &g, &n) < 0)
		return bad;
	a = jarena_new(&r->mem, l->n * sizeof *a);
	for (i = 0; i < l->n; i++) {
		a[i].item = l->at[i];
		a[i].key = key_list(r, g, n, l->at[i]);
		if (jv_bad(a[i].key))
			return bad;
	}
	if (sort(r, a, l->n, jv_truth(arg[0])) < 0)
		return bad;
	return items_of(r, a, l->n);
}

struct jv
jf_min(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jiter *it = jiter_open(r, self);
	struct jv none = { 0 }, v, best = none, key, best_key = none;
	struct jgetter g;
	int got, better;

	if (it == NULL ||
	    jgetter_init(r, &g, arg[1], !jv_truth(arg[0]), none) < 0)
		return bad;
	while ((got = jiter_next(r, it, &v)) > 0) {
		key = jgetter_get(r, &g, v);
		if (jv_bad(key))
			return bad;
		better = best.kind == JV_MISSING ? 1
		    : c->how == 0		 ? jop_less(r, key, best_key)
						 : jop_less(r, best_key, key);
		if (better < 0)
			return bad;
		if (better) {
			best = v;
			best_key = key;
		}
	}
	if (got < 0)
		return bad;
	return best.kind != JV_MISSING
	    ? best
	    : jrun_undef_hint(r, "No aggregated item, sequence was empty.");
}

static struct jv
group(struct jrun *r, const struct jgetter *real, const struct keyed *a,
    size_t n)
{
	struct jv key = jgetter_get(r, real, a[0].item), v;

	if (jv_bad(key))
		return key;
	v = jv_tuple(jlist_pair(&r->mem, key, items_of(r, a, n)));
	v.l->group = true;
	return v;
}

struct jv
jf_groupby(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l = jiter_list(r, self), *out = jlist_new(&r->mem, 0);
	struct jgetter g, real;
	struct keyed *a;
	struct jv v;
	size_t i, n;
	int same;

	(void)c;
	if (l == NULL ||
	    jgetter_init(r, &g, arg[0], !jv_truth(arg[2]), arg[1]) < 0)
		return bad;
	real = g;
	real.fold = false;
	a = jarena_new(&r->mem, l->n * sizeof *a);
	for (i = 0; i < l->n; i++) {
		a[i].item = l->at[i];
		a[i].key = jgetter_get(r, &g, l->at[i]);
		if (jv_bad(a[i].key))
			return bad;
	}
	if (sort(r, a, l->n, false) < 0)
		return bad;
	for (i = 0; i < l->n; i += n) {
		for (n = 1, same = 1; i + n < l->n && same; n += same > 0) {
			same = jv_equal(a[i].key, a[i + n].key);
			if (same < 0)
				return bad;
		}
		v = group(r, &real, a + i, n);
		if (jv_bad(v))
			return v;
		jlist_add(&r->mem, out, v);
	}
	return jv_list(out);
}
