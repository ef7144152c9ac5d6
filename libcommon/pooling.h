#ifndef POOLING_H
#define POOLING_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"
#include "pool.h"

/*
 * pooling - from the hidden states of a text's tokens to one embedding.
 *
 * As sentence-transformers: modules.json says which steps follow the network,
 * 1_Pooling/config.json how to pool, config_sentence_transformers.json how many
 * dimensions are kept.
 */
enum pooling_kind {
	POOL_MEAN,		/* sum over real tokens / their number */
	POOL_CLS,		/* the first real token */
	POOL_MAX,
	POOL_LAST,		/* the last real token */
	POOL_MEAN_SQRT_LEN,	/* sum / sqrt(number) */
};

struct pooling {
	enum pooling_kind kind;
	bool without_prompt;	/* not the prompt's tokens */
	bool model_normalize;	/* the model's own last step: to length 1 */
	size_t dim;		/* then keep the first dim values; 0: all */
	bool normalize;		/* then to length 1 */
};

/* The kind of this name (mean, cls, ...); -1 with errstr(). */
int pooling_parse(const char *name);

/*
 * What the model in dir asks for; mean where it is no sentence-transformers
 * model.  A step that is not known is refused: 0, or -1 with errstr().
 */
int pooling_open(struct pooling *how, const char *dir);

/*
 * Replace last_hidden_state F32 [B,T,D] by embedding F32 [B,D], looking only
 * where attention_mask is not 0; a text without tokens gets zeros.  0, or -1
 * with errstr().
 */
int pooling_apply(const struct pooling *how, struct pool *p, struct frame *f);

#endif
