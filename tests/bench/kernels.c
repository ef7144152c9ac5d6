#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "err.h"
#include "kernel/kernel.h"
#include "util.h"

/*
 * What the kernels reach on this machine, in GFLOP/s and as a part of the
 * peak of f32 fused multiply-adds measured in the same run.
 */
struct product {
	struct pool *pool;
	struct weight *w;
	size_t m, n, k;
	float *x, *y, *bias;
	enum act act;
};

static void
product(void *arg)
{
	const struct product *j = arg;
	struct epilogue e = { .bias = j->bias, .act = j->act };

	weight_mul(j->pool, j->w, j->x, j->k, j->m, &e, j->y, j->n);
}

/* The most that was reached, with one thread and with two, in GFLOP/s. */
struct reached {
	double got[2], peak[2];
};

static void
reach(struct pool *const pool[2], double flops, void (*fn)(void *), void *arg,
    struct pool **chosen, struct reached *best)
{
	double got, peak;
	int i;

	for (i = 0; i < 2; i++) {
		*chosen = pool[i];
		got = gflops(pool[i], flops, fn, arg, &peak);
		best->got[i] = fmax(got, best->got[i]);
		best->peak[i] = fmax(peak, best->peak[i]);
	}
}

static void
print_reached(const struct reached *r)
{
	int i;

	for (i = 0; i < 2; i++)
		printf(" %6.1f of %5.1f %3.0f%%", r->got[i], r->peak[i],
		    100 * r->got[i] / r->peak[i]);
	putchar('\n');
}

