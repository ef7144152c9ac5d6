#ifndef TOK_FASTLANES_H
#define TOK_FASTLANES_H

#include "tok/bpe.h"

/*
 * fastlanes - merging many words side by side.
 *
 * The tables are larger than the near caches, so merging one word is mostly
 * waiting for memory, again and again.  Here each word asks for the entries
 * that it will need next, and the others have their turn until these come.
 *
 * A symbol stays where it is: one that is merged into the symbol before it
 * loses its bit.  A pair lies at its left symbol as one number, its rank and
 * then its place, so that the least number is the merge to do, and is found
 * four at a time without a branch.
 */
enum {
	LANES = 32, LANE = 64,		/* words at a time, symbols of a word */
	LANE_BITS = 6,			/* of a place */
	LANE_BLOCK = 16,		/* pairs that are looked at in one go */
	LANE_NONE = INT32_MAX,		/* no merge here */
	LANE_MERGES = 1 << (31 - LANE_BITS)	/* with more, ranks don't fit */
};

struct lane {
	_Alignas(16) int32_t pair[LANE];	/* rank << LANE_BITS | place */
	uint32_t id[LANE];
	uint64_t there;			/* which symbols are */
	uint32_t n;			/* how many there were at first */
	int32_t least;			/* of pair: the merge to do next */
};

/* An empty lane for n symbols, 0 <= n <= LANE; then all id and rank. */
static inline void
lane_start(struct lane *l, size_t n)
{
	size_t i = n > 0 ? n - 1 : 0;	/* the last symbol begins no pair */

	l->n = (uint32_t)n;
	l->there = n < LANE ? (1ull << n) - 1 : ~0ull;
	do
		l->pair[i++] = LANE_NONE;
	while (i % LANE_BLOCK != 0);
}

static inline void
lane_rank(struct lane *l, size_t i, uint32_t rank)
{
	l->pair[i] = rank == BPE_NONE ? LANE_NONE
	    : (int32_t)(rank << LANE_BITS | (uint32_t)i);
}

/* Merge lane[0..k), k <= LANES. */
void lanes_merge(const struct bpe_tables *t, struct lane *lane, size_t k);

#endif
