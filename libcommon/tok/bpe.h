#ifndef TOK_BPE_H
#define TOK_BPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"
#include "tok/part.h"

/*
 * bpe - byte pair encoding: what its files share; for the pipeline part.h is
 * enough.
 *
 * A word starts as symbols, one a character; then the pair of neighbours of
 * lowest rank, the leftmost of these, becomes one symbol, until no pair has a
 * rank.  All tables are flat arrays of fixed-width numbers without pointers,
 * so that compiled.c can keep them in a file as they are.
 */
#define BPE_NONE UINT32_MAX	/* no such pair, no such ID */
enum { BPE_ROW = 4 };		/* pairs that lie in one half of a cache line */

struct bpe_piece {
	uint32_t at, len;	/* in text */
	uint32_t id;
};

struct bpe_tables {
	const char *text;		/* [text_len] all pieces' bytes */
	const struct bpe_piece *pieces;	/* [count] as the file lists them */
	const uint32_t *by_id;		/* [size] piece of an ID or BPE_NONE */
	const uint64_t *vocab;	/* [vocab_mask + 1] hash << 32 | piece + 1 */
	const uint64_t *pairs;	/* [pair_rows][BPE_ROW] left, right, rank + 1 */
	const uint32_t *merged;		/* [merges] rank to ID */
	size_t text_len, size, vocab_mask, pair_rows, merges;
	size_t count, unique;		/* pieces, without repeated ones */
	uint32_t id_bits;		/* of left and of right in pairs */
};

struct bpe_flags {
	bool fuse_unk, byte_fallback, ignore_merges;
	bool cut;		/* no merge crosses a place before U+2581 that
				   does not follow another: cut there */
};

/* What fastbytes.c finds out about a byte-level model. */
struct bpe_bytes {
	const uint32_t *rank;	/* [256][256] of two bytes' letters */
	const struct fast_row *whole;	/* [rows] words that are one token: see
					   fastvocab.h */
	size_t rows;
};

struct bpe {
	struct tok_model model;
	struct bpe_tables t;
	struct bpe_flags flags;
	char *unk_token, *prefix, *suffix;	/* NULL: none */
	uint32_t unk;		/* ID of unk_token, BPE_NONE: not there */
	uint32_t byte_id[256];	/* <0xNN>, BPE_NONE where there is none */
	uint32_t ascii_id[128];	/* of a character alone, without affixes */
	uint32_t alpha_id[256];	/* of a byte's letter in ByteLevel's alphabet */
	struct bpe_bytes bytes;	/* from a compiled form, else zeros */
	void *owned[6];		/* the tables' memory when it is ours */
	struct map map;		/* the file they are in when it is not */
};

/* An empty model, and what is left to do once it has tables and flags. */
struct bpe *bpe_new(void);
void bpe_ready(struct bpe *b);

/* Zeroed, and in large pages if it is large; free() what *memory becomes. */
void *bpe_table(size_t count, size_t size, void **memory);

/* The model as what it is; NULL when it is another kind. */
const struct bpe *bpe_of(const struct tok_model *m);

/*
 * Building the tables: all pieces, then bpe_build_merges(), then all merges,
 * then bpe_build_end().  0, or -1 with errstr(); after an error only
 * bpe_build_free() is left.
 */
enum { BPE_PENDING = 64 };

struct bpe_pending {
	size_t at, nl, nr;	/* left and right, in pending_text */
	uint32_t hl, hr;	/* their hashes */
};

struct bpe_build {
	struct bpe_tables t;	/* what the end gives: see owned */
	struct buf text;
	struct bpe_piece *pieces;
	size_t pieces_cap;
	uint32_t *by_id;
	uint64_t *vocab;
	void *vocab_memory, *pairs_memory;
	uint64_t *keys;		/* [merges] left << id_bits | right */
	uint32_t *merged;
	size_t keys_cap, merged_cap;
	size_t max_len;		/* of a piece */
	size_t prefix_len;	/* cut off a merge's right part */
	struct bpe_pending pending[BPE_PENDING];	/* merges to look up */
	struct buf pending_text;
	size_t pendings;
	uint32_t made;		/* piece that the last merge made */
};
int bpe_build_piece(struct bpe_build *b, const char *s, size_t n, uint64_t id);
int bpe_build_merges(struct bpe_build *b, size_t expected);
int bpe_build_merge(struct bpe_build *b, const char *left, size_t nl,
    const char *right, size_t nr);
