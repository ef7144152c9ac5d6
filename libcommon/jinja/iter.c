#include "err.h"
#include "jinja/run.h"

static int
next_item(struct jrun *r, struct jiter *it, struct jv *out)
{
	(void)r;
	if (it->at >= it->of.l->n)
		return 0;
	*out = it->of.l->at[it->at++];
	return 1;
}

/* Here "at" counts bytes. */
static int
next_char(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct jstr *s = it->of.s;
	size_t e = it->at + 1;

	if (it->at >= s->n)
		return 0;
	while (e < s->n && (s->p[e] & 0xc0) == 0x80)
		e++;
	*out = jv_str(jstr_part(&r->mem, s, it->at, e - it->at));
	it->at = e;
	return 1;
}

static int
next_pair(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct jv of = it->of;
	struct jdict *d = of.kind == JV_DICT ? of.d : of.view->d;
	enum jview_kind what =
	    of.kind == JV_DICT ? JVIEW_KEYS : of.view->what;
	struct jpair *p;

	if (it->at >= d->n)
		return 0;
	p = &d->at[it->at++];
	*out = what == JVIEW_KEYS ? p->key
	    : what == JVIEW_VALUES ? p->val
			   : jv_tuple(jlist_pair(&r->mem, p->key, p->val));
	return 1;
}

static int
next_number(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct jrange *n = it->of.range;

	(void)r;
	if ((int64_t)it->at >= n->n)
		return 0;
	*out = jv_int(n->start + (int64_t)it->at++ * n->step);
	return 1;
}

static int
next_none(struct jrun *r, struct jiter *it, struct jv *out)
{
	(void)r;
	(void)it;
	(void)out;
	return 0;
}

bool
jiter_can(struct jv v)
{
	return v.kind == JV_UNDEF || (v.kind >= JV_STR && v.kind <= JV_ITER);
}

struct jiter *
jiter_open(struct jrun *r, struct jv v)
{
	struct jiter *it;

	if (v.kind == JV_ITER)
		return v.iter;
	it = jarena_new(&r->mem, sizeof *it);
	it->of = v;
	switch (v.kind) {
	case JV_UNDEF:
		it->next = next_none;
		break;
	case JV_STR:
		it->next = next_char;
		break;
	case JV_LIST:
	case JV_TUPLE:
		it->next = next_item;
		break;
	case JV_DICT:
	case JV_VIEW:
		it->next = next_pair;
		break;
	case JV_RANGE:
		it->next = next_number;
		break;
	default:
		return fail("'%s' object is not iterable", jv_type(v)), NULL;
	}
	return it;
}

int
jiter_next(struct jrun *r, struct jiter *it, struct jv *out)
{
	int got;

	if (jrun_step(r, 1) < 0 || jrun_enter(r) < 0)
		return -1;
	got = it->next(r, it, out);
	jrun_leave(r);
	return got;
}

struct jlist *
jiter_list(struct jrun *r, struct jv v)
{
	struct jiter *it;
	struct jlist *l;
	struct jv one;
	int got;

	if (v.kind == JV_LIST || v.kind == JV_TUPLE)
		return v.l;
	it = jiter_open(r, v);
	if (it == NULL)
		return NULL;
	l = jlist_new(&r->mem, 0);
	while ((got = jiter_next(r, it, &one)) > 0)
		jlist_add(&r->mem, l, one);
	return got < 0 ? NULL : l;
}
