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

/* The child of a node for a byte: its unit, or NULL. */
static inline const struct trie_unit *
child(const struct trie *t, uint32_t node, unsigned char c)
{
	const struct trie_unit *u = &t->unit[node + c];

	return node != 0 && (u->link & 0xff) == c ? u : NULL;
}

/* The longest piece at s[from..n), from a node on: its end and ID, or 0. */
static inline size_t
longest(const struct wordpiece *w, uint32_t node, const char *s, size_t from,
    size_t n, int32_t *id)
{
	const struct trie_unit *u;
	size_t i, to = 0;

	for (i = from; i < n; i++) {
		u = child(&w->trie, node, (unsigned char)s[i]);
		if (u == NULL)
			break;
		node = u->link >> 8;
		if (u->id >= 0) {
			*id = u->id;
			to = i + 1;
		}
	}
	return to;
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
	int32_t id;

	(void)work;
	if (n > w->max_chars && utf8_count(s, n) > w->max_chars)
		return unknown(w, n, o);
	for (from = 0; from < n; from = to) {
		to = longest(w, from == 0 ? w->trie.root : w->inside, s, from,
		    n, &id);
		if (to == 0) {
			o->n = start;
			return unknown(w, n, o);
		}
		tok_out_add(o, id, from, to);
	}
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
	struct wordpiece *w = (struct wordpiece *)m;

	vocab_free(&w->vocab);
	trie_free(&w->trie);
	buf_free(&w->unk_token);
	buf_free(&w->prefix);
	free(w);
}

/* A trie of all pieces; those inside a word are under their prefix. */
static int
index_pieces(struct wordpiece *w)
{
	const struct vocab *v = &w->vocab;
	struct trie_key *keys = xcalloc(v->count + 1, sizeof *keys);
	const struct trie_unit *u;
	size_t i, n = 0;
	int r;

	for (i = 0; i < v->size; i++)
		if (v->piece[i].len != VOCAB_NONE)
			keys[n++] = (struct trie_key){
				v->bytes + v->piece[i].at, v->piece[i].len,
				(int32_t)i };
	r = trie_build(&w->trie, keys, n);
	free(keys);
	if (r < 0)
		return -1;
	w->inside = w->trie.root;
	for (i = 0; i < w->prefix.n; i++) {
		u = child(&w->trie, w->inside, (unsigned char)w->prefix.p[i]);
		w->inside = u == NULL ? 0 : u->link >> 8;
	}
	return 0;
}

static int
finish(struct wordpiece *w)
{
	w->model = (struct tok_model){ .encode = encode, .id = id,
		.piece = piece, .free = release, .size = w->vocab.size,
		.count = w->vocab.count, .marks_subwords = w->prefix.n > 0 };
	w->unk = vocab_id(&w->vocab, w->unk_token.p, w->unk_token.n);
	return index_pieces(w);
}

bool
wordpiece_knows_unk(const struct tok_model *m)
{
	return m->encode == encode && self(m)->unk >= 0;
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
	if (finish(w) == 0)
		return &w->model;
	pull_fail(j, "");
	release(&w->model);
	return NULL;
}
