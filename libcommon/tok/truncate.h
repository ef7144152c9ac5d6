#ifndef TOK_TRUNCATE_H
#define TOK_TRUNCATE_H

#include "tok/template.h"
#include "tok/tok.h"

/*
 * truncate - the windows that a text too long is cut into, and the rows that
 * windows and special tokens are put together to.
 */
struct windows {
	struct span *w;		/* tokens from..to; w[0] is what is kept */
	size_t n, cap;
};

/*
 * Cut na and nb tokens (a pair, or nb is 0) to what o allows once added
 * special tokens are taken off.  0, or -1 with errstr().
 */
int truncate_windows(size_t na, size_t nb, bool pair, size_t added,
    const struct tok_opts *o, struct windows out[2]);

/* White space at the two ends of a token, in characters. */
struct trim {
	uint32_t lead, trail;
};

/* The tokens of one sequence. */
struct tok_part {
	const struct tok_out *o;
	const char *text;	/* the record's */
	const struct trim *trim;	/* [o->n]; NULL: offsets stay */
};

/*
 * Put the row and its overflows together: e->n_overflow is 0 without any.
 * 0, or -1 with errstr().
 */
int encoding_build(const struct post *p, const struct tok_part part[2],
    const struct windows w[2], bool pair, const struct tok_opts *o,
    struct encoding *e);

#endif
