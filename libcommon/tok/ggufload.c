#include <stdlib.h>

#include "err.h"
#include "tok/ggufvocab.h"
#include "tok/pipeline.h"

/* The ID of a key, or -1 where it is none of the vocabulary. */
static int32_t
id(const struct tok *t, const struct gguf_meta *g, const char *key)
{
	int64_t v = gguf_int(g, key, -1);

	return v >= 0 && (uint64_t)v < tok_vocab_size(t) ? (int32_t)v : -1;
}

static void
configure(struct tok *t, const struct gguf_meta *g)
{
	struct slice arch = gguf_string(g, "general.architecture", "");
	char *key = xprintf("%.*s.context_length", (int)arch.n, arch.p);
	int64_t limit = gguf_int(g, key, 0);

	t->unk = id(t, g, "tokenizer.ggml.unknown_token_id");
	t->pad = id(t, g, "tokenizer.ggml.padding_token_id");
	t->mask = id(t, g, "tokenizer.ggml.mask_token_id");
	t->type_ids = slice_is(gguf_string(g, "tokenizer.ggml.model", ""),
	    "bert");
	if (limit > 0 && limit < 1000000000)
		t->max_length = (size_t)limit;
	free(key);
}

int
tok_from_gguf(struct tok *t, const char *path)
{
	struct buf text = { 0 };
	struct gguf_meta g;
	int r = 0;

	if (gguf_open(&g, path) < 0)
		return -1;
	if (gguf_json(&g, &text) < 0 ||
	    tok_read_json(t, text.p, text.n) < 0 || tok_finish(t) < 0)
		r = fail("%s: %s", path, errstr());
	else
		configure(t, &g);
	buf_free(&text);
	gguf_close(&g);
	return r;
}
