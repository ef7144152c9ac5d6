#ifndef TOK_PATTERNSET_H
#define TOK_PATTERNSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/*
 * patternset - sets of code points, as character classes are made of: every
 * class of an Oniguruma pattern is worked out to its very code points, since
 * PCRE2 has another version of Unicode, other names and no intersection.
 */
enum { CODE_POINTS = 0x110000 };

struct pattern_set {
	uint64_t bits[CODE_POINTS / 64];
};

void set_add(struct pattern_set *s, uint32_t from, uint32_t to);

static inline bool
set_has(const struct pattern_set *s, uint32_t c)
{
	return s->bits[c / 64] >> c % 64 & 1;
}

void set_or(struct pattern_set *s, const struct pattern_set *b);
void set_and(struct pattern_set *s, const struct pattern_set *b);
void set_not(struct pattern_set *s);

/*
 * Add what \w, \d, \s or \h, in lower case, stand for.  Outside of brackets
 * \w has the six numbers of Latin-1 too (superscripts, fractions).
 */
void set_add_letter(struct pattern_set *s, char letter, bool in_brackets);

/*
 * Add \p{name}, whose name is compared without case, spaces, - and _.  0, or
 * -1 with errstr() when there is no such property.
 */
int set_add_property(struct pattern_set *s, const char *name, size_t n);

/* Add what PCRE2's Unicode has not assigned yet. */
void set_add_unknown(struct pattern_set *s);

/* Append the set as a class of PCRE2, whose unknown code points these are. */
void set_write(const struct pattern_set *s, const struct pattern_set *unknown,
    struct buf *out);

#endif
