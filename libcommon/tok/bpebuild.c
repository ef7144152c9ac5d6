#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xxhash.h>

#include "err.h"
#include "tok/bpe.h"

/* From a list of pieces and a list of merges to the tables of bpe.h. */

enum { MAX_ID = (1 << 24) - 1 };

/*
 * Nearly every lookup in a table of megabytes would miss the address cache
 * with small pages.  calloc() gets as much memory fresh from the system and
 * does not touch it.
 */
void *
bpe_table(size_t count, size_t size, void **memory)
{
	const size_t huge = 2 << 20, line = 64;
	size_t n = count * size, page = n < huge ? line : huge;
	char *p;

	if (count > (SIZE_MAX - huge) / size)
		die("out of memory");
	*memory = xcalloc(n + page, 1);
	p = *memory;
	p += page - (uintptr_t)p % page;
	if (page == huge)
		madvise(p, n, MADV_HUGEPAGE);
	return p;
}

static uint32_t
hash(const char *s, size_t n)
{
	return (uint32_t)XXH3_64bits(s, n);
}

/* The slot of the piece, or the empty one where it belongs; h is its hash. */
static size_t
vocab_slot(const struct bpe_tables *t, const char *s, size_t n, uint32_t h)
{
	size_t i = h & t->vocab_mask;
	const struct bpe_piece *p;
	uint64_t e;

	for (; (e = t->vocab[i]) != 0; i = (i + 1) & t->vocab_mask) {
		if (e >> 32 != h)
			continue;
		p = &t->pieces[(uint32_t)e - 1];
		if (p->len == n && memcmp(t->text + p->at, s, n) == 0)
			break;
	}
	return i;
}

/* The number of the piece, or BPE_NONE. */
static uint32_t
find(const struct bpe_tables *t, const char *s, size_t n, uint32_t h)
{
	uint64_t e = t->vocab[vocab_slot(t, s, n, h)];

	return e == 0 ? BPE_NONE : (uint32_t)e - 1;
}

uint32_t
bpe_find(const struct bpe_tables *t, const char *s, size_t n)
{
	uint32_t i = find(t, s, n, hash(s, n));

	return i == BPE_NONE ? BPE_NONE : t->pieces[i].id;
}

int
bpe_build_piece(struct bpe_build *b, const char *s, size_t n, uint64_t id)
{
	if (id > MAX_ID)
		return fail("model: vocab: ID %llu is above %d",
		    (unsigned long long)id, MAX_ID);
	if (n >= UINT32_MAX - b->text.n)
		return fail("model: vocab: more than 4 GiB of pieces");
	GROW(b->pieces, b->t.count, b->pieces_cap);
	b->pieces[b->t.count++] = (struct bpe_piece){ (uint32_t)b->text.n,
		(uint32_t)n, (uint32_t)id };
	buf_add(&b->text, s, n);
	if (n > b->max_len)
		b->max_len = n;
	if (id >= b->t.size)
		b->t.size = (size_t)id + 1;
	return 0;
}

/* A power of two that leaves the table at most 5/8 full, less one. */
static size_t
mask_for(size_t n)
{
	size_t cap = 16;

	while (cap * 5 / 8 < n)
		cap *= 2;
	return cap - 1;
}

/* Hash the pieces; of two entries for one piece the later one holds. */
static void
index_pieces(struct bpe_build *b)
{
	struct bpe_tables *t = &b->t;
	const struct bpe_piece *p;
	size_t i, slot;
	uint32_t h;

	t->text = b->text.p;
	t->text_len = b->text.n;
	t->pieces = b->pieces;
	t->vocab_mask = mask_for(t->count);
	t->vocab = b->vocab = bpe_table(t->vocab_mask + 1, sizeof *b->vocab,
	    &b->vocab_memory);
	t->by_id = b->by_id = xmalloc(t->size * sizeof *b->by_id);
	memset(b->by_id, 0xff, t->size * sizeof *b->by_id);
	for (i = 0; i < t->count; i++) {
		p = &b->pieces[i];
		h = hash(t->text + p->at, p->len);
		slot = vocab_slot(t, t->text + p->at, p->len, h);
		t->unique += b->vocab[slot] == 0;
		b->vocab[slot] = (uint64_t)h << 32 | (i + 1);
	}
	for (i = 0; i <= t->vocab_mask; i++)
		if (b->vocab[i] != 0)
			b->by_id[b->pieces[(uint32_t)b->vocab[i] - 1].id] =
			    (uint32_t)b->vocab[i] - 1;
}

