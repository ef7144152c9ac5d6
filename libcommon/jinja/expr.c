#include <string.h>

#include "err.h"
#include "jinja/parse.h"
#include "utf8.h"

/* Each level of precedence is one function, the loosest first. */
static struct jnode *cond(struct jparse *p);
static struct jnode *or(struct jparse *p);
static struct jnode *not(struct jparse *p);
static struct jnode *unary(struct jparse *p, bool filters);

struct jnode *
jparse_expr(struct jparse *p)
{
	return cond(p);
}

struct jnode *
jparse_no_cond(struct jparse *p)
{
	return or(p);
}

static struct jnode *
two(struct jparse *p, enum jnode_kind kind, struct jnode *a, struct jnode *b)
{
	struct jnode *n;

	if (a == NULL || b == NULL)
		return NULL;
	n = jnode_new(p, kind);
	n->line = a->line;
	n->a = a;
	n->b = b;
	return n;
}

/* x if test else y; the tests of filters in it wait for their use. */
static struct jnode *
cond(struct jparse *p)
{
	bool soft = p->soft;
	struct jnode *n;
	int r;

	if (jparse_down(p) < 0)
		return NULL;
	n = or(p);
	while (n != NULL && (r = jparse_skip(p, "if")) != 0) {
		p->soft = true;
		n = r < 0 ? NULL : two(p, N_COND, or(p), n);
		r = n != NULL ? jparse_skip(p, "else") : -1;
		if (r < 0 || (r > 0 && (n->c = cond(p)) == NULL))
			n = NULL;
	}
	p->soft = soft;
	p->nest--;
	return n;
}

static struct jnode *
and(struct jparse *p)
{
	struct jnode *n = not(p);
	int r;

	while (n != NULL && (r = jparse_skip(p, "and")) != 0)
		n = r < 0 ? NULL : two(p, N_AND, n, not(p));
	return n;
}

static struct jnode *
or(struct jparse *p)
{
	struct jnode *n = and(p);
	int r;

	while (n != NULL && (r = jparse_skip(p, "or")) != 0)
		n = r < 0 ? NULL : two(p, N_OR, n, and(p));
	return n;
}

static const struct {
	enum jtoken_kind token;
	enum jop op;
	int level;	/* 1 comparison, 2 sum, 3 product, 4 power */
} binary[] = {
	{ T_EQ, OP_EQ, 1 },
	{ T_NE, OP_NE, 1 },
	{ T_LT, OP_LT, 1 },
	{ T_LE, OP_LE, 1 },
	{ T_GT, OP_GT, 1 },
	{ T_GE, OP_GE, 1 },
	{ T_ADD, OP_ADD, 2 },
	{ T_SUB, OP_SUB, 2 },
	{ T_MUL, OP_MUL, 3 },
	{ T_DIV, OP_DIV, 3 },
	{ T_FLOORDIV, OP_FLOORDIV, 3 },
	{ T_MOD, OP_MOD, 3 },
	{ T_POW, OP_POW, 4 },
};

static bool
operator(const struct jparse *p, int level, enum jop *op)
{
	size_t i;

	for (i = 0; i < sizeof binary / sizeof *binary; i++)
		if (binary[i].token == p->cur.kind &&
		    binary[i].level == level) {
			*op = binary[i].op;
			return true;
		}
	return false;
}

/* a op b op c of one level is (a op b) op c, powers too. */
static struct jnode *
chain(struct jparse *p, int level, struct jnode *(*below)(struct jparse *p))
{
	struct jnode *n = below(p);
	enum jop op;

	while (n != NULL && operator(p, level, &op)) {
		n = jparse_next(p) < 0 ? NULL : two(p, N_BINARY, n, below(p));
		if (n != NULL)
			n->op = op;
	}
	return n;
}

static struct jnode *
operand(struct jparse *p)
{
	return unary(p, true);
}

static struct jnode *
power(struct jparse *p)
{
	return chain(p, 4, operand);
}

static struct jnode *
product(struct jparse *p)
{
	return chain(p, 3, power);
}

