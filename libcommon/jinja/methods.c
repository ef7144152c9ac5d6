#include "jinja/methods.h"

#include <string.h>

#include "err.h"

/*
 * What values have after a dot, as far as it is data: the methods of Python's
 * types that change nothing.  Those that change are there, and refused.
 */
static const struct jbuiltin of_str[] = {
	{ "capitalize", jm_case, "/", 0, JCASE_CAPITAL },
	{ "casefold", jm_case, "/", 0, JCASE_FOLD },
	{ "center", jm_pad, "/width fillchar", 1, '^' },
	{ "count", jm_str_count, "/sub start end", 1, 0 },
	{ "encode", jm_refused, NULL, 0, 0 },
	{ "endswith", jm_startswith, "/suffix start end", 1, 1 },
	{ "expandtabs", jm_expandtabs, "tabsize", 0, 0 },
	{ "find", jm_find, "/sub start end", 1, JM_FIND },
	{ "format", jm_format, NULL, 0, 0 },
	{ "format_map", jm_format, NULL, 0, 1 },
	{ "index", jm_find, "/sub start end", 1, JM_INDEX },
	{ "isalnum", jm_is, "/", 0, JM_ALNUM },
	{ "isalpha", jm_is, "/", 0, JM_ALPHA },
	{ "isascii", jm_is, "/", 0, JM_ASCII },
	{ "isdecimal", jm_is, "/", 0, JM_DECIMAL },
	{ "isdigit", jm_is, "/", 0, JM_DIGIT },
	{ "isidentifier", jm_is, "/", 0, JM_IDENTIFIER },
	{ "islower", jm_is, "/", 0, JM_LOWER },
	{ "isnumeric", jm_is, "/", 0, JM_NUMERIC },
	{ "isprintable", jm_is, "/", 0, JM_PRINTABLE },
	{ "isspace", jm_is, "/", 0, JM_SPACE },
	{ "istitle", jm_is, "/", 0, JM_TITLE },
	{ "isupper", jm_is, "/", 0, JM_UPPER },
	{ "join", jm_join, "/iterable", 1, 0 },
	{ "ljust", jm_pad, "/width fillchar", 1, '<' },
	{ "lower", jm_case, "/", 0, JCASE_LOWER },
	{ "lstrip", jm_strip, "/chars", 0, JM_LEFT },
	{ "maketrans", jm_refused, NULL, 0, 0 },
	{ "partition", jm_partition, "/sep", 1, JM_LEFT },
	{ "removeprefix", jm_remove, "/prefix", 1, JM_LEFT },
	{ "removesuffix", jm_remove, "/suffix", 1, JM_RIGHT },
	{ "replace", jm_replace, "/old new count", 2, 0 },
	{ "rfind", jm_find, "/sub start end", 1, JM_FIND | JM_LAST },
	{ "rindex", jm_find, "/sub start end", 1, JM_INDEX | JM_LAST },
	{ "rjust", jm_pad, "/width fillchar", 1, '>' },
	{ "rpartition", jm_partition, "/sep", 1, JM_RIGHT },
	{ "rsplit", jm_split, "sep maxsplit", 0, JM_RIGHT },
	{ "rstrip", jm_strip, "/chars", 0, JM_RIGHT },
	{ "split", jm_split, "sep maxsplit", 0, JM_LEFT },
	{ "splitlines", jm_splitlines, "keepends", 0, 0 },
	{ "startswith", jm_startswith, "/prefix start end", 1, 0 },
	{ "strip", jm_strip, "/chars", 0, JM_LEFT | JM_RIGHT },
	{ "swapcase", jm_case, "/", 0, JCASE_SWAP },
	{ "title", jm_case, "/", 0, JCASE_TITLE },
	{ "translate", jm_refused, NULL, 0, 0 },
	{ "upper", jm_case, "/", 0, JCASE_UPPER },
	{ "zfill", jm_zfill, "/width", 1, 0 },
	{ 0 },
};

static const struct jbuiltin of_list[] = {
	{ "append", NULL, NULL, 0, 0 },
	{ "clear", NULL, NULL, 0, 0 },
	{ "copy", jm_copy, "/", 0, 0 },
	{ "count", jm_list_count, "/value", 1, 0 },
	{ "extend", NULL, NULL, 0, 0 },
	{ "index", jm_list_index, "/value start stop", 1, 0 },
	{ "insert", NULL, NULL, 0, 0 },
	{ "pop", NULL, NULL, 0, 0 },
	{ "remove", NULL, NULL, 0, 0 },
	{ "reverse", NULL, NULL, 0, 0 },
	{ "sort", NULL, NULL, 0, 0 },
	{ 0 },
};

