#include "unit.h"

#include <math.h>

#include "data.h"
#include "err.h"
#include "kernel/kernel.h"

static const char *const names[] = { "avx2", "avx512" };
enum { NAMES = sizeof names / sizeof *names };

/* Each set that this CPU has. */
static void
each_set(void (*test)(const struct kernels *))
{
	struct kernels k;
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (kernels_find(names[i], &k) == 0)
			test(&k);
}

static const size_t lengths[] = { 1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48,
	100, 127, 128, 129, 255, 256, 257, 384, 600 };
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void
compare_tiles(
    const struct kernels *k, size_t m, size_t panels, size_t depth, bool add)
{
	float *x = random_floats(m * (depth + 3), 1);
	float *b = random_floats(panels * depth * LANES, 2);
	float *want = random_floats(panels * m * LANES, 3);
	float *got = random_floats(panels * m * LANES, 3);
	struct tiles t = { .x = x,
		.ldx = depth + 3,
		.m = m,
		.k = depth,
		.b = b,
		.panels = panels,
		.bstride = depth * LANES,
		.c = want,
		.ldc = LANES,
		.cstride = m * LANES,
		.add = add };

	kernels_ref.tiles(&t);
	t.c = got;
	k->tiles(&t);
	ck_assert_msg(same_bits(want, got, panels * m * LANES),
	    "%s: m %zu, panels %zu, k %zu", k->name, m, panels, depth);
	free(x);
	free(b);
	free(want);
	free(got);
}

static void
all_tiles(const struct kernels *k)
{
	static const size_t depths[] = { 1, 2, 16, 100, 255, 256 };
	size_t m, p, d;

	for (m = 1; m <= 26; m++)
		for (p = 1; p <= 9; p += m % 2 + 1)
			for (d = 0; d < 6; d++)
				compare_tiles(k, m, p, depths[d], (m + p) % 2);
}

START_TEST(tiles_have_the_bits_of_ref)
{
	each_set(all_tiles);
}
END_TEST

static void
compare_finish(
    const struct kernels *k, enum act act, size_t n, bool bias, bool residual)
{
	enum { M = 3, LD = 104 };
	float *c = random_floats(7 * M * LANES, 4);
	float *b = random_floats(n, 5), *r = random_floats(M * LD, 6);
	float *want = random_floats(M * LD, 7), *got = random_floats(M * LD, 7);
	struct finish f = { c, LANES, M * LANES, M, n,
		{ bias ? b : NULL, act, residual ? r : NULL, LD }, want, LD };

	kernels_ref.finish(&f);
	f.y = got;
	k->finish(&f);
	ck_assert_msg(same_bits(want, got, M * LD), "%s: act %d, n %zu",
	    k->name, (int)act, n);
	free(c);
	free(b);
	free(r);
	free(want);
	free(got);
}

static void
all_epilogues(const struct kernels *k)
{
	size_t n;
	int a;

	for (n = 1; n <= 100; n++)
		for (a = ACT_NONE; a <= ACT_SIGMOID; a++) {
			compare_finish(k, (enum act)a, n, true, true);
			compare_finish(k, (enum act)a, n, n % 2, n % 3);
		}
}

START_TEST(epilogues_have_the_bits_of_ref)
{
	each_set(all_epilogues);
}
END_TEST

static void
compare_pack(pack_fn *want_fn, pack_fn *got_fn, const void *from, size_t ld,
    size_t n, size_t depth, const char *what)
{
	float *want = random_floats(depth * LANES, 8);
	float *got = random_floats(depth * LANES, 9);

	want_fn(from, ld, n, depth, want);
	got_fn(from, ld, n, depth, got);
	ck_assert_msg(same_bits(want, got, depth * LANES), "%s: n %zu, k %zu",
	    what, n, depth);
	free(want);
	free(got);
}

static void
all_panels(const struct kernels *k)
{
	const struct kernels *r = &kernels_ref;
	float *from = random_floats(16 * 700, 10);
	size_t n, i;

	for (n = 1; n <= LANES; n++)
		for (i = 0; i < LENGTHS; i++) {
			size_t d = lengths[i];

			compare_pack(r->rows_f32, k->rows_f32, from, d + 1, n,
			    d, "rows f32");
			compare_pack(r->rows_f16, k->rows_f16, from, d + 1, n,
			    d, "rows f16");
			compare_pack(r->rows_bf16, k->rows_bf16, from, d, n, d,
			    "rows bf16");
			compare_pack(r->cols_f32, k->cols_f32, from, n, n, d,
			    "cols f32");
			compare_pack(r->cols_f16, k->cols_f16, from, n, n, d,
			    "cols f16");
			compare_pack(r->cols_bf16, k->cols_bf16, from, n + 1, n,
			    d, "cols bf16");
		}
	free(from);
}