static struct jnode *
concat(struct jparse *p)
{
	struct jnode *n = product(p), *all;
	struct jnodes list = { 0 };

	if (n == NULL || p->cur.kind != T_TILDE)
		return n;
	all = jnode_new(p, N_CONCAT);
	jnodes_add(p, &list, n);
	while (p->cur.kind == T_TILDE) {
		n = jparse_next(p) < 0 ? NULL : product(p);
		if (n == NULL)
			return NULL;
		jnodes_add(p, &list, n);
	}
	all->kids = list.at;
	all->n_kids = list.n;
	return all;
}

static struct jnode *
sum(struct jparse *p)
{
	return chain(p, 2, concat);
}

/* Is a comparison here?  It is then read: 1, 0, -1. */
static int
comparison(struct jparse *p, enum jop *op)
{
	int r;

	if (operator(p, 1, op))
		return jparse_next(p) < 0 ? -1 : 1;
	r = jparse_skip(p, "in");
	*op = OP_IN;
	if (r != 0 || !jparse_is(p, "not"))
		return r;
	if (jparse_look(p) < 0)
		return -1;
	if (p->ahead.kind != T_NAME || p->ahead.n != 2 ||
	    memcmp(p->ahead.p, "in", 2) != 0)
		return 0;
	*op = OP_NOT_IN;
	return jparse_next(p) < 0 || jparse_next(p) < 0 ? -1 : 1;
}

static struct jnode *
compare(struct jparse *p)
{
	struct jnode *n = sum(p), *all, *one;
	struct jnodes list = { 0 };
	enum jop op;
	int r;

	if (n == NULL)
		return NULL;
	all = jnode_new(p, N_COMPARE);
	all->a = n;
	while ((r = comparison(p, &op)) > 0) {
		one = jnode_new(p, N_OPERAND);
		one->op = op;
		one->a = sum(p);
		if (one->a == NULL)
			return NULL;
		jnodes_add(p, &list, one);
	}
	all->kids = list.at;
	all->n_kids = list.n;
	return r < 0 ? NULL : list.n > 0 ? all : n;
}

static struct jnode *
not(struct jparse *p)
{
	struct jnode *n;

	if (!jparse_is(p, "not"))
		return compare(p);
	n = jnode_new(p, N_NOT);
	if (jparse_down(p) < 0 || jparse_next(p) < 0)
		return NULL;
	n->a = not(p);
	p->nest--;
	return n->a != NULL ? n : NULL;
}

static struct jnode *
constant(struct jparse *p, struct jv v)
{
	struct jnode *n = jnode_new(p, N_CONST);

	n->val = v;
	return jparse_next(p) < 0 ? NULL : n;
}

/* A macro's body that loads caller, varargs or kwargs is given them. */
static void
note_special(struct jparse *p, const struct jstr *name)
{
	struct jmacro_scope *m;

	for (m = p->macro; m != NULL; m = m->up) {
		m->caller |= name == p->t->caller;
		m->varargs |= name == p->t->varargs;
		m->kwargs |= name == p->t->kwargs;
	}
}

static struct jnode *
name(struct jparse *p, bool attr)
{
	struct jnode *n;

	if (jparse_is(p, "true") || jparse_is(p, "True"))
		return constant(p, jv_bool(true));
	if (jparse_is(p, "false") || jparse_is(p, "False"))
		return constant(p, jv_bool(false));
	if (jparse_is(p, "none") || jparse_is(p, "None"))
		return constant(p, jv_none());
	n = jnode_new(p, N_NAME);
	if (jparse_expect_name(p, &n->name) < 0)
		return NULL;
	if (!attr || p->cur.kind != T_DOT)
		return n;
	n->kind = N_TARGET_ATTR;
	if (jparse_next(p) < 0 || jparse_expect_name(p, &n->val.s) < 0)
		return NULL;
	n->val.kind = JV_STR;
	return n;
}

/* "a" "b" is one string. */
static struct jnode *
string(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_CONST);
	struct jtext all = { .a = &p->t->mem };

	n->val = p->cur.val;
	jparse_settle(n->val.s);
	if (jparse_next(p) < 0)
		return NULL;
	if (p->cur.kind != T_STRING)
		return n;
	jtext_add(&all, n->val.s->p, n->val.s->n);
	while (p->cur.kind == T_STRING) {
		jtext_add(&all, p->cur.val.s->p, p->cur.val.s->n);
		if (jparse_next(p) < 0)
			return NULL;
	}
	n->val = jv_str(jtext_done(&all));
	jparse_settle(n->val.s);
	return n;
}

