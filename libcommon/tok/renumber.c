#include "tok/renumber.h"

#include <stdlib.h>

#include "util.h"

struct renumber {
	struct tok_model model;
	struct tok_model *inner;
	struct vocab vocab;
	int32_t *to;		/* [inner->size] */
	int32_t inner_unk, unk;
};

struct work {
	const struct tok_model *inner;
	void *of_inner;
	struct tok_out out;
};

static const struct renumber *
self(const struct tok_model *m)
{
	return (const struct renumber *)m;
}

static int
encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct renumber *r = self(m);
	struct work *w = work;
	struct span at;
	int32_t id;
	size_t i;

	w->out.n = 0;
	if (r->inner->encode(r->inner, w->of_inner, s, n, &w->out) < 0)
		return -1;
	for (i = 0; i < w->out.n; i++) {
		at = w->out.at[i];
		id = w->out.ids[i] == r->inner_unk ? vocab_id(&r->vocab,
		    s + at.from, at.to - at.from) : r->to[w->out.ids[i]];
		tok_out_add(o, id < 0 ? r->unk : id, at.from, at.to);
	}
	return 0;
}

static void *
work_new(const struct tok_model *m)
{
	struct work *w = xcalloc(1, sizeof *w);

	w->inner = self(m)->inner;
	w->out.want_at = true;
	if (w->inner->work_new != NULL)
		w->of_inner = w->inner->work_new(w->inner);
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;

	if (w->of_inner != NULL)
		w->inner->work_free(w->of_inner);
	tok_out_free(&w->out);
	free(w);
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
	struct renumber *r = (struct renumber *)m;

	r->inner->free(r->inner);
	vocab_free(&r->vocab);
	free(r->to);
	free(r);
}

struct tok_model *
renumber_new(struct tok_model *inner, int32_t inner_unk, struct vocab *v,
    int32_t unk)
{
	struct renumber *r = xcalloc(1, sizeof *r);
	const char *s;
	size_t i, n;

	r->inner = inner;
	r->inner_unk = inner_unk;
	r->unk = unk;
	r->vocab = *v;
	*v = (struct vocab){ 0 };
	r->to = xmalloc((inner->size + 1) * sizeof *r->to);
	for (i = 0; i < inner->size; i++) {
		s = inner->piece(inner, (int32_t)i, &n);
		r->to[i] = s == NULL ? -1 : vocab_id(&r->vocab, s, n);
	}
	r->model = (struct tok_model){ .encode = encode, .work_new = work_new,
		.work_free = work_free, .id = id, .piece = piece,
		.free = release, .size = r->vocab.size,
		.count = r->vocab.count };
	return &r->model;
}