START_TEST(panels_have_the_bits_of_ref)
{
	each_set(all_panels);
}
END_TEST

static void
all_halves(const struct kernels *k)
{
	uint16_t *all = malloc(65536 * sizeof *all);
	size_t i;

	for (i = 0; i < 65536; i++)
		all[i] = (uint16_t)i;
	compare_pack(kernels_ref.rows_f16, k->rows_f16, all, 4096, LANES, 4096,
	    "all f16");
	compare_pack(kernels_ref.rows_bf16, k->rows_bf16, all, 4096, LANES,
	    4096, "all bf16");
	free(all);
}

START_TEST(every_half_float_is_widened_as_by_ref)
{
	each_set(all_halves);
}
END_TEST

/* The bits of floats from the whole range: the special ones come first. */
static float *
all_kinds(size_t n)
{
	static const float special[] = { 0.0f, -0.0f, INFINITY, -INFINITY, NAN,
		0x1p-149f, -0x1p-149f, 0x1p-126f, 0x1.fffffep127f,
		-0x1.fffffep127f, 88.7f, 88.8f, 89.0f, -87.3f, -103.9f, -104.0f,
		-105.0f, 13.25f, -13.25f, 9.02f, -9.02f, 0.86f };
	float *p = malloc(n * sizeof *p);
	uint32_t u = 1;
	size_t i;

	for (i = 0; i < n; i++, u = u * 1664525u + 1013904223u)
		memcpy(p + i, &u, sizeof u);
	memcpy(p, special, sizeof special);
	/* Half of them where the functions are neither 0 nor 1. */
	for (i = n / 2; i < n; i++)
		p[i] = next_float(&u) * 16;
	return p;
}

static void
all_acts(const struct kernels *k)
{
	enum { N = 200003 };
	float *x = all_kinds(N), *want = malloc(N * sizeof *want);
	float *got = malloc(N * sizeof *got);
	int a;

	for (a = ACT_NONE; a <= ACT_SIGMOID; a++) {
		memcpy(want, x, N * sizeof *x);
		memcpy(got, x, N * sizeof *x);
		kernels_ref.act((enum act)a, want, N);
		k->act((enum act)a, got, N);
		ck_assert_msg(
		    same_bits(want, got, N), "%s: act %d", k->name, a);
	}
	free(x);
	free(want);
	free(got);
}

START_TEST(activations_have_the_bits_of_ref)
{
	each_set(all_acts);
}
END_TEST

/* One float more than the row is compared: nothing is written behind it. */
static void
expect_row(const float *want, const float *got, size_t n, const char *what)
{
	ck_assert_msg(same_bits(want, got, n + 1), "%s of %zu", what, n);
}

static void
compare_rows(const struct kernels *k, size_t n)
{
	const struct kernels *r = &kernels_ref;
	float *x = random_floats(n, 11), *w = random_floats(n, 12);
	float *b = random_floats(n, 13), *want = random_floats(n + 1, 14);
	float *got = random_floats(n + 1, 14);

	r->layer_norm(x, n, w, b, 1e-12f, want);
	k->layer_norm(x, n, w, b, 1e-12f, got);
	expect_row(want, got, n, "layer_norm");
	r->layer_norm(x, n, w, NULL, 1e-5f, want);
	k->layer_norm(x, n, w, NULL, 1e-5f, got);
	expect_row(want, got, n, "layer_norm without bias");
	r->rms_norm(x, n, w, 1e-6f, want);
	k->rms_norm(x, n, w, 1e-6f, got);
	expect_row(want, got, n, "rms_norm");
	r->scale(x, n, 0.3f, want);
	k->scale(x, n, 0.3f, got);
	expect_row(want, got, n, "scale");
	r->blend(x, n, 0.7f, want);
	k->blend(x, n, 0.7f, got);
	expect_row(want, got, n, "blend");
	r->softmax(want, n);
	k->softmax(got, n);
	expect_row(want, got, n, "softmax");
	r->divide(x, n, 0.7f, want);
	k->divide(x, n, 0.7f, got);
	expect_row(want, got, n, "divide");
	r->l2_normalize(want, n, 1e-12f);
	k->l2_normalize(got, n, 1e-12f);
	expect_row(want, got, n, "l2_normalize");
	free(x);
	free(w);
	free(b);
	free(want);
	free(got);
}

static void
all_rows(const struct kernels *k)
{
	size_t i;

	for (i = 0; i < LENGTHS; i++)
		compare_rows(k, lengths[i]);
}

