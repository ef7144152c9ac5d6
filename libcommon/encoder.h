#ifndef ENCODER_H
#define ENCODER_H

#include "batch.h"
#include "blocks.h"
#include "head.h"
#include "model.h"
#include "top.h"

/*
 * encoder - the original encoder (Vaswani et al. 2017; BERT, Devlin et al.
 * 2018): embeddings that are summed and normalized; layers of attention and
 * feed-forward, each followed by the addition of its input and a layer
 * normalization; a head.
 *
 * An architecture fills in the sizes from its config and names the tensors.
 */
struct encoder_layer {
	struct linear qkv, out;
	struct norm attention_norm;
	struct linear up, down;
	struct norm output_norm;
};

struct encoder {
	/* the architecture's to set */
	size_t vocab, positions, types;	/* types 0: no token_type_ids */
	size_t layers, heads, width, inner;
	enum act act, pool_act;
	float eps;
	enum head head;

	/* encoder_load()'s */
	struct weight *words, *places, *segments;
	struct norm embedding_norm;
	struct encoder_layer *layer;
	struct linear pooler;		/* w is NULL where the file has none */
	struct top top;
	struct scratch scratch;
};

struct encoder_names {
	const char *prefix;	/* of what is not the head; a bare model's
				   file has none */
	const char *words, *places, *segments;	/* whole names */
	const char *embedding_norm;
	const char *stack;	/* before a layer's number */
	const char *q, *k, *v, *out, *attention_norm;
	const char *up, *down, *output_norm;
	const char *pooler;	/* the dense that a sequence head starts with */
	bool pooler_in_head;	/* it is without the prefix */
	struct top_names top;
};

/* Are the sizes sound?  name is the config's for the width.  0 or -1. */
int encoder_check(const struct encoder *e, const char *name);

/*
 * A new encoder whose sizes read_config() takes from config.json: load, check
 * and pack all weights.  NULL with errstr().
 */
void *encoder_open(const struct model *m, struct pool *pool,
    int (*read_config)(struct encoder *e, json *config),
    const struct encoder_names *names);

/*
 * What struct arch wants, for an architecture that is nothing but an encoder.
 *
 * Outputs: the head's, last_hidden_state, hidden_states.N (the input of layer
 * N, and the end), attentions.N, and pooler_output where there is a pooler.
 */
int encoder_forward(void *encoder, struct pool *p, const struct batch *b,
    struct outputs *o);
const char *const *encoder_defaults(const void *encoder);
size_t encoder_positions(const void *encoder);

#endif
