#include "weight.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "kernel/kernel.h"
#include "util.h"

enum {
	ROWS = 96,    /* of x a part of a product takes: a multiple of
			 6 and 12 whose 256 k stay in L2 */
	GROUP = 16,   /* panels a part takes */
	GROUP_MIN = 4 /* what few rows read side by side */
};

struct weight {
	enum layout layout;
	size_t outputs, inputs;
	float *panels; /* NULL until packed */
	size_t n;
	struct part {
		struct tensor t;
		size_t from; /* the first output that is this tensor's */
	} part[];
};

static size_t
outputs_of(const struct tensor *t, enum layout layout)
{
	return t->dim[layout == WEIGHT_NK ? 0 : 1];
}

static size_t
inputs_of(const struct tensor *t, enum layout layout)
{
	return t->dim[layout == WEIGHT_NK ? 1 : 0];
}

static int
check(const struct tensor *t, size_t inputs, enum layout layout)
{
	char shape[SHAPE_TEXT];

	if (t->rank != 2)
		return fail("%s: shape %s, want a matrix", t->name,
		    tensor_shape(t, shape));
	if (t->dtype != DT_F32 && t->dtype != DT_F16 && t->dtype != DT_BF16)
		return fail("%s: dtype %s, want F32, F16 or BF16", t->name,
		    dtype_name(t->dtype));
	if (inputs_of(t, layout) != inputs)
		return fail("%s: shape %s, want %zu inputs", t->name,
		    tensor_shape(t, shape), inputs);
	return 0;
}

struct weight *
weight_join(const struct tensor *const *t, size_t n, enum layout layout)
{
	struct weight *w;
	size_t i;

	for (i = 0; i < n; i++)
		if (check(t[i], t[0]->rank == 2 ? inputs_of(t[0], layout) : 0,
			layout) < 0)
			return NULL;
	w = xcalloc(1, sizeof *w + n * sizeof *w->part);
	w->layout = layout;
	w->inputs = inputs_of(t[0], layout);
	w->n = n;
	for (i = 0; i < n; i++) {
		w->part[i].t = *t[i];
		w->part[i].from = w->outputs;
		w->outputs += outputs_of(t[i], layout);
	}
	return w;
}

struct weight *
weight_open(const struct tensor *t, enum layout layout)
{
	return weight_join(&t, 1, layout);
}

void
weight_close(struct weight *w)
{
	if (w == NULL)
		return;
	free(w->panels);
	free(w);
}

size_t
weight_outputs(const struct weight *w)
{
	return w->outputs;
}

size_t
weight_inputs(const struct weight *w)
{
	return w->inputs;
}

/* The part that holds output i. */
static const struct part *
part_of(const struct weight *w, size_t i)
{
	const struct part *p = w->part + w->n - 1;

	while (i < p->from)
		p--;
	return p;
}

void
weight_row(const struct weight *w, size_t i, float *out)
{
	const struct part *p = part_of(w, i);
	size_t k, ld = outputs_of(&p->t, w->layout);

	i -= p->from;
	if (w->layout == WEIGHT_NK) {
		tensor_f32(&p->t, i * w->inputs, w->inputs, out);
		return;
	}
	for (k = 0; k < w->inputs; k++)
		tensor_f32(&p->t, k * ld + i, 1, out + k);
}

static size_t
panels_of(const struct weight *w)
{
	return (w->outputs + LANES - 1) / LANES;
}

/* A panel whose outputs come from more than one tensor. */
static void
pack_mixed(const struct weight *w, size_t from, size_t n, float *panel)
{
	float *rows = xmalloc(n * w->inputs * sizeof *rows);
	size_t i;

	for (i = 0; i < n; i++)
		weight_row(w, from + i, rows + i * w->inputs);
	kernels()->rows_f32(rows, w->inputs, n, w->inputs, panel);
	free(rows);
}

static pack_fn *
packer(enum dtype d, enum layout layout)
{
	const struct kernels *k = kernels();

	switch (d) {
	case DT_F16:
		return layout == WEIGHT_NK ? k->rows_f16 : k->cols_f16;
	case DT_BF16:
		return layout == WEIGHT_NK ? k->rows_bf16 : k->cols_bf16;
	default:
		return layout == WEIGHT_NK ? k->rows_f32 : k->cols_f32;
	}
}

static void
pack_panel(const struct weight *w, size_t i)
{
	size_t from = i * LANES, n = w->outputs - from, ld, at;
	float *panel = w->panels + i * LANES * w->inputs;
	const struct part *p = part_of(w, from);

	if (n > LANES)
		n = LANES;
	ld = outputs_of(&p->t, w->layout);
	at = from - p->from;
	if (at + n > ld) {
		pack_mixed(w, from, n, panel);
		return;
	}
	if (w->layout == WEIGHT_NK) {
		at *= w->inputs;
		ld = w->inputs;
	}
	packer(p->t.dtype, w->layout)(
	    (const char *)p->t.data + at * dtype_size(p->t.dtype), ld, n,
	    w->inputs, panel);
}