int
bpe_build_merges(struct bpe_build *b, size_t expected)
{
	if (b->t.size == 0)
		return fail("model: vocab is empty");
	index_pieces(b);
	b->t.id_bits = 1;
	while (b->t.size > 1ull << b->t.id_bits)
		b->t.id_bits++;
	b->keys_cap = b->merged_cap = expected;
	b->keys = xrealloc(NULL, expected, sizeof *b->keys);
	b->merged = xrealloc(NULL, expected, sizeof *b->merged);
	return 0;
}

static int
out_of_vocabulary(const char *s, size_t n)
{
	return fail("model: merges: \"%.*s\" is not in vocab",
	    (int)(n < 200 ? n : 200), s);
}

static int
add_pair(struct bpe_build *b, uint32_t left, uint32_t right, uint32_t id)
{
	if (b->t.merges >= BPE_NONE - 1 ||
	    b->t.merges + 1 >= 1ull << (64 - 2 * b->t.id_bits))
		return fail("model: too many merges for so large a vocab");
	GROW(b->keys, b->t.merges, b->keys_cap);
	b->keys[b->t.merges] = (uint64_t)left << b->t.id_bits | right;
	GROW(b->merged, b->t.merges, b->merged_cap);
	b->merged[b->t.merges++] = id;
	return 0;
}

/*
 * The number of the piece that a merge makes, both[0..n).  Files list merges
 * in the order of what they make, so it is mostly that of the merge before or
 * the next one, and no hash need be looked up.
 */
static uint32_t
find_made(struct bpe_build *b, const char *both, size_t n)
{
	const struct bpe_tables *t = &b->t;
	const struct bpe_piece *p;
	uint32_t i;

	for (i = b->made; i < b->made + 2 && t->unique == t->count; i++) {
		if (i >= t->count)
			break;
		p = &t->pieces[i];
		if (p->len == n && memcmp(t->text + p->at, both, n) == 0)
			return b->made = i;
	}
	i = find(t, both, n, hash(both, n));
	if (i != BPE_NONE)
		b->made = i;
	return i;
}

/* The pieces of a merge: numbers of left, right and what it makes. */
static int
resolve(struct bpe_build *b, const struct bpe_pending *p, uint32_t piece[3])
{
	const char *left = b->pending_text.p + p->at, *right = left + p->nl;
	size_t n = p->nl + p->nr - b->prefix_len;
	char *both;

	if ((piece[0] = find(&b->t, left, p->nl, p->hl)) == BPE_NONE)
		return out_of_vocabulary(left, p->nl);
	if ((piece[1] = find(&b->t, right, p->nr, p->hr)) == BPE_NONE)
		return out_of_vocabulary(right, p->nr);
	if (b->prefix_len == 0) {
		piece[2] = find_made(b, left, n);
		return piece[2] == BPE_NONE ? out_of_vocabulary(left, n) : 0;
	}
	both = xmalloc(n);
	memcpy(both, left, p->nl);
	memcpy(both + p->nl, right + b->prefix_len, p->nr - b->prefix_len);
	piece[2] = find_made(b, both, n);
	if (piece[2] == BPE_NONE)
		out_of_vocabulary(both, n);
	free(both);
	return piece[2] == BPE_NONE ? -1 : 0;
}

/* The piece that a hash leads to; the first one if there is none. */
static const struct bpe_piece *
likely(const struct bpe_tables *t, uint32_t h)
{
	uint64_t e = t->vocab[h & t->vocab_mask];

	return e == 0 ? t->pieces : &t->pieces[(uint32_t)e - 1];
}

