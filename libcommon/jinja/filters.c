#include "jinja/filters.h"

#include "err.h"

/*
 * All filters of Jinja 3.1 (tojson is that of transformers); a new one is a
 * function in one of the files and a line here.
 */
static struct jv
refused(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	static const char *const names[] = { "pprint", "random", "urlize" };

	(void)r;
	(void)self;
	(void)arg;
	return JV_FAIL("the filter '%s' is not supported", names[c->how]);
}

static const struct jbuiltin table[] = {
	{ "abs", jf_abs, "/", 0, 0 },
	{ "attr", jf_attr, "name", 1, 0 },
	{ "batch", jf_batch, "linecount fill_with", 1, 0 },
	{ "capitalize", jf_case, "", 0, JCASE_CAPITAL },
	{ "center", jf_center, "width", 0, 0 },
	{ "count", jf_length, "/", 0, 0 },
	{ "d", jf_default, "default_value boolean", 0, 0 },
	{ "default", jf_default, "default_value boolean", 0, 0 },
	{ "dictsort", jf_dictsort, "case_sensitive by reverse", 0, 0 },
	{ "e", jf_escape, "/", 0, 0 },
	{ "escape", jf_escape, "/", 0, 0 },
	{ "filesizeformat", jf_filesizeformat, "binary", 0, 0 },
	{ "first", jf_first, "", 0, 0 },
	{ "float", jf_float, "default", 0, 0 },
	{ "forceescape", jf_escape, "", 0, 1 },
	{ "format", jf_format, NULL, 0, 0 },
	{ "groupby", jf_groupby, "attribute default case_sensitive", 1, 0 },
	{ "indent", jf_indent, "width first blank", 0, 0 },
	{ "int", jf_int, "default base", 0, 0 },
	{ "items", jf_items, "", 0, 0 },
	{ "join", jf_join, "d attribute", 0, 0 },
	{ "last", jf_last, "", 0, 0 },
	{ "length", jf_length, "/", 0, 0 },
	{ "list", jf_list, "", 0, 0 },
	{ "lower", jf_case, "", 0, JCASE_LOWER },
	{ "map", jf_map, NULL, 0, 0 },
	{ "max", jf_min, "case_sensitive attribute", 0, 1 },
	{ "min", jf_min, "case_sensitive attribute", 0, 0 },
	{ "pprint", refused, NULL, 0, 0 },
	{ "random", refused, NULL, 0, 1 },
	{ "reject", jf_select, NULL, 0, JF_REJECT },
	{ "rejectattr", jf_select, NULL, 0, JF_REJECT | JF_ATTR },
	{ "replace", jf_replace, "old new count", 2, 0 },
	{ "reverse", jf_reverse, "", 0, 0 },
	{ "round", jf_round, "precision method", 0, 0 },
	{ "safe", jf_safe, "", 0, 0 },
	{ "select", jf_select, NULL, 0, 0 },
	{ "selectattr", jf_select, NULL, 0, JF_ATTR },
	{ "slice", jf_slice, "slices fill_with", 1, 0 },
	{ "sort", jf_sort, "reverse case_sensitive attribute", 0, 0 },
	{ "string", jf_string, "/", 0, 0 },
	{ "striptags", jf_striptags, "", 0, 0 },
	{ "sum", jf_sum, "attribute start", 0, 0 },
	{ "title", jf_title, "", 0, 0 },
	{ "tojson", jf_tojson, "ensure_ascii indent separators sort_keys", 0,
	    0 },
	{ "trim", jf_trim, "chars", 0, 0 },
	{ "truncate", jf_truncate, "length killwords end leeway", 0, 0 },
	{ "unique", jf_unique, "case_sensitive attribute", 0, 0 },
	{ "upper", jf_case, "", 0, JCASE_UPPER },
	{ "urlencode", jf_urlencode, "", 0, 0 },
	{ "urlize", refused, NULL, 0, 2 },
	{ "wordcount", jf_wordcount, "", 0, 0 },
	{ "wordwrap", jf_wordwrap,
	    "width break_long_words wrapstring break_on_hyphens", 0, 0 },
	{ "xmlattr", jf_xmlattr, "autospace", 0, 0 },
	{ 0 },
};

const struct jbuiltin *
jfilter_find(const struct jstr *name)
{
	return jbuiltin_find(table, name);
}
