#include "err.h"
#include "jinja/parse.h"

/* The arguments of calls, filters and tests. */
static int
keyword(struct jparse *p, struct jargs *args, size_t *cap)
{
	size_t want = *cap ? 2 * *cap : 4;
	struct jnamed *k;

	if (args->n_kw == *cap) {
		args->kw = jarena_grow(&p->t->mem, args->kw,
		    *cap * sizeof *args->kw, want * sizeof *args->kw);
		*cap = want;
	}
	k = &args->kw[args->n_kw++];
	if (jparse_expect_name(p, &k->name) < 0 || jparse_next(p) < 0)
		return -1;
	k->val = jparse_expr(p);
	return k->val != NULL ? 0 : -1;
}

static int
bad_call(struct jparse *p)
{
	jparse_fail(p, "invalid syntax for function call expression");
	return -1;
}

/* One of x, name=x, *x, **x. */
static int
argument(struct jparse *p, struct jargs *args, struct jnodes *pos,
    size_t *cap)
{
	struct jnode **star = p->cur.kind == T_MUL ? &args->star
	    : p->cur.kind == T_POW		   ? &args->star_star
						   : NULL;
	struct jnode *n;

	if (star != NULL) {
		if (*star != NULL || args->star_star != NULL)
			return bad_call(p);
		*star = jparse_next(p) < 0 ? NULL : jparse_expr(p);
		return *star != NULL ? 0 : -1;
	}
	if (p->cur.kind == T_NAME) {
		if (jparse_look(p) < 0)
			return -1;
		if (p->ahead.kind == T_ASSIGN)
			return args->star_star != NULL ? bad_call(p)
						       : keyword(p, args, cap);
	}
	if (args->star != NULL || args->star_star != NULL || args->n_kw > 0)
		return bad_call(p);
	n = jparse_expr(p);
	if (n == NULL)
		return -1;
	jnodes_add(p, pos, n);
	return 0;
}

struct jargs *
jparse_args(struct jparse *p)
{
	struct jargs *args = jarena_new(&p->t->mem, sizeof *args);
	struct jnodes pos = { 0 };
	size_t cap = 0;

	if (jparse_expect(p, T_LPAREN) < 0)
		return NULL;
	while (p->cur.kind != T_RPAREN) {
		if (argument(p, args, &pos, &cap) < 0)
			return NULL;
		if (p->cur.kind == T_RPAREN)
			break;
		if (jparse_expect(p, T_COMMA) < 0)
			return NULL;
	}
	args->pos = pos.at;
	args->n = pos.n;
	return jparse_next(p) < 0 ? NULL : args;
}
