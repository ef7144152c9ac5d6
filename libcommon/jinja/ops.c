#include <math.h>
#include <string.h>

#include "err.h"
#include "jinja/run.h"

static const struct jv bad = { .kind = JV_ERR };

static struct jv
unsupported(const char *op, struct jv a, struct jv b)
{
	if (a.kind == JV_UNDEF)
		return jv_undef_error(a);
	if (b.kind == JV_UNDEF)
		return jv_undef_error(b);
	return JV_FAIL("unsupported operand type(s) for %s: '%s' and '%s'", op,
	    jv_type(a), jv_type(b));
}

static struct jv
too_big(void)
{
	return JV_FAIL("integers beyond 64 bits are not supported");
}

/* Markup escapes what is added to it. */
static struct jv
add_str(struct jrun *r, struct jv a, struct jv b)
{
	struct jv v;

	if (a.safe != b.safe) {
		if (!a.safe)
			a.s = jtext_escape(r, a.s);
		else
			b.s = jtext_escape(r, b.s);
	}
	if (jrun_room(r, b.s->n) < 0)
		return bad;
	v = jv_str(jstr_join(&r->mem, a.s, b.s));
	v.safe = a.safe || b.safe;
	return v;
}

static struct jv
add_other(struct jrun *r, struct jv a, struct jv b)
{
	if (a.kind == JV_STR && b.kind == JV_STR)
		return add_str(r, a, b);
	if ((a.kind == JV_LIST || a.kind == JV_TUPLE) && a.kind == b.kind) {
		if (jrun_room(r, b.l->n * sizeof *b.l->at) < 0)
			return bad;
		return (struct jv){ .kind = a.kind,
			.l = jlist_join(&r->mem, a.l, b.l) };
	}
	if (a.kind == JV_UNDEF || b.kind == JV_UNDEF)
		return unsupported("+", a, b);
	if (a.kind == JV_STR || a.kind == JV_LIST || a.kind == JV_TUPLE)
		return JV_FAIL("can only concatenate %s (not \"%s\") to %s",
		    jv_type(a), jv_type(b), jv_type(a));
	return unsupported("+", a, b);
}

struct jv
jop_add(struct jrun *r, struct jv a, struct jv b)
{
	int64_t i, j, k;
	double x, y;

	if (jv_integer(a, &i) && jv_integer(b, &j))
		return __builtin_add_overflow(i, j, &k) ? too_big()
							: jv_int(k);
	if (jv_number(a, &x) && jv_number(b, &y))
		return a.kind == JV_FLOAT || b.kind == JV_FLOAT
		    ? jv_float(x + y)
		    : too_big();
	return add_other(r, a, b);
}

static struct jv
repeat_str(struct jrun *r, struct jv s, size_t n)
{
	struct jtext t = { .a = &r->mem };
	struct jv v;

	while (n-- > 0)
		jtext_add(&t, s.s->p, s.s->n);
	v = jv_str(jtext_done(&t));
	v.safe = s.safe;
	if (s.s->origin != JFROM_BOTH)
		v.s->origin = s.s->origin;
	return v;
}

/* s * n: of a string, a list or a tuple. */
static struct jv
repeat(struct jrun *r, struct jv s, int64_t times)
{
	size_t i, one = s.kind == JV_STR ? s.s->n : s.l->n * sizeof *s.l->at;
	size_t n = times < 0 ? 0 : (size_t)times, all;
	struct jlist *l;

	if (one == 0)
		n = 0;
	if (__builtin_mul_overflow(one, n, &all) || jrun_room(r, all) < 0)
		return JV_FAIL("needs more than %d MB",
		    JINJA_MEMORY_MAX >> 20);
	if (s.kind == JV_STR)
		return repeat_str(r, s, n);
	l = jlist_new(&r->mem, s.l->n * n);
	for (i = 0; i < n; i++)
		memcpy(l->at + i * s.l->n, s.l->at, one);
	return (struct jv){ .kind = s.kind, .l = l };
}

static bool
repeatable(struct jv v)
{
	return v.kind == JV_STR || v.kind == JV_LIST || v.kind == JV_TUPLE;
}

static struct jv
multiply(struct jrun *r, struct jv a, struct jv b)
{
	int64_t i, j, k;
	double x, y;
	bool whole_a = jv_integer(a, &i), whole_b = jv_integer(b, &j);

	if (whole_a && whole_b)
		return __builtin_mul_overflow(i, j, &k) ? too_big()
							: jv_int(k);
	if (jv_number(a, &x) && jv_number(b, &y))
		return a.kind == JV_FLOAT || b.kind == JV_FLOAT
		    ? jv_float(x * y)
		    : too_big();
	if (repeatable(a) && whole_b)
		return repeat(r, a, j);
	if (repeatable(b) && whole_a)
		return repeat(r, b, i);
	return unsupported("*", a, b);
}

