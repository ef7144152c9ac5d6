#include "tok/fastlanes.h"

#include <string.h>

/* Choose the merge to do next and ask for its result; false: none is left. */
static inline bool
choose(const struct bpe_tables *t, struct lane *l)
{
	uint32_t i, best = 0;

	if (l->n < 2)
		return false;
	for (i = 1; i + 1 < l->n; i++)
		best = l->rank[i] < l->rank[best] ? i : best;
	if (l->rank[best] == BPE_NONE)
		return false;
	l->at = best;
	__builtin_prefetch(&t->merged[l->rank[best]]);
	return true;
}

static inline void
ask(const struct bpe_tables *t, const struct lane *l, uint32_t i)
{
	uint64_t key = (uint64_t)l->id[i] << t->id_bits | l->id[i + 1];

	__builtin_prefetch(&t->pairs[bpe_pair_slot(key, t->pair_mask)]);
}

/* Do the merge and ask for the ranks of the two new pairs. */
static inline void
join(const struct bpe_tables *t, struct lane *l)
{
	uint32_t i = l->at;

	l->id[i] = t->merged[l->rank[i]];
	l->n--;
	memmove(l->id + i + 1, l->id + i + 2,
	    (l->n - i - 1) * sizeof *l->id);
	memmove(l->rank + i, l->rank + i + 1, (l->n - i) * sizeof *l->rank);
	if (i + 1 < l->n)
		ask(t, l, i);
	if (i > 0)
		ask(t, l, i - 1);
}

static inline void
rank(const struct bpe_tables *t, struct lane *l)
{
	uint32_t i = l->at;

	if (i + 1 < l->n)
		l->rank[i] = bpe_rank(t, l->id[i], l->id[i + 1]);
	if (i > 0)
		l->rank[i - 1] = bpe_rank(t, l->id[i - 1], l->id[i]);
}

void
lanes_merge(const struct bpe_tables *t, struct lane *lane, size_t k)
{
	struct lane *live[LANES];
	size_t i, n = 0, left;

	for (i = 0; i < k; i++)
		if (choose(t, &lane[i]))
			live[n++] = &lane[i];
	while (n > 0) {
		for (i = 0; i < n; i++)
			join(t, live[i]);
		for (i = left = 0; i < n; i++) {
			rank(t, live[i]);
			if (choose(t, live[i]))
				live[left++] = live[i];
		}
		n = left;
	}
}
