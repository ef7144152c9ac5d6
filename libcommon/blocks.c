#include "blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "err.h"
#include "util.h"

enum { NAME_MAX_TENSOR = 256 };

static void
full_name(char out[NAME_MAX_TENSOR], const struct loader *l, const char *name)
{
	snprintf(out, NAME_MAX_TENSOR, "%s%s", l->prefix, name);
}

bool
load_has(const struct loader *l, const char *name)
{
	char full[NAME_MAX_TENSOR];

	full_name(full, l, name);
	return weights_find(l->w, full) != NULL;
}

void
loader_prefix(struct loader *l, const char *prefix, const char *probe)
{
	l->prefix = prefix;
	if (!load_has(l, probe))
		l->prefix = "";
}

static void
failed(struct loader *l)
{
	l->failed = true;
}

static bool
is_float(enum dtype d)
{
	return d == DT_F32 || d == DT_F16 || d == DT_BF16;
}

const struct tensor *
load_tensor(struct loader *l, int rank, const size_t *dim, const char *name)
{
	struct tensor want = { .rank = rank };
	char full[NAME_MAX_TENSOR], a[SHAPE_TEXT], b[SHAPE_TEXT];
	const struct tensor *t;

	if (l->failed)
		return NULL;
	full_name(full, l, name);
	t = weights_find(l->w, full);
	memcpy(want.dim, dim, (size_t)rank * sizeof *dim);
	if (t == NULL)
		fail("tensor \"%s\": is missing", full);
	else if (!tensor_is(t, rank, dim))
		fail("tensor \"%s\": has shape %s, the config wants %s", full,
		    tensor_shape(t, a), tensor_shape(&want, b));
	else if (!is_float(t->dtype))
		fail("tensor \"%s\": has dtype %s, want F32, F16 or BF16",
		    full, dtype_name(t->dtype));
	else
		return t;
	failed(l);
	return NULL;
}

const float *
load_vector(struct loader *l, size_t n, const char *name)
{
	const struct tensor *t = load_tensor(l, 1, &n, name);
	float *v;

	if (t == NULL)
		return NULL;
	if (t->dtype == DT_F32)
		return t->data;
	v = xmalloc(n * sizeof *v);
	tensor_f32(t, 0, n, v);
	return v;
}

static struct weight *
keep(struct loader *l, struct weight *w)
{
	GROW(l->pack, l->n_pack, l->cap_pack);
	return l->pack[l->n_pack++] = w;
}

struct weight *
load_table(struct loader *l, size_t n, size_t k, const char *name)
{
	const struct tensor *t = load_tensor(l, 2, (size_t[]){ n, k }, name);

	return t != NULL ? weight_open(t, WEIGHT_NK) : NULL;
}

struct weight *
load_matrix(struct loader *l, size_t n, size_t k, const char *name)
{
	struct weight *w = load_table(l, n, k, name);

	return w != NULL ? keep(l, w) : NULL;
}

void
load_linear(struct loader *l, struct linear *x, size_t n, size_t k,
    const char *name)
{
	char part[NAME_MAX_TENSOR];

	snprintf(part, sizeof part, "%s.weight", name);
	x->w = load_matrix(l, n, k, part);
	snprintf(part, sizeof part, "%s.bias", name);
	x->b = load_vector(l, n, part);
}

void
load_linear3(struct loader *l, struct linear *x, size_t n, size_t k,
    char name[3][128])
{
	const struct tensor *t[3];
	char part[NAME_MAX_TENSOR];
	float *bias = xmalloc(3 * n * sizeof *bias);
	const float *one;
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(part, sizeof part, "%s.weight", name[i]);
		t[i] = load_tensor(l, 2, (size_t[]){ n, k }, part);
		snprintf(part, sizeof part, "%s.bias", name[i]);
		one = load_vector(l, n, part);
		if (one != NULL)
			memcpy(bias + i * n, one, n * sizeof *bias);
	}
	x->b = bias;
	if (!l->failed)
		x->w = keep(l, weight_join(t, 3, WEIGHT_NK));
}

void
load_norm(struct loader *l, struct norm *x, size_t n, float eps,
    const char *name)
{
	char w[NAME_MAX_TENSOR], b[NAME_MAX_TENSOR];

	snprintf(w, sizeof w, "%s.gamma", name);
	snprintf(b, sizeof b, "%s.beta", name);
	if (!load_has(l, w)) {
		snprintf(w, sizeof w, "%s.weight", name);
		snprintf(b, sizeof b, "%s.bias", name);
	}
	*x = (struct norm){ load_vector(l, n, w), load_vector(l, n, b), n,
		eps };
}

int
loader_finish(struct loader *l, struct pool *p)
{
	if (!l->failed)
		weight_pack(p, l->pack, l->n_pack);
	free(l->pack);
	l->pack = NULL;
	return l->failed ? -1 : 0;
}

void
linear(struct pool *p, const struct linear *l, const float *x, size_t m,
    enum act act, const float *residual, float *y)
{
	size_t n = weight_outputs(l->w);
	struct epilogue e = { l->b, act, residual, n };

	weight_mul(p, l->w, x, weight_inputs(l->w), m, &e, y, n);
}

void
norm(struct pool *p, const struct norm *n, const float *x, size_t m, float *y)
{
	layer_norm(p, x, m, n->n, n->w, n->b, n->eps, y);
}

float *
scratch(struct scratch *s, int which, size_t n)
{
	if (n > s->cap[which]) {
		free(s->p[which]);
		s->p[which] = aligned_alloc(64,
		    (n * sizeof(float) + 63) / 64 * 64);
		if (s->p[which] == NULL)
			die("out of memory");
		s->cap[which] = n;
	}
	return s->p[which];
}

