/*
 * fill-mask: transformers' pipelines/fill_mask.py.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "task/task.h"

enum { TOP_K = 5 };

struct fill {
	int32_t *targets;	/* IDs, each once; NULL: the vocabulary */
	size_t n_targets;
	size_t top_k;
	float *p;		/* [V] */
	float *chosen;		/* [n_targets] */
	size_t *best;		/* [top_k] */
	size_t cap;
	int32_t *ids;		/* [T] the row with one mask filled */
	size_t cap_ids;
	struct buf text;
	struct tok_work *work;
	struct encoding enc;
};

/* A word of the vocabulary, or the first piece of what it is split into. */
static int
target_id(struct task_run *r, const char *word, int32_t *id)
{
	struct fill *w = r->own;
	struct tok_opts o = { 0 };

	*id = tok_id(r->tok, word, strlen(word));
	if (*id >= 0)
		return 0;
	if (tok_encode(r->tok, w->work, word, strlen(word), NULL, 0, &o,
	    &w->enc) < 0)
		return -1;
	if (w->enc.n == 0)
		return fail("target \"%s\": has no tokens", word);
	*id = w->enc.ids[0];
	return 0;
}

static int
read_targets(struct task_run *r)
{
	struct fill *w = r->own;
	size_t i, j, n = 0;
	int32_t id;

	while (r->opts.targets[n] != NULL)
		n++;
	w->targets = xcalloc(n, sizeof *w->targets);
	w->chosen = xcalloc(n, sizeof *w->chosen);
	for (i = 0; i < n; i++) {
		if (target_id(r, r->opts.targets[i], &id) < 0)
			return -1;
		for (j = 0; j < w->n_targets && w->targets[j] != id; j++)
			continue;
		if (j == w->n_targets)
			w->targets[w->n_targets++] = id;
	}
	return 0;
}

static int
open_task(struct task_run *r)
{
	struct fill *w = xcalloc(1, sizeof *w);

	r->own = w;
	w->work = tok_work_new();
	w->top_k = r->opts.top_k ? r->opts.top_k : TOP_K;
	if (tok_mask_id(r->tok) < 0)
		return fail("%s: has no mask token", r->model->dir);
	return r->opts.targets != NULL ? read_targets(r) : 0;
}

/* As transformers' decode(), which cleans up where the model's files ask. */
static int
decode(const struct task_run *r, const int32_t *ids, size_t n,
    bool skip_special, struct buf *out)
{
	out->n = 0;
	if (tok_decode(r->tok, ids, n, skip_special, out) < 0)
		return -1;
	if (tok_wants_clean_up(r->tok))
		tok_clean_up(out, 0);
	return 0;
}

/* The sequence with the mask at t replaced; padding is left out. */
static int
put_sequence(struct task_run *r, const struct row *x, size_t t, int32_t id,
    bool single)
{
	struct fill *w = r->own;
	int32_t pad = tok_pad_id(r->tok), v;
	size_t i, n = 0;

	for (i = 0; i < x->width; i++) {
		v = i == t ? id : x->ids[i];
		if (v != pad && (x->mask == NULL || x->mask[i] != 0))
			w->ids[n++] = v;
	}
	return decode(r, w->ids, n, single, &w->text);
}

static int
put_answer(struct task_run *r, const struct row *x, size_t t, int32_t id,
    float score, bool single)
{
	struct fill *w = r->own;
	struct buf word = { 0 }, *b = r->out;

	if (decode(r, &id, 1, false, &word) < 0 ||
	    put_sequence(r, x, t, id, single) < 0)
		return -1;
	if (r->opts.json) {
		buf_str(b, "{\"score\": ");
		json_put_f32(b, score);
		buf_printf(b, ", \"token\": %d, \"token_str\": ", id);
		json_put_string(b, word.p, word.n);
		buf_str(b, ", \"sequence\": ");
		json_put_string(b, w->text.p, w->text.n);
		buf_byte(b, '}');
	} else {
		put_record(r);
		put_score(b, score);
		buf_printf(b, "\t%d\t", id);
		put_field(b, word.p, word.n);
		buf_byte(b, '\t');
		put_field(b, w->text.p, w->text.n);
		buf_byte(b, '\n');
	}
	buf_free(&word);
	return 0;
}

/* The best tokens for one mask; their number. */
static size_t
choose(struct fill *w, const float *p, size_t vocab)
{
	size_t i;

	if (w->targets == NULL)
		return task_top(p, vocab, w->top_k, w->best);
	for (i = 0; i < w->n_targets; i++)
		w->chosen[i] = (size_t)w->targets[i] < vocab
		    ? p[w->targets[i]]
		    : 0;
	return task_top(w->chosen, w->n_targets, w->top_k, w->best);
}

static int
put_mask(struct task_run *r, const struct row *x, size_t t, size_t vocab,
    bool single)
{
	struct fill *w = r->own;
	size_t i, n = choose(w, w->p, vocab);
	int32_t id;
	float score;

	buf_str(r->out, r->opts.json ? "[" : "");
	for (i = 0; i < n; i++) {
		id = w->targets ? w->targets[w->best[i]]
				: (int32_t)w->best[i];
		score = (w->targets ? w->chosen : w->p)[w->best[i]];
		buf_str(r->out, r->opts.json && i > 0 ? ", " : "");
		if (put_answer(r, x, t, id, score, single) < 0)
			return -1;
	}
	buf_str(r->out, r->opts.json ? "]" : "");
	return 0;
}

static void
make_room(struct fill *w, size_t vocab, size_t width)
{
	if (w->top_k > vocab)
		w->top_k = vocab;
	if (vocab > w->cap) {
		w->cap = vocab;
		w->p = xrealloc(w->p, vocab, sizeof *w->p);
		w->best = xrealloc(w->best, w->top_k, sizeof *w->best);
	}
	if (width > w->cap_ids) {
		w->cap_ids = width;
		w->ids = xrealloc(w->ids, width, sizeof *w->ids);
	}
}

static size_t
count_masks(const struct row *x, int32_t mask)
{
	size_t t, n = 0;

	for (t = 0; t < x->width; t++)
		n += x->ids[t] == mask;
	return n;
}

static int
row(struct task_run *r, const struct row *x)
{
	int32_t mask = tok_mask_id(r->tok);
	size_t vocab, t, masks = count_masks(x, mask), done = 0;
	const float *v = row_floats(x, "logits", 3, &vocab);
	struct fill *w = r->own;
	bool list = r->opts.json && masks > 1;

	if (v == NULL)
		return -1;
	if (masks == 0)
		return fail("record %jd: has no mask token",
		    (intmax_t)x->record);
	make_room(w, vocab, x->width);
	buf_str(r->out, list ? "[" : "");
	for (t = 0; t < x->width; t++) {
		if (x->ids[t] != mask)
			continue;
		if (row_finite(x, v + t * vocab, vocab) < 0)
			return -1;
		task_softmax(v + t * vocab, vocab, w->p);
		buf_str(r->out, list && done++ > 0 ? ", " : "");
		if (put_mask(r, x, t, vocab, masks == 1) < 0)
			return -1;
	}
	buf_str(r->out, list ? "]\n" : r->opts.json ? "\n" : "");
	return 0;
}

static int
end(struct task_run *r)
{
	(void)r;
	return 0;
}

const struct task task_fill_mask = { .head = HEAD_MASKED_LM,
	.needs_tok = true, .open = open_task, .row = row, .end = end };
