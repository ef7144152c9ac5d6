#include "err.h"
#include "jinja/filters.h"

static const struct jv bad = { .kind = JV_ERR };

struct jv
jf_attr(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v;

	(void)c;
	if (arg[0].kind != JV_STR)
		return JV_FAIL("attribute name must be string");
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	v = jmethod_find(r, self, arg[0].s);
	return v.kind != JV_MISSING ? v : jrun_undef(r, self, arg[0]);
}

struct jv
jf_default(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)c;
	if (self.kind != JV_UNDEF && !(jv_truth(arg[1]) && !jv_truth(self)))
		return self;
	return arg[0].kind != JV_MISSING ? arg[0] : jrun_str(r, "");
}

struct jv
jf_first(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jiter *it = jiter_open(r, self);
	struct jv v;
	int got;

	(void)arg;
	(void)c;
	got = it != NULL ? jiter_next(r, it, &v) : -1;
	if (got < 0)
		return bad;
	return got > 0 ? v
		       : jrun_undef_hint(r,
			     "No first item, sequence was empty.");
}

static bool
reversible(struct jv v)
{
	return v.kind == JV_UNDEF || (v.kind >= JV_STR && v.kind <= JV_VIEW);
}

struct jv
jf_last(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l;
	int64_t n;

	(void)arg;
	(void)c;
	if (!reversible(self))
		return JV_FAIL("'%s' object is not reversible",
		    jv_type(self));
	n = jv_len(self);
	if (n == 0)
		return jrun_undef_hint(r,
		    "No last item, sequence was empty.");
	if (self.kind == JV_STR || self.kind == JV_RANGE)
		return jrun_item(r, self, jv_int(n - 1));
	l = jiter_list(r, self);
	return l != NULL ? l->at[l->n - 1] : bad;
}

struct jv
jf_length(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t n = jv_len(self);

	(void)r;
	(void)arg;
	(void)c;
	return n < 0 ? bad : jv_int(n);
}

struct jv
jf_list(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l = jiter_list(r, self);

	(void)arg;
	(void)c;
	return l != NULL ? jv_list(jlist_cut(&r->mem, l, 0, l->n)) : bad;
}

static int
next_back(struct jrun *r, struct jiter *it, struct jv *out)
{
	if (it->at == 0)
		return 0;
	*out = jrun_item(r, it->of, jv_int((int64_t)--it->at));
	return jv_bad(*out) ? -1 : 1;
}

static struct jv
reverse_str(struct jrun *r, struct jv v)
{
	struct jtext t = { .a = &r->mem };
	size_t e = v.s->n, b;
	struct jv out;

	for (; e > 0; e = b) {
		for (b = e - 1; (v.s->p[b] & 0xc0) == 0x80; b--)
			continue;
		jtext_add(&t, v.s->p + b, e - b);
	}
	out = jv_str(jtext_done(&t));
	out.safe = v.safe;
	return out;
}

/* A list or dict backwards, one item at a time; anything else as a list. */
struct jv
jf_reverse(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l;
	struct jv v, of = self;
	size_t i;

	(void)arg;
	(void)c;
	if (self.kind == JV_STR)
		return reverse_str(r, self);
	if (self.kind != JV_RANGE) {
		l = jiter_list(r, self);
		if (l == NULL)
			return JV_FAIL("argument must be iterable");
		of = jv_list(l);
	}
	if (reversible(self)) {
		v = jlazy(r, next_back, NULL, NULL);
		v.iter->of = of;
		v.iter->at = (size_t)jv_len(of);
		return v;
	}
	v = jv_list(jlist_new(&r->mem, of.l->n));
	for (i = 0; i < of.l->n; i++)
		v.l->at[i] = of.l->at[of.l->n - 1 - i];
	return v;
}

struct jv
jf_sum(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jiter *it = jiter_open(r, self);
	struct jv sum = arg[1].kind != JV_MISSING ? arg[1] : jv_int(0);
	struct jv none = { 0 }, v;
	struct jgetter g;
	int got;

	(void)c;
	if (it == NULL || jgetter_init(r, &g, arg[0], false, none) < 0)
		return bad;
	if (sum.kind == JV_STR)
		return JV_FAIL("sum() can't sum strings "
		    "[use ''.join(seq) instead]");
	while ((got = jiter_next(r, it, &v)) > 0) {
		v = jgetter_get(r, &g, v);
		sum = jv_bad(v) ? v : jop_add(r, sum, v);
		if (jv_bad(sum))
			return sum;
	}
	return got < 0 ? bad : sum;
}
