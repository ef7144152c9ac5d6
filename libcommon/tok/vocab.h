#ifndef TOK_VOCAB_H
#define TOK_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"

/*
 * vocab - pieces and their IDs, both ways.
 *
 * Three flat arrays without pointers in them: the bytes of all pieces, where
 * each ID's piece lies, and an open hash table from piece to ID.  They can be
 * written to a file and mapped again as they are (borrowed).
 */
enum { VOCAB_IDS = 1 << 23 };	/* IDs are below this; none comes near */

struct vocab_piece {
	uint32_t at;		/* in bytes[] */
	uint32_t len;		/* VOCAB_NONE: no piece has this ID */
};
#define VOCAB_NONE UINT32_MAX

struct vocab {
	char *bytes;		/* each piece followed by a NUL */
	size_t n_bytes, cap_bytes;
	struct vocab_piece *piece;	/* [size] */
	size_t size;		/* one more than the largest ID */
	size_t cap;
	size_t count;		/* pieces */
	uint64_t *slot;		/* [mask + 1]: hash's high half, ID + 1; or 0 */
	size_t mask;
	bool borrowed;		/* the arrays belong to a mapping */
};

/* A vocabulary, zeroed before, for about this many pieces; 0: not known. */
void vocab_init(struct vocab *v, size_t expect);
void vocab_free(struct vocab *v);

/* 0, or -1 with errstr() when the ID is out of range or either is taken. */
int vocab_add(struct vocab *v, const char *s, size_t n, int64_t id);

/* Read {"piece": ID, ...}: 0, or -1 (the reader or errstr() says why). */
int vocab_read(struct pull *j, struct vocab *v);

/*
 * Read one piece a line, the first having ID 0, as in vocab.txt: white space
 * at a line's end does not count, and the last of equal lines does.  The text
 * is UTF-8.
 */
int vocab_read_lines(const char *text, size_t n, struct vocab *v);

/* The ID of the piece s[0..n), or -1. */
int32_t vocab_id(const struct vocab *v, const char *s, size_t n);

/* The piece of the ID, NUL-terminated and borrowed; NULL when there is none.
 */
const char *vocab_piece(const struct vocab *v, int32_t id, size_t *n);

#endif
