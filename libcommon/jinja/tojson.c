#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/run.h"
#include "utf8.h"

/*
 * json.dumps(), as the tojson filter of transformers calls it: separators
 * ", " and ": ", keys in their own order, characters as they are.
 */
struct writer {
	struct jtext *t;
	const struct jjson *how;
	int depth;
};

static int put(struct writer *w, struct jv v);

static void
put_unicode(struct jtext *t, uint32_t c)
{
	char tmp[16];

	if (c >= 0x10000)
		snprintf(tmp, sizeof tmp, "\\u%04x\\u%04x",
		    0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else
		snprintf(tmp, sizeof tmp, "\\u%04x", c);
	jtext_str(t, tmp);
}

static void
put_string(struct writer *w, const struct jstr *s)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	size_t i, start = 0;
	const char *p;
	uint32_t c = 0;
	int len;

	jtext_byte(w->t, '"');
	for (i = 0; i < s->n; i += (size_t)len) {
		len = utf8_decode(s->p + i, s->n - i, &c);
		if (c >= 0x20 && c != '"' && c != '\\' &&
		    (c < 0x7f || !w->how->ascii))
			continue;
		jtext_add(w->t, s->p + start, i - start);
		start = i + (size_t)len;
		p = c != 0 && c < 0x80 ? strchr(from, (int)c) : NULL;
		if (p != NULL) {
			jtext_byte(w->t, '\\');
			jtext_byte(w->t, to[p - from]);
		} else {
			put_unicode(w->t, c);
		}
	}
	jtext_add(w->t, s->p + start, s->n - start);
	jtext_byte(w->t, '"');
}

static void
newline(struct writer *w)
{
	int i;

	if (w->how->indent == NULL)
		return;
	jtext_byte(w->t, '\n');
	for (i = 0; i < w->depth; i++)
		jtext_str(w->t, w->how->indent);
}

static int
put_float(struct writer *w, double f)
{
	if (isnan(f))
		jtext_str(w->t, "NaN");
	else if (isinf(f))
		jtext_str(w->t, f < 0 ? "-Infinity" : "Infinity");
	else
		jv_print_float(w->t, f);
	return 0;
}

static int
put_list(struct writer *w, const struct jlist *l)
{
	size_t i;

	if (l->n == 0) {
		jtext_str(w->t, "[]");
		return 0;
	}
	jtext_byte(w->t, '[');
	w->depth++;
	for (i = 0; i < l->n; i++) {
		if (i > 0)
			jtext_add(w->t, w->how->item, w->how->n_item);
		newline(w);
		if (put(w, l->at[i]) < 0)
			return -1;
	}
	w->depth--;
	newline(w);
	jtext_byte(w->t, ']');
	return 0;
}

/* A key that is no string becomes one: true, null, 1, 1.5. */
static int
put_key(struct writer *w, struct jv key)
{
	if (key.kind == JV_STR) {
		put_string(w, key.s);
		return 0;
	}
	if (key.kind < JV_NONE || key.kind > JV_FLOAT)
		return fail("keys must be str, int, float, bool or None, not "
		    "%s", jv_type(key));
	jtext_byte(w->t, '"');
	if (put(w, key) < 0)
		return -1;
	jtext_byte(w->t, '"');
	return 0;
}

static int
by_key(const void *x, const void *y)
{
	const struct jpair *const *a = x, *const *b = y;
	double f, g;

	if ((*a)->key.kind == JV_STR && (*b)->key.kind == JV_STR)
		return jstr_order((*a)->key.s, (*b)->key.s);
	if (jv_number((*a)->key, &f) && jv_number((*b)->key, &g))
		return f < g ? -1 : f > g;
	return 0;
}

static int
sortable(const struct jdict *d)
{
	bool text = d->n > 0 && d->at[0].key.kind == JV_STR;
	double f;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (text ? d->at[i].key.kind != JV_STR
			 : d->n > 1 && !jv_number(d->at[i].key, &f))
			return fail("'<' not supported between instances of "
			    "'%s' and '%s'", jv_type(d->at[i].key),
			    jv_type(d->at[0].key));
	return 0;
}

static int
put_dict(struct writer *w, const struct jdict *d)
{
	const struct jpair **at;
	size_t i;

	if (d->n == 0) {
		jtext_str(w->t, "{}");
		return 0;
	}
	at = jarena_new(w->t->a, d->n * sizeof *at);
	for (i = 0; i < d->n; i++)
		at[i] = &d->at[i];
	if (w->how->sort) {
		if (sortable(d) < 0)
			return -1;
		qsort(at, d->n, sizeof *at, by_key);
	}
	jtext_byte(w->t, '{');
	w->depth++;
	for (i = 0; i < d->n; i++) {
		if (i > 0)
			jtext_add(w->t, w->how->item, w->how->n_item);
		newline(w);
		if (put_key(w, at[i]->key) < 0)
			return -1;
		jtext_add(w->t, w->how->key, w->how->n_key);
		if (put(w, at[i]->val) < 0)
			return -1;
	}
	w->depth--;
	newline(w);
	jtext_byte(w->t, '}');
	return 0;
}

static int
put(struct writer *w, struct jv v)
{
	if (w->depth > JRUN_VALUE_DEPTH)
		return fail("values are nested too deeply for JSON");
	switch (v.kind) {
	case JV_NONE:
		jtext_str(w->t, "null");
		return 0;
	case JV_BOOL:
		jtext_str(w->t, v.b ? "true" : "false");
		return 0;
	case JV_INT:
	case JV_BIG:
		return jv_print(w->t, v);
	case JV_FLOAT:
		return put_float(w, v.f);
	case JV_STR:
		put_string(w, v.s);
		return 0;
	case JV_LIST:
	case JV_TUPLE:
		return put_list(w, v.l);
	case JV_DICT:
		return put_dict(w, v.d);
	default:
		return fail("Object of type %s is not JSON serializable",
		    jv_type(v));
	}
}

int
jv_to_json(struct jtext *t, struct jv v, const struct jjson *how)
{
	struct writer w = { t, how, 0 };

	return put(&w, v);
}