/* The sign of the remainder is that of the divisor, as in Python. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return q - (a % b != 0 && (a < 0) != (b < 0));
}

static double
float_mod(double a, double b)
{
	double m = fmod(a, b);

	if (m != 0 && (m < 0) != (b < 0))
		m += b;
	return m != 0 ? m : copysign(0, b);
}

static double
float_floor_div(double a, double b)
{
	double m = float_mod(a, b), q = (a - m) / b, f = floor(q);

	if (q == 0)
		return copysign(0, a / b);
	return q - f > 0.5 ? f + 1 : f;
}

static struct jv
divide_whole(enum jop op, int64_t a, int64_t b)
{
	if (b == 0)
		return JV_FAIL("%s", op == OP_DIV
			? "division by zero"
			: "integer division or modulo by zero");
	if (op == OP_DIV)
		return jv_float((double)a / (double)b);
	if (b == -1 && a == INT64_MIN)
		return op == OP_MOD ? jv_int(0) : too_big();
	if (op == OP_FLOORDIV)
		return jv_int(floor_div(a, b));
	return jv_int(a - floor_div(a, b) * b);
}

static struct jv
divide_float(enum jop op, double a, double b)
{
	if (b == 0)
		return JV_FAIL("%s", op == OP_DIV ? "float division by zero"
			: op == OP_MOD ? "float modulo"
				       : "float floor division by zero");
	return jv_float(op == OP_DIV ? a / b
		: op == OP_MOD	     ? float_mod(a, b)
				     : float_floor_div(a, b));
}

static struct jv
divide(struct jrun *r, enum jop op, struct jv a, struct jv b)
{
	static const char *const names[] = { [OP_DIV] = "/",
		[OP_FLOORDIV] = "//", [OP_MOD] = "%" };
	int64_t i, j;
	double x, y;

	if (op == OP_MOD && a.kind == JV_STR)
		return jtext_percent(r, a, b);
	if (jv_integer(a, &i) && jv_integer(b, &j))
		return divide_whole(op, i, j);
	if (jv_number(a, &x) && jv_number(b, &y))
		return a.kind == JV_BIG || b.kind == JV_BIG
		    ? too_big()
		    : divide_float(op, x, y);
	return unsupported(names[op], a, b);
}

static struct jv
power_whole(int64_t base, int64_t n)
{
	int64_t v = 1;

	if (base == 0 || base == 1 || base == -1)
		return jv_int(base == -1 ? (n & 1 ? -1 : 1)
			: n == 0	 ? 1
					 : base);
	for (; n > 0; n--)
		if (__builtin_mul_overflow(v, base, &v))
			return too_big();
	return jv_int(v);
}

static struct jv
power(struct jv a, struct jv b)
{
	int64_t i, j;
	double x, y, z;

	if (jv_integer(a, &i) && jv_integer(b, &j) && j >= 0)
		return power_whole(i, j);
	if (!jv_number(a, &x) || !jv_number(b, &y))
		return unsupported("** or pow()", a, b);
	if (x == 0 && y < 0)
		return JV_FAIL("0.0 cannot be raised to a negative power");
	if (x < 0 && y != floor(y))
		return JV_FAIL("complex numbers are not supported");
	z = pow(x, y);
	if (isinf(z) && isfinite(x) && isfinite(y))
		return JV_FAIL("(34, 'Numerical result out of range')");
	return jv_float(z);
}

static struct jv
subtract(struct jv a, struct jv b)
{
	int64_t i, j, k;
	double x, y;

	if (jv_integer(a, &i) && jv_integer(b, &j))
		return __builtin_sub_overflow(i, j, &k) ? too_big()
							: jv_int(k);
	if (jv_number(a, &x) && jv_number(b, &y))
		return a.kind == JV_FLOAT || b.kind == JV_FLOAT
		    ? jv_float(x - y)
		    : too_big();
	return unsupported("-", a, b);
}

struct jv
jop_binary(struct jrun *r, enum jop op, struct jv a, struct jv b)
{
	switch (op) {
	case OP_ADD:
		return jop_add(r, a, b);
	case OP_SUB:
		return subtract(a, b);
	case OP_MUL:
		return multiply(r, a, b);
	case OP_POW:
		return power(a, b);
	default:
		return divide(r, op, a, b);
	}
}

struct jv
jop_unary(struct jrun *r, enum jop op, struct jv a)
{
	int64_t i;

	(void)r;
	if (a.kind == JV_UNDEF)
		return jv_undef_error(a);
	if (a.kind == JV_FLOAT)
		return jv_float(op == OP_NEG ? -a.f : a.f);
	if (a.kind == JV_BIG)
		return op == OP_POS ? a : too_big();
	if (!jv_integer(a, &i))
		return JV_FAIL("bad operand type for unary %c: '%s'",
		    op == OP_NEG ? '-' : '+', jv_type(a));
	if (op == OP_NEG && i == INT64_MIN)
		return too_big();
	return jv_int(op == OP_NEG ? -i : i);
}

/* Which comes first, for what Python can put in order. */
static int order(struct jv a, struct jv b, const char *op, int depth,
    int *out);