static struct jnode *
list(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_LIST), *one;
	struct jnodes all = { 0 };

	do {
		if (jparse_next(p) < 0)
			return NULL;
		if (p->cur.kind == T_RBRACKET)
			break;
		one = jparse_expr(p);
		if (one == NULL)
			return NULL;
		jnodes_add(p, &all, one);
	} while (p->cur.kind == T_COMMA);
	n->kids = all.at;
	n->n_kids = all.n;
	return jparse_expect(p, T_RBRACKET) < 0 ? NULL : n;
}

static struct jnode *
dict(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_DICT), *key, *val;
	struct jnodes all = { 0 };

	do {
		if (jparse_next(p) < 0)
			return NULL;
		if (p->cur.kind == T_RBRACE)
			break;
		key = jparse_expr(p);
		if (key == NULL || jparse_expect(p, T_COLON) < 0)
			return NULL;
		val = jparse_expr(p);
		if (val == NULL)
			return NULL;
		jnodes_add(p, &all, key);
		jnodes_add(p, &all, val);
	} while (p->cur.kind == T_COMMA);
	n->kids = all.at;
	n->n_kids = all.n;
	return jparse_expect(p, T_RBRACE) < 0 ? NULL : n;
}

static struct jnode *tuple(struct jparse *p,
    struct jnode *(*one)(struct jparse *p), const char *end, bool parens);

static struct jnode *
primary(struct jparse *p, bool attr)
{
	char shown[64];
	struct jnode *n;

	switch (p->cur.kind) {
	case T_NAME:
		n = name(p, attr);
		if (n != NULL && n->kind == N_NAME)
			note_special(p, n->name);
		return n;
	case T_STRING:
		return string(p);
	case T_INT:
	case T_FLOAT:
		return constant(p, p->cur.val);
	case T_LPAREN:
		if (jparse_next(p) < 0)
			return NULL;
		n = tuple(p, cond, NULL, true);
		return n == NULL || jparse_expect(p, T_RPAREN) < 0 ? NULL : n;
	case T_LBRACKET:
		return list(p);
	case T_LBRACE:
		return dict(p);
	default:
		shown[utf8_printable(shown, sizeof shown - 1, p->cur.p,
		    p->cur.n)] = '\0';
		return jparse_fail(p, "unexpected '%s'",
		    p->cur.kind >= T_POW ? shown : jtoken_name(p->cur.kind));
	}
}

/* a:b:c within brackets, or an index. */
static struct jnode *
subscribed(struct jparse *p, struct jnode *of)
{
	struct jnode *n = jnode_new(p, N_SLICE), *part[3] = { 0 };
	int i;

	n->a = of;
	for (i = 0; i < 3; i++) {
		if (p->cur.kind != T_COLON && p->cur.kind != T_RBRACKET &&
		    p->cur.kind != T_COMMA) {
			part[i] = jparse_expr(p);
			if (part[i] == NULL)
				return NULL;
		}
		if (p->cur.kind != T_COLON)
			break;
		if (i < 2 && jparse_next(p) < 0)
			return NULL;
	}
	if (i == 0) {
		if (part[0] == NULL)
			return jparse_fail(p, "unexpected ','");
		n->kind = N_ITEM;
		n->b = part[0];
		return n;
	}
	n->kids = jarena_new(&p->t->mem, sizeof part);
	memcpy(n->kids, part, sizeof part);
	return n;
}

static struct jnode *
bracket(struct jparse *p, struct jnode *of)
{
	struct jnode *n, *key;
	struct jnodes all = { 0 };

	if (jparse_next(p) < 0)
		return NULL;
	key = jnode_new(p, N_TUPLE);
	if (p->cur.kind == T_RBRACKET) {
		n = two(p, N_ITEM, of, key);
		return jparse_next(p) < 0 ? NULL : n;
	}
	n = subscribed(p, of);
	if (n == NULL)
		return NULL;
	if (p->cur.kind == T_COMMA) {
		jnodes_add(p, &all, n->b);
		while (n->kind == N_ITEM && p->cur.kind == T_COMMA) {
			if (jparse_next(p) < 0 ||
			    (n = subscribed(p, of)) == NULL)
				return NULL;
			jnodes_add(p, &all, n->b);
		}
		if (n->kind == N_SLICE)
			return jparse_fail(p, "slices with commas are not "
			    "supported");
		key->kids = all.at;
		key->n_kids = all.n;
		n->b = key;
	}
	return jparse_expect(p, T_RBRACKET) < 0 ? NULL : n;
}

