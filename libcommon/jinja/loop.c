#include <string.h>

#include "err.h"
#include "jinja/run.h"

/* {% for %}, and what loop.x is inside it. */
struct jloop {
	struct jrun *r;
	const struct jnode *node;
	struct jframe *env;	/* around the loop */
	struct jiter *it;
	struct jv of;
	int64_t index0;		/* -1 before the first */
	int64_t length;		/* -1: not yet known */
	int64_t depth0;
	struct jv before, current, after;	/* JV_MISSING: none */
	struct jv changed;
};

/* As a for's "if": items that the test lets pass. */
struct passing {
	const struct jnode *node;
	struct jframe *env;
};

static int
next_passing(struct jrun *r, struct jiter *it, struct jv *out)
{
	struct passing *p = it->more;
	struct jframe *saved = r->env;
	struct jv v;
	int got;

	while ((got = jiter_next(r, it->from, out)) > 0) {
		r->env = p->env;
		p->env->n = 0;
		v = (struct jv){ .kind = JV_ERR };
		if (jassign(r, p->node->a, *out) == 0)
			v = jeval(r, p->node->c);
		r->env = saved;
		if (jv_bad(v))
			return -1;
		if (jv_truth(v))
			break;
	}
	return got;
}

static struct jiter *
filtered(struct jrun *r, const struct jnode *n, struct jiter *from)
{
	struct jiter *it = jarena_new(&r->mem, sizeof *it);
	struct passing *p = jarena_new(&r->mem, sizeof *p);

	*p = (struct passing){ n, jframe_push(r) };
	*it = (struct jiter){ .next = next_passing, .from = from, .more = p };
	it->of.kind = JV_ITER;
	it->of.iter = it;
	return it;
}

/* Read one ahead into l->after: 1, 0 or -1. */
static int
peek(struct jloop *l)
{
	if (l->after.kind != JV_MISSING)
		return 1;
	return jiter_next(l->r, l->it, &l->after);
}

static int
advance(struct jloop *l)
{
	int got = peek(l);

	if (got <= 0)
		return got;
	l->before = l->current;
	l->current = l->after;
	l->after.kind = JV_MISSING;
	l->index0++;
	return 1;
}

/* What can't say how long it is gets read to its end. */
int64_t
jloop_length(struct jloop *l)
{
	struct jlist *rest;
	struct jv it = { .kind = JV_ITER, .iter = l->it };

	if (l->length >= 0)
		return l->length;
	if (l->of.kind != JV_ITER)
		return l->length = jv_len(l->of);
	rest = jiter_list(l->r, it);
	if (rest == NULL)
		return -1;
	l->length = (int64_t)rest->n + l->index0 + 1 +
	    (l->after.kind != JV_MISSING);
	l->it = jiter_open(l->r, jv_list(rest));
	return l->length;
}

static struct jv
from_end(struct jloop *l, int64_t more)
{
	int64_t n = jloop_length(l);

	return n < 0 ? (struct jv){ .kind = JV_ERR }
		     : jv_int(n - l->index0 + more);
}

static struct jv
neighbour(struct jloop *l, bool next)
{
	int got;

	if (!next)
		return l->index0 == 0
		    ? jrun_undef_hint(l->r, "there is no previous item")
		    : l->before;
	got = peek(l);
	if (got < 0)
		return (struct jv){ .kind = JV_ERR };
	return got > 0 ? l->after
		       : jrun_undef_hint(l->r, "there is no next item");
}

static struct jv
cycle(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)r;
	(void)arg;
	if (c->n_kw > 0)
		return JV_FAIL("cycle() takes no keyword arguments");
	if (c->n == 0)
		return JV_FAIL("no items for cycling given");
	return c->pos[(size_t)self.loop->index0 % c->n];
}

static struct jv
changed(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l = jlist_new(&r->mem, c->n);
	int same;

	(void)arg;
	if (c->n > 0)
		memcpy(l->at, c->pos, c->n * sizeof *l->at);
	same = jv_equal(self.loop->changed, jv_tuple(l));
	if (same < 0)
		return (struct jv){ .kind = JV_ERR };
	self.loop->changed = jv_tuple(l);
	return jv_bool(!same);
}

static const struct jbuiltin methods[] = {
	{ "cycle", cycle, NULL, 0, 0 },
	{ "changed", changed, NULL, 0, 0 },
};

