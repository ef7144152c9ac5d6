#ifndef JINJA_VALUE_H
#define JINJA_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"
#include "util.h"

/*
 * value - what a template computes with: Python's types, as far as data goes.
 *
 * Everything lives in the arena of its rendering and dies with it; nothing is
 * freed one by one.  Values never change once made (the sandbox is immutable),
 * so strings and lists share their bytes and items with what they were cut
 * from, and appending to the last one made is cheap.
 */

/* Memory that is freed at once. */
struct jarena {
	struct jblock *top;
	size_t used;	/* bytes of all blocks */
	size_t limit;	/* when used is beyond it, rendering ends; 0: none */
};
void *jarena_new(struct jarena *a, size_t n);	/* zeroed */
void *jarena_grow(struct jarena *a, void *p, size_t old, size_t n);
void jarena_reset(struct jarena *a);	/* keeps one block */
void jarena_free(struct jarena *a);

enum jkind {
	JV_MISSING,	/* no value at all: an argument not given */
	JV_ERR,		/* errstr() says what went wrong */
	JV_UNDEF,
	JV_NONE,
	JV_BOOL,
	JV_INT,
	JV_BIG,		/* an integer beyond 64 bits: only to be printed */
	JV_FLOAT,
	JV_STR,
	JV_LIST,
	JV_TUPLE,
	JV_DICT,
	JV_RANGE,
	JV_VIEW,	/* of a dict: keys(), values(), items() */
	JV_ITER,	/* a generator: used up by reading */
	JV_SPACE,	/* namespace() */
	JV_FUNC,	/* macro, method or global */
	JV_LOOP,
	JV_CYCLER,
	JV_JOINER
};

struct jv {
	enum jkind kind;
	bool safe;	/* a string that is Markup: from escape or safe */
	union {
		bool b;
		int64_t i;
		double f;
		struct jstr *s;		/* JV_STR, JV_BIG: its digits */
		struct jlist *l;	/* JV_LIST, JV_TUPLE */
		struct jdict *d;	/* JV_DICT, JV_SPACE */
		struct jrange *range;
		struct jview *view;
		struct jiter *iter;
		struct jundef *undef;
		struct jfunc *fn;
		struct jloop *loop;
		struct jcycler *cycler;
		struct jjoiner *joiner;
	};
};

/*
 * Where a string's bytes are from: the template, or the record's data, so that
 * data can't spell what only the template may say.  What is not known, since
 * it was worked out in some way that does not tell, counts as data.
 */
enum jorigin { JFROM_UNKNOWN, JFROM_DATA, JFROM_TEMPLATE, JFROM_BOTH };

/* UTF-8; chars is SIZE_MAX until somebody asks for it. */
struct jstr {
	const char *p;
	size_t n;
	size_t chars;
	uint64_t hash;		/* 0: not yet known */
	struct jroom *room;	/* the buffer p lies in, when it may grow */
	size_t near, near_byte;	/* the character last looked for */
	bool shared;		/* of the template: nothing here may change */
	enum jorigin origin;
	const char *data;	/* [n] of JFROM_BOTH: 1 where a byte is data */
};

struct jlist {
	struct jv *at;
	size_t n;
	struct jroom *room;
	bool group;		/* a tuple of groupby: .grouper and .list */
};

/* Room behind the last bytes (items) of a string (list). */
struct jroom {
	char *p;
	char *data;		/* of the same bytes, as in jstr; or NULL */
	size_t used, cap;	/* bytes */
};

struct jpair {
	struct jv key, val;
	uint64_t hash;
};

/* In order of insertion; slots is an index of open addressing. */
struct jdict {
	struct jpair *at;
	size_t n, cap;
	uint32_t *slots;
	size_t n_slots;
};

struct jrange {
	int64_t start, stop, step;
	int64_t n;
};

enum jview_kind { JVIEW_KEYS, JVIEW_VALUES, JVIEW_ITEMS };
struct jview {
	struct jdict *d;
	enum jview_kind what;
};

/* Why a value is undefined: a hint, or which object lacks which name. */
struct jundef {
	const char *hint;
	struct jv of, name;
};

struct jcycler {
	struct jlist *items;
	size_t at;
};

struct jjoiner {
	struct jv sep;
	bool used;
};

struct jrun;

static inline struct jv
jv_none(void)
{
	return (struct jv){ .kind = JV_NONE };
}

static inline struct jv
jv_bool(bool b)
{
	return (struct jv){ .kind = JV_BOOL, .b = b };
}

static inline struct jv
jv_int(int64_t i)
{
	return (struct jv){ .kind = JV_INT, .i = i };
}

static inline struct jv
jv_float(double f)
{
	return (struct jv){ .kind = JV_FLOAT, .f = f };
}

static inline struct jv
jv_str(struct jstr *s)
{
	return (struct jv){ .kind = JV_STR, .s = s };
}

static inline struct jv
jv_list(struct jlist *l)
{
	return (struct jv){ .kind = JV_LIST, .l = l };
}

static inline struct jv
jv_tuple(struct jlist *l)
{
	return (struct jv){ .kind = JV_TUPLE, .l = l };
}