int bpe_build_end(struct bpe_build *b, struct bpe *m);
void bpe_build_free(struct bpe_build *b);

struct bpe_sym {
	uint32_t id;
	uint32_t len;		/* in bytes of the text */
};

/* Scratch of merging; grows with the longest word. */
struct bpe_scratch {
	struct bpe_sym *syms;	/* a word on its way */
	size_t n, cap;
	struct bpe_token *done;
	size_t done_cap;
	struct bpe_window *window;
	size_t window_cap;
	uint64_t *heap;
	size_t heap_cap;
};

/* Append the characters of a word to w->syms.  0, or -1 with errstr(). */
int bpe_symbols(const struct bpe *b, struct bpe_scratch *w, const char *s,
    size_t n);

/* Merge v[0..n) in place; how many symbols are left. */
size_t bpe_merge(const struct bpe_tables *t, struct bpe_scratch *w,
    struct bpe_sym *v, size_t n);
void bpe_scratch_free(struct bpe_scratch *w);

/* What a merge makes.  A forged compiled form may have any rank in a row. */
static inline uint32_t
bpe_merged(const struct bpe_tables *t, uint32_t rank)
{
	return t->merged[rank < t->merges ? rank : 0];
}

/* The piece of an ID, or NULL. */
static inline const struct bpe_piece *
bpe_piece(const struct bpe_tables *t, uint32_t id)
{
	return id < t->size && t->by_id[id] != BPE_NONE
	    ? &t->pieces[t->by_id[id]] : NULL;
}

/* The ID of a piece, or BPE_NONE. */
uint32_t bpe_find(const struct bpe_tables *t, const char *s, size_t n);

/*
 * A pair is in the row that its hash leads to or, where rows are full, in the
 * first one behind it that has room.  Where in a row, and whether at all, is
 * anybody's guess, so no branch depends on it: a wrong guess would cost more
 * than all of the comparisons.
 */
static inline size_t
bpe_pair_row(const struct bpe_tables *t, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u >> 32) * t->pair_rows >> 32);
}

/*
 * Where bpe_rank() will look, to be asked for ahead.  No function here does
 * only that: gcc 12 takes one that does nothing but __builtin_prefetch() for
 * pure, and drops its calls.
 */
static inline const uint64_t *
bpe_row(const struct bpe_tables *t, uint32_t left, uint32_t right)
{
	uint64_t key = (uint64_t)left << t->id_bits | right;

	return t->pairs + bpe_pair_row(t, key) * BPE_ROW;
}

static inline uint64_t
bpe_if_pair(uint64_t e, uint64_t key, uint32_t shift)
{
	return e >> shift == key ? e : 0;
}

/* The rank of a pair of IDs, or BPE_NONE. */
static inline uint32_t
bpe_rank(const struct bpe_tables *t, uint32_t left, uint32_t right)
{
	uint32_t shift = 64 - 2 * t->id_bits;
	uint64_t key = (uint64_t)left << t->id_bits | right, e;
	size_t i = bpe_pair_row(t, key);
	const uint64_t *row;

	for (;;) {
		row = t->pairs + i * BPE_ROW;
		e = bpe_if_pair(row[0], key, shift) |
		    bpe_if_pair(row[1], key, shift) |
		    bpe_if_pair(row[2], key, shift) |
		    bpe_if_pair(row[3], key, shift);
		if (__builtin_expect((e == 0) & (row[BPE_ROW - 1] != 0), 0)) {
			i = i + 1 < t->pair_rows ? i + 1 : 0;
			continue;
		}
		/* Not found it is 0, and then 0 - 1 is BPE_NONE. */
		return (uint32_t)(e & ((1ull << shift) - 1)) - 1;
	}
}

#endif
