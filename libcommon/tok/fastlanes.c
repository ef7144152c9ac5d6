#include "tok/fastlanes.h"

typedef int32_t four __attribute__((vector_size(16)));

static inline four
least(four a, four b)
{
	four less = a < b;

	return (a & less) | (b & ~less);
}

static inline four
least_of_block(const int32_t *p)
{
	const four *v = (const four *)p;

	return least(least(v[0], v[1]), least(v[2], v[3]));
}

/* Choose the merge to do next and ask for its result; false: none is left. */
static inline bool
choose(const struct bpe_tables *t, struct lane *l)
{
	four a = least_of_block(l->pair);
	uint32_t i;

	for (i = LANE_BLOCK; i < l->n; i += LANE_BLOCK)
		a = least(a, least_of_block(l->pair + i));
	a = least(a, __builtin_shufflevector(a, a, 2, 3, 0, 1));
	a = least(a, __builtin_shufflevector(a, a, 1, 0, 3, 2));
	l->least = a[0];
	if (l->least == LANE_NONE)
		return false;
	__builtin_prefetch(&t->merged[l->least >> LANE_BITS]);
	return true;
}

/* The bits above i and below it. */
static inline uint64_t
above(uint64_t bits, uint32_t i)
{
	return bits & ~1ull << i;
}

static inline uint64_t
below(uint64_t bits, uint32_t i)
{
	return bits & ((1ull << i) - 1);
}

static inline uint32_t
lowest(uint64_t bits)
{
	return (uint32_t)__builtin_ctzll(bits);
}

static inline uint32_t
highest(uint64_t bits)
{
	return 63 - (uint32_t)__builtin_clzll(bits);
}

/*
 * The neighbours of the symbol at i; i itself where there is none.  Again no
 * branches: words are so short that both ends come up all the time.
 */
static inline uint32_t
right_of(const struct lane *l, uint32_t i)
{
	uint64_t bits = above(l->there, i);

	return lowest(bits != 0 ? bits : 1ull << i);
}

static inline uint32_t
left_of(const struct lane *l, uint32_t i)
{
	uint64_t bits = below(l->there, i);

	return highest(bits != 0 ? bits : 1ull << i);
}

/* Do the merge and ask for the ranks of the two new pairs. */
static inline void
join(const struct bpe_tables *t, struct lane *l)
{
	uint32_t i = (uint32_t)l->least % LANE, gone = right_of(l, i);

	l->id[i] = bpe_merged(t, (uint32_t)l->least >> LANE_BITS);
	l->there &= ~(1ull << gone);
	l->pair[gone] = LANE_NONE;
	__builtin_prefetch(bpe_row(t, l->id[i], l->id[right_of(l, i)]));
	__builtin_prefetch(bpe_row(t, l->id[left_of(l, i)], l->id[i]));
}

static inline void
rank(const struct bpe_tables *t, struct lane *l)
{
	uint32_t i = (uint32_t)l->least % LANE;
	uint32_t left = left_of(l, i), right = right_of(l, i);
	uint32_t a = bpe_rank(t, l->id[left], l->id[i]);
	uint32_t b = bpe_rank(t, l->id[i], l->id[right]);

	/* Without a left one, what is written there is written over. */
	lane_rank(l, left, a);
	lane_rank(l, i, right == i ? BPE_NONE : b);
}

void
lanes_merge(const struct bpe_tables *t, struct lane *lane, size_t k)
{
	struct lane *live[LANES];
	size_t i, n = 0, left;

	for (i = 0; i < k; i++) {
		live[n] = &lane[i];
		n += choose(t, &lane[i]);
	}
	while (n > 0) {
		for (i = 0; i < n; i++)
			join(t, live[i]);
		for (i = left = 0; i < n; i++) {
			rank(t, live[i]);
			live[left] = live[i];
			left += choose(t, live[i]);
		}
		n = left;
	}
}
