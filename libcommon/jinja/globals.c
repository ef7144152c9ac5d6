#include <stdio.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "jinja/run.h"

static const struct jv bad = { .kind = JV_ERR };

#define ARGS                                                                  \
	struct jrun *r, struct jv self, const struct jv *arg,                 \
	    const struct jcall *c

static int64_t
range_length(int64_t start, int64_t stop, int64_t step)
{
	uint64_t span, by, n;

	if (step > 0 ? start >= stop : start <= stop)
		return 0;
	span = step > 0 ? (uint64_t)stop - (uint64_t)start
			: (uint64_t)start - (uint64_t)stop;
	by = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
	n = (span - 1) / by + 1;
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static struct jv
range(ARGS)
{
	struct jrange *n = jarena_new(&r->mem, sizeof *n);
	bool one = arg[1].kind == JV_MISSING;

	(void)self;
	(void)c;
	if (jarg_int(one ? jv_int(0) : arg[0], 0, &n->start) < 0 ||
	    jarg_int(one ? arg[0] : arg[1], 0, &n->stop) < 0 ||
	    jarg_int(arg[2], 1, &n->step) < 0)
		return bad;
	if (n->step == 0)
		return JV_FAIL("range() arg 3 must not be zero");
	n->n = range_length(n->start, n->stop, n->step);
	if (n->n > JINJA_RANGE_MAX)
		return JV_FAIL("Range too big. The sandbox blocks ranges "
		    "larger than MAX_RANGE (%d).", JINJA_RANGE_MAX);
	return (struct jv){ .kind = JV_RANGE, .range = n };
}

static int
add_pair(struct jrun *r, struct jdict *d, struct jv pair)
{
	struct jlist *l = jiter_list(r, pair);

	if (l == NULL)
		return -1;
	if (l->n != 2)
		return fail("dictionary update sequence element has length "
		    "%zu; 2 is required", l->n);
	return jdict_set(&r->mem, d, l->at[0], l->at[1]);
}

static struct jdict *
dict_of(struct jrun *r, const struct jcall *c)
{
	struct jdict *d = jdict_new(&r->mem);
	struct jiter *it;
	struct jv one;
	size_t i;
	int got = 0;

	if (c->n > 1)
		return fail("dict expected at most 1 argument, got %zu",
		    c->n), NULL;
	if (c->n == 1 && (c->pos[0].kind == JV_DICT)) {
		d = jdict_copy(&r->mem, c->pos[0].d);
	} else if (c->n == 1) {
		it = jiter_open(r, c->pos[0]);
		if (it == NULL)
			return NULL;
		while ((got = jiter_next(r, it, &one)) > 0)
			if (add_pair(r, d, one) < 0)
				return NULL;
	}
	for (i = 0; got == 0 && i < c->n_kw; i++)
		jdict_set(&r->mem, d, jv_str(c->kw[i].name), c->kw[i].val);
	return got < 0 ? NULL : d;
}

static struct jv
dict(ARGS)
{
	struct jdict *d = dict_of(r, c);

	(void)self;
	(void)arg;
	return d != NULL ? jv_dict(d) : bad;
}

/* transformers': no attribute begins with an underscore. */
static struct jv
namespace(ARGS)
{
	struct jdict *d = dict_of(r, c);
	size_t i;

	(void)self;
	(void)arg;
	for (i = 0; d != NULL && i < d->n; i++)
		if (d->at[i].key.kind == JV_STR && d->at[i].key.s->n > 0 &&
		    d->at[i].key.s->p[0] == '_')
			return JV_FAIL("Chat templates cannot store "
			    "underscore-prefixed attributes on a namespace");
	return d != NULL ? (struct jv){ .kind = JV_SPACE, .d = d } : bad;
}

static struct jv
cycler(ARGS)
{
	struct jcycler *cycle = jarena_new(&r->mem, sizeof *cycle);

	(void)self;
	(void)arg;
	if (c->n_kw > 0)
		return JV_FAIL("cycler() takes no keyword arguments");
	if (c->n == 0)
		return JV_FAIL("at least one item has to be provided");
	cycle->items = jlist_new(&r->mem, c->n);
	memcpy(cycle->items->at, c->pos, c->n * sizeof *c->pos);
	return (struct jv){ .kind = JV_CYCLER, .cycler = cycle };
}

static struct jv
joiner(ARGS)
{
	struct jjoiner *j = jarena_new(&r->mem, sizeof *j);

	(void)self;
	(void)c;
	j->sep = arg[0].kind != JV_MISSING ? arg[0] : jrun_str(r, ", ");
	return (struct jv){ .kind = JV_JOINER, .joiner = j };
}

struct jv
jjoiner_call(struct jrun *r, struct jjoiner *j, const struct jcall *c)
{
	if (c->n > 0 || c->n_kw > 0)
		return JV_FAIL("a joiner takes no arguments");
	if (j->used)
		return j->sep;
	j->used = true;
	return jrun_str(r, "");
}

static struct jv
raise_exception(ARGS)
{
	struct jv v = jarg_text(r, arg[0]);

	(void)self;
	(void)c;
	if (jv_bad(v))
		return v;
	return JV_FAIL("%.*s", v.s->n < 900 ? (int)v.s->n : 900, v.s->p);
}

/* Python fills in %f by itself; a naive time has no zone. */
static const char *
python_only(char c)
{
	return c == 'f' ? "000000" : c == 'z' || c == 'Z' ? "" : NULL;
}

static void
expand(const struct jstr *format, struct jtext *t)
{
	const char *own;
	size_t i;

	for (i = 0; i < format->n; i++) {
		own = NULL;
		if (format->p[i] == '%' && i + 1 < format->n) {
			own = python_only(format->p[++i]);
			if (own == NULL)
				jtext_byte(t, '%');
		}
		if (own != NULL)
			jtext_str(t, own);
		else
			jtext_byte(t, format->p[i]);
	}
	jtext_byte(t, '\0');
}

/*
 * SOURCE_DATE_EPOCH is in UTC, so that the text does not depend on where it is
 * made; the clock is read as the user's time zone has it, as in Python.
 */
static struct jv
strftime_now(ARGS)
{
	struct jtext t = { .a = &r->mem };
	struct jstr *format;
	char out[1024];
	time_t now = (time_t)r->now;
	struct tm tm;

	(void)self;
	(void)c;
	if (jarg_str(arg[0], &format) < 0)
		return bad;
	if (format->n > 200 || memchr(format->p, '\0', format->n) != NULL)
		return JV_FAIL("strftime_now: the format is too long");
	if ((r->fixed_now ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)) ==
	    NULL)
		return JV_FAIL("strftime_now: no such time");
	expand(format, &t);
	_Pragma("GCC diagnostic push")
	_Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
	return jrun_text(r, out, strftime(out, sizeof out, t.p, &tm));
	_Pragma("GCC diagnostic pop")
}

static struct jv
lipsum(ARGS)
{
	(void)r;
	(void)self;
	(void)arg;
	(void)c;
	return JV_FAIL("lipsum() is not supported");
}

static const struct jbuiltin table[] = {
	{ "cycler", cycler, NULL, 0, 0 },
	{ "dict", dict, NULL, 0, 0 },
	{ "joiner", joiner, "sep", 0, 0 },
	{ "lipsum", lipsum, NULL, 0, 0 },
	{ "namespace", namespace, NULL, 0, 0 },
	{ "raise_exception", raise_exception, "message", 1, 0 },
	{ "range", range, "/start stop step", 1, 0 },
	{ "strftime_now", strftime_now, "format", 1, 0 },
	{ 0 },
};

struct jv
jglobal_find(struct jrun *r, const struct jstr *name)
{
	const struct jbuiltin *b = jbuiltin_find(table, name);

	return b != NULL ? jbuiltin_value(r, b, jv_none())
			 : (struct jv){ .kind = JV_MISSING };
}
