#ifndef TOK_PATTERNIMPL_H
#define TOK_PATTERNIMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/* Between the files of pattern.h. */

/* Append an Oniguruma pattern in PCRE2's dialect: 0, or -1 with errstr(). */
int pattern_translate(const char *text, size_t n, struct buf *out);

/*
 * A matcher written by hand.  match gives the end of the match that begins at
 * s[i], i < n, or i when none does.  cut does the same over and over: it
 * stores where the parts of s[i..n) end, matches and what is between them
 * alike, up to max of them, and returns their number.
 */
struct pattern_matcher {
	const char *text;	/* the pattern */
	size_t (*match)(const char *s, size_t i, size_t n);
	size_t (*cut)(const char *s, size_t i, size_t n, uint32_t *end,
	    size_t max);
	bool covers;		/* there is a match everywhere */
};

/* The matcher of a pattern, NULL when its text is not known. */
const struct pattern_matcher *pattern_known(const char *text, size_t n);

/* All of them, from 0 on until NULL. */
const struct pattern_matcher *pattern_known_at(size_t i);

extern const char pattern_gpt2_text[];

#endif
