#ifndef TOK_FASTVOCAB_H
#define TOK_FASTVOCAB_H

#include "tok/bpe.h"
#include "tok/fastcache.h"
#include "tok/fastlanes.h"

/*
 * fastvocab - what is known of a byte-level vocabulary before any text is
 * seen: the ranks of two bytes, and the words of up to FAST_KEY bytes that
 * are one token.  These are in rows of one cache line each; a row that is
 * full goes on in the next one.
 */
enum { FAST_ROW = 3 };

struct fast_row {
	struct fast_key key[FAST_ROW];	/* b is 0: free */
	uint32_t id[FAST_ROW], unused;
};

static inline size_t
fast_row_of(size_t rows, struct fast_key key)
{
	return (size_t)((fast_hash(key) >> 32) * rows >> 32);
}

/* The ID of a word that is known to be one token, or BPE_NONE. */
static inline uint32_t
fast_vocab_find(const struct bpe_bytes *v, struct fast_key key)
{
	size_t i = fast_row_of(v->rows, key);
	const struct fast_row *r;
	int k;

	for (;;) {
		r = &v->whole[i];
		for (k = 0; k < FAST_ROW; k++)
			if (r->key[k].a == key.a && r->key[k].b == key.b)
				return r->id[k];
		if (r->key[FAST_ROW - 1].b == 0)
			return BPE_NONE;
		i = i + 1 < v->rows ? i + 1 : 0;
	}
}

/* Find it out; free() what memory[] becomes. */
void fast_vocab_build(const struct bpe *b, struct bpe_bytes *v,
    void *memory[2]);

/*
 * Start a lane with the symbols of a word's bytes s[0..n), n <= LANE; those
 * that have no letter in the vocabulary are dropped.
 */
void fast_vocab_fill(const struct bpe *b, const struct bpe_bytes *v,
    struct lane *l, const char *s, size_t n);

#endif