/*
 * Merges are looked up many at a time, since hardly anything of the tables is
 * in the near caches: what each needs next is asked for while the others are
 * looked at.
 */
static int
flush(struct bpe_build *b)
{
	const struct bpe_piece *v = b->t.pieces;
	uint32_t piece[3] = { 0 };
	struct bpe_pending *p;
	size_t i, k = b->pendings;

	for (p = b->pending; p < b->pending + k; p++) {
		__builtin_prefetch(likely(&b->t, p->hl));
		__builtin_prefetch(likely(&b->t, p->hr));
	}
	for (p = b->pending; p < b->pending + k; p++) {
		__builtin_prefetch(b->t.text + likely(&b->t, p->hl)->at);
		__builtin_prefetch(b->t.text + likely(&b->t, p->hr)->at);
	}
	for (i = 0; i < k; i++)
		if (resolve(b, &b->pending[i], piece) < 0 ||
		    add_pair(b, v[piece[0]].id, v[piece[1]].id,
			v[piece[2]].id) < 0)
			return -1;
	b->pendings = b->pending_text.n = 0;
	return 0;
}

int
bpe_build_merge(struct bpe_build *b, const char *left, size_t nl,
    const char *right, size_t nr)
{
	struct bpe_pending *p = &b->pending[b->pendings++];

	if (nr < b->prefix_len)
		return fail("model: merges: \"%.*s\" is shorter than "
		    "continuing_subword_prefix", (int)nr, right);
	*p = (struct bpe_pending){ b->pending_text.n, nl, nr, hash(left, nl),
		hash(right, nr) };
	buf_add(&b->pending_text, left, nl);
	buf_add(&b->pending_text, right, nr);
	__builtin_prefetch(&b->vocab[p->hl & b->t.vocab_mask]);
	__builtin_prefetch(&b->vocab[p->hr & b->t.vocab_mask]);
	return b->pendings == BPE_PENDING ? flush(b) : 0;
}

/*
 * Hash the pairs, three to eight places, so that few rows are full; of two
 * merges of one pair the later one holds.
 */
static void
index_pairs(struct bpe_build *b)
{
	enum { AHEAD = 16 };
	uint32_t shift = 64 - 2 * b->t.id_bits;
	size_t i, at, places;
	uint64_t *pairs;

	b->t.pair_rows = b->t.merges * 2 / 3 + 1;
	places = b->t.pair_rows * BPE_ROW;
	pairs = bpe_table(b->t.pair_rows, BPE_ROW * sizeof *pairs,
	    &b->pairs_memory);
	for (i = 0; i < b->t.merges; i++) {
		if (i + AHEAD < b->t.merges)
			__builtin_prefetch(pairs + BPE_ROW *
			    bpe_pair_row(&b->t, b->keys[i + AHEAD]));
		at = bpe_pair_row(&b->t, b->keys[i]) * BPE_ROW;
		while (pairs[at] != 0 && pairs[at] >> shift != b->keys[i])
			at = at + 1 < places ? at + 1 : 0;
		pairs[at] = b->keys[i] << shift | (i + 1);
	}
	b->t.pairs = pairs;
}

int
bpe_build_end(struct bpe_build *b, struct bpe *m)
{
	if (flush(b) < 0)
		return -1;
	index_pairs(b);
	free(b->keys);
	b->t.merged = b->merged;
	m->t = b->t;
	m->owned[0] = b->text.p;
	m->owned[1] = b->pieces;
	m->owned[2] = b->by_id;
	m->owned[3] = b->vocab_memory;
	m->owned[4] = b->pairs_memory;
	m->owned[5] = b->merged;
	buf_free(&b->pending_text);
	*b = (struct bpe_build){ 0 };
	return 0;
}

void
bpe_build_free(struct bpe_build *b)
{
	buf_free(&b->text);
	buf_free(&b->pending_text);
	free(b->pieces);
	free(b->by_id);
	free(b->vocab_memory);
	free(b->keys);
	free(b->merged);
}