static struct jnode *
dot(struct jparse *p, struct jnode *of)
{
	struct jnode *n = jnode_new(p, N_ATTR);

	n->a = of;
	if (jparse_next(p) < 0)
		return NULL;
	if (p->cur.kind == T_INT) {
		n->kind = N_ITEM;
		n->b = constant(p, p->cur.val);
		return n->b != NULL ? n : NULL;
	}
	if (p->cur.kind != T_NAME)
		return jparse_fail(p, "expected name or number");
	n->val.kind = JV_STR;
	return jparse_expect_name(p, &n->val.s) < 0 ? NULL : n;
}

static struct jnode *
call(struct jparse *p, struct jnode *of)
{
	struct jnode *n = jnode_new(p, N_CALL);

	n->a = of;
	n->args = jparse_args(p);
	return n->args != NULL ? n : NULL;
}

static struct jnode *
postfix(struct jparse *p, struct jnode *n)
{
	while (n != NULL)
		if (p->cur.kind == T_DOT)
			n = dot(p, n);
		else if (p->cur.kind == T_LBRACKET)
			n = bracket(p, n);
		else if (p->cur.kind == T_LPAREN)
			n = call(p, n);
		else
			break;
	return n;
}

/* name.name: of filters and tests. */
static struct jstr *
dotted(struct jparse *p)
{
	struct jtext all = { .a = &p->t->mem };
	struct jstr *s;

	if (jparse_expect_name(p, &s) < 0)
		return NULL;
	while (p->cur.kind == T_DOT) {
		jtext_add(&all, s->p, s->n);
		jtext_byte(&all, '.');
		if (jparse_next(p) < 0 || jparse_expect_name(p, &s) < 0)
			return NULL;
	}
	if (all.n == 0)
		return s;
	jtext_add(&all, s->p, s->n);
	return jparse_intern(p, all.p, all.n);
}

static struct jnode *
known(struct jparse *p, struct jnode *n, const char *what)
{
	char shown[64];

	if (n->builtin != NULL || p->soft)
		return n;
	shown[utf8_printable(shown, sizeof shown - 1, n->name->p,
	    n->name->n)] = '\0';
	return jparse_fail(p, "No %s named '%s'.", what, shown);
}

struct jnode *
jparse_filters(struct jparse *p, struct jnode *of, bool begun)
{
	struct jnode *n = of;

	while (begun || p->cur.kind == T_PIPE) {
		if (!begun && jparse_next(p) < 0)
			return NULL;
		begun = false;
		n = jnode_new(p, N_FILTER);
		n->a = of;
		n->name = dotted(p);
		if (n->name == NULL)
			return NULL;
		n->builtin = jfilter_find(n->name);
		if (p->cur.kind == T_LPAREN) {
			n->args = jparse_args(p);
			if (n->args == NULL)
				return NULL;
		}
		of = known(p, n, "filter");
		if (of == NULL)
			return NULL;
	}
	return n;
}

/* x is divisibleby 3: an argument that needs no parentheses. */
static int
bare_argument(struct jparse *p, struct jnode *n)
{
	struct jnodes one = { 0 };
	struct jnode *v;

	switch (p->cur.kind) {
	case T_NAME:
		if (jparse_is(p, "else") || jparse_is(p, "or") ||
		    jparse_is(p, "and"))
			return 0;
		break;
	case T_STRING:
	case T_INT:
	case T_FLOAT:
	case T_LBRACKET:
	case T_LBRACE:
		break;
	default:
		return 0;
	}
	if (jparse_is(p, "is")) {
		jparse_fail(p, "You cannot chain multiple tests with is");
		return -1;
	}
	v = postfix(p, primary(p, false));
	if (v == NULL)
		return -1;
	jnodes_add(p, &one, v);
	n->args = jarena_new(&p->t->mem, sizeof *n->args);
	n->args->pos = one.at;
	n->args->n = 1;
	return 0;
}