static void
load_layer(struct loader *l, struct encoder *e, size_t i,
    const struct encoder_names *names)
{
	const char *part[] = { names->q, names->k, names->v, names->out,
		names->attention_norm, names->up, names->down,
		names->output_norm };
	struct encoder_layer *x = &e->layer[i];
	char full[8][128];
	size_t j;

	for (j = 0; j < 8; j++)
		snprintf(full[j], sizeof full[j], "%s.%zu.%s", names->stack, i,
		    part[j]);
	load_linear3(l, &x->qkv, e->width, e->width, full);
	load_linear(l, &x->out, e->width, e->width, full[3]);
	load_norm(l, &x->attention_norm, e->width, e->eps, full[4]);
	load_linear(l, &x->up, e->inner, e->width, full[5]);
	load_linear(l, &x->down, e->width, e->inner, full[6]);
	load_norm(l, &x->output_norm, e->width, e->eps, full[7]);
}

void
load_encoder(struct loader *l, struct encoder *e,
    const struct encoder_names *names)
{
	size_t i;

	e->layer = xcalloc(e->layers, sizeof *e->layer);
	for (i = 0; i < e->layers && !l->failed; i++)
		load_layer(l, e, i, names);
}

enum { QKV, CONTEXT, SUM, INNER, PROBS };

/* All the blocks [H,T_s,T_s] of a batch's attention. */
static size_t
probs_size(const struct batch *b, size_t heads)
{
	size_t s, n, sum = 0;

	for (s = 0; s < b->n; s++) {
		n = b->start[s + 1] - b->start[s];
		sum += heads * n * n;
	}
	return sum;
}

/* sum[rows,D] = attention(x) + x, not yet normalized */
static void
self_attention(const struct encoder *e, const struct encoder_layer *l,
    struct pool *p, struct scratch *s, const struct batch *b, float *probs,
    const float *x, float *sum)
{
	size_t D = e->width, d = D / e->heads;
	float *qkv = scratch(s, QKV, b->rows * 3 * D);
	float *context = scratch(s, CONTEXT, b->rows * D);
	struct attention a = { .q = qkv, .k = qkv + D, .v = qkv + 2 * D,
		.ldq = 3 * D, .ldk = 3 * D, .ldv = 3 * D, .heads = e->heads,
		.kv_heads = e->heads, .d = d, .n = b->n, .start = b->start,
		.scale = (float)(1 / sqrt((double)d)), .out = context, .ldo = D,
		.probs = probs };

	linear(p, &l->qkv, x, b->rows, ACT_NONE, NULL, qkv);
	attention(p, &a);
	linear(p, &l->out, context, b->rows, ACT_NONE, x, sum);
}

/* Rows are fed forward in blocks that stay in the cache. */
enum { FEED_ROWS = 512 };

static void
feed_forward(const struct encoder *e, const struct encoder_layer *l,
    struct pool *p, struct scratch *s, size_t rows, const float *x, float *sum)
{
	float *inner = scratch(s, INNER, FEED_ROWS * e->inner);
	size_t i, m;

	for (i = 0; i < rows; i += m) {
		m = rows - i < FEED_ROWS ? rows - i : FEED_ROWS;
		linear(p, &l->up, x + i * e->width, m, e->act, NULL, inner);
		linear(p, &l->down, inner, m, ACT_NONE, x + i * e->width,
		    sum + i * e->width);
	}
}

void
encoder_forward(const struct encoder *e, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, float *x)
{
	bool states = output_wanted(o, "hidden_states");
	bool weights = output_wanted(o, "attentions");
	float *sum = scratch(s, SUM, b->rows * e->width), *probs = NULL;
	const struct encoder_layer *l;
	size_t i;

	if (weights)
		probs = scratch(s, PROBS, probs_size(b, e->heads));
	for (i = 0; i < e->layers; i++) {
		l = &e->layer[i];
		if (states)
			output_layer(o, "hidden_states", i, x, e->width);
		self_attention(e, l, p, s, b, probs, x, sum);
		if (weights)
			output_attentions(o, "attentions", i, probs, e->heads);
		norm(p, &l->attention_norm, sum, b->rows, x);
		feed_forward(e, l, p, s, b->rows, x, sum);
		norm(p, &l->output_norm, sum, b->rows, x);
	}
	if (states)
		output_layer(o, "hidden_states", e->layers, x, e->width);
	if (output_wanted(o, "last_hidden_state"))
		output_rows(o, "last_hidden_state", x, e->width);
}

struct embedding {
	const struct lookup *from;
	size_t n, rows, width;
	float *x;
};

enum { EMBED_ROWS = 64 };

/* One block of rows; a table's row comes as f32 through a small buffer. */
static void
embed_block(void *arg, size_t part)
{
	const struct embedding *e = arg;
	size_t i = part * EMBED_ROWS, end = i + EMBED_ROWS, k, j;
	float *sum, *row = xmalloc(e->width * sizeof *row);

	for (; i < end && i < e->rows; i++) {
		sum = e->x + i * e->width;
		weight_row(e->from[0].table, (size_t)e->from[0].ids[i], sum);
		for (k = 1; k < e->n; k++) {
			weight_row(e->from[k].table,
			    (size_t)e->from[k].ids[i], row);
			for (j = 0; j < e->width; j++)
				sum[j] += row[j];
		}
	}
	free(row);
}

void
embed(struct pool *p, const struct lookup *from, size_t n, size_t rows,
    float *x)
{
	struct embedding e = { from, n, rows, weight_inputs(from[0].table),
		x };

	pool_run(p, embed_block, &e, (rows + EMBED_ROWS - 1) / EMBED_ROWS);
}