START_TEST(row_operations_have_the_bits_of_ref)
{
	each_set(all_rows);
}
END_TEST

static void
all_soft(const struct kernels *k)
{
	struct soft a, b;
	size_t n;

	for (n = 1; n <= KEYS; n++) {
		float *want = random_floats(n, 15), *got = random_floats(n, 15);

		a = b = (struct soft){ n % 2 ? 0.5f : -INFINITY, 0.7f };
		ck_assert(
		    kernels_ref.soften(&a, want, n) == k->soften(&b, got, n));
		ck_assert(same_bits(want, got, n));
		ck_assert(a.max == b.max && a.sum == b.sum);
		free(want);
		free(got);
	}
}

START_TEST(the_online_softmax_has_the_bits_of_ref)
{
	each_set(all_soft);
}
END_TEST

/* The unit in the last place of a float near x. */
static double
ulp(double x)
{
	int e;

	frexp(x, &e);
	return ldexp(1, e - 24 < -149 ? -149 : e - 24);
}

/* The error's bound in ulps, against libm's double, over all of f32. */
static void
accurate(
    const char *name, float (*f)(float), double (*exact)(double), double bound)
{
	uint64_t u;
	double want;
	float x, y;

	for (u = 0; u <= UINT32_MAX; u += 1009) {
		uint32_t bits = (uint32_t)u;

		memcpy(&x, &bits, sizeof x);
		want = exact((double)x);
		y = f(x);
		if (isnan(want) ? !isnan(y)
		    : isinf((float)want)
			? y != (float)want
			: !(fabs((double)y - want) <= bound * ulp(want)))
			ck_abort_msg(
			    "%s(%a) is %a", name, (double)x, (double)y);
	}
}

START_TEST(functions_are_accurate_over_the_whole_range)
{
	accurate("exp", op_exp, exp, 1.0);
	accurate("log", op_log, log, 1.0);
	accurate("tanh", op_tanh, tanh, 2.5);
	accurate("erf", op_erf, erf, 1.5);
}
END_TEST

static double
exact_act(enum act a, double x)
{
	switch (a) {
	case ACT_GELU:
		return 0.5 * x * erfc(-x * sqrt(0.5));
	case ACT_GELU_NEW:
		return 0.5 * x *
		       (1 + tanh(sqrt(2 / acos(-1.0)) *
				 (x + 0.044715 * x * x * x)));
	case ACT_QUICK_GELU:
		return x / (1 + exp(-1.702 * x));
	case ACT_RELU:
		return x > 0 ? x : 0;
	case ACT_SILU:
		return x / (1 + exp(-x));
	case ACT_TANH:
		return tanh(x);
	case ACT_SIGMOID:
		return 1 / (1 + exp(-x));
	case ACT_NONE:
		break;
	}
	return x;
}

START_TEST(activations_are_accurate)
{
	float x, y;
	int a;

	for (a = ACT_NONE; a <= ACT_SIGMOID; a++)
		for (x = -20; x < 20; x += 0x1.1p-10f) {
			double want = exact_act((enum act)a, (double)x);

			y = x;
			kernels_ref.act((enum act)a, &y, 1);
			if (!(fabs((double)y - want) <=
				3e-7 * fabs(want) + 1e-8))
				ck_abort_msg("act %d of %a is %a", a, (double)x,
				    (double)y);
		}
}
END_TEST

START_TEST(gelu_is_exact_to_f32)
{
	float x, y;

	for (x = -12; x < 14; x += 0x1.1p-12f) {
		double want = exact_act(ACT_GELU, (double)x);

		y = x;
		kernels_ref.act(ACT_GELU, &y, 1);
		if (!(fabs((double)y - want) <= (x < -1 ? 6 : 3) * ulp(want)))
			ck_abort_msg("gelu(%a) is %a", (double)x, (double)y);
	}
}
END_TEST

START_TEST(an_unknown_set_is_refused)
{
	struct kernels k;

	ck_assert_int_eq(kernels_find("mmx", &k), -1);
	ck_assert_int_eq(kernels_find("ref", &k), 0);
}
END_TEST

UNIT_MAIN("kernel", tiles_have_the_bits_of_ref, epilogues_have_the_bits_of_ref,
    panels_have_the_bits_of_ref, every_half_float_is_widened_as_by_ref,
    activations_have_the_bits_of_ref, row_operations_have_the_bits_of_ref,
    the_online_softmax_has_the_bits_of_ref,
    functions_are_accurate_over_the_whole_range, activations_are_accurate,
    gelu_is_exact_to_f32, an_unknown_set_is_refused)
