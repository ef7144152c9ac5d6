#include "ops.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "kernel/kernel.h"

enum { QUERIES = 48 }; /* of a part: a multiple of 6 and 12 */

/* The state of one part: some queries of one head of one sequence. */
struct walk {
	const struct attention *a;
	const float *k, *v;    /* the sequence's key 0, this head */
	size_t keys, first, m; /* the queries first..first+m */
	size_t ld;             /* d, up to the next multiple of LANES */
	float *probs;          /* of the first query, or NULL */
	struct soft soft[QUERIES];
	float q[QUERIES * HEAD_MAX];
	float score[QUERIES * KEYS];
	float sum[QUERIES * HEAD_MAX];
	float more[QUERIES * HEAD_MAX];
	float panel[HEAD_MAX * LANES];
};

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* score[m,n] = q * k^T for the n keys from key `from`. */
static void
score(struct walk *w, size_t from, size_t n)
{
	const struct attention *a = w->a;
	struct tiles t = { .x = w->q,
		.ldx = w->ld,
		.m = w->m,
		.k = a->d,
		.b = w->panel,
		.panels = 1,
		.ldc = KEYS };
	size_t i;

	for (i = 0; i < n; i += LANES) {
		kernels()->rows_f32(w->k + (from + i) * a->ldk, a->ldk,
		    min(n - i, LANES), a->d, w->panel);
		t.c = w->score + i;
		kernels()->tiles(&t);
	}
}

/* out[m,d] = weights * v */
static void
mix(struct walk *w, size_t from, size_t n, float *out)
{
	const struct attention *a = w->a;
	struct tiles t = { .x = w->score,
		.ldx = KEYS,
		.m = w->m,
		.k = n,
		.b = w->panel,
		.panels = 1,
		.ldc = w->ld };
	size_t i;

	for (i = 0; i < a->d; i += LANES) {
		kernels()->cols_f32(w->v + from * a->ldv + i, a->ldv,
		    min(a->d - i, LANES), n, w->panel);
		t.c = out + i;
		kernels()->tiles(&t);
	}
}

static void
tile(struct walk *w, size_t from)
{
	size_t n = min(w->keys - from, KEYS), r;
	float shrink[QUERIES];

	score(w, from, n);
	for (r = 0; r < w->m; r++) {
		float *s = w->score + r * KEYS;

		if (w->probs != NULL)
			memcpy(w->probs + r * w->keys + from, s, n * sizeof *s);
		shrink[r] = kernels()->soften(&w->soft[r], s, n);
	}
	mix(w, from, n, from == 0 ? w->sum : w->more);
	for (r = 0; from > 0 && r < w->m; r++)
		kernels()->blend(
		    w->more + r * w->ld, w->ld, shrink[r], w->sum + r * w->ld);
}

static void
walk(struct walk *w, const float *q, float *out)
{
	const struct attention *a = w->a;
	size_t r, from;

	for (r = 0; r < w->m; r++) {
		kernels()->scale(
		    q + r * a->ldq, a->d, a->scale, w->q + r * w->ld);
		w->soft[r] = (struct soft){ .max = -INFINITY };
	}
	for (from = 0; from < w->keys; from += KEYS)
		tile(w, from);
	for (r = 0; r < w->m; r++) {
		kernels()->divide(
		    w->sum + r * w->ld, a->d, w->soft[r].sum, out + r * a->ldo);
		if (w->probs != NULL)
			kernels()->softmax(w->probs + r * w->keys, w->keys);
	}
}

static size_t
blocks(const struct attention *a, size_t s)
{
	size_t rows = a->start[s + 1] - a->start[s];

	return (rows + QUERIES - 1) / QUERIES;
}

/* Parts go by sequence, then head, then block of queries. */
static void
attention_part(void *arg, size_t i)
{
	const struct attention *a = arg;
	size_t s = 0, h, row, kv;
	float *probs = a->probs;
	struct walk w;

	for (; i >= blocks(a, s) * a->heads; s++) {
		i -= blocks(a, s) * a->heads;
		w.keys = a->start[s + 1] - a->start[s];
		if (probs != NULL)
			probs += a->heads * w.keys * w.keys;
	}
	h = i / blocks(a, s);
	kv = h / (a->heads / a->kv_heads) * a->d;
	w.a = a;
	w.keys = a->start[s + 1] - a->start[s];
	w.first = i % blocks(a, s) * QUERIES;
	w.m = min(w.keys - w.first, QUERIES);
	w.ld = (a->d + LANES - 1) / LANES * LANES;
	w.k = a->k + a->start[s] * a->ldk + kv;
	w.v = a->v + a->start[s] * a->ldv + kv;
	w.probs =
	    probs == NULL ? NULL : probs + (h * w.keys + w.first) * w.keys;
	row = a->start[s] + w.first;
	walk(&w, a->q + row * a->ldq + h * a->d,
	    a->out + row * a->ldo + h * a->d);
}

void
attention(struct pool *p, const struct attention *a)
{
	union {
		const struct attention *in;
		void *out;
	} arg = { .in = a };
	size_t s, parts = 0;

	assert(a->d <= HEAD_MAX);
	for (s = 0; s < a->n; s++)
		parts += blocks(a, s) * a->heads;
	pool_run(p, attention_part, arg.out, parts);
}
