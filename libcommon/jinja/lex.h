#ifndef JINJA_LEX_H
#define JINJA_LEX_H

#include "jinja/jinja.h"
#include "jinja/value.h"

/*
 * lex - from a template's text to tokens, with Jinja's whitespace control.
 */
enum jtoken_kind {
	T_END,
	T_DATA,
	T_PRINT,	/* {{ */
	T_PRINT_END,
	T_BLOCK,	/* {% */
	T_BLOCK_END,
	T_NAME,
	T_STRING,
	T_INT,
	T_FLOAT,
	/* Operators: in the order of their spelling in lex.c. */
	T_POW,
	T_FLOORDIV,
	T_EQ,
	T_NE,
	T_GE,
	T_LE,
	T_ADD,
	T_SUB,
	T_DIV,
	T_MUL,
	T_MOD,
	T_TILDE,
	T_LBRACKET,
	T_RBRACKET,
	T_LPAREN,
	T_RPAREN,
	T_LBRACE,
	T_RBRACE,
	T_GT,
	T_LT,
	T_ASSIGN,
	T_DOT,
	T_COLON,
	T_PIPE,
	T_COMMA,
	T_SEMICOLON
};

struct jtoken {
	enum jtoken_kind kind;
	int line;
	const char *p;		/* as written; data: after trimming */
	size_t n;
	struct jv val;		/* of strings and numbers */
};

struct jlex {
	struct jarena *mem;
	const char *start, *at, *end;
	int line;
	bool fresh;		/* the last match ended with a newline */
	bool tag;		/* within {{ }} or {% %} */
	bool block;		/* of these, {% %} */
	bool pending;		/* the opening after a data token */
	struct jtoken opening;
	char open[JINJA_NEST_MAX];	/* brackets to be closed */
	int depth;
};

/* text must live as long as mem. */
void jlex_init(struct jlex *l, struct jarena *mem, const char *text,
    size_t n);

/* 0, or -1 with errstr(), without the line. */
int jlex_next(struct jlex *l, struct jtoken *t);

/* How messages name a token. */
const char *jtoken_name(enum jtoken_kind kind);

#endif
