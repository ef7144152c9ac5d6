#ifndef JINJA_RUN_H
#define JINJA_RUN_H

#include "jinja/ast.h"
#include "jinja/jinja.h"
#include "jinja/value.h"

/*
 * run - a rendering under way, and what the parts of the interpreter call one
 * another for.
 */
enum { JRUN_VALUE_DEPTH = 200 };	/* lists in lists that are walked */

/* Variables of a block; names are interned, so compared by address. */
struct jframe {
	struct jframe *up;
	struct jslot {
		struct jstr *name;
		struct jv val;
	} *at;
	size_t n, cap;
};

struct jrun {
	struct jarena mem;
	const struct jinja *t;
	struct jframe *root;		/* the template's own variables */
	struct jframe *env;		/* the innermost block's */
	struct jdict *vars;		/* given by the caller */
	struct jtext *out;		/* where {{ }} goes */
	size_t steps;
	int depth;
	int line;			/* of what runs */
	int64_t now;
	bool fixed_now;			/* by SOURCE_DATE_EPOCH */
	bool tracks;			/* what is data: jinja_track() */
	const char *data;		/* of the text last rendered */
};

/* -- limits (run.c) ------------------------------------------------------- */

/* Take n steps: 0, or -1 with errstr() when there are no more. */
int jrun_step(struct jrun *r, size_t n);

/* About to make n bytes: is there room?  0 or -1. */
int jrun_room(struct jrun *r, size_t n);

/* Go one level down; every jrun_enter() that gave 0 has a jrun_leave(). */
int jrun_enter(struct jrun *r);
void jrun_leave(struct jrun *r);

struct jv jrun_undef(struct jrun *r, struct jv of, struct jv name);
struct jv jrun_undef_hint(struct jrun *r, const char *hint);
struct jv jrun_text(struct jrun *r, const char *p, size_t n);
struct jv jrun_str(struct jrun *r, const char *text);	/* a constant */

/* -- variables (run.c) ---------------------------------------------------- */

struct jframe *jframe_push(struct jrun *r);	/* a child of r->env */
void jframe_set(struct jrun *r, struct jframe *f, struct jstr *name,
    struct jv v);
struct jv *jrun_find(const struct jframe *f, const struct jstr *name);
struct jv jrun_lookup(struct jrun *r, struct jstr *name);

/* The arguments of a call; names of keywords are not interned. */
struct jkeyword {
	struct jstr *name;
	struct jv val;
};
struct jcall {
	struct jv *pos;
	size_t n;
	struct jkeyword *kw;
	size_t n_kw;
	int how;	/* the table's, for a function of several names */
};

/* -- statements and expressions (exec.c, eval.c, call.c, loop.c) ---------- */

enum jflow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_ERROR };
enum jflow jexec(struct jrun *r, const struct jnode *n);
enum jflow jexec_body(struct jrun *r, const struct jbody *b);
enum jflow jexec_for(struct jrun *r, const struct jnode *n);
enum jflow jexec_macro(struct jrun *r, const struct jnode *n);
struct jv jeval_call_block(struct jrun *r, const struct jnode *n);

/* Run the body in a frame of its own; its text in *text. */
enum jflow jexec_capture(struct jrun *r, const struct jbody *b,
    struct jstr **text);
int jassign(struct jrun *r, const struct jnode *target, struct jv v);

struct jv jeval(struct jrun *r, const struct jnode *n);
struct jv jeval_call(struct jrun *r, const struct jnode *n);
struct jv jeval_filter(struct jrun *r, const struct jnode *n, struct jv v);
struct jv jeval_test(struct jrun *r, const struct jnode *n);
int64_t jloop_length(struct jloop *l);
struct jv jloop_call(struct jrun *r, struct jloop *l, const struct jcall *c);
struct jv jjoiner_call(struct jrun *r, struct jjoiner *j,
    const struct jcall *c);
struct jv jloop_attr(struct jrun *r, struct jv loop, struct jv name);

/* a.name and a[key], as the sandbox looks them up. */
struct jv jrun_attr(struct jrun *r, struct jv of, struct jv name);
struct jv jrun_item(struct jrun *r, struct jv of, struct jv key);

/* -- operators (ops.c) ---------------------------------------------------- */

struct jv jop_binary(struct jrun *r, enum jop op, struct jv a, struct jv b);
struct jv jop_unary(struct jrun *r, enum jop op, struct jv a);
struct jv jop_add(struct jrun *r, struct jv a, struct jv b);
int jop_compare(struct jrun *r, enum jop op, struct jv a, struct jv b);
int jop_in(struct jrun *r, struct jv a, struct jv b);	/* 1, 0, -1 */
int jop_less(struct jrun *r, struct jv a, struct jv b);	/* 1, 0, -1 */