static const struct shape {
	size_t m, n, k;
	enum act act;
} shapes[] = {
	{ 768, 384, 384, ACT_NONE },
	{ 768, 1536, 384, ACT_NONE },
	{ 768, 384, 1536, ACT_NONE },
	{ 768, 768, 768, ACT_NONE },
	{ 768, 3072, 768, ACT_NONE },
	{ 768, 768, 3072, ACT_NONE },
	{ 3072, 384, 384, ACT_NONE },
	{ 3072, 3072, 768, ACT_NONE },
	{ 3072, 3072, 3072, ACT_NONE },
	{ 1000, 1152, 384, ACT_NONE },
	{ 128, 768, 768, ACT_NONE },
	{ 32, 768, 768, ACT_NONE },
	{ 12, 768, 768, ACT_NONE },
	{ 8, 768, 768, ACT_NONE },
	{ 7, 768, 768, ACT_NONE },
	{ 4, 768, 768, ACT_NONE },
	{ 3, 768, 768, ACT_NONE },
	{ 2, 768, 768, ACT_NONE },
	{ 1, 768, 768, ACT_NONE },
	{ 1, 3072, 768, ACT_NONE },
	{ 1, 50257, 768, ACT_NONE },
	{ 768, 1536, 384, ACT_GELU },
	{ 768, 3072, 768, ACT_GELU },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void
measure_product(struct pool *const pool[2], const struct shape *s,
    struct reached *best)
{
	size_t m = s->m, n = s->n, k = s->k;
	float *w = floats(n * k);
	struct tensor t = { "w", DT_F32, 2, { n, k }, n * k * sizeof *w, w };
	struct product j = { NULL, weight_open(&t, WEIGHT_NK), m, n, k,
		floats(m * k), floats(m * n), floats(n), s->act };

	weight_pack(pool[1], &j.w, 1);
	reach(pool, 2.0 * (double)m * (double)n * (double)k, product, &j,
	    &j.pool, best);
	weight_close(j.w);
	free(w);
	free(j.x);
	free(j.y);
	free(j.bias);
}

/* Three times, because neighbours on the machine are loud for seconds. */
static void
measure_products(struct pool *const pool[2])
{
	struct reached best[SHAPES] = { 0 };
	size_t i, turn;

	for (turn = 0; turn < 3; turn++)
		for (i = 0; i < SHAPES; i++)
			measure_product(pool, &shapes[i], &best[i]);
	printf("%6s %6s %6s %-5s %20s %20s\n", "M", "N", "K", "", "1 thread",
	    "2 threads");
	for (i = 0; i < SHAPES; i++) {
		printf("%6zu %6zu %6zu %-5s", shapes[i].m, shapes[i].n,
		    shapes[i].k, shapes[i].act == ACT_GELU ? "gelu" : "");
		print_reached(&best[i]);
	}
}

struct rows {
	struct pool *pool;
	float *x, *w;
	size_t m, n;
};

static void
norm(void *arg)
{
	const struct rows *j = arg;

	layer_norm(j->pool, j->x, j->m, j->n, j->w, j->w, 1e-12f, j->x);
}

static void
gelu(void *arg)
{
	const struct rows *j = arg;

	act_apply(j->pool, ACT_GELU, j->x, j->m * j->n);
}

static void
soft(void *arg)
{
	const struct rows *j = arg;

	softmax(j->pool, j->x, j->m, j->n);
}

static void
measure_rows(struct pool *const pool[2], const char *name, void (*fn)(void *),
    size_t m, size_t n)
{
	struct rows j = { NULL, floats(m * n), floats(n), m, n };
	double g[2];
	int i;

	for (i = 0; i < 2; i++) {
		j.pool = pool[i];
		g[i] = (double)(m * n) / shortest(fn, &j) * 1e-9;
	}
	printf("%-12s %6zu %6zu %8.2f %8.2f Gfloat/s\n", name, m, n, g[0],
	    g[1]);
	free(j.x);
	free(j.w);
}

struct attend {
	struct pool *pool;
	struct attention a;
};

static void
attend(void *arg)
{
	const struct attend *j = arg;

	attention(j->pool, &j->a);
}

static void
measure_attention(struct pool *const pool[2], size_t length, size_t heads,
    size_t d)
{
	enum { SEQUENCES = 32 };
	size_t start[SEQUENCES + 1], D = heads * d, i;
	size_t rows = length * SEQUENCES;
	float *qkv = floats(rows * D * 3);
	struct attend j = { .a = { .q = qkv, .k = qkv + D, .v = qkv + 2 * D,
		.ldq = 3 * D, .ldk = 3 * D, .ldv = 3 * D, .heads = heads,
		.kv_heads = heads, .d = d, .n = SEQUENCES, .start = start,
		.scale = 0.2f, .out = floats(rows * D), .ldo = D } };
	struct reached best = { 0 };

	for (i = 0; i <= SEQUENCES; i++)
		start[i] = i * length;
	printf("attention T %4zu, %2zu x %2zu", length, heads, d);
	reach(pool, 4.0 * (double)(rows * length * D), attend, &j, &j.pool,
	    &best);
	print_reached(&best);
	free(qkv);
	free(j.a.out);
}

struct packing {
	struct pool *pool;
	const struct tensor *t;
	size_t n;
};

static void
pack(void *arg)
{
	const struct packing *j = arg;
	struct weight *w[64];
	size_t i;

	for (i = 0; i < j->n; i++)
		w[i] = weight_open(j->t, WEIGHT_NK);
	weight_pack(j->pool, w, j->n);
	for (i = 0; i < j->n; i++)
		weight_close(w[i]);
}

/* The layers of MiniLM are 18 matrices of this size: 43 MB as f32. */
static void
measure_packing(struct pool *const pool[2], enum dtype d)
{
	size_t n = 1536, k = 384, i;
	float *w = floats(n * k);
	struct tensor t = { "w", d, 2, { n, k }, n * k * dtype_size(d), w };
	struct packing j = { NULL, &t, 18 };
	double ms[2];

	for (i = 0; i < 2; i++) {
		j.pool = pool[i];
		ms[i] = shortest(pack, &j) * 1e3;
	}
	printf("packing 18 x [1536,384] from %-4s %6.1f ms %6.1f ms\n",
	    dtype_name(d), ms[0], ms[1]);
	free(w);
}

static void
measure_all_rows(struct pool *const pool[2])
{
	measure_rows(pool, "layer_norm", norm, 1000, 384);
	measure_rows(pool, "layer_norm", norm, 1000, 768);
	measure_rows(pool, "gelu", gelu, 1000, 1536);
	measure_rows(pool, "softmax", soft, 1000, 128);
}

static void
measure_attentions(struct pool *const pool[2])
{
	measure_attention(pool, 16, 12, 32);
	measure_attention(pool, 32, 12, 32);
	measure_attention(pool, 128, 12, 32);
	measure_attention(pool, 256, 12, 32);
	measure_attention(pool, 128, 12, 64);
	measure_attention(pool, 512, 12, 64);
}

static void
measure_packings(struct pool *const pool[2])
{
	measure_packing(pool, DT_F32);
	measure_packing(pool, DT_F16);
}

static const struct {
	const char *name;
	void (*measure)(struct pool *const pool[2]);
} parts[] = {
	{ "products", measure_products },
	{ "rows", measure_all_rows },
	{ "attention", measure_attentions },
	{ "packing", measure_packings },
};
enum { PARTS = sizeof parts / sizeof *parts };

static bool
wanted(const char *name, int argc, char *argv[])
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 1;
}

int
main(int argc, char *argv[])
{
	struct pool *pool[2] = { pool_open(1), pool_open(2) };
	size_t i;

	if (pool[0] == NULL)
		die("%s", errstr());
	printf("%s: GFLOP/s, and the peak of f32 FMA that ran in turn\n",
	    kernels()->name);
	for (i = 0; i < PARTS; i++)
		if (wanted(parts[i].name, argc, argv))
			parts[i].measure(pool);
	return 0;
}
