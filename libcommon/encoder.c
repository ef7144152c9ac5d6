#include "encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

int
encoder_check(const struct encoder *e, const char *name)
{
	if (e->width % e->heads != 0)
		return fail("%s %zu is not a multiple of %zu heads", name,
		    e->width, e->heads);
	if (e->width / e->heads > HEAD_MAX)
		return fail("%s %zu: heads of %zu, more than %d", name,
		    e->width, e->width / e->heads, HEAD_MAX);
	return 0;
}

static void
load_embeddings(struct loader *l, struct encoder *e,
    const struct encoder_names *n)
{
	/* A masked LM's decoder is the embeddings, unless it has its own. */
	e->words = (e->head == HEAD_MASKED_LM ? load_matrix : load_table)(l,
	    e->vocab, e->width, n->words);
	e->places = load_table(l, e->positions, e->width, n->places);
	if (e->types > 0)
		e->segments = load_table(l, e->types, e->width, n->segments);
	load_norm(l, &e->embedding_norm, e->width, e->eps, n->embedding_norm);
}

static void
load_layer(struct loader *l, struct encoder *e, size_t i,
    const struct encoder_names *names)
{
	const char *part[] = { names->q, names->k, names->v, names->out,
		names->attention_norm, names->up, names->down,
		names->output_norm };
	struct encoder_layer *x = &e->layer[i];
	char full[8][128];
	size_t j;

	for (j = 0; j < 8; j++)
		snprintf(full[j], sizeof full[j], "%s.%zu.%s", names->stack, i,
		    part[j]);
	load_linear3(l, &x->qkv, e->width, e->width, full);
	load_linear(l, &x->out, e->width, e->width, full[3]);
	load_norm(l, &x->attention_norm, e->width, e->eps, full[4]);
	load_linear(l, &x->up, e->inner, e->width, full[5]);
	load_linear(l, &x->down, e->width, e->inner, full[6]);
	load_norm(l, &x->output_norm, e->width, e->eps, full[7]);
}

/* BERT keeps its pooler even where no head uses it. */
static void
load_pooler(struct loader *l, struct encoder *e, const char *name)
{
	char weight[128];

	snprintf(weight, sizeof weight, "%s.weight", name);
	if (e->head == HEAD_SEQUENCE || load_has(l, weight))
		load_linear(l, &e->pooler, e->width, e->width, name);
}

static int
load(struct encoder *e, const struct encoder_names *names,
    const struct model *m, struct pool *pool)
{
	struct loader l = { .w = m->weights };
	size_t i;

	loader_prefix(&l, names->prefix, names->words);
	load_embeddings(&l, e, names);
	e->layer = xcalloc(e->layers, sizeof *e->layer);
	for (i = 0; i < e->layers && !l.failed; i++)
		load_layer(&l, e, i, names);
	if (names->pooler_in_head)
		l.prefix = "";
	load_pooler(&l, e, names->pooler);
	l.prefix = "";
	e->top = (struct top){ .head = e->head, .dense = e->pooler };
	if (names->pooler_in_head)
		e->pooler.w = NULL;	/* not an output of its own */
	e->top.act = e->head == HEAD_SEQUENCE ? e->pool_act : e->act;
	load_top(&l, &e->top, &names->top, m->config, e->width, e->eps,
	    e->words);
	return loader_finish(&l, pool);
}

void *
encoder_open(const struct model *m, struct pool *pool,
    int (*read_config)(struct encoder *e, json *config),
    const struct encoder_names *names)
{
	struct encoder *e = xcalloc(1, sizeof *e);

	if (read_config(e, m->config) == 0 && load(e, names, m, pool) == 0)
		return e;
	free(e);
	return NULL;
}

/* Buffers; top.c uses those above. */
enum { X, QKV, CONTEXT, SUM, INNER, PROBS };

/* All the blocks [H,T_s,T_s] of a batch's attention. */
static size_t
probs_size(const struct batch *b, size_t heads)
{
	size_t s, n, sum = 0;

	for (s = 0; s < b->n; s++) {
		n = b->start[s + 1] - b->start[s];
		sum += heads * n * n;
	}
	return sum;
}

