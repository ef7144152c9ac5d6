#include "tok/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/unicode.h"
#include "utf8.h"

/* Append the bytes of a character as <0xNN> tokens; false: not all exist. */
static bool
add_bytes(const struct bpe *b, struct bpe_scratch *w, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (b->byte_id[(unsigned char)s[i]] == BPE_NONE)
			return false;
	for (i = 0; i < n; i++) {
		GROW(w->syms, w->n, w->cap);
		w->syms[w->n++] = (struct bpe_sym){
			b->byte_id[(unsigned char)s[i]], 1 };
	}
	return true;
}

static void
add(struct bpe_scratch *w, struct bpe_sym sym)
{
	if (sym.len == 0)
		return;
	GROW(w->syms, w->n, w->cap);
	w->syms[w->n++] = sym;
}

/*
 * A character without a piece.  *unk is what is held back of unknown ones; as
 * in the reference byte tokens go ahead of it, and without unk_token the
 * character is dropped.
 */
static int
add_unknown(const struct bpe *b, struct bpe_scratch *w, const char *s,
    size_t n, size_t len, struct bpe_sym *unk)
{
	if (b->flags.byte_fallback && add_bytes(b, w, s, n))
		return 0;
	if (b->unk_token == NULL)
		return 0;
	if (b->unk == BPE_NONE)
		return fail("the text has characters that the vocabulary "
		    "lacks, and so it does unk_token \"%s\"", b->unk_token);
	if (!b->flags.fuse_unk) {
		add(w, *unk);
		unk->len = 0;
	}
	unk->id = b->unk;
	unk->len += (uint32_t)len;
	return 0;
}

/* The character s[at..at + len) of a word with its prefix and suffix. */
static size_t
dress(const struct bpe *b, const char *s, size_t n, size_t at, size_t len,
    struct buf *out)
{
	out->n = 0;
	if (b->prefix != NULL && at > 0)
		buf_str(out, b->prefix);
	buf_add(out, s + at, len);
	if (b->suffix != NULL && at + len == n)
		buf_str(out, b->suffix);
	return out->n;
}

int
bpe_symbols(const struct bpe *b, struct bpe_scratch *w, const char *s, size_t n)
{
	bool plain = b->prefix == NULL && b->suffix == NULL;
	struct bpe_sym unk = { 0 };
	struct buf tmp = { 0 };
	const char *piece;
	size_t at, len, m;
	uint32_t c, id;
	int r = 0;

	for (at = 0; at < n && r == 0; at += len) {
		len = (size_t)utf8_decode(s + at, n - at, &c);
		if (len == 0)
			return fail("the text is not UTF-8");
		piece = s + at;
		m = len;
		if (!plain) {
			m = dress(b, s, n, at, len, &tmp);
			piece = tmp.p;
		}
		id = plain && c < 128 ? b->ascii_id[c]
		    : bpe_find(&b->t, piece, m);
		if (id == BPE_NONE) {
			r = add_unknown(b, w, piece, m, len, &unk);
			continue;
		}
		add(w, unk);
		unk.len = 0;
		add(w, (struct bpe_sym){ id, (uint32_t)len });
	}
	add(w, unk);
	buf_free(&tmp);
	return r;
}

static int
encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct bpe *b = (const struct bpe *)m;
	struct bpe_scratch *w = work;
	size_t i, k, at = 0;
	uint32_t id;

	if (n == 0)
		return 0;
	if (b->flags.ignore_merges &&
	    (id = bpe_find(&b->t, s, n)) != BPE_NONE) {
		tok_out_add(o, (int32_t)id, 0, n);
		return 0;
	}
	w->n = 0;
	if (bpe_symbols(b, w, s, n) < 0)
		return -1;
	k = bpe_merge(&b->t, w, w->syms, w->n);
	for (i = 0; i < k; i++) {
		tok_out_add(o, (int32_t)w->syms[i].id, at,
		    at + w->syms[i].len);
		at += w->syms[i].len;
	}
	return 0;
}

static void *
work_new(const struct tok_model *m)
{
	(void)m;
	return xcalloc(1, sizeof(struct bpe_scratch));
}

static void
work_free(void *work)
{
	if (work != NULL)
		bpe_scratch_free(work);
	free(work);
}

static int32_t
id_of(const struct tok_model *m, const char *piece, size_t n)
{
	/* BPE_NONE becomes -1. */
	return (int32_t)bpe_find(&((const struct bpe *)m)->t, piece, n);
}

static const char *
piece_of(const struct tok_model *m, int32_t id, size_t *len)
{
	const struct bpe_tables *t = &((const struct bpe *)m)->t;
	const struct bpe_piece *p = bpe_piece(t, (uint32_t)id);

	if (p == NULL)
		return NULL;
	*len = p->len;
	return t->text + p->at;
}

static void
model_free(struct tok_model *m)
{
	struct bpe *b = (struct bpe *)m;
	size_t i;

	for (i = 0; i < sizeof b->owned / sizeof *b->owned; i++)
		free(b->owned[i]);
	map_close(&b->map);
	free(b->unk_token);
	free(b->prefix);
	free(b->suffix);
	free(b);
}

struct bpe *
bpe_new(void)
{
	struct bpe *b = xcalloc(1, sizeof *b);

	b->model = (struct tok_model){
		.encode = encode, .work_new = work_new,
		.work_free = work_free, .id = id_of, .piece = piece_of,
		.free = model_free,
	};
	return b;
}

const struct bpe *
bpe_of(const struct tok_model *m)
{
	return m->encode == encode ? (const struct bpe *)m : NULL;
}

/* An empty affix, which some files have, is none. */
static void
drop_empty(char **affix)
{
	if (*affix == NULL || **affix != '\0')
		return;
	free(*affix);
	*affix = NULL;
}

void
bpe_ready(struct bpe *b)
{
	char tmp[8];
	uint32_t i;
	size_t n;

	drop_empty(&b->prefix);
	drop_empty(&b->suffix);
	b->model.size = b->t.size;
	b->model.count = b->t.unique;
	b->model.marks_subwords = b->prefix != NULL && *b->prefix != '\0';
	b->unk = b->unk_token == NULL ? BPE_NONE
	    : bpe_find(&b->t, b->unk_token, strlen(b->unk_token));
	for (i = 0; i < 256; i++) {
		snprintf(tmp, sizeof tmp, "<0x%02X>", i);
		b->byte_id[i] = bpe_find(&b->t, tmp, 6);
		n = (size_t)utf8_encode(unicode_of_byte[i], tmp);
		b->alpha_id[i] = bpe_find(&b->t, tmp, n);
		tmp[0] = (char)i;
		if (i < 128)
			b->ascii_id[i] = bpe_find(&b->t, tmp, 1);
	}
}
