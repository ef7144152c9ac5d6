#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * batch - a frame's tokens as packed rows, and results back into the frame.
 *
 * Padding never reaches a network: the tokens of all sequences stand one after
 * the other, and what a network computes for them is spread over [B,T] again,
 * with zeros where the padding was.
 */
struct batch {
	size_t n;		/* B, sequences */
	size_t width;		/* T, padding included */
	size_t rows;		/* real tokens */
	size_t *start;		/* [n+1] first row of each sequence */
	size_t *place;		/* [rows] where in [B,T] the row belongs */
	int32_t *input_ids;	/* [rows] */
	int32_t *token_type_ids;	/* [rows], 0 where the frame has none */
	int32_t *position_ids;		/* [rows], its column if it has none */
};

/* The arrays live as long as the frame's contents.  0, or -1 with errstr(). */
int batch_pack(struct batch *b, struct frame *f);

/* Are all v[0..rows) in 0..limit?  0, or -1 with errstr(), which names the
 * record and says what has the value: "token id". */
int batch_check(const struct batch *b, struct frame *f, const int32_t *v,
    size_t limit, const char *what);

/*
 * Where a network puts its results.  It asks what is wanted, by the names that
 * transformers has, and fills what it gets.
 */
struct outputs {
	struct frame *f;
	const struct batch *b;
	const char *const *want;	/* NULL-terminated */
	struct {
		char name[32];
		size_t width;
	} spread[512];
	size_t n_spread;
};

bool output_wanted(const struct outputs *o, const char *name);

/*
 * A tensor [B,T,width], or [B,T] for width 0, with one value or vector for
 * each token: to be filled with packed rows, [rows,width].
 */
float *output_tokens(struct outputs *o, const char *name, size_t width);

/* The same, filled with the rows of x; and one called name.i. */
void output_rows(struct outputs *o, const char *name, const float *x,
    size_t width);
void output_layer(struct outputs *o, const char *name, size_t i,
    const float *x, size_t width);

/* A tensor [B,width]: one vector for each sequence. */
float *output_sequences(struct outputs *o, const char *name, size_t width);

/* A tensor name.i, [B,H,T,T], from packed blocks [H,T_s,T_s]. */
void output_attentions(struct outputs *o, const char *name, size_t i,
    const float *probs, size_t heads);

/*
 * Put every row where it belongs.  0, or -1 with errstr() when something
 * wanted was not made.
 */
int outputs_finish(struct outputs *o);

#endif
