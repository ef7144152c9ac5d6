#include "jinja/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/run.h"

const char *
jv_type(struct jv v)
{
	static const char *const names[] = {
		[JV_MISSING] = "missing",
		[JV_ERR] = "error",
		[JV_UNDEF] = "Undefined",
		[JV_NONE] = "NoneType",
		[JV_BOOL] = "bool",
		[JV_INT] = "int",
		[JV_BIG] = "int",
		[JV_FLOAT] = "float",
		[JV_STR] = "str",
		[JV_LIST] = "list",
		[JV_TUPLE] = "tuple",
		[JV_DICT] = "dict",
		[JV_RANGE] = "range",
		[JV_ITER] = "generator",
		[JV_SPACE] = "Namespace",
		[JV_FUNC] = "function",
		[JV_LOOP] = "LoopContext",
		[JV_CYCLER] = "Cycler",
		[JV_JOINER] = "Joiner",
	};
	static const char *const views[] = { "dict_keys", "dict_values",
		"dict_items" };

	return v.kind == JV_VIEW ? views[v.view->what] : names[v.kind];
}

struct jv
jv_undef_error(struct jv v)
{
	const struct jundef *u = v.undef;
	struct jarena a = { 0 };
	struct jtext t = { .a = &a };
	const char *of;

	if (u->hint != NULL)
		return JV_FAIL("%s", u->hint);
	jv_repr(&t, u->name);
	jtext_byte(&t, '\0');
	if (u->of.kind == JV_MISSING) {
		fail("%s is undefined", t.p);
	} else {
		of = u->of.kind == JV_NONE ? "None" : jv_type(u->of);
		fail(u->name.kind == JV_STR
			? "'%s%s' has no attribute %s"
			: "%s%s has no element %s",
		    of, u->of.kind == JV_NONE ? "" : " object", t.p);
	}
	jarena_free(&a);
	return (struct jv){ .kind = JV_ERR };
}

bool
jv_integer(struct jv v, int64_t *i)
{
	if (v.kind == JV_BOOL)
		*i = v.b;
	else if (v.kind == JV_INT)
		*i = v.i;
	else
		return false;
	return true;
}

bool
jv_number(struct jv v, double *f)
{
	int64_t i;

	if (v.kind == JV_FLOAT)
		*f = v.f;
	else if (v.kind == JV_BIG)
		*f = strtod(v.s->p, NULL);
	else if (jv_integer(v, &i))
		*f = (double)i;
	else
		return false;
	return true;
}

bool
jv_truth(struct jv v)
{
	switch (v.kind) {
	case JV_BOOL:
		return v.b;
	case JV_INT:
		return v.i != 0;
	case JV_FLOAT:
		return v.f != 0;
	case JV_STR:
	case JV_LIST:
	case JV_TUPLE:
	case JV_DICT:
	case JV_RANGE:
	case JV_VIEW:
		return jv_len(v) > 0;
	case JV_MISSING:
	case JV_ERR:
	case JV_UNDEF:
	case JV_NONE:
		return false;
	default:
		return true;
	}
}

bool
jv_is(struct jv v, const char *text)
{
	return v.kind == JV_STR && v.s->n == strlen(text) &&
	    memcmp(v.s->p, text, v.s->n) == 0;
}

int64_t
jv_len(struct jv v)
{
	switch (v.kind) {
	case JV_UNDEF:
		return 0;
	case JV_STR:
		return (int64_t)jstr_len(v.s);
	case JV_LIST:
	case JV_TUPLE:
		return (int64_t)v.l->n;
	case JV_DICT:
		return (int64_t)v.d->n;
	case JV_RANGE:
		return v.range->n;
	case JV_VIEW:
		return (int64_t)v.view->d->n;
	case JV_LOOP:
		return jloop_length(v.loop);
	default:
		return fail("object of type '%s' has no len()", jv_type(v));
	}
}

static int equal(struct jv a, struct jv b, int depth);

static int
lists_equal(const struct jlist *a, const struct jlist *b, int depth)
{
	size_t i;
	int r = 1;

	if (a->n != b->n)
		return 0;
	if (a->at == b->at)
		return 1;
	for (i = 0; i < a->n && r == 1; i++)
		r = equal(a->at[i], b->at[i], depth);
	return r;
}

static int
dicts_equal(const struct jdict *a, const struct jdict *b, int depth)
{
	struct jv *other;
	size_t i;
	int r = 1;

	if (a->n != b->n)
		return 0;
	for (i = 0; i < a->n && r == 1; i++) {
		other = jdict_get(b, a->at[i].key);
		r = other != NULL ? equal(a->at[i].val, *other, depth) : 0;
	}
	return r;
}

static bool
ranges_equal(const struct jrange *a, const struct jrange *b)
{
	return a->n == b->n && (a->n == 0 ||
	    (a->start == b->start && (a->n == 1 || a->step == b->step)));
}

static bool
numbers_equal(struct jv a, struct jv b)
{
	int64_t i, j;
	double x, y;

	if (jv_integer(a, &i) && jv_integer(b, &j))
		return i == j;
	if (a.kind == JV_BIG && b.kind == JV_BIG)
		return jstr_same(a.s, b.s);
	if ((a.kind == JV_BIG || b.kind == JV_BIG) && a.kind != JV_FLOAT &&
	    b.kind != JV_FLOAT)
		return false;
	return jv_number(a, &x) && jv_number(b, &y) && x == y;
}

