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
	const size_t page = 2 << 20;
	char *p;

	if (count > (SIZE_MAX - page) / size || count * size < page)
		return *memory = xcalloc(count, size);
	*memory = xcalloc(count * size + page, 1);
	p = *memory;
	p += page - (uintptr_t)p % page;
	madvise(p, count * size, MADV_HUGEPAGE);
	return p;
}

static uint32_t
hash(const char *s, size_t n)
{
	return (uint32_t)XXH3_64bits(s, n);
}

/* The slot of the piece, or the empty one where it belongs. */
static size_t
vocab_slot(const struct bpe_tables *t, const char *s, size_t n)
{
	uint32_t h = hash(s, n);
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

uint32_t
bpe_find(const struct bpe_tables *t, const char *s, size_t n)
{
	uint64_t e = t->vocab[vocab_slot(t, s, n)];

	return e == 0 ? BPE_NONE : t->pieces[(uint32_t)e - 1].id;
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
		slot = vocab_slot(t, t->text + p->at, p->len);
		t->unique += b->vocab[slot] == 0;
		b->vocab[slot] = (uint64_t)hash(t->text + p->at, p->len) << 32 |
		    (i + 1);
	}
	for (i = 0; i <= t->vocab_mask; i++)
		if (b->vocab[i] != 0)
			b->by_id[b->pieces[(uint32_t)b->vocab[i] - 1].id] =
			    (uint32_t)b->vocab[i] - 1;
}

static void
pairs_resize(struct bpe_build *b, size_t mask)
{
	uint64_t *old = b->pairs, e;
	void *memory = b->pairs_memory;
	size_t i, j, n = old != NULL ? b->t.pair_mask + 1 : 0;

	b->pairs = bpe_table(mask + 1, sizeof *b->pairs, &b->pairs_memory);
	for (i = 0; i < n; i++) {
		e = old[i];
		if (e == 0)
			continue;
		j = bpe_pair_slot(e >> (64 - 2 * b->t.id_bits), mask);
		while (b->pairs[j] != 0)
			j = (j + 1) & mask;
		b->pairs[j] = e;
	}
	free(memory);
	b->t.pairs = b->pairs;
	b->t.pair_mask = mask;
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
	pairs_resize(b, mask_for(expected));
	return 0;
}

static int
out_of_vocabulary(const char *s, size_t n)
{
	return fail("model: merges: \"%.*s\" is not in vocab",
	    (int)(n < 200 ? n : 200), s);
}

/* Of two merges of the same pair the later one holds. */
static int
add_pair(struct bpe_build *b, uint32_t left, uint32_t right, uint32_t id)
{
	uint32_t shift = 64 - 2 * b->t.id_bits;
	uint64_t key = (uint64_t)left << b->t.id_bits | right;
	size_t i;

	if (b->t.merges >= BPE_NONE - 1 ||
	    b->t.merges + 1 >= (1ull << shift))
		return fail("model: too many merges for so large a vocab");
	if (b->t.merges >= (b->t.pair_mask + 1) * 5 / 8)
		pairs_resize(b, b->t.pair_mask * 2 + 1);
	GROW(b->merged, b->t.merges, b->merged_cap);
	b->merged[b->t.merges++] = id;
	i = bpe_pair_slot(key, b->t.pair_mask);
	while (b->pairs[i] != 0 && b->pairs[i] >> shift != key)
		i = (i + 1) & b->t.pair_mask;
	b->pairs[i] = key << shift | b->t.merges;
	return 0;
}

int
bpe_build_merge(struct bpe_build *b, const char *left, size_t nl,
    const char *right, size_t nr)
{
	char small[256], *both = small;
	uint32_t l, r, id;
	size_t n;

	if ((l = bpe_find(&b->t, left, nl)) == BPE_NONE)
		return out_of_vocabulary(left, nl);
	if ((r = bpe_find(&b->t, right, nr)) == BPE_NONE)
		return out_of_vocabulary(right, nr);
	if (nr < b->prefix_len)
		return fail("model: merges: \"%.*s\" is shorter than "
		    "continuing_subword_prefix", (int)nr, right);
	n = nl + nr - b->prefix_len;
	if (n > sizeof small)
		both = xmalloc(n);
	memcpy(both, left, nl);
	memcpy(both + nl, right + b->prefix_len, nr - b->prefix_len);
	id = bpe_find(&b->t, both, n);
	if (id == BPE_NONE)
		out_of_vocabulary(both, n);
	if (both != small)
		free(both);
	return id == BPE_NONE ? -1 : add_pair(b, l, r, id);
}

void
bpe_build_end(struct bpe_build *b, struct bpe *m)
{
	b->t.merged = b->merged;
	m->t = b->t;
	m->owned[0] = b->text.p;
	m->owned[1] = b->pieces;
	m->owned[2] = b->by_id;
	m->owned[3] = b->vocab_memory;
	m->owned[4] = b->pairs_memory;
	m->owned[5] = b->merged;
	*b = (struct bpe_build){ 0 };
}

void
bpe_build_free(struct bpe_build *b)
{
	buf_free(&b->text);
	free(b->pieces);
	free(b->by_id);
	free(b->vocab_memory);
	free(b->pairs_memory);
	free(b->merged);
}
