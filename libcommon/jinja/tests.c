#include "err.h"
#include "jinja/run.h"

/*
 * All tests of Jinja 3.1, what stands after "is": a new one is a function and
 * a line in the table.
 */
static const struct jv bad = { .kind = JV_ERR };

#define ARGS                                                                  \
	struct jrun *r, struct jv self, const struct jv *arg,                 \
	    const struct jcall *c

static struct jv
of_kind(ARGS)
{
	(void)r;
	(void)arg;
	return jv_bool(self.kind == (enum jkind)c->how ||
	    (c->how == JV_INT && self.kind == JV_BIG));
}

static struct jv
is_defined(ARGS)
{
	(void)r;
	(void)arg;
	return jv_bool((self.kind != JV_UNDEF) == c->how);
}

static struct jv
is_truth(ARGS)
{
	(void)r;
	(void)arg;
	return jv_bool(self.kind == JV_BOOL && self.b == c->how);
}

static struct jv
is_number(ARGS)
{
	double f;

	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(jv_number(self, &f));
}

static struct jv
is_mapping(ARGS)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(self.kind == JV_DICT);
}

/* What has a length and can be indexed: in Jinja that is undefined too. */
static struct jv
is_sequence(ARGS)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(self.kind == JV_UNDEF ||
	    (self.kind >= JV_STR && self.kind <= JV_RANGE));
}

static struct jv
is_iterable(ARGS)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(jiter_can(self) || self.kind == JV_LOOP);
}

static struct jv
is_callable(ARGS)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(self.kind == JV_FUNC || self.kind == JV_LOOP ||
	    self.kind == JV_JOINER || self.kind == JV_UNDEF);
}

static struct jv
is_escaped(ARGS)
{
	(void)r;
	(void)arg;
	(void)c;
	return jv_bool(self.kind == JV_STR && self.safe);
}

/* how: the remainder of a division by two. */
static struct jv
is_odd(ARGS)
{
	struct jv rest = jop_binary(r, OP_MOD, self, jv_int(2));

	(void)arg;
	return jv_bad(rest) ? rest
			    : jv_bool(jv_equal(rest, jv_int(c->how)) == 1);
}

static struct jv
is_divisibleby(ARGS)
{
	struct jv rest = jop_binary(r, OP_MOD, self, arg[0]);

	(void)c;
	return jv_bad(rest) ? rest : jv_bool(jv_equal(rest, jv_int(0)) == 1);
}

/* All letters of this case, and at least one. */
static struct jv
is_case(ARGS)
{
	struct jv v = jarg_text(r, self);

	(void)arg;
	return jv_bad(v) ? v : jv_bool(ju_is_case(v.s, c->how));
}

static struct jv
is_sameas(ARGS)
{
	struct jv other = arg[0];

	(void)r;
	(void)c;
	if (self.kind != other.kind)
		return jv_bool(false);
	if (self.kind == JV_STR)
		return jv_bool(jstr_same(self.s, other.s));
	if (self.kind <= JV_FLOAT)
		return jv_bool(jv_equal(self, other) == 1);
	if (self.kind == JV_LIST || self.kind == JV_TUPLE)
		return jv_bool(self.l->at == other.l->at &&
		    self.l->n == other.l->n);
	return jv_bool(self.d == other.d);
}

static struct jv
is_in(ARGS)
{
	int yes = jop_in(r, self, arg[0]);

	(void)c;
	return yes < 0 ? bad : jv_bool(yes);
}

static struct jv
compares(ARGS)
{
	int yes = jop_compare(r, (enum jop)c->how, self, arg[0]);

	return yes < 0 ? bad : jv_bool(yes);
}

static struct jv
is_filter(ARGS)
{
	uint64_t hash;

	(void)r;
	(void)arg;
	if (jv_hash(self, &hash) < 0)
		return bad;
	if (self.kind != JV_STR)
		return jv_bool(false);
	return jv_bool((c->how ? jtest_find(self.s) : jfilter_find(self.s)) !=
	    NULL);
}

static const struct jbuiltin table[] = {
	{ "!=", compares, "/other", 1, OP_NE },
	{ "<", compares, "/other", 1, OP_LT },
	{ "<=", compares, "/other", 1, OP_LE },
	{ "==", compares, "/other", 1, OP_EQ },
	{ ">", compares, "/other", 1, OP_GT },
	{ ">=", compares, "/other", 1, OP_GE },
	{ "boolean", of_kind, "", 0, JV_BOOL },
	{ "callable", is_callable, "/", 0, 0 },
	{ "defined", is_defined, "", 0, true },
	{ "divisibleby", is_divisibleby, "num", 1, 0 },
	{ "eq", compares, "/other", 1, OP_EQ },
	{ "equalto", compares, "/other", 1, OP_EQ },
	{ "escaped", is_escaped, "", 0, 0 },
	{ "even", is_odd, "", 0, 0 },
	{ "false", is_truth, "", 0, false },
	{ "filter", is_filter, "", 0, false },
	{ "float", of_kind, "", 0, JV_FLOAT },
	{ "ge", compares, "/other", 1, OP_GE },
	{ "greaterthan", compares, "/other", 1, OP_GT },
	{ "gt", compares, "/other", 1, OP_GT },
	{ "in", is_in, "seq", 1, 0 },
	{ "integer", of_kind, "", 0, JV_INT },
	{ "iterable", is_iterable, "", 0, 0 },
	{ "le", compares, "/other", 1, OP_LE },
	{ "lessthan", compares, "/other", 1, OP_LT },
	{ "lower", is_case, "", 0, 'l' },
	{ "lt", compares, "/other", 1, OP_LT },
	{ "mapping", is_mapping, "", 0, 0 },
	{ "ne", compares, "/other", 1, OP_NE },
	{ "none", of_kind, "", 0, JV_NONE },
	{ "number", is_number, "", 0, 0 },
	{ "odd", is_odd, "", 0, 1 },
	{ "sameas", is_sameas, "other", 1, 0 },
	{ "sequence", is_sequence, "", 0, 0 },
	{ "string", of_kind, "", 0, JV_STR },
	{ "test", is_filter, "", 0, true },
	{ "true", is_truth, "", 0, true },
	{ "undefined", is_defined, "", 0, false },
	{ "upper", is_case, "", 0, 'u' },
	{ 0 },
};

const struct jbuiltin *
jtest_find(const struct jstr *name)
{
	return jbuiltin_find(table, name);
}
