/*
 * BERT: Devlin et al. 2018, arXiv:1810.04805; names and details as in
 * transformers' modeling_bert.py.
 */
#include <string.h>

#include "arch.h"
#include "encoder.h"
#include "err.h"

static const struct encoder_names names = {
	.prefix = "bert.",
	.words = "embeddings.word_embeddings.weight",
	.places = "embeddings.position_embeddings.weight",
	.segments = "embeddings.token_type_embeddings.weight",
	.embedding_norm = "embeddings.LayerNorm",
	.stack = "encoder.layer",
	.q = "attention.self.query",
	.k = "attention.self.key",
	.v = "attention.self.value",
	.out = "attention.output.dense",
	.attention_norm = "attention.output.LayerNorm",
	.up = "intermediate.dense",
	.down = "output.dense",
	.output_norm = "output.LayerNorm",
	.pooler = "pooler.dense",
	.top = {
		.lm_dense = "cls.predictions.transform.dense",
		.lm_norm = "cls.predictions.transform.LayerNorm",
		.lm_decoder = "cls.predictions.decoder",
		.lm_bias = "cls.predictions.bias",
		.classifier = "classifier",
		.qa = "qa_outputs",
	},
};

static int
read_config(struct encoder *e, json *c)
{
	int act = act_parse(json_str(c, "hidden_act", "gelu"));
	int head = head_of(c);
	double eps = 1e-12;

	/* BertConfig's defaults */
	*e = (struct encoder){ .vocab = 30522, .positions = 512, .types = 2,
		.layers = 12, .heads = 12, .width = 768, .inner = 3072,
		.pool_act = ACT_TANH };
	if (head < 0 || act < 0 ||
	    json_size(c, "vocab_size", 1, INT32_MAX, &e->vocab) < 0 ||
	    json_size(c, "max_position_embeddings", 1, 1 << 20,
		&e->positions) < 0 ||
	    json_size(c, "type_vocab_size", 1, 1 << 16, &e->types) < 0 ||
	    json_size(c, "num_hidden_layers", 1, 256, &e->layers) < 0 ||
	    json_size(c, "num_attention_heads", 1, 1 << 10, &e->heads) < 0 ||
	    json_size(c, "hidden_size", 1, 1 << 16, &e->width) < 0 ||
	    json_size(c, "intermediate_size", 1, 1 << 20, &e->inner) < 0 ||
	    json_real(c, "layer_norm_eps", 1e-30, 1, &eps) < 0)
		return -1;
	if (json_bool(c, "is_decoder", false))
		return fail("is_decoder: BERT as a decoder is not supported");
	if (strcmp(json_str(c, "position_embedding_type", "absolute"),
	    "absolute") != 0)
		return fail("position_embedding_type: only absolute is "
		    "supported");
	e->act = (enum act)act;
	e->eps = (float)eps;
	e->head = (enum head)head;
	return encoder_check(e, "hidden_size");
}

static void *
load(const struct model *m, struct pool *pool)
{
	return encoder_open(m, pool, read_config, &names);
}

static const char *const model_types[] = { "bert", NULL };
extern const struct arch arch_bert;
const struct arch arch_bert = { model_types, load, encoder_forward,
	encoder_defaults, encoder_positions };
