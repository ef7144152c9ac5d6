#ifndef JINJA_FILTERS_H
#define JINJA_FILTERS_H

#include "jinja/run.h"

/*
 * filters - what stands after a '|'.  Each is a jfunction: the value, its
 * arguments in the order that the table in filters.c names them.
 */
enum { JF_REJECT = 1, JF_ATTR = 2 };	/* how of jf_select */

/* filter_text.c, filter_markup.c, wrap.c */
jfunction jf_case, jf_center, jf_format, jf_indent, jf_join, jf_replace,
    jf_string, jf_title, jf_trim, jf_truncate, jf_wordcount;
jfunction jf_escape, jf_safe, jf_striptags, jf_tojson, jf_urlencode,
    jf_xmlattr;
jfunction jf_wordwrap;

/* filter_list.c, filter_lazy.c, filter_sort.c */
jfunction jf_attr, jf_default, jf_first, jf_last, jf_length, jf_list,
    jf_reverse, jf_sum;
jfunction jf_batch, jf_items, jf_map, jf_select, jf_slice, jf_unique;
jfunction jf_dictsort, jf_groupby, jf_min, jf_sort;

/* filter_number.c */
jfunction jf_abs, jf_filesizeformat, jf_float, jf_int, jf_round;

/*
 * An attribute by its path, "a.b.0"; key is a string or an integer.  fold:
 * strings in lower case.  otherwise: for what is undefined, or JV_MISSING.
 */
struct jgetter {
	struct jlist *parts;	/* NULL: the item itself */
	bool fold;
	struct jv otherwise;
};
int jgetter_init(struct jrun *r, struct jgetter *g, struct jv path,
    bool fold, struct jv otherwise);
struct jv jgetter_get(struct jrun *r, const struct jgetter *g, struct jv v);

/* A generator that calls next(). */
struct jv jlazy(struct jrun *r,
    int (*next)(struct jrun *, struct jiter *, struct jv *),
    struct jiter *from, void *more);

#endif
