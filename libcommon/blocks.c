#include "blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