/* Several weights' panels, numbered through. */
struct packing {
	struct weight *const *w;
	size_t n;
};

static void
pack_part(void *arg, size_t i)
{
	const struct packing *job = arg;
	struct weight *const *w = job->w;

	for (; i >= panels_of(*w); w++)
		i -= panels_of(*w);
	pack_panel(*w, i);
}

static void
panels_alloc(struct weight *w)
{
	size_t n;

	if (__builtin_mul_overflow(
		panels_of(w) * LANES * sizeof *w->panels, w->inputs, &n))
		die("out of memory");
	w->panels = xmalloc_large(n);
}

void
weight_pack(struct pool *p, struct weight *const *w, size_t n)
{
	struct packing job = { w, n };
	size_t i, parts = 0;

	for (i = 0; i < n; i++) {
		panels_alloc(w[i]);
		parts += panels_of(w[i]);
	}
	pool_run(p, pack_part, &job, parts);
}

struct product {
	const struct weight *w;
	const float *x;
	size_t ldx, m;
	const struct epilogue *e;
	float *y;
	size_t ldy;
	size_t group, groups; /* panels in a group, and how many groups */
};

/* How many outputs these panels hold: the last one may not be full. */
static size_t
columns(const struct weight *w, size_t panel, size_t panels)
{
	size_t left = w->outputs - panel * LANES, n = panels * LANES;

	return n < left ? n : left;
}

static void
finish(const struct product *j, size_t row, size_t m, size_t panel,
    size_t panels, const float *c)
{
	struct finish f = { .c = c,
		.ldc = LANES,
		.cstride = ROWS * LANES,
		.m = m,
		.e = *j->e,
		.ldy = j->ldy };
	size_t col = panel * LANES;

	f.n = columns(j->w, panel, panels);
	if (f.e.bias != NULL)
		f.e.bias += col;
	if (f.e.residual != NULL)
		f.e.residual += row * f.e.ld_residual + col;
	f.y = j->y + row * j->ldy + col;
	kernels()->finish(&f);
}

/* How many of the k that are left one call takes. */
static size_t
chunk(size_t left)
{
	return left < CHUNK ? left : CHUNK;
}

/* One block of rows by one group of panels. */
static void
product_part(void *arg, size_t i)
{
	const struct product *j = arg;
	size_t row = i / j->groups * ROWS, panel = i % j->groups * j->group;
	size_t k, K = j->w->inputs, panels = panels_of(j->w) - panel;
	float c[GROUP * ROWS * LANES];
	struct tiles t = { .ldx = j->ldx,
		.bstride = K * LANES,
		.c = c,
		.ldc = LANES,
		.cstride = ROWS * LANES };

	t.m = j->m - row < ROWS ? j->m - row : ROWS;
	t.panels = panels < j->group ? panels : j->group;
	k = 0;
	do {
		t.x = j->x + row * j->ldx + k;
		t.b = j->w->panels + panel * t.bstride + k * LANES;
		t.k = chunk(K - k);
		t.add = k > 0;
		k += t.k;
		if (k < K) {
			t.soon = t.x + t.k;
			t.ld_soon = j->ldx;
			t.n_soon = chunk(K - k);
		} else {
			t.soon = j->y + row * j->ldy + panel * LANES;
			t.ld_soon = j->ldy;
			t.n_soon = columns(j->w, panel, t.panels);
		}
		kernels()->tiles(&t);
	} while (k < K);
	finish(j, row, t.m, panel, t.panels, c);
}

void
weight_mul(struct pool *p, const struct weight *w, const float *x, size_t ldx,
    size_t m, const struct epilogue *e, float *y, size_t ldy)
{
	static const struct epilogue none;
	struct product job = { .w = w,
		.x = x,
		.ldx = ldx,
		.m = m,
		.e = e ? e : &none,
		.y = y,
		.ldy = ldy };
	size_t blocks = (m + ROWS - 1) / ROWS, panels = panels_of(w);

	/* Smaller parts where rows are few, or parts too few to share out. */
	job.group = m < LANES ? GROUP_MIN : GROUP;
	while (job.group > GROUP_MIN &&
	    blocks * panels < job.group * 8 * pool_threads(p))
		job.group /= 2;
	job.groups = (panels + job.group - 1) / job.group;
	pool_run(p, product_part, &job, blocks * job.groups);
}