static struct jnode *
test(struct jparse *p, struct jnode *of)
{
	struct jnode *n = jnode_new(p, N_TEST), *no;
	int negated;

	n->a = of;
	if (jparse_next(p) < 0 || (negated = jparse_skip(p, "not")) < 0)
		return NULL;
	n->name = dotted(p);
	if (n->name == NULL)
		return NULL;
	n->builtin = jtest_find(n->name);
	if (p->cur.kind == T_LPAREN) {
		n->args = jparse_args(p);
		if (n->args == NULL)
			return NULL;
	} else if (bare_argument(p, n) < 0) {
		return NULL;
	}
	n = known(p, n, "test");
	if (n == NULL || !negated)
		return n;
	no = jnode_new(p, N_NOT);
	no->a = n;
	return no;
}

static struct jnode *
filters_and_tests(struct jparse *p, struct jnode *n)
{
	while (n != NULL)
		if (p->cur.kind == T_PIPE)
			n = jparse_filters(p, n, false);
		else if (jparse_is(p, "is"))
			n = test(p, n);
		else if (p->cur.kind == T_LPAREN)
			n = call(p, n);
		else
			break;
	return n;
}

static struct jnode *
unary(struct jparse *p, bool filters)
{
	struct jnode *n;

	if (p->cur.kind == T_SUB || p->cur.kind == T_ADD) {
		n = jnode_new(p, N_UNARY);
		n->op = p->cur.kind == T_SUB ? OP_NEG : OP_POS;
		if (jparse_down(p) < 0 || jparse_next(p) < 0)
			return NULL;
		n->a = unary(p, false);
		p->nest--;
		if (n->a == NULL)
			return NULL;
	} else {
		n = primary(p, false);
	}
	n = postfix(p, n);
	return filters ? filters_and_tests(p, n) : n;
}

static bool
tuple_ends(const struct jparse *p, const char *end)
{
	return p->cur.kind == T_PRINT_END || p->cur.kind == T_BLOCK_END ||
	    p->cur.kind == T_RPAREN || (end != NULL && jparse_is(p, end));
}

static struct jnode *
tuple(struct jparse *p, struct jnode *(*one)(struct jparse *p),
    const char *end, bool parens)
{
	struct jnode *n = NULL, *all = jnode_new(p, N_TUPLE);
	struct jnodes list = { 0 };
	bool comma = false;

	while (!tuple_ends(p, end)) {
		n = one(p);
		if (n == NULL)
			return NULL;
		jnodes_add(p, &list, n);
		if (p->cur.kind != T_COMMA)
			break;
		comma = true;
		if (jparse_next(p) < 0)
			return NULL;
	}
	if (list.n == 1 && !comma)
		return n;
	if (list.n == 0 && !parens)
		return jparse_fail(p, "Expected an expression, got '%s'",
		    jtoken_name(p->cur.kind));
	all->kids = list.at;
	all->n_kids = list.n;
	return all;
}

struct jnode *
jparse_tuple(struct jparse *p, bool with_cond, const char *end)
{
	return tuple(p, with_cond ? cond : or, end, false);
}

static struct jnode *
target_name(struct jparse *p)
{
	return primary(p, false);
}

static struct jnode *
target_attr(struct jparse *p)
{
	return primary(p, true);
}

static int
assignable(struct jparse *p, const struct jnode *n)
{
	size_t i;

	if (n->kind == N_NAME || n->kind == N_TARGET_ATTR)
		return 0;
	if (n->kind != N_TUPLE) {
		jparse_fail(p, "can't assign to that");
		return -1;
	}
	for (i = 0; i < n->n_kids; i++)
		if (assignable(p, n->kids[i]) < 0)
			return -1;
	return 0;
}

struct jnode *
jparse_target(struct jparse *p, bool attr, const char *end)
{
	struct jnode *n =
	    tuple(p, attr ? target_attr : target_name, end, false);

	return n == NULL || assignable(p, n) < 0 ? NULL : n;
}
