#include "tok/old.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

/* Post-processors: what begins, parts and ends texts. */

/* A word's type, ":1" at its end, which is taken off. */
static char
word_type(struct slice *word)
{
	if (word->n < 3 || word->p[word->n - 2] != ':')
		return '0';
	word->n -= 2;
	return word->p[word->n + 1];
}

/* "@c $A @s:1" as a list. */
static void
put_list(struct old *o, const char *list)
{
	struct slice word;
	char type;

	buf_byte(o->out, '[');
	while (old_word(&list, &word)) {
		type = word_type(&word);
		if (!old_resolve(o, &word))
			continue;
		buf_str(o->out, old_comma(o->out));
		if (word.n == 2 && *word.p == '$') {
			buf_printf(o->out, "{\"Sequence\":{\"id\":\"%c\",",
			    word.p[1]);
		} else {
			buf_str(o->out, "{\"SpecialToken\":{\"id\":");
			json_put_string(o->out, word.p, word.n);
			buf_byte(o->out, ',');
		}
		buf_printf(o->out, "\"type_id\":%c}}", type);
	}
	buf_byte(o->out, ']');
}

/* What the list's tokens are; one that is none is the unknown token. */
static int
put_tokens(struct old *o, const char *list)
{
	struct vocab seen = { 0 };
	struct slice word;
	int32_t id;
	int r = 0;

	vocab_init(&seen, 0);
	buf_byte(o->out, '{');
	while (r == 0 && old_word(&list, &word)) {
		word_type(&word);
		if (!old_resolve(o, &word) || *word.p == '$' ||
		    vocab_id(&seen, word.p, word.n) >= 0)
			continue;
		vocab_add(&seen, word.p, word.n, (int64_t)seen.count);
		id = vocab_id(&o->ids, word.p, word.n);
		if (id < 0)
			id = o->unk;
		if (id < 0)
			r = fail("it lacks the token \"%.*s\", with which "
			    "texts begin or end", (int)word.n, word.p);
		buf_str(o->out, old_comma(o->out));
		json_put_string(o->out, word.p, word.n);
		buf_str(o->out, ":{\"id\":");
		json_put_string(o->out, word.p, word.n);
		buf_printf(o->out, ",\"ids\":[%d],\"tokens\":[", id);
		json_put_string(o->out, word.p, word.n);
		buf_str(o->out, "]}");
	}
	buf_byte(o->out, '}');
	vocab_free(&seen);
	return r;
}

static int
put_template(struct old *o, const char *single, const char *pair)
{
	buf_str(o->out, "{\"type\":\"TemplateProcessing\",\"single\":");
	put_list(o, single);
	buf_str(o->out, ",\"pair\":");
	put_list(o, pair);
	buf_str(o->out, ",\"special_tokens\":");
	if (put_tokens(o, pair) < 0)
		return -1;
	buf_byte(o->out, '}');
	return 0;
}

/* add_bos_token and add_eos_token */
static int
put_bos_eos(struct old *o)
{
	bool bos = old_role(o, ROLE_BOS) != NULL &&
	    json_bool(o->config, "add_bos_token", o->c->adds_bos);
	bool eos = old_role(o, ROLE_EOS) != NULL &&
	    json_bool(o->config, "add_eos_token", false);
	char *single = xprintf("%s$A%s", bos ? "@b " : "", eos ? " @e" : "");
	char *pair;
	int r;

	/* a GGUF Unigram with both is one of XLM-RoBERTa's family */
	if (bos && eos && o->c == class_named("GgufT5Tokenizer"))
		pair = xstrdup("@b $A @e @e $B @e");
	else
		pair = xprintf("%s%s $B:1%s", single, bos ? " @b:1" : "",
		    eos ? " @e:1" : "");
	r = put_template(o, single, pair);
	free(single);
	free(pair);
	return r;
}

static int
put_roberta(struct old *o)
{
	const char *cls = old_role(o, ROLE_CLS), *sep = old_role(o, ROLE_SEP);
	int32_t a, z;

	if (cls == NULL || sep == NULL)
		return fail("it lacks cls_token or sep_token");
	a = vocab_id(&o->ids, cls, strlen(cls));
	z = vocab_id(&o->ids, sep, strlen(sep));
	buf_printf(o->out, "{\"type\":\"RobertaProcessing\",\"cls\":[\"\",%d],"
	    "\"sep\":[\"\",%d],\"trim_offsets\":%s,\"add_prefix_space\":%s}",
	    a, z, json_bool(o->config, "trim_offsets", true) ? "true"
	    : "false", o->prefix ? "true" : "false");
	return 0;
}

int
old_post(struct old *o)
{
	const char *single = o->c->single, *pair = o->c->pair;

	bool asked = json_get(o->config, "add_bos_token") != NULL ||
	    json_get(o->config, "add_eos_token") != NULL;

	if (single == NULL || (o->c->yields && asked))
		return put_bos_eos(o);
	if (strcmp(single, "roberta") == 0)
		return put_roberta(o);
	if (strcmp(single, "bytes") == 0) {
		buf_str(o->out, "{\"type\":\"ByteLevel\",\"add_prefix_space\":"
		    "true,\"trim_offsets\":false,\"use_regex\":true}");
		return 0;
	}
	if (o->c->language != NULL &&
	    json_bool(o->config, "legacy_behaviour", false)) {
		single = "$A @e @l";
		pair = "$A $B @e @l";
	}
	return put_template(o, single, pair);
}
