#ifndef TOK_REWRITE_H
#define TOK_REWRITE_H

#include "tok/part.h"
#include "tok/unicode.h"

/*
 * rewrite - from a function of unicode.h's kind, which appends new text and
 * where it comes from, to a step's struct text.  The scratch is a step's work.
 */
struct rewrite {
	struct buf out;
	struct unicode_from from;
};
void *rewrite_new(const struct step *s);
void rewrite_free(void *work);

/* Empty the scratch; what to give as from, NULL when nobody asks for it. */
struct unicode_from *rewrite_start(struct rewrite *w, const struct text *in);

/* Append the new text to out; it stands for what was at in[at..). */
void rewrite_end(struct rewrite *w, const struct text *in, size_t at,
    struct text *out);

#endif
