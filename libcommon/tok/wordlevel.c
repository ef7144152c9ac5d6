#include <stdlib.h>

#include "err.h"
#include "tok/part.h"
#include "tok/vocab.h"
#include "util.h"

/* WordLevel: a word is in the vocabulary, or it is the unknown token. */
struct wordlevel {
	struct tok_model model;
	struct vocab vocab;
	struct buf unk_token;
	int32_t unk;		/* -1: there is none */
};

static const struct wordlevel *
self(const struct tok_model *m)
{
	return (const struct wordlevel *)m;
}

static int
encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct wordlevel *w = self(m);
	int32_t id = vocab_id(&w->vocab, s, n);

	(void)work;
	if (id < 0)
		id = w->unk;
	if (id < 0)
		return fail("a word is not in the vocabulary, which lacks the "
		    "unknown token \"%s\"", w->unk_token.p);
	tok_out_add(o, id, 0, n);
	return 0;
}

static int32_t
id(const struct tok_model *m, const char *piece, size_t n)
{
	return vocab_id(&self(m)->vocab, piece, n);
}

static const char *
piece(const struct tok_model *m, int32_t i, size_t *len)
{
	return vocab_piece(&self(m)->vocab, i, len);
}

static void
release(struct tok_model *m)
{
	struct wordlevel *w = (struct wordlevel *)m;

	vocab_free(&w->vocab);
	buf_free(&w->unk_token);
	free(w);
}

static int
read_vocab(struct pull *j, void *vocab)
{
	return vocab_read(j, vocab);
}

struct tok_model *
wordlevel_load(struct pull *j)
{
	static const struct field fields[] = {
		{ "unk_token", FIELD_STRING, NEEDED,
		    offsetof(struct wordlevel, unk_token), NULL },
		{ "vocab", FIELD_CUSTOM, NEEDED,
		    offsetof(struct wordlevel, vocab), read_vocab },
		{ 0 }
	};
	struct wordlevel *w = xcalloc(1, sizeof *w);

	vocab_init(&w->vocab, 0);
	if (fields_read(j, fields, w) < 0) {
		release(&w->model);
		return NULL;
	}
	w->model = (struct tok_model){ .encode = encode, .id = id,
		.piece = piece, .free = release, .size = w->vocab.size,
		.count = w->vocab.count };
	w->unk = vocab_id(&w->vocab, w->unk_token.p, w->unk_token.n);
	return &w->model;
}
