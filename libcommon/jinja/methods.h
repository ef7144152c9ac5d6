#ifndef JINJA_METHODS_H
#define JINJA_METHODS_H

#include "jinja/run.h"

/*
 * methods - of strings (method_str.c, method_find.c) and of the other types
 * (method_data.c).  Each is a jfunction; self is what stood before the dot.
 */
enum {
	JM_LEFT = 1,
	JM_RIGHT = 2,

	JM_FIND = 0,
	JM_INDEX = 1,	/* not found is an error */
	JM_LAST = 2
};

enum jm_is { JM_ALNUM, JM_ALPHA, JM_ASCII, JM_DECIMAL, JM_DIGIT,
	JM_IDENTIFIER, JM_LOWER, JM_NUMERIC, JM_PRINTABLE, JM_SPACE, JM_TITLE,
	JM_UPPER };

jfunction jm_case, jm_expandtabs, jm_format, jm_is, jm_join, jm_pad,
    jm_remove, jm_replace, jm_strip, jm_zfill;
jfunction jm_find, jm_partition, jm_split, jm_splitlines, jm_startswith,
    jm_str_count;
jfunction jm_bit_length, jm_copy, jm_cycler, jm_get, jm_is_integer,
    jm_list_count, jm_list_index, jm_refused, jm_view;

#endif
