#include "ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "kernel/kernel.h"
#include "util.h"

enum { ROWS = 32 }; /* of a row operation's part */

static const struct {
	const char *name;
	enum act act;
} acts[] = {
	{ "gelu", ACT_GELU },
	{ "gelu_python", ACT_GELU },
	{ "gelu_new", ACT_GELU_NEW },
	{ "gelu_pytorch_tanh", ACT_GELU_NEW },
	{ "gelu_python_tanh", ACT_GELU_NEW },
	{ "gelu_accurate", ACT_GELU_NEW },
	{ "gelu_fast", ACT_GELU_NEW },
	{ "quick_gelu", ACT_QUICK_GELU },
	{ "relu", ACT_RELU },
	{ "silu", ACT_SILU },
	{ "swish", ACT_SILU },
	{ "tanh", ACT_TANH },
	{ "sigmoid", ACT_SIGMOID },
	{ "linear", ACT_NONE },
};
enum { ACTS = sizeof acts / sizeof *acts };

int
act_parse(const char *name)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < ACTS; i++)
		if (strcmp(acts[i].name, name) == 0)
			return (int)acts[i].act;
	for (i = 0; i < ACTS; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", acts[i].name);
	fail("hidden_act: %s is none of %s", name, b.p);
	buf_free(&b);
	return -1;
}

/* A row operation's arguments; each uses what it needs. */
struct rows {
	const float *x, *w, *b;
	float *y;
	size_t m, n;
	float eps;
	enum act act;
};

static void
run_rows(struct pool *p, void (*fn)(void *, size_t), struct rows *j)
{
	pool_run(p, fn, j, (j->m + ROWS - 1) / ROWS);
}

static size_t
last_row(const struct rows *j, size_t part)
{
	size_t end = (part + 1) * ROWS;

	return end < j->m ? end : j->m;
}

static void
act_part(void *arg, size_t i)
{
	const struct rows *j = arg;
	size_t from = i * ROWS * j->n, to = (i + 1) * ROWS * j->n;

	if (to > j->m)
		to = j->m;
	kernels()->act(j->act, j->y + from, to - from);
}

void
act_apply(struct pool *p, enum act a, float *x, size_t n)
{
	/* One long row; a part is ROWS * 128 of it. */
	struct rows j = { .y = x, .m = n, .n = 128, .act = a };

	pool_run(p, act_part, &j, (n + ROWS * j.n - 1) / (ROWS * j.n));
}

static void
layer_norm_part(void *arg, size_t i)
{
	const struct rows *j = arg;
	size_t r;

	for (r = i * ROWS; r < last_row(j, i); r++)
		kernels()->layer_norm(
		    j->x + r * j->n, j->n, j->w, j->b, j->eps, j->y + r * j->n);
}

void
layer_norm(struct pool *p, const float *x, size_t m, size_t n, const float *w,
    const float *b, float eps, float *y)
{
	struct rows j = {
		.x = x, .w = w, .b = b, .y = y, .m = m, .n = n, .eps = eps
	};

	run_rows(p, layer_norm_part, &j);
}

static void
rms_norm_part(void *arg, size_t i)
{
	const struct rows *j = arg;
	size_t r;

	for (r = i * ROWS; r < last_row(j, i); r++)
		kernels()->rms_norm(
		    j->x + r * j->n, j->n, j->w, j->eps, j->y + r * j->n);
}

void
rms_norm(struct pool *p, const float *x, size_t m, size_t n, const float *w,
    float eps, float *y)
{
	struct rows j = { .x = x, .w = w, .y = y, .m = m, .n = n, .eps = eps };

	run_rows(p, rms_norm_part, &j);
}

static void
softmax_part(void *arg, size_t i)
{
	const struct rows *j = arg;
	size_t r;

	for (r = i * ROWS; r < last_row(j, i); r++)
		kernels()->softmax(j->y + r * j->n, j->n);
}

void
softmax(struct pool *p, float *x, size_t m, size_t n)
{
	struct rows j = { .y = x, .m = m, .n = n };

	run_rows(p, softmax_part, &j);
}

static void
l2_part(void *arg, size_t i)
{
	const struct rows *j = arg;
	size_t r;

	for (r = i * ROWS; r < last_row(j, i); r++)
		kernels()->l2_normalize(j->y + r * j->n, j->n, j->eps);
}

void
l2_normalize(struct pool *p, float *x, size_t m, size_t n, float eps)
{
	struct rows j = { .y = x, .m = m, .n = n, .eps = eps };

	run_rows(p, l2_part, &j);
}