/* -- reading one item after another (iter.c) ------------------------------ */

struct jiter {
	/* 1 and the next item, 0 at the end, -1 with errstr(). */
	int (*next)(struct jrun *r, struct jiter *it, struct jv *out);
	struct jv of;
	size_t at;
	struct jiter *from;	/* filters: what they read */
	void *more;		/* filters: their arguments */
};
struct jiter *jiter_open(struct jrun *r, struct jv v);	/* NULL: errstr() */
int jiter_next(struct jrun *r, struct jiter *it, struct jv *out);
bool jiter_can(struct jv v);

/* All items: v itself when it is a list or tuple; NULL with errstr(). */
struct jlist *jiter_list(struct jrun *r, struct jv v);

/* -- functions (builtin.c and its tables) --------------------------------- */

enum { JARG_MAX = 6 };

/*
 * A filter, test, method or global.  It gets the value it is applied to and
 * its arguments in the order of params (JV_MISSING when not given).  params
 * is NULL for one that reads c itself; a leading '/' allows no keywords.
 */
typedef struct jv jfunction(struct jrun *r, struct jv self,
    const struct jv *arg, const struct jcall *c);
struct jbuiltin {
	const char *name;
	jfunction *fn;
	const char *params;
	int required;
	int how;
};

/* A callable value. */
struct jfunc {
	const struct jbuiltin *builtin;	/* of self, when it is a method */
	struct jv self;
	const struct jnode *macro;	/* or a macro or {% call %} block */
	struct jframe *env;		/* where it was defined */
};

/* A table ends with a NULL name. */
const struct jbuiltin *jbuiltin_find(const struct jbuiltin *table,
    const struct jstr *name);
struct jv jbuiltin_value(struct jrun *r, const struct jbuiltin *b,
    struct jv self);

const struct jbuiltin *jfilter_find(const struct jstr *name);
const struct jbuiltin *jtest_find(const struct jstr *name);
struct jv jglobal_find(struct jrun *r, const struct jstr *name);

/* What a value has under this name: JV_MISSING when nothing. */
struct jv jmethod_find(struct jrun *r, struct jv of, const struct jstr *name);

struct jv jbuiltin_call(struct jrun *r, const struct jbuiltin *b,
    struct jv self, const struct jcall *c);
struct jv jrun_call(struct jrun *r, struct jv f, const struct jcall *c);

/* Arguments of builtins, with Python's errors; 0 or -1. */
int jarg_int(struct jv v, int64_t otherwise, int64_t *out);
int jarg_str(struct jv v, struct jstr **out);	/* must be a str */
struct jv jarg_text(struct jrun *r, struct jv v);	/* str(v) */

/* -- text (ustr.c, format.c, strformat.c) --------------------------------- */

bool ju_space(uint32_t c);		/* str.isspace */
enum jcase { JCASE_LOWER, JCASE_UPPER, JCASE_TITLE, JCASE_CAPITAL,
	JCASE_SWAP, JCASE_FOLD };
struct jstr *ju_case(struct jrun *r, struct jstr *s, enum jcase how);
bool ju_printable(uint32_t c);
bool ju_alpha(uint32_t c);
bool ju_decimal(uint32_t c);
bool ju_digit(uint32_t c);
bool ju_numeric(uint32_t c);
bool ju_word(uint32_t c);
int ju_cased(uint32_t c);	/* 'u', 'l', 't' or 0 */
bool ju_is_case(const struct jstr *s, int kind);	/* all that has case */

/* What str methods and filters share; count < 0: all. */
struct jstr *ju_replace(struct jrun *r, struct jstr *s, struct jstr *old,
    struct jstr *with, int64_t count);
struct jstr *ju_strip(struct jrun *r, struct jstr *s, struct jstr *chars,
    bool left, bool right);		/* chars NULL: white space */
struct jstr *ju_pad(struct jrun *r, struct jstr *s, int64_t width,
    const char *fill, int align);	/* '<' '>' '^'; NULL: no room */
struct jlist *ju_lines(struct jrun *r, struct jstr *s, bool keep);
struct jv ju_join(struct jrun *r, struct jstr *sep, struct jv items,
    bool any);				/* any: str() of each item */

struct jv jtext_percent(struct jrun *r, struct jv format, struct jv args);
struct jv jtext_format(struct jrun *r, struct jstr *format,
    const struct jcall *c);
struct jstr *jtext_escape(struct jrun *r, struct jstr *s);	/* HTML */

#endif
