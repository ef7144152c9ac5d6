#ifndef TOP_H
#define TOP_H

#include "batch.h"
#include "blocks.h"
#include "head.h"

/*
 * top - the heads of encoders: what turns the last hidden state into logits.
 *
 * masked LM:  logits = out(norm(act(dense(x)))), for each token
 * sequence:   logits = out(act(dense(first token)))
 * token, QA:  logits = out(x), for each token
 */
struct top {
	enum head head;
	struct linear dense;	/* a sequence head's is the caller's to load */
	enum act act;
	struct norm norm;
	struct linear out;
};

/* Tensor names without ".weight" and ".bias". */
struct top_names {
	const char *lm_dense, *lm_norm, *lm_decoder;
	const char *lm_bias;	/* whole name; else the decoder's own */
	const char *classifier, *qa;
};

/*
 * Load the head that t->head says, on rows of width D; its act and a sequence
 * head's dense are set.  words is the decoder of a masked LM that has none of
 * its own.
 */
void load_top(struct loader *l, struct top *t, const struct top_names *names,
    json *config, size_t D, float eps, struct weight *words);

/* Give the outputs that are wanted, from the last hidden state x[rows,D]. */
void top_forward(const struct top *t, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, const float *x, size_t D);

/* The head's outputs, NULL-terminated: logits, or start_ and end_logits. */
const char *const *top_outputs(enum head h);

/* dense and act of each sequence's first token: out[B,D]. */
void pool_first(const struct linear *dense, enum act act, struct pool *p,
    struct scratch *s, const struct batch *b, const float *x, size_t D,
    float *out);

#endif
