/*
 * DistilBERT: Sanh et al. 2019, arXiv:1910.01108; names and details as in
 * transformers' modeling_distilbert.py.
 */
#include "arch.h"
#include "blocks.h"
#include "err.h"
#include "top.h"
#include "util.h"

enum { X = SCRATCH_MAX - 1 };

struct distilbert {
	size_t vocab, positions;
	struct weight *words, *places;
	struct norm embedding_norm;
	struct encoder encoder;
	struct top top;
	struct scratch scratch;
};

static const struct encoder_names layer_names = {
	.stack = "transformer.layer",
	.q = "attention.q_lin",
	.k = "attention.k_lin",
	.v = "attention.v_lin",
	.out = "attention.out_lin",
	.attention_norm = "sa_layer_norm",
	.up = "ffn.lin1",
	.down = "ffn.lin2",
	.output_norm = "output_layer_norm",
};

static const struct top_names top_names = {
	.lm_dense = "vocab_transform",
	.lm_norm = "vocab_layer_norm",
	.lm_decoder = "vocab_projector",
	.classifier = "classifier",
	.qa = "qa_outputs",
};

static int
read_config(struct distilbert *n, json *c)
{
	struct encoder *e = &n->encoder;
	int act, head = head_of(c);

	/* DistilBertConfig's defaults; eps is in its code */
	*e = (struct encoder){ .layers = 6, .heads = 12, .width = 768,
		.inner = 3072, .eps = 1e-12f };
	n->vocab = 30522;
	n->positions = 512;
	act = act_parse(json_str(c, "activation", "gelu"));
	if (head < 0 || act < 0 ||
	    json_size(c, "n_layers", 1, 256, &e->layers) < 0 ||
	    json_size(c, "dim", 1, 1 << 16, &e->width) < 0 ||
	    json_size(c, "n_heads", 1, 1 << 10, &e->heads) < 0 ||
	    json_size(c, "hidden_dim", 1, 1 << 20, &e->inner) < 0 ||
	    json_size(c, "vocab_size", 1, INT32_MAX, &n->vocab) < 0 ||
	    json_size(c, "max_position_embeddings", 1, 1 << 20,
		&n->positions) < 0)
		return -1;
	if (e->width % e->heads != 0)
		return fail("dim %zu is not a multiple of %zu heads", e->width,
		    e->heads);
	e->act = (enum act)act;
	n->top.head = (enum head)head;
	return 0;
}

static void
load_embeddings(struct loader *l, struct distilbert *n)
{
	size_t D = n->encoder.width;

	n->words = (n->top.head == HEAD_MASKED_LM ? load_matrix
						  : load_table)(l, n->vocab, D,
	    "embeddings.word_embeddings.weight");
	n->places = load_table(l, n->positions, D,
	    "embeddings.position_embeddings.weight");
	load_norm(l, &n->embedding_norm, D, n->encoder.eps,
	    "embeddings.LayerNorm");
}

static void *
load(const struct model *m, struct pool *pool)
{
	struct distilbert *n = xcalloc(1, sizeof *n);
	struct loader l = { .w = m->weights };
	size_t D;

	if (read_config(n, m->config) < 0)
		return NULL;
	D = n->encoder.width;
	loader_prefix(&l, "distilbert.", "embeddings.word_embeddings.weight");
	load_embeddings(&l, n);
	load_encoder(&l, &n->encoder, &layer_names);
	l.prefix = "";
	if (n->top.head == HEAD_SEQUENCE)
		load_linear(&l, &n->top.dense, D, D, "pre_classifier");
	n->top.act = n->top.head == HEAD_SEQUENCE ? ACT_RELU : n->encoder.act;
	load_top(&l, &n->top, &top_names, m->config, D, n->encoder.eps,
	    n->words);
	return loader_finish(&l, pool) == 0 ? n : NULL;
}

static int
forward(void *net, struct pool *p, const struct batch *b, struct outputs *o)
{
	struct distilbert *n = net;
	size_t D = n->encoder.width;
	float *x = scratch(&n->scratch, X, b->rows * D);
	struct lookup from[] = { { n->words, b->input_ids },
		{ n->places, b->position_ids } };

	if (batch_check(b, o->f, b->input_ids, n->vocab, "token id") < 0)
		return -1;
	embed(p, from, 2, b->rows, x);
	norm(p, &n->embedding_norm, x, b->rows, x);
	encoder_forward(&n->encoder, p, &n->scratch, b, o, x);
	top_forward(&n->top, p, &n->scratch, b, o, x, D);
	return 0;
}

static const char *const *
defaults(const void *net)
{
	return top_outputs(((const struct distilbert *)net)->top.head);
}

static size_t
max_positions(const void *net)
{
	return ((const struct distilbert *)net)->positions;
}

static const char *const model_types[] = { "distilbert", NULL };
extern const struct arch arch_distilbert;
const struct arch arch_distilbert = { model_types, load, forward, defaults,
	max_positions };