static const struct jbuiltin of_tuple[] = {
	{ "count", jm_list_count, "/value", 1, 0 },
	{ "index", jm_list_index, "/value start stop", 1, 0 },
	{ 0 },
};

static const struct jbuiltin of_dict[] = {
	{ "clear", NULL, NULL, 0, 0 },
	{ "copy", jm_copy, "/", 0, 0 },
	{ "fromkeys", jm_refused, NULL, 0, 0 },
	{ "get", jm_get, "/key default", 1, 0 },
	{ "items", jm_view, "/", 0, JVIEW_ITEMS },
	{ "keys", jm_view, "/", 0, JVIEW_KEYS },
	{ "pop", NULL, NULL, 0, 0 },
	{ "popitem", NULL, NULL, 0, 0 },
	{ "setdefault", NULL, NULL, 0, 0 },
	{ "update", NULL, NULL, 0, 0 },
	{ "values", jm_view, "/", 0, JVIEW_VALUES },
	{ 0 },
};

static const struct jbuiltin of_int[] = {
	{ "bit_length", jm_bit_length, "/", 0, 0 },
	{ 0 },
};

static const struct jbuiltin of_float[] = {
	{ "is_integer", jm_is_integer, "/", 0, 0 },
	{ 0 },
};

static const struct jbuiltin of_cycler[] = {
	{ "next", jm_cycler, "/", 0, 1 },
	{ "reset", jm_cycler, "/", 0, 0 },
	{ 0 },
};

static const struct jbuiltin *
table_of(enum jkind kind)
{
	switch (kind) {
	case JV_STR:
		return of_str;
	case JV_LIST:
		return of_list;
	case JV_TUPLE:
		return of_tuple;
	case JV_DICT:
		return of_dict;
	case JV_BOOL:
	case JV_INT:
		return of_int;
	case JV_FLOAT:
		return of_float;
	case JV_CYCLER:
		return of_cycler;
	default:
		return NULL;
	}
}

static struct jv
unsafe(struct jrun *r, struct jv of, const struct jstr *name)
{
	struct jtext t = { .a = &r->mem };

	jtext_str(&t, "access to attribute '");
	jtext_add(&t, name->p, name->n);
	jtext_str(&t, "' of '");
	jtext_str(&t, jv_type(of));
	jtext_str(&t, "' object is unsafe.");
	jtext_byte(&t, '\0');
	return jrun_undef_hint(r, t.p);
}

/* What is no method: groups' .list, macros' .name, numbers' .real ... */
static struct jv
special(struct jrun *r, struct jv of, struct jv name)
{
	struct jv none = { 0 };
	struct jlist *l;
	int64_t whole;
	size_t i;

	if (of.kind == JV_TUPLE && of.l->group) {
		if (jv_is(name, "grouper"))
			return of.l->at[0];
		if (jv_is(name, "list"))
			return of.l->at[1];
	} else if (of.kind == JV_CYCLER && jv_is(name, "current")) {
		return of.cycler->items->at[of.cycler->at];
	} else if (of.kind == JV_FUNC && of.fn->macro != NULL) {
		if (jv_is(name, "name"))
			return jv_str(of.fn->macro->name);
		if (!jv_is(name, "arguments"))
			return none;
		l = jlist_new(&r->mem, of.fn->macro->args->n_kw);
		for (i = 0; i < l->n; i++)
			l->at[i] = jv_str(of.fn->macro->args->kw[i].name);
		return jv_tuple(l);
	} else if (of.kind == JV_FLOAT && jv_is(name, "real")) {
		return of;
	} else if (jv_integer(of, &whole)) {
		if (jv_is(name, "real") || jv_is(name, "numerator"))
			return jv_int(whole);
		if (jv_is(name, "imag") || jv_is(name, "denominator"))
			return jv_int(jv_is(name, "denominator"));
	}
	return none;
}

struct jv
jmethod_find(struct jrun *r, struct jv of, const struct jstr *name)
{
	const struct jbuiltin *table = table_of(of.kind), *b;
	struct jstr copy = *name;
	struct jv v = jv_str(&copy), *item;

	if (of.kind == JV_SPACE) {
		item = jdict_get(of.d, v);
		return item != NULL ? *item : (struct jv){ 0 };
	}
	if (name->n >= 2 && memcmp(name->p, "__", 2) == 0)
		return unsafe(r, of, name);
	if (of.kind == JV_LOOP)
		return jloop_attr(r, of, v);
	b = table != NULL ? jbuiltin_find(table, name) : NULL;
	if (b == NULL)
		return special(r, of, v);
	return b->fn != NULL ? jbuiltin_value(r, b, of)
			     : unsafe(r, of, name);
}