/* sum[rows,D] = attention(x) + x, not yet normalized */
static void
self_attention(struct encoder *e, const struct encoder_layer *l,
    struct pool *p, const struct batch *b, float *probs, const float *x,
    float *sum)
{
	size_t D = e->width, d = D / e->heads;
	float *qkv = scratch(&e->scratch, QKV, b->rows * 3 * D);
	float *context = scratch(&e->scratch, CONTEXT, b->rows * D);
	struct attention a = { .q = qkv, .k = qkv + D, .v = qkv + 2 * D,
		.ldq = 3 * D, .ldk = 3 * D, .ldv = 3 * D, .heads = e->heads,
		.kv_heads = e->heads, .d = d, .n = b->n, .start = b->start,
		.scale = (float)(1 / sqrt((double)d)), .out = context, .ldo = D,
		.probs = probs };

	linear(p, &l->qkv, x, b->rows, ACT_NONE, NULL, qkv);
	attention(p, &a);
	linear(p, &l->out, context, b->rows, ACT_NONE, x, sum);
}

/* Rows are fed forward in blocks that stay in the cache. */
enum { FEED_ROWS = 512 };

static void
feed_forward(struct encoder *e, const struct encoder_layer *l,
    struct pool *p, size_t rows, const float *x, float *sum)
{
	float *inner = scratch(&e->scratch, INNER, FEED_ROWS * e->inner);
	size_t i, m;

	for (i = 0; i < rows; i += m) {
		m = rows - i < FEED_ROWS ? rows - i : FEED_ROWS;
		linear(p, &l->up, x + i * e->width, m, e->act, NULL, inner);
		linear(p, &l->down, inner, m, ACT_NONE, x + i * e->width,
		    sum + i * e->width);
	}
}

/* x[rows,D] through all layers, in place. */
static void
run_layers(struct encoder *e, struct pool *p, const struct batch *b,
    struct outputs *o, float *x)
{
	bool states = output_wanted(o, "hidden_states");
	bool weights = output_wanted(o, "attentions");
	float *sum = scratch(&e->scratch, SUM, b->rows * e->width);
	float *probs = NULL;
	const struct encoder_layer *l;
	size_t i;

	if (weights)
		probs = scratch(&e->scratch, PROBS, probs_size(b, e->heads));
	for (i = 0; i < e->layers; i++) {
		l = &e->layer[i];
		if (states)
			output_layer(o, "hidden_states", i, x, e->width);
		self_attention(e, l, p, b, probs, x, sum);
		if (weights)
			output_attentions(o, "attentions", i, probs, e->heads);
		norm(p, &l->attention_norm, sum, b->rows, x);
		feed_forward(e, l, p, b->rows, x, sum);
		norm(p, &l->output_norm, sum, b->rows, x);
	}
	if (states)
		output_layer(o, "hidden_states", e->layers, x, e->width);
	if (output_wanted(o, "last_hidden_state"))
		output_rows(o, "last_hidden_state", x, e->width);
}

int
encoder_forward(void *encoder, struct pool *p, const struct batch *b,
    struct outputs *o)
{
	struct encoder *e = encoder;
	float *x = scratch(&e->scratch, X, b->rows * e->width);
	/* in this order: the reference's sum is rounded so */
	struct lookup from[3] = { { e->words, b->input_ids } };
	size_t n = 1;

	if (batch_check(b, o->f, b->input_ids, e->vocab, "token id") < 0)
		return -1;
	if (e->types > 0) {
		if (batch_check(b, o->f, b->token_type_ids, e->types,
		    "token type") < 0)
			return -1;
		from[n++] = (struct lookup){ e->segments, b->token_type_ids };
	}
	from[n++] = (struct lookup){ e->places, b->position_ids };
	embed(p, from, n, b->rows, x);
	norm(p, &e->embedding_norm, x, b->rows, x);
	run_layers(e, p, b, o, x);
	if (output_wanted(o, "pooler_output") && e->pooler.w != NULL)
		pool_first(&e->pooler, e->pool_act, p, &e->scratch, b, x,
		    e->width, output_sequences(o, "pooler_output", e->width));
	top_forward(&e->top, p, &e->scratch, b, o, x, e->width);
	return 0;
}

const char *const *
encoder_defaults(const void *encoder)
{
	return top_outputs(((const struct encoder *)encoder)->head);
}

size_t
encoder_positions(const void *encoder)
{
	return ((const struct encoder *)encoder)->positions;
}
