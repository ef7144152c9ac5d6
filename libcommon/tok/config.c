#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "tok/pipeline.h"
#include "util.h"

enum { CONFIG_MAX = 64 << 20 };

const char *
tok_config_token(json *config, const char *key)
{
	json *v = json_get(config, key);

	return json_is_object(v) ? json_text(json_get(v, "content"))
				 : json_text(v);
}

static int32_t
token_id(const struct tok *t, json *config, json *map, const char *key)
{
	const char *s = tok_config_token(config, key);

	if (s == NULL)
		s = tok_config_token(map, key);
	return s == NULL ? -1 : tok_id(t, s, strlen(s));
}

static void
limit(struct tok *t, json *config, const char *key)
{
	double v = json_number(json_get(config, key));

	/* "no limit" is written as 1e30 */
	if (v >= 1 && v < 1e9 &&
	    (t->max_length == 0 || v < (double)t->max_length))
		t->max_length = (size_t)v;
}

static bool
starts(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strncmp(s, *list, strlen(*list)) == 0)
			return true;
	return false;
}

/*
 * Does the model take token_type_ids?  model_input_names says so, else what
 * transformers sets for the tokenizer's class, else the model's type.
 */
static bool
has_type_ids(json *config, json *model)
{
	static const char *const classes[] = { "Bert", "Electra", "Albert",
		"Deberta", "XLNet", "RoFormer", "MobileBert", "ConvBert",
		"Funnel", "SqueezeBert", "Splinter", "BigBird", "Rembert",
		"RemBert", "Lxmert", NULL };
	static const char *const types[] = { "bert", "electra", "albert",
		"deberta", "xlnet", "roformer", "mobilebert", "convbert",
		"funnel", "squeezebert", "splinter", "big_bird", "rembert",
		"lxmert", "nomic_bert", NULL };
	json *names = json_get(config, "model_input_names"), *n;
	const char *s;

	if (json_is_array(names)) {
		for (n = json_first(names); n != NULL; n = json_next(n)) {
			s = json_text(n);
			if (s != NULL && strcmp(s, "token_type_ids") == 0)
				return true;
		}
		return false;
	}
	s = json_str(config, "tokenizer_class", "");
	if (*s != '\0' && strncmp(s, "PreTrainedTokenizer", 19) != 0)
		return starts(s, classes);
	return starts(json_str(model, "model_type", ""), types);
}

static void
apply(struct tok *t, json *config, json *map, json *sentence, json *model)
{
	int32_t pad = token_id(t, config, map, "pad_token");

	if (pad < 0 && t->pad < 0)
		pad = tok_id(t, "[PAD]", 5);
	if (pad >= 0)
		t->pad = pad;
	t->unk = token_id(t, config, map, "unk_token");
	if (t->unk < 0)
		t->unk = tok_id(t, "[UNK]", 5);
	t->mask = token_id(t, config, map, "mask_token");
	if (t->mask < 0)
		t->mask = tok_id(t, "[MASK]", 6);
	limit(t, config, "model_max_length");
	limit(t, sentence, "max_seq_length");
	t->pads_left = strcmp(json_str(config, "padding_side",
	    t->pads_left ? "left" : "right"), "left") == 0;
	t->cleanup = json_bool(config, "clean_up_tokenization_spaces", false);
	t->type_ids = has_type_ids(config, model);
}

/*
 * sentence-transformers lowers the texts itself where its file says so; here
 * the tokenizer must, as those of such models do.
 */
static int
check_case(const struct tok *t, json *sentence)
{
	struct tok_work *w;
	struct buf b = { 0 };
	int r;

	if (!json_bool(sentence, "do_lower_case", false))
		return 0;
	w = tok_work_new();
	r = tok_normalize(t, w, "A", 1, &b);
	if (r == 0 && memchr(b.p, 'A', b.n) != NULL)
		r = fail("do_lower_case: is not supported with a tokenizer "
		    "that tells case");
	buf_free(&b);
	tok_work_free(w);
	return r;
}

int
tok_config(struct tok *t, const char *dir)
{
	static const char *const files[] = { "tokenizer_config.json",
		"special_tokens_map.json", "sentence_bert_config.json",
		"config.json" };
	struct cJSON *tree[4] = { NULL };
	int i, r = 0;

	for (i = 0; r == 0 && i < 4; i++)
		r = json_load_optional(dir, files[i], CONFIG_MAX,
		    &tree[i]);
	if (r == 0)
		apply(t, tree[0], tree[1], tree[2], tree[3]);
	if (r == 0 && check_case(t, tree[2]) < 0)
		r = fail("%s/%s: %s", dir, files[2], errstr());
	for (i = 0; i < 4; i++)
		json_free(tree[i]);
	return r;
}
