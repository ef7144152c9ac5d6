#ifndef JINJA_NUMFMT_H
#define JINJA_NUMFMT_H

#include "jinja/run.h"

/*
 * numfmt - a number or text laid out as a format asks: what "%5.1f" and
 * "{:>5.1f}" have in common.
 */
struct jnumfmt {
	char type;		/* d x o b e f g s c %; 0: none */
	char align;		/* < > = ^; 0: the type's own */
	char sign;		/* + or space; 0 or -: only minus */
	char comma;		/* , or _ between groups; 0: none */
	bool alt;		/* # */
	char fill[5];		/* UTF-8; "": a space */
	int64_t width;		/* -1: none */
	int64_t precision;	/* -1: none */
};

/* What a format may ask for at most. */
enum { JNUMFMT_WIDTH_MAX = 100000, JNUMFMT_PRECISION_MAX = 340 };

/* Each appends to t: 0, or -1 with errstr(). */
int jnumfmt_int(struct jtext *t, const struct jnumfmt *f, int64_t i);
int jnumfmt_float(struct jtext *t, const struct jnumfmt *f, double v);
int jnumfmt_text(struct jrun *r, struct jtext *t, const struct jnumfmt *f,
    struct jstr *s);

#endif