static int
order_lists(const struct jlist *a, const struct jlist *b, const char *op,
    int depth, int *out)
{
	size_t i;
	int same;

	for (i = 0; i < a->n && i < b->n; i++) {
		same = jv_equal(a->at[i], b->at[i]);
		if (same < 0)
			return -1;
		if (!same)
			return order(a->at[i], b->at[i], op, depth + 1, out);
	}
	*out = a->n < b->n ? -1 : a->n > b->n;
	return 0;
}

enum { UNORDERED = 2 };	/* NaN */

static int
order_numbers(struct jv a, struct jv b, int *out)
{
	int64_t i, j;
	double x, y;

	if (jv_integer(a, &i) && jv_integer(b, &j)) {
		*out = i < j ? -1 : i > j;
		return 0;
	}
	if (a.kind == JV_BIG && b.kind == JV_BIG && !jstr_same(a.s, b.s))
		return fail("integers beyond 64 bits can't be compared");
	jv_number(a, &x);
	jv_number(b, &y);
	*out = isnan(x) || isnan(y) ? UNORDERED : x < y ? -1 : x > y;
	return 0;
}

static int
order(struct jv a, struct jv b, const char *op, int depth, int *out)
{
	double x;

	if (depth > JRUN_VALUE_DEPTH)
		return fail("values are nested too deeply");
	if (jv_number(a, &x) && jv_number(b, &x))
		return order_numbers(a, b, out);
	if (a.kind == JV_STR && b.kind == JV_STR) {
		*out = jstr_order(a.s, b.s);
		return 0;
	}
	if (a.kind == b.kind && (a.kind == JV_LIST || a.kind == JV_TUPLE))
		return order_lists(a.l, b.l, op, depth, out);
	if (a.kind == JV_UNDEF || b.kind == JV_UNDEF) {
		jv_undef_error(a.kind == JV_UNDEF ? a : b);
		return -1;
	}
	return fail("'%s' not supported between instances of '%s' and '%s'",
	    op, jv_type(a), jv_type(b));
}

int
jop_less(struct jrun *r, struct jv a, struct jv b)
{
	int o;

	if (jrun_step(r, 1) < 0 || order(a, b, "<", 0, &o) < 0)
		return -1;
	return o == -1;
}

static int
in_items(struct jrun *r, struct jv a, struct jv b)
{
	struct jiter *it = jiter_open(r, b);
	struct jv one;
	int got, same;

	if (it == NULL)
		return fail("argument of type '%s' is not iterable",
		    jv_type(b));
	while ((got = jiter_next(r, it, &one)) > 0) {
		same = jv_equal(one, a);
		if (same != 0)
			return same;
	}
	return got;
}

static int
in_str(struct jrun *r, struct jv a, struct jstr *s)
{
	if (a.kind != JV_STR)
		return fail("'in <string>' requires string as left operand, "
		    "not %s", jv_type(a));
	if (jrun_step(r, s->n / 256) < 0)
		return -1;
	return a.s->n == 0 || memmem(s->p, s->n, a.s->p, a.s->n) != NULL;
}

int
jop_in(struct jrun *r, struct jv a, struct jv b)
{
	uint64_t hash;

	if (b.kind == JV_STR)
		return in_str(r, a, b.s);
	if (b.kind == JV_DICT ||
	    (b.kind == JV_VIEW && b.view->what == JVIEW_KEYS)) {
		if (jv_hash(a, &hash) < 0)
			return -1;
		return jdict_get(b.kind == JV_DICT ? b.d : b.view->d, a) !=
		    NULL;
	}
	return in_items(r, a, b);
}

int
jop_compare(struct jrun *r, enum jop op, struct jv a, struct jv b)
{
	static const char *const names[] = { [OP_LT] = "<", [OP_LE] = "<=",
		[OP_GT] = ">", [OP_GE] = ">=" };
	int o;

	switch (op) {
	case OP_EQ:
		return jv_equal(a, b);
	case OP_NE:
		o = jv_equal(a, b);
		return o < 0 ? -1 : !o;
	case OP_IN:
		return jop_in(r, a, b);
	case OP_NOT_IN:
		o = jop_in(r, a, b);
		return o < 0 ? -1 : !o;
	default:
		break;
	}
	if (order(a, b, names[op], 0, &o) < 0)
		return -1;
	return op == OP_LT ? o == -1
	    : op == OP_LE  ? o == -1 || o == 0
	    : op == OP_GT  ? o == 1
			   : o == 1 || o == 0;
}
