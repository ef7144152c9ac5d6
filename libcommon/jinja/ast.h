#ifndef JINJA_AST_H
#define JINJA_AST_H

#include "jinja/value.h"

/*
 * ast - a parsed template: nodes that the interpreter walks.  They live in the
 * template's arena and are read-only.
 */
enum jop {
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOORDIV,
	OP_MOD,
	OP_POW,
	OP_NEG,
	OP_POS,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_NOT_IN
};

enum jnode_kind {
	/* Statements */
	N_DATA,		/* val */
	N_PRINT,	/* a */
	N_IF,		/* a; body; b the next elif, or other */
	N_FOR,		/* a in b if c; body; else other; recursive */
	N_SET,		/* a = b */
	N_SET_BLOCK,	/* a = filters b of body */
	N_MACRO,	/* name, args->kw with defaults, body */
	N_CALL_BLOCK,	/* a is the call; args, body as a macro's */
	N_FILTER_BLOCK,	/* filters a of body */
	N_WITH,		/* kids = args->pos; body */
	N_SCOPE,	/* body, with variables of its own: generation */
	N_BLOCK,	/* name, body */
	N_BREAK,
	N_CONTINUE,

	/* Expressions */
	N_CONST,	/* val */
	N_NAME,		/* name */
	N_TARGET_ATTR,	/* name.val, of a namespace; assigned to */
	N_LIST,		/* kids */
	N_TUPLE,	/* kids */
	N_DICT,		/* kids: key, value, key, value ... */
	N_ATTR,		/* a.val */
	N_ITEM,		/* a[b] */
	N_SLICE,	/* a[kids[0]:kids[1]:kids[2]], NULL where left out */
	N_CALL,		/* a(args) */
	N_FILTER,	/* a|name(args); a is NULL for a block's text */
	N_TEST,		/* a is name(args) */
	N_NOT,		/* not a */
	N_AND,
	N_OR,
	N_COND,		/* b if a else c */
	N_COMPARE,	/* a, kids: N_OPERAND each */
	N_OPERAND,	/* op a */
	N_BINARY,	/* a op b */
	N_UNARY,	/* op a */
	N_CONCAT	/* kids ~ ... */
};

struct jbody {
	struct jnode **at;
	size_t n;
};

/* A call's arguments, or a macro's parameters (kw; no default: NULL). */
struct jargs {
	struct jnode **pos;
	size_t n;
	struct jnamed {
		struct jstr *name;
		struct jnode *val;
	} *kw;
	size_t n_kw;
	struct jnode *star, *star_star;
};

struct jnode {
	enum jnode_kind kind;
	enum jop op;
	int line;
	bool recursive;			/* N_FOR */
	bool caller, kwargs, varargs;	/* a macro's body asks for them */
	struct jstr *name;		/* interned */
	struct jv val;
	struct jnode *a, *b, *c;
	struct jnode **kids;
	size_t n_kids;
	struct jargs *args;
	struct jbody body, other;
	const struct jbuiltin *builtin;	/* N_FILTER, N_TEST; NULL: unknown */
};

struct jinja {
	struct jarena mem;
	struct jbody body;
	struct jstr *loop, *caller, *varargs, *kwargs;	/* interned */
	struct jdict *names;
};

#endif
