#include "err.h"
#include "jinja/run.h"

static enum jflow
emit(struct jrun *r, const struct jstr *s)
{
	if (r->out->n + s->n > JINJA_OUTPUT_MAX) {
		fail("the text is longer than %d MB", JINJA_OUTPUT_MAX >> 20);
		return FLOW_ERROR;
	}
	jtext_put(r->out, s);
	return FLOW_ON;
}

static enum jflow
print(struct jrun *r, struct jv v)
{
	if (jv_bad(v))
		return FLOW_ERROR;
	v = jv_to_str(&r->mem, v);
	return jv_bad(v) ? FLOW_ERROR : emit(r, v.s);
}

enum jflow
jexec_body(struct jrun *r, const struct jbody *b)
{
	enum jflow flow;
	size_t i;

	for (i = 0; i < b->n; i++) {
		flow = jexec(r, b->at[i]);
		if (flow != FLOW_ON)
			return flow;
	}
	return FLOW_ON;
}

static enum jflow
exec_scope(struct jrun *r, const struct jbody *b, struct jframe *env)
{
	struct jframe *saved = r->env;
	enum jflow flow;

	r->env = env;
	flow = jexec_body(r, b);
	r->env = saved;
	return flow;
}

enum jflow
jexec_capture(struct jrun *r, const struct jbody *b, struct jstr **text)
{
	struct jtext mine = { .a = &r->mem, .tracks = r->tracks };
	struct jtext *saved = r->out;
	enum jflow flow;

	r->out = &mine;
	flow = exec_scope(r, b, jframe_push(r));
	r->out = saved;
	*text = jtext_done(&mine);
	return flow;
}

static int
assign_attr(struct jrun *r, const struct jnode *target, struct jv v)
{
	struct jv space = jrun_lookup(r, target->name);

	if (space.kind != JV_SPACE)
		return fail("cannot assign attribute on non-namespace object");
	if (target->val.s->p[0] == '_')
		return fail("Chat templates cannot store underscore-prefixed "
		    "attributes on a namespace");
	return jdict_set(&r->mem, space.d, target->val, v);
}

static int
unpack(struct jrun *r, const struct jnode *target, struct jv v)
{
	struct jiter *it = jiter_open(r, v);
	struct jv one;
	size_t i;
	int got;

	if (it == NULL)
		return -1;
	for (i = 0; i < target->n_kids; i++) {
		got = jiter_next(r, it, &one);
		if (got == 0)
			return fail("not enough values to unpack (expected "
			    "%zu, got %zu)", target->n_kids, i);
		if (got < 0 || jassign(r, target->kids[i], one) < 0)
			return -1;
	}
	got = jiter_next(r, it, &one);
	if (got > 0)
		return fail("too many values to unpack (expected %zu)",
		    target->n_kids);
	return got;
}

/* In the innermost block. */
int
jassign(struct jrun *r, const struct jnode *target, struct jv v)
{
	if (target->kind == N_TUPLE)
		return unpack(r, target, v);
	if (target->kind == N_TARGET_ATTR)
		return assign_attr(r, target, v);
	jframe_set(r, r->env, target->name, v);
	return 0;
}

static enum jflow
exec_if(struct jrun *r, const struct jnode *n)
{
	struct jv v;

	for (;; n = n->b) {
		r->line = n->line;
		v = jeval(r, n->a);
		if (jv_bad(v))
			return FLOW_ERROR;
		if (jv_truth(v))
			return jexec_body(r, &n->body);
		if (n->b == NULL)
			return jexec_body(r, &n->other);
	}
}

static enum jflow
exec_set(struct jrun *r, const struct jnode *n)
{
	struct jv v = jeval(r, n->b);

	return jv_bad(v) || jassign(r, n->a, v) < 0 ? FLOW_ERROR : FLOW_ON;
}

static enum jflow
exec_set_block(struct jrun *r, const struct jnode *n)
{
	struct jstr *text;
	enum jflow flow = jexec_capture(r, &n->body, &text);
	struct jv v;

	if (flow != FLOW_ON)
		return flow;
	v = jv_str(text);
	if (n->b != NULL)
		v = jeval_filter(r, n->b, v);
	return jv_bad(v) || jassign(r, n->a, v) < 0 ? FLOW_ERROR : FLOW_ON;
}

static enum jflow
exec_filter_block(struct jrun *r, const struct jnode *n)
{
	struct jstr *text;
	enum jflow flow = jexec_capture(r, &n->body, &text);

	if (flow != FLOW_ON)
		return flow;
	return print(r, jeval_filter(r, n->a, jv_str(text)));
}

/* The values are worked out before any of the names is there. */
static enum jflow
exec_with(struct jrun *r, const struct jnode *n)
{
	struct jframe *saved = r->env, *mine = jframe_push(r);
	struct jv *vals = jarena_new(&r->mem, n->n_kids * sizeof *vals);
	enum jflow flow;
	size_t i;

	for (i = 0; i < n->n_kids; i++) {
		vals[i] = jeval(r, n->args->pos[i]);
		if (jv_bad(vals[i]))
			return FLOW_ERROR;
	}
	r->env = mine;
	for (i = 0; i < n->n_kids; i++)
		if (jassign(r, n->kids[i], vals[i]) < 0)
			return FLOW_ERROR;
	flow = jexec_body(r, &n->body);
	r->env = saved;
	return flow;
}

/* A block sees the template's own variables, not those of a loop around it. */
static enum jflow
exec_block(struct jrun *r, const struct jnode *n)
{
	struct jframe *saved = r->env;
	enum jflow flow;

	r->env = r->root;
	flow = exec_scope(r, &n->body, jframe_push(r));
	r->env = saved;
	return flow;
}

static enum jflow
dispatch(struct jrun *r, const struct jnode *n)
{
	switch (n->kind) {
	case N_DATA:
		return emit(r, n->val.s);
	case N_PRINT:
		return print(r, jeval(r, n->a));
	case N_IF:
		return exec_if(r, n);
	case N_FOR:
		return jexec_for(r, n);
	case N_SET:
		return exec_set(r, n);
	case N_SET_BLOCK:
		return exec_set_block(r, n);
	case N_MACRO:
		return jexec_macro(r, n);
	case N_CALL_BLOCK:
		return print(r, jeval_call_block(r, n));
	case N_FILTER_BLOCK:
		return exec_filter_block(r, n);
	case N_WITH:
		return exec_with(r, n);
	case N_SCOPE:
		return exec_scope(r, &n->body, jframe_push(r));
	case N_BLOCK:
		return exec_block(r, n);
	case N_BREAK:
		return FLOW_BREAK;
	case N_CONTINUE:
		return FLOW_CONTINUE;
	default:
		fail("is not a statement");
		return FLOW_ERROR;
	}
}

enum jflow
jexec(struct jrun *r, const struct jnode *n)
{
	enum jflow flow;

	r->line = n->line;
	if (jrun_step(r, 1) < 0 || jrun_enter(r) < 0)
		return FLOW_ERROR;
	flow = dispatch(r, n);
	jrun_leave(r);
	return flow;
}