static int
equal(struct jv a, struct jv b, int depth)
{
	double x;

	if (depth > JRUN_VALUE_DEPTH)
		return fail("values are nested too deeply");
	if (jv_number(a, &x) || jv_number(b, &x))
		return numbers_equal(a, b);
	if (a.kind != b.kind)
		return 0;
	switch (a.kind) {
	case JV_UNDEF:
	case JV_NONE:
		return 1;
	case JV_STR:
		return jstr_same(a.s, b.s);
	case JV_LIST:
	case JV_TUPLE:
		return lists_equal(a.l, b.l, depth + 1);
	case JV_DICT:
		return dicts_equal(a.d, b.d, depth + 1);
	case JV_RANGE:
		return ranges_equal(a.range, b.range);
	default:
		return a.d == b.d;	/* the same object */
	}
}

int
jv_equal(struct jv a, struct jv b)
{
	return equal(a, b, 0);
}

static int hash(struct jv v, uint64_t *h, int depth);

static int
hash_tuple(const struct jlist *l, uint64_t *h, int depth)
{
	uint64_t one;
	size_t i;

	*h = 0x345678;
	for (i = 0; i < l->n; i++) {
		if (hash(l->at[i], &one, depth + 1) < 0)
			return -1;
		*h = (*h ^ one) * 0x9e3779b97f4a7c15u + l->n;
	}
	return 0;
}

/* Equal numbers have one hash, whatever their type. */
static uint64_t
hash_float(double f)
{
	uint64_t h;

	if (f == floor(f) && fabs(f) < 0x1p63)
		return (uint64_t)(int64_t)f * 0x9e3779b97f4a7c15u;
	memcpy(&h, &f, sizeof h);
	return h;
}

static int
hash(struct jv v, uint64_t *h, int depth)
{
	int64_t i;

	if (depth > JRUN_VALUE_DEPTH)
		return fail("values are nested too deeply");
	if (jv_integer(v, &i)) {
		*h = (uint64_t)i * 0x9e3779b97f4a7c15u;
		return 0;
	}
	switch (v.kind) {
	case JV_UNDEF:
	case JV_NONE:
		*h = v.kind;
		return 0;
	case JV_FLOAT:
		*h = hash_float(v.f);
		return 0;
	case JV_STR:
	case JV_BIG:
		*h = jstr_hash(v.s);
		return 0;
	case JV_TUPLE:
		return hash_tuple(v.l, h, depth);
	case JV_LIST:
	case JV_DICT:
	case JV_VIEW:
		return fail("unhashable type: '%s'", jv_type(v));
	default:
		*h = (uint64_t)(uintptr_t)v.d;
		return 0;
	}
}

int
jv_hash(struct jv v, uint64_t *h)
{
	return hash(v, h, 0);
}

/* A number as Python's json reads it: exact, or a double. */
static struct jv
number(struct jarena *a, struct pull *j)
{
	struct slice s;
	char tmp[400], *p = tmp;
	long long i;
	double f;

	if (!pull_number(j, &s))
		return (struct jv){ .kind = JV_ERR };
	if (s.n >= sizeof tmp)
		p = jarena_grow(a, NULL, 0, s.n + 1);
	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	if (strpbrk(p, ".eE") != NULL) {
		f = strtod(p, NULL);
		return jv_float(f);
	}
	errno = 0;
	i = strtoll(p, NULL, 10);
	if (errno == 0)
		return jv_int(i);
	return (struct jv){ .kind = JV_BIG, .s = jstr_copy(a, p, s.n) };
}

static struct jstr *
decode(struct jarena *a, struct slice s)
{
	struct jstr *made;
	char *p;

	if (memchr(s.p, '\\', s.n) == NULL) {
		made = jstr_copy(a, s.p, s.n);
	} else {
		p = jarena_grow(a, NULL, 0, s.n);
		made = jstr_wrap(a, p, slice_decode(s, p));
	}
	made->origin = JFROM_DATA;
	return made;
}

static struct jv
array(struct jarena *a, struct pull *j)
{
	struct jlist *l = jlist_new(a, 0);
	struct jv v;

	pull_array(j);
	while (pull_item(j)) {
		v = jv_from_json(a, j);
		if (jv_bad(v))
			return v;
		jlist_add(a, l, v);
	}
	return jv_list(l);
}

static struct jv
object(struct jarena *a, struct pull *j)
{
	struct jdict *d = jdict_new(a);
	struct slice key;
	struct jv k, v;

	pull_object(j);
	while (pull_key(j, &key)) {
		k = jv_str(decode(a, key));
		v = jv_from_json(a, j);
		if (jv_bad(v))
			return v;
		jdict_set(a, d, k, v);
	}
	return jv_dict(d);
}

struct jv
jv_from_json(struct jarena *a, struct pull *j)
{
	struct jv v = { .kind = JV_ERR };
	struct slice s;
	bool b;

	switch (pull_peek(j)) {
	case '{':
		v = object(a, j);
		break;
	case '[':
		v = array(a, j);
		break;
	case '"':
		if (pull_string(j, &s))
			v = jv_str(decode(a, s));
		break;
	case 't':
	case 'f':
		if (pull_bool(j, &b))
			v = jv_bool(b);
		break;
	case 'n':
		if (pull_null(j))
			v = jv_none();
		break;
	case '\0':
		pull_fail(j, "ends too early");
		break;
	default:
		v = number(a, j);
	}
	return j->error != NULL ? (struct jv){ .kind = JV_ERR } : v;
}
