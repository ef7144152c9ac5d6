#include <math.h>

#include "err.h"
#include "jinja/methods.h"

static const struct jv bad = { .kind = JV_ERR };

struct jv
jm_refused(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)r;
	(void)arg;
	(void)c;
	return JV_FAIL("this method of '%s' is not supported", jv_type(self));
}

/* Nothing changes a value, so it is its own copy. */
struct jv
jm_copy(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)r;
	(void)arg;
	(void)c;
	return self;
}

struct jv
jm_get(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv *v;
	uint64_t hash;

	(void)r;
	(void)c;
	if (jv_hash(arg[0], &hash) < 0)
		return bad;
	v = jdict_get(self.d, arg[0]);
	if (v != NULL)
		return *v;
	return arg[1].kind != JV_MISSING ? arg[1] : jv_none();
}

struct jv
jm_view(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jview *v = jarena_new(&r->mem, sizeof *v);

	(void)arg;
	v->d = self.d;
	v->what = (enum jview_kind)c->how;
	return (struct jv){ .kind = JV_VIEW, .view = v };
}

struct jv
jm_list_count(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t n = 0;
	size_t i;
	int same;

	(void)c;
	if (jrun_step(r, self.l->n) < 0)
		return bad;
	for (i = 0; i < self.l->n; i++) {
		same = jv_equal(self.l->at[i], arg[0]);
		if (same < 0)
			return bad;
		n += same;
	}
	return jv_int(n);
}

struct jv
jm_list_index(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t n = (int64_t)self.l->n, from, to;
	int same;

	(void)c;
	if (jarg_int(arg[1], 0, &from) < 0 || jarg_int(arg[2], n, &to) < 0 ||
	    jrun_step(r, self.l->n) < 0)
		return bad;
	from += from < 0 ? n : 0;
	to += to < 0 ? n : 0;
	for (from = from < 0 ? 0 : from; from < to && from < n; from++) {
		same = jv_equal(self.l->at[from], arg[0]);
		if (same < 0)
			return bad;
		if (same > 0)
			return jv_int(from);
	}
	return JV_FAIL("%s.index(x): x not in %s", jv_type(self),
	    jv_type(self));
}

struct jv
jm_bit_length(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t i = 0, n = 0;
	uint64_t u;

	(void)r;
	(void)arg;
	(void)c;
	jv_integer(self, &i);
	for (u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i; u != 0; u >>= 1)
		n++;
	return jv_int(n);
}

struct jv
jm_is_integer(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(self.f == floor(self.f) && isfinite(self.f));
}

/* how: next(), else reset(). */
struct jv
jm_cycler(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jcycler *cycler = self.cycler;
	struct jv v = jv_none();

	(void)r;
	(void)arg;
	if (c->how)
		v = cycler->items->at[cycler->at++];
	if (!c->how || cycler->at == cycler->items->n)
		cycler->at = 0;
	return v;
}
