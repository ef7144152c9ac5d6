#ifndef JINJA_PARSE_H
#define JINJA_PARSE_H

#include "jinja/ast.h"
#include "jinja/lex.h"
#include "jinja/run.h"

/*
 * parse - from tokens to nodes; statements are in parse.c, expressions in
 * expr.c.  Functions that give a node give NULL after fail().
 */
struct jparse {
	struct jinja *t;
	struct jlex lex;
	struct jtoken cur, ahead;
	bool has_ahead;
	int nest;
	bool soft;	/* in an if: an unknown filter may never be asked for */
	bool in_loop;	/* break and continue have something to leave */
	struct jmacro_scope {
		struct jmacro_scope *up;
		bool caller, kwargs, varargs;
	} *macro;
};

/* Messages are prefixed with the line; NULL and -1. */
#define jparse_fail(p, ...) (fail(__VA_ARGS__), jparse_line(p))
void *jparse_line(struct jparse *p);

int jparse_next(struct jparse *p);
int jparse_look(struct jparse *p);	/* fills p->ahead */
bool jparse_is(const struct jparse *p, const char *name);
int jparse_skip(struct jparse *p, const char *name);	/* 1, 0, -1 */
int jparse_expect(struct jparse *p, enum jtoken_kind kind);
int jparse_expect_name(struct jparse *p, struct jstr **name);
int jparse_down(struct jparse *p);	/* one level of nesting; 0 or -1 */

void jparse_settle(struct jstr *s);	/* of a node: threads will read it */
struct jnode *jnode_new(struct jparse *p, enum jnode_kind kind);
struct jstr *jparse_intern(struct jparse *p, const char *s, size_t n);

/* A list of nodes that grows in the template's arena. */
struct jnodes {
	struct jnode **at;
	size_t n, cap;
};
void jnodes_add(struct jparse *p, struct jnodes *l, struct jnode *n);

struct jnode *jparse_expr(struct jparse *p);
struct jnode *jparse_no_cond(struct jparse *p);	/* without x if y */

/*
 * One expression, or several with commas between them, which are a tuple.
 * end is the name that also ends it, or NULL.
 */
struct jnode *jparse_tuple(struct jparse *p, bool cond, const char *end);

/* What can be assigned to; attr: also namespace.attribute. */
struct jnode *jparse_target(struct jparse *p, bool attr, const char *end);

/* |filter|filter(...) applied to n; the first '|' is read when begun. */
struct jnode *jparse_filters(struct jparse *p, struct jnode *n, bool begun);
struct jargs *jparse_args(struct jparse *p);

#endif
