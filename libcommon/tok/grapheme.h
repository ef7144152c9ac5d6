#ifndef TOK_GRAPHEME_H
#define TOK_GRAPHEME_H

#include <stddef.h>
#include <stdint.h>

#include "tok/unicode_data.h"

/*
 * grapheme - extended grapheme clusters (UAX #29, Unicode 17.0, the version of
 * tokenizers' unicode-segmentation).
 */
enum grapheme_kind {
	G_ANY, G_CR, G_LF, G_CONTROL, G_EXTEND, G_LINKER, G_ZWNJ, G_ZWJ,
	G_SPACING, G_PREPEND, G_REGIONAL, G_PICTURE, G_CONSONANT,
	G_L, G_V, G_T, G_LV, G_LVT
};

static inline enum grapheme_kind
grapheme_kind(uint32_t c)
{
	return (enum grapheme_kind)unicode_grapheme_of[
	    unicode_grapheme_kind[unicode_grapheme_page[c >> 8]][c & 255]];
}

/* The length of the first cluster of s[0..n), valid UTF-8, n > 0. */
size_t grapheme_length(const char *s, size_t n);

#endif
