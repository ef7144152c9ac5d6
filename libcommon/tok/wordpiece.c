#include "tok/wordpiece.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"
#include "util.h"

static const struct wordpiece *
self(const struct tok_model *m)
{
	return (const struct wordpiece *)m;
}

/*
 * The longest piece at s[from..n): its end and ID, or 0.  Inside a word the
 * prefix goes before it; key is the word with room for the prefix before.
 */
static size_t
longest(const struct wordpiece *w, const char *s, size_t from, size_t n,
    char *key, int32_t *id)
{
	size_t skip = from > 0 ? w->prefix.n : 0, to = n;

	if (to - from + skip > w->longest)
		to = from + (w->longest > skip ? w->longest - skip : 0);
	if (skip > 0)
		memcpy(key, w->prefix.p, skip);
	memcpy(key + skip, s + from, to - from);
	for (; to > from; to--) {
		if (to < n && ((unsigned char)s[to] & 0xc0) == 0x80)
			continue;
		*id = vocab_id(&w->vocab, key, skip + to - from);
		if (*id >= 0)
			return to;
	}
	return 0;
}

static int
unknown(const struct wordpiece *w, size_t n, struct tok_out *o)
{
	if (w->unk < 0)
		return fail("a word has no pieces, and the vocabulary lacks "
		    "the unknown token \"%s\"", w->unk_token.p);
	tok_out_add(o, w->unk, 0, n);
	return 0;
}

static int
encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct wordpiece *w = self(m);
	size_t from, to, start = o->n;
	char *key = work;
	int32_t id;

	if (n > w->max_chars && utf8_count(s, n) > w->max_chars)
		return unknown(w, n, o);
	for (from = 0; from < n; from = to) {
		to = longest(w, s, from, n, key, &id);
		if (to == 0) {
			o->n = start;
			return unknown(w, n, o);
		}
		tok_out_add(o, id, from, to);
	}
	return 0;
}

static void *
work_new(const struct tok_model *m)
{
	return xmalloc(self(m)->longest + self(m)->prefix.n + 1);
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
	struct wordpiece *w = (struct wordpiece *)m;

	vocab_free(&w->vocab);
	buf_free(&w->unk_token);
	buf_free(&w->prefix);
	free(w);
}

static void
finish(struct wordpiece *w)
{
	size_t i;

	w->model = (struct tok_model){ .encode = encode, .work_new = work_new,
		.work_free = free, .id = id, .piece = piece, .free = release,
		.size = w->vocab.size, .count = w->vocab.count,
		.marks_subwords = w->prefix.n > 0 };
	w->unk = vocab_id(&w->vocab, w->unk_token.p, w->unk_token.n);
	for (i = 0; i < w->vocab.size; i++)
		if (w->vocab.piece[i].len != VOCAB_NONE &&
		    w->vocab.piece[i].len > w->longest)
			w->longest = w->vocab.piece[i].len;
}

struct tok_model *
wordpiece_new(struct vocab *v, const char *unk)
{
	struct wordpiece *w = xcalloc(1, sizeof *w);

	w->vocab = *v;
	*v = (struct vocab){ 0 };
	w->max_chars = WORD_CHARS;
	buf_str(&w->prefix, "##");
	buf_str(&w->unk_token, unk);
	finish(w);
	return &w->model;
}

static int
read_vocab(struct pull *j, void *vocab)
{
	return vocab_read(j, vocab);
}

struct tok_model *
wordpiece_load(struct pull *j)
{
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct wordpiece, m)
		{ "unk_token", FIELD_STRING, NEEDED, MEMBER(unk_token), NULL },
		{ "continuing_subword_prefix", FIELD_STRING, NEEDED,
		    MEMBER(prefix), NULL },
		{ "max_input_chars_per_word", FIELD_SIZE, NEEDED,
		    MEMBER(max_chars), NULL },
		{ "vocab", FIELD_CUSTOM, NEEDED, MEMBER(vocab), read_vocab },
#undef MEMBER
		{ 0 }
	};
	struct wordpiece *w = xcalloc(1, sizeof *w);

	vocab_init(&w->vocab, 0);
	if (fields_read(j, fields, w) < 0) {
		release(&w->model);
		return NULL;
	}
	finish(w);
	return &w->model;
}
