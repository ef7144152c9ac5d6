#ifndef TOK_PART_H
#define TOK_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"
#include "tok/tok.h"

/*
 * part - what the parts of a tokenizer share; not for programs.
 */

/* Tokens as a model gives them out; grows, never shrinks. */
struct tok_out {
	int32_t *ids;
	struct span *at;	/* bytes of the piece given to the model; only
				   filled when want_at */
	bool want_at;
	size_t n, cap;
};
void tok_out_grow(struct tok_out *o);

static inline void
tok_out_add(struct tok_out *o, int32_t id, size_t from, size_t to)
{
	if (o->n == o->cap)
		tok_out_grow(o);
	o->ids[o->n] = id;
	if (o->want_at)
		o->at[o->n] = (struct span){ (uint32_t)from, (uint32_t)to };
	o->n++;
}

/*
 * A model: WordPiece, BPE, Unigram, WordLevel.  It is the first member of the
 * model's own struct and read-only once loaded; what encoding needs as scratch
 * (buffers, a word cache) is in the model's work, one a thread.
 */
struct tok_model {
	/* Append the tokens of one pre-token, s[0..n): 0, or -1. */
	int (*encode)(const struct tok_model *m, void *work, const char *s,
	    size_t n, struct tok_out *o);
	void *(*work_new)(const struct tok_model *m);	/* NULL: needs none */
	void (*work_free)(void *work);
	int32_t (*id)(const struct tok_model *m, const char *piece, size_t n);
	const char *(*piece)(const struct tok_model *m, int32_t id,
	    size_t *len);
	size_t size;		/* one more than the largest ID */
	void (*free)(struct tok_model *m);
};

/*
 * Each reads the "model" object of a tokenizer.json; the reader stands before
 * its '{'.  NULL with errstr().
 */
struct tok_model *wordpiece_load(struct pull *j);
struct tok_model *wordlevel_load(struct pull *j);
struct tok_model *bpe_load(struct pull *j);
struct tok_model *unigram_load(struct pull *j);

#endif
