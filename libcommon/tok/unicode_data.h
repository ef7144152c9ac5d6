#ifndef TOK_UNICODE_DATA_H
#define TOK_UNICODE_DATA_H

#include <stddef.h>
#include <stdint.h>

/*
 * unicode_data - the tables that unicode.c reads and scripts/unicode-tables
 * writes.  A table of kinds is page[c >> 8] -> block, kind[block][c & 255] ->
 * a letter, of[letter] -> the value.
 */
enum { UNICODE_PLANES = 0x30000 };	/* tables end there unless they say */

extern const uint8_t unicode_lower_page[UNICODE_PLANES >> 8];
extern const uint8_t unicode_lower_kind[][256];
extern const int32_t unicode_lower_by[128];

extern const uint8_t unicode_ccc_page[UNICODE_PLANES >> 8];
extern const uint8_t unicode_ccc_kind[][256];
extern const uint8_t unicode_ccc_of[128];

/* Values: grapheme.h's enum. */
extern const uint8_t unicode_grapheme_page[0x110000 >> 8];
extern const uint8_t unicode_grapheme_kind[][256];
extern const uint8_t unicode_grapheme_of[128];

/*
 * at[page[c >> 6] * 64 + c % 64] is where c's entry is, 0 for none: the
 * lengths of the canonical (low byte) and the compatibility decomposition, then
 * both in UTF-16; the second's length is 0xff where it equals the first.
 */
extern const uint8_t unicode_decomp_page[UNICODE_PLANES >> 6];
extern const uint16_t unicode_decomp_at[];
extern const uint16_t unicode_decomp[];

/* What composes, in order of a, then b. */
struct unicode_pair {
	uint32_t a, b, ab;
};
extern const struct unicode_pair unicode_pairs[];
extern const size_t unicode_n_pairs;

/* Runs of one script, each up to the next's first code point. */
struct unicode_run {
	uint32_t first;
	uint8_t script;
};
extern const struct unicode_run unicode_scripts[];
extern const size_t unicode_n_scripts;

#endif