struct jv
jloop_attr(struct jrun *r, struct jv loop, struct jv name)
{
	struct jloop *l = loop.loop;
	int got;

	if (jv_is(name, "index"))
		return jv_int(l->index0 + 1);
	if (jv_is(name, "index0"))
		return jv_int(l->index0);
	if (jv_is(name, "first"))
		return jv_bool(l->index0 == 0);
	if (jv_is(name, "last")) {
		got = peek(l);
		return got < 0 ? (struct jv){ .kind = JV_ERR }
			       : jv_bool(got == 0);
	}
	if (jv_is(name, "length"))
		return from_end(l, l->index0);
	if (jv_is(name, "revindex"))
		return from_end(l, 0);
	if (jv_is(name, "revindex0"))
		return from_end(l, -1);
	if (jv_is(name, "previtem") || jv_is(name, "nextitem"))
		return neighbour(l, jv_is(name, "nextitem"));
	if (jv_is(name, "depth"))
		return jv_int(l->depth0 + 1);
	if (jv_is(name, "depth0"))
		return jv_int(l->depth0);
	if (jv_is(name, "cycle"))
		return jbuiltin_value(r, &methods[0], loop);
	if (jv_is(name, "changed"))
		return jbuiltin_value(r, &methods[1], loop);
	return (struct jv){ .kind = JV_MISSING };
}

/* One pass of the body: as in Jinja, a pass cut short leaves *any alone. */
static enum jflow
pass(struct jrun *r, struct jloop *l, struct jframe *mine, bool *any)
{
	enum jflow flow;

	mine->n = 0;
	r->env = mine;
	jframe_set(r, mine, r->t->loop,
	    (struct jv){ .kind = JV_LOOP, .loop = l });
	if (jassign(r, l->node->a, l->current) < 0)
		return FLOW_ERROR;
	flow = jexec_body(r, &l->node->body);
	*any |= flow == FLOW_ON;
	return flow;
}

static enum jflow
run(struct jrun *r, struct jloop *l, bool *any)
{
	struct jframe *mine = jframe_push(r);
	enum jflow flow = FLOW_ON;
	int got = 0;

	while (flow != FLOW_BREAK && (got = advance(l)) > 0) {
		if (jrun_step(r, 1) < 0)
			return FLOW_ERROR;
		flow = pass(r, l, mine, any);
		if (flow == FLOW_ERROR)
			return flow;
	}
	return got < 0 ? FLOW_ERROR : FLOW_ON;
}

static enum jflow
loop_over(struct jrun *r, const struct jnode *n, struct jv of, int64_t depth)
{
	struct jloop *l = jarena_new(&r->mem, sizeof *l);
	struct jframe *saved = r->env;
	enum jflow flow;
	bool any = false;

	*l = (struct jloop){ .r = r, .node = n, .env = saved, .of = of,
		.index0 = -1, .length = -1, .depth0 = depth };
	l->it = jiter_open(r, of);
	if (l->it == NULL)
		return FLOW_ERROR;
	if (n->c != NULL) {
		l->it = filtered(r, n, l->it);
		l->of = l->it->of;
	}
	flow = run(r, l, &any);
	r->env = saved;
	if (flow != FLOW_ON || any || n->other.n == 0)
		return flow;
	r->env = jframe_push(r);
	flow = jexec_body(r, &n->other);
	r->env = saved;
	return flow;
}

enum jflow
jexec_for(struct jrun *r, const struct jnode *n)
{
	struct jv of = jeval(r, n->b);

	return jv_bad(of) ? FLOW_ERROR : loop_over(r, n, of, 0);
}

/* loop(items), in a recursive loop: the text of the loop over these. */
struct jv
jloop_call(struct jrun *r, struct jloop *l, const struct jcall *c)
{
	struct jtext mine = { .a = &r->mem, .tracks = r->tracks };
	struct jtext *out = r->out;
	struct jframe *saved = r->env;
	enum jflow flow;

	if (!l->node->recursive)
		return JV_FAIL("The loop must have the 'recursive' marker to "
		    "be called recursively.");
	if (c->n != 1 || c->n_kw != 0)
		return JV_FAIL("loop() takes one argument");
	if (jrun_enter(r) < 0)
		return (struct jv){ .kind = JV_ERR };
	r->env = l->env;
	r->out = &mine;
	flow = loop_over(r, l->node, c->pos[0], l->depth0 + 1);
	r->out = out;
	r->env = saved;
	jrun_leave(r);
	if (flow == FLOW_ERROR)
		return (struct jv){ .kind = JV_ERR };
	return jv_str(jtext_done(&mine));
}