static inline struct jv
jv_dict(struct jdict *d)
{
	return (struct jv){ .kind = JV_DICT, .d = d };
}

/* return JV_FAIL("..."): set errstr(), and the value that says so. */
#define JV_FAIL(...) (fail(__VA_ARGS__), (struct jv){ .kind = JV_ERR })

static inline bool
jv_bad(struct jv v)
{
	return v.kind == JV_ERR;
}

/* Python's name of the type: 'str', 'NoneType'. */
const char *jv_type(struct jv v);

/* True, or false and why in errstr() when v can't be undefined here. */
struct jv jv_undef_error(struct jv v);

/* True for bool and int (their value in *i), which Python takes as one. */
bool jv_integer(struct jv v, int64_t *i);

/* True for bool, int and float. */
bool jv_number(struct jv v, double *f);

bool jv_truth(struct jv v);

/* Is it this text? */
bool jv_is(struct jv v, const char *text);

/* len(v); -1 with errstr() when it has none. */
int64_t jv_len(struct jv v);

/* 1 equal, 0 not, -1 with errstr() when nested too deeply. */
int jv_equal(struct jv a, struct jv b);

/* Can it be a key of a dict?  Its hash in *h; 0, or -1 with errstr(). */
int jv_hash(struct jv v, uint64_t *h);

/* -- making strings ------------------------------------------------------- */

/* Bytes are borrowed; they must live as long as the arena. */
struct jstr *jstr_wrap(struct jarena *a, const char *p, size_t n);
struct jstr *jstr_copy(struct jarena *a, const char *p, size_t n);
struct jstr *jstr_from(struct jarena *a, const char *text);

/* Bytes from.. of s, n of them; shares them. */
struct jstr *jstr_part(struct jarena *a, const struct jstr *s, size_t from,
    size_t n);

/* x followed by y; linear when done again and again to a growing string. */
struct jstr *jstr_join(struct jarena *a, struct jstr *x, struct jstr *y);

size_t jstr_len(struct jstr *s);		/* characters */
bool jstr_ascii(struct jstr *s);
size_t jstr_byte(struct jstr *s, size_t i);	/* offset of character i */

/* Characters from..to of s; shares its bytes. */
struct jstr *jstr_cut(struct jarena *a, struct jstr *s, size_t from,
    size_t to);
/* Without white space around it; where white space at its end begins. */
struct jstr *jstr_strip(struct jarena *a, struct jstr *s);
size_t jstr_rstrip(const struct jstr *s);
uint64_t jstr_hash(struct jstr *s);
bool jstr_same(struct jstr *a, struct jstr *b);
int jstr_order(const struct jstr *a, const struct jstr *b);

/* A text under construction in the arena. */
struct jtext {
	struct jarena *a;
	char *p;
	size_t n, cap;
	bool ascii;	/* jv_repr() escapes all else, as ascii() does */
	bool tracks;	/* keeps account of origins: what is added, other than
			   by jtext_put(), is the template's */
	char *data;	/* [cap] when it does */
};
void jtext_put(struct jtext *t, const struct jstr *s);
void jtext_add(struct jtext *t, const char *p, size_t n);
void jtext_byte(struct jtext *t, char c);
void jtext_str(struct jtext *t, const char *s);
void jtext_char(struct jtext *t, uint32_t c);
void jtext_fill(struct jtext *t, char c, size_t n);
struct jstr *jtext_done(struct jtext *t);

/* -- making containers ---------------------------------------------------- */

struct jlist *jlist_new(struct jarena *a, size_t n);	/* n items, to be set */
void jlist_add(struct jarena *a, struct jlist *l, struct jv v);
struct jlist *jlist_pair(struct jarena *a, struct jv x, struct jv y);
struct jlist *jlist_join(struct jarena *a, const struct jlist *x,
    const struct jlist *y);
struct jlist *jlist_cut(struct jarena *a, const struct jlist *l, size_t from,
    size_t to);

struct jdict *jdict_new(struct jarena *a);
int jdict_set(struct jarena *a, struct jdict *d, struct jv key, struct jv v);
struct jv *jdict_get(const struct jdict *d, struct jv key);	/* or NULL */
struct jv *jdict_text(const struct jdict *d, const char *key);
struct jv *jdict_str(const struct jdict *d, struct jstr *key);
struct jdict *jdict_copy(struct jarena *a, const struct jdict *d);

/* Read any JSON value; JV_ERR when the reader fails (pull_end() says why). */
struct jv jv_from_json(struct jarena *a, struct pull *j);

/* -- text of values (text.c) ---------------------------------------------- */

/* Append str(v), repr(v), str of a float; 0, or -1 with errstr(). */
int jv_print(struct jtext *t, struct jv v);
int jv_repr(struct jtext *t, struct jv v);
void jv_print_float(struct jtext *t, double f);
struct jv jv_to_str(struct jarena *a, struct jv v);

/* json.dumps; indent is NULL for none. */
struct jjson {
	const char *indent;
	const char *item, *key;	/* separators */
	size_t n_item, n_key;
	bool ascii, sort;
};
int jv_to_json(struct jtext *t, struct jv v, const struct jjson *how);

#endif
