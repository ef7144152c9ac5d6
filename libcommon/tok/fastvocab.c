#include "tok/fastvocab.h"

#include <stdlib.h>
#include <string.h>

#include "tok/unicode.h"

void
fast_vocab_fill(const struct bpe *b, const struct bpe_bytes *v,
    struct lane *l, const char *s, size_t n)
{
	unsigned char kept[LANE];
	size_t i, k;

	for (i = k = 0; i < n; i++) {
		kept[k] = (unsigned char)s[i];
		k += b->alpha_id[kept[k]] != BPE_NONE;
	}
	lane_start(l, k);
	for (i = 0; i < k; i++)
		l->id[i] = b->alpha_id[kept[i]];
	for (i = 0; i + 1 < k; i++)
		lane_rank(l, i, v->rank[(size_t)kept[i] << 8 | kept[i + 1]]);
}

/* The merges of two bytes, found in one walk over all merges. */
static void
find_ranks(const struct bpe *b, uint32_t *rank)
{
	const struct bpe_tables *t = &b->t;
	uint32_t shift = 64 - 2 * t->id_bits, mask = (1u << t->id_bits) - 1;
	int16_t *byte = xmalloc(((size_t)mask + 1) * sizeof *byte);
	size_t i, left, right;
	uint64_t e;

	memset(rank, 0xff, sizeof *rank << 16);
	memset(byte, 0xff, ((size_t)mask + 1) * sizeof *byte);
	for (i = 0; i < 256; i++)
		if (b->alpha_id[i] != BPE_NONE)
			byte[b->alpha_id[i]] = (int16_t)i;
	for (i = 0; i < t->pair_rows * BPE_ROW; i++) {
		e = t->pairs[i];
		left = e >> shift >> t->id_bits;
		right = e >> shift & mask;
		if (e != 0 && byte[left] >= 0 && byte[right] >= 0)
			rank[(size_t)byte[left] << 8 | (size_t)byte[right]] =
			    (uint32_t)(e & ((1ull << shift) - 1)) - 1;
	}
	free(byte);
}

/* The bytes that a piece's letters stand for: their number, 0: too many. */
static size_t
raw_bytes(const char *p, size_t n, char out[FAST_KEY])
{
	const char *end = p + n;
	size_t k = 0;
	int c;

	while (p < end) {
		/* Most letters are themselves: no need to ask. */
		c = *p > ' ' && *p <= '~' ? *p++
		    : unicode_to_byte(unicode_next(&p));
		if (c < 0 || k == FAST_KEY)
			return 0;
		out[k++] = (char)c;
	}
	return k;
}

static void
put(struct fast_row *rows, size_t n, struct fast_key key, uint32_t id)
{
	size_t i = fast_row_of(n, key);
	int k = 0;

	while (rows[i].key[k].b != 0)
		if (++k == FAST_ROW) {
			k = 0;
			i = i + 1 < n ? i + 1 : 0;
		}
	rows[i].key[k] = key;
	rows[i].id[k] = id;
}

/* Words that are waiting to be merged side by side. */
struct candidates {
	const struct bpe *b;
	const struct bpe_bytes *v;
	struct fast_row *rows;
	struct lane lane[LANES];
	struct fast_key key[LANES];
	uint32_t id[LANES];
	size_t n;
};

/* Keep those that merging makes the one token that they spell. */
static void
flush(struct candidates *c)
{
	size_t i;

	if (!c->b->flags.ignore_merges)
		lanes_merge(&c->b->t, c->lane, c->n);
	for (i = 0; i < c->n; i++)
		if (c->b->flags.ignore_merges || (c->lane[i].there == 1 &&
		    c->lane[i].id[0] == c->id[i]))
			put(c->rows, c->v->rows, c->key[i], c->id[i]);
	c->n = 0;
}

static void
add(struct candidates *c, const char *raw, size_t n, uint32_t id)
{
	c->key[c->n] = fast_key(raw, n, raw);
	c->id[c->n] = id;
	if (!c->b->flags.ignore_merges)
		fast_vocab_fill(c->b, c->v, &c->lane[c->n], raw, n);
	if (++c->n == LANES)
		flush(c);
}

/*
 * Find the pieces that as words are one token: with ignore_merges all are,
 * else those which merging their bytes leads to.
 */
static void
find_whole(const struct bpe *b, const struct bpe_bytes *v,
    struct fast_row *rows)
{
	struct candidates *c = xcalloc(1, sizeof *c);
	const struct bpe_piece *p;
	char raw[FAST_KEY];
	uint32_t id;
	size_t n;

	c->b = b;
	c->v = v;
	c->rows = rows;
	for (id = 0; id < b->t.size; id++) {
		p = bpe_piece(&b->t, id);
		if (p == NULL)
			continue;
		n = raw_bytes(b->t.text + p->at, p->len, raw);
		if (n > 0)
			add(c, raw, n, id);
	}
	flush(c);
	free(c);
}

void
fast_vocab_build(const struct bpe *b, struct bpe_bytes *v, void *memory[2])
{
	struct fast_row *rows;
	uint32_t *rank = bpe_table(1 << 16, sizeof *rank, &memory[0]);

	find_ranks(b, rank);
	v->rank = rank;
	/* Two of three places taken, so that few rows are full. */
	v->rows = b->t.unique / (FAST_ROW - 1) + 1;
	rows = bpe_table(v->rows, sizeof *rows, &memory[1]);
	v->whole = rows;
	find_whole(b, v, rows);
}
