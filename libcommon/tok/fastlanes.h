#ifndef TOK_FASTLANES_H
#define TOK_FASTLANES_H

#include "tok/bpe.h"

/*
 * fastlanes - merging many words side by side.
 *
 * The tables are larger than the near caches, so merging one word is mostly
 * waiting for memory, again and again.  Here each word asks for the entries
 * that it will need next, and the others have their turn until these come.
 */
enum { LANES = 64, LANE = 64 };	/* words at a time, symbols of a word */

struct lane {
	uint32_t n;		/* symbols, 0 < n <= LANE */
	uint32_t at;		/* where the next merge is */
	uint32_t id[LANE];
	uint32_t rank[LANE];	/* of id[i] and id[i + 1] */
};

/* Merge lane[0..k), k <= LANES; n, id and rank are filled in. */
void lanes_merge(const struct bpe_tables *t, struct lane *lane, size_t k);

#endif
