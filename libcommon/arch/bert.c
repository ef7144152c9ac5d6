/*
 * BERT: Devlin et al. 2018, arXiv:1810.04805; names and details as in
 * transformers' modeling_bert.py.
 */
#include <string.h>

#include "arch.h"
#include "blocks.h"
#include "err.h"
#include "top.h"
#include "util.h"

enum { X = SCRATCH_MAX - 1 };

struct bert {
	size_t vocab, positions, types;
	struct weight *words, *places, *segments;
	struct norm embedding_norm;
	struct encoder encoder;
	struct linear pooler;		/* w is NULL where the file has none */
	struct top top;
	struct scratch scratch;
};

static const struct encoder_names layer_names = {
	.stack = "encoder.layer",
	.q = "attention.self.query",
	.k = "attention.self.key",
	.v = "attention.self.value",
	.out = "attention.output.dense",
	.attention_norm = "attention.output.LayerNorm",
	.up = "intermediate.dense",
	.down = "output.dense",
	.output_norm = "output.LayerNorm",
};

static const struct top_names top_names = {
	.lm_dense = "cls.predictions.transform.dense",
	.lm_norm = "cls.predictions.transform.LayerNorm",
	.lm_decoder = "cls.predictions.decoder",
	.lm_bias = "cls.predictions.bias",
	.classifier = "classifier",
	.qa = "qa_outputs",
};

static int
read_config(struct bert *n, json *c)
{
	struct encoder *e = &n->encoder;
	int act, head = head_of(c);
	double eps = 1e-12;

	/* BertConfig's defaults */
	*e = (struct encoder){ .layers = 12, .heads = 12, .width = 768,
		.inner = 3072 };
	n->vocab = 30522;
	n->positions = 512;
	n->types = 2;
	act = act_parse(json_str(c, "hidden_act", "gelu"));
	if (head < 0 || act < 0 ||
	    json_size(c, "num_hidden_layers", 1, 256, &e->layers) < 0 ||
	    json_size(c, "hidden_size", 1, 1 << 16, &e->width) < 0 ||
	    json_size(c, "num_attention_heads", 1, 1 << 10, &e->heads) < 0 ||
	    json_size(c, "intermediate_size", 1, 1 << 20, &e->inner) < 0 ||
	    json_size(c, "vocab_size", 1, INT32_MAX, &n->vocab) < 0 ||
	    json_size(c, "type_vocab_size", 1, 1 << 16, &n->types) < 0 ||
	    json_size(c, "max_position_embeddings", 1, 1 << 20,
		&n->positions) < 0 ||
	    json_real(c, "layer_norm_eps", 1e-30, 1, &eps) < 0)
		return -1;
	if (e->width % e->heads != 0)
		return fail("hidden_size %zu is not a multiple of %zu heads",
		    e->width, e->heads);
	if (json_bool(c, "is_decoder", false))
		return fail("is_decoder: BERT as a decoder is not supported");
	if (strcmp(json_str(c, "position_embedding_type", "absolute"),
	    "absolute") != 0)
		return fail("position_embedding_type: only absolute is "
		    "supported");
	e->act = (enum act)act;
	e->eps = (float)eps;
	n->top.head = (enum head)head;
	return 0;
}

static void
load_embeddings(struct loader *l, struct bert *n)
{
	size_t D = n->encoder.width;

	/* The masked LM's decoder is the embeddings, unless it has its own. */
	n->words = (n->top.head == HEAD_MASKED_LM ? load_matrix
						  : load_table)(l, n->vocab, D,
	    "embeddings.word_embeddings.weight");
	n->places = load_table(l, n->positions, D,
	    "embeddings.position_embeddings.weight");
	n->segments = load_table(l, n->types, D,
	    "embeddings.token_type_embeddings.weight");
	load_norm(l, &n->embedding_norm, D, n->encoder.eps,
	    "embeddings.LayerNorm");
}

static void *
load(const struct model *m, struct pool *pool)
{
	struct bert *n = xcalloc(1, sizeof *n);
	struct loader l = { .w = m->weights };
	size_t D;

	if (read_config(n, m->config) < 0)
		return NULL;
	D = n->encoder.width;
	loader_prefix(&l, "bert.", "embeddings.word_embeddings.weight");
	load_embeddings(&l, n);
	load_encoder(&l, &n->encoder, &layer_names);
	if (n->top.head == HEAD_SEQUENCE || load_has(&l, "pooler.dense.weight"))
		load_linear(&l, &n->pooler, D, D, "pooler.dense");
	l.prefix = "";
	n->top.dense = n->pooler;
	n->top.act = n->top.head == HEAD_SEQUENCE ? ACT_TANH : n->encoder.act;
	load_top(&l, &n->top, &top_names, m->config, D, n->encoder.eps,
	    n->words);
	return loader_finish(&l, pool) == 0 ? n : NULL;
}

static int
forward(void *net, struct pool *p, const struct batch *b, struct outputs *o)
{
	struct bert *n = net;
	size_t D = n->encoder.width;
	float *x = scratch(&n->scratch, X, b->rows * D);
	struct lookup from[] = { { n->words, b->input_ids },
		{ n->segments, b->token_type_ids },
		{ n->places, b->position_ids } };

	if (batch_check(b, o->f, b->input_ids, n->vocab, "token id") < 0 ||
	    batch_check(b, o->f, b->token_type_ids, n->types,
		"token type") < 0)
		return -1;
	embed(p, from, 3, b->rows, x);
	norm(p, &n->embedding_norm, x, b->rows, x);
	encoder_forward(&n->encoder, p, &n->scratch, b, o, x);
	if (output_wanted(o, "pooler_output") && n->pooler.w != NULL)
		pool_first(&n->pooler, ACT_TANH, p, &n->scratch, b, x, D,
		    output_sequences(o, "pooler_output", D));
	top_forward(&n->top, p, &n->scratch, b, o, x, D);
	return 0;
}

static const char *const *
defaults(const void *net)
{
	return top_outputs(((const struct bert *)net)->top.head);
}

static size_t
max_positions(const void *net)
{
	return ((const struct bert *)net)->positions;
}

static const char *const model_types[] = { "bert", NULL };
extern const struct arch arch_bert;
const struct arch arch_bert = { model_types, load, forward, defaults,
	max_positions };
