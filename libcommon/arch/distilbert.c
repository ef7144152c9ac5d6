/*
 * DistilBERT: Sanh et al. 2019, arXiv:1910.01108; names and details as in
 * transformers' modeling_distilbert.py.
 */
#include "arch.h"
#include "encoder.h"

static const struct encoder_names names = {
	.prefix = "distilbert.",
	.words = "embeddings.word_embeddings.weight",
	.places = "embeddings.position_embeddings.weight",
	.embedding_norm = "embeddings.LayerNorm",
	.stack = "transformer.layer",
	.q = "attention.q_lin",
	.k = "attention.k_lin",
	.v = "attention.v_lin",
	.out = "attention.out_lin",
	.attention_norm = "sa_layer_norm",
	.up = "ffn.lin1",
	.down = "ffn.lin2",
	.output_norm = "output_layer_norm",
	.pooler = "pre_classifier",
	.pooler_in_head = true,
	.top = {
		.lm_dense = "vocab_transform",
		.lm_norm = "vocab_layer_norm",
		.lm_decoder = "vocab_projector",
		.classifier = "classifier",
		.qa = "qa_outputs",
	},
};

static int
read_config(struct encoder *e, json *c)
{
	int act = act_parse(json_str(c, "activation", "gelu"));
	int head = head_of(c);

	/* DistilBertConfig's defaults; eps is in its code */
	*e = (struct encoder){ .vocab = 30522, .positions = 512, .layers = 6,
		.heads = 12, .width = 768, .inner = 3072, .eps = 1e-12f,
		.pool_act = ACT_RELU };
	if (head < 0 || act < 0 ||
	    json_size(c, "vocab_size", 1, INT32_MAX, &e->vocab) < 0 ||
	    json_size(c, "max_position_embeddings", 1, 1 << 20,
		&e->positions) < 0 ||
	    json_size(c, "n_layers", 1, 256, &e->layers) < 0 ||
	    json_size(c, "n_heads", 1, 1 << 10, &e->heads) < 0 ||
	    json_size(c, "dim", 1, 1 << 16, &e->width) < 0 ||
	    json_size(c, "hidden_dim", 1, 1 << 20, &e->inner) < 0)
		return -1;
	e->act = (enum act)act;
	e->head = (enum head)head;
	return encoder_check(e, "dim");
}

static void *
load(const struct model *m, struct pool *pool)
{
	return encoder_open(m, pool, read_config, &names);
}

static const char *const model_types[] = { "distilbert", NULL };
extern const struct arch arch_distilbert;
const struct arch arch_distilbert = { model_types, load, encoder_forward,
	encoder_defaults, encoder_positions };
