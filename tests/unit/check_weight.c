#include "unit.h"

#include <math.h>

#include "data.h"
#include "err.h"
#include "kernel/kernel.h"
#include "weight.h"

/* A weight of random numbers, and the same as plain f32 [N,K]. */
struct matrix {
	struct tensor t;
	enum layout layout;
	size_t n, k;
	float *plain;
};

static float
element(const struct tensor *t, size_t i)
{
	float v;

	tensor_f32(t, i, 1, &v);
	return v;
}

static struct matrix
matrix_make(enum dtype d, enum layout layout, size_t n, size_t k, uint32_t seed)
{
	struct matrix m = { .layout = layout, .n = n, .k = k };
	size_t i, j, count = n * k;

	m.t = (struct tensor){ "w", d, 2, { n, k }, count * dtype_size(d),
		random_floats(count, seed) };
	if (layout == WEIGHT_KN)
		m.t.dim[0] = k, m.t.dim[1] = n;
	for (i = 0; d != DT_F32 && i < count; i++) {
		/* Bits that are a number between 2^-14 and 2 in either type. */
		uint16_t *h = m.t.data;

		h[i] = (uint16_t)(seed = seed * 1664525u + 1013904223u,
		    (seed >> 16 & 0x83ff) | (d == DT_F16 ? 0x3000 : 0x3f00));
	}
	m.plain = malloc(count * sizeof *m.plain);
	for (i = 0; i < n; i++)
		for (j = 0; j < k; j++)
			m.plain[i * k + j] = element(
			    &m.t, layout == WEIGHT_NK ? i * k + j : j * n + i);
	return m;
}

static void
matrix_free(struct matrix *m)
{
	free(m->t.data);
	free(m->plain);
}

/* The house's order of summation, written down once more. */
static float
dot(const float *x, const float *w, size_t k)
{
	float total = 0, part;
	size_t i, j;

	for (i = 0; i < k; i += 256) {
		part = 0;
		for (j = i; j < k && j < i + 256; j++)
			part = fmaf(x[j], w[j], part);
		total = i == 0 ? part : total + part;
	}
	return total;
}

static void
expect(const float *y, size_t ldy, const float *x, size_t ldx, size_t m,
    const float *w, size_t n, size_t k, const struct epilogue *e)
{
	size_t r, j;
	float v;

	for (r = 0; r < m; r++)
		for (j = 0; j < n; j++) {
			v = dot(x + r * ldx, w + j * k, k);
			if (e->bias != NULL)
				v += e->bias[j];
			kernels_ref.act(e->act, &v, 1);
			if (e->residual != NULL)
				v += e->residual[r * e->ld_residual + j];
			if (!same_bits(&v, y + r * ldy + j, 1))
				ck_abort_msg("row %zu column %zu of [%zu,%zu] "
					     "by %zu: %a, want %a",
				    r, j, m, n, k, (double)y[r * ldy + j],
				    (double)v);
		}
}

static void
try(struct pool *p, const struct matrix *w, size_t m, enum act act)
{
	size_t ldx = w->k + 5, ldy = w->n + 3;
	struct weight *packed = weight_open(&w->t, w->layout);
	float *x = random_floats(m * ldx, 21), *bias = random_floats(w->n, 22);
	float *res = random_floats(m * w->n, 23);
	float *y = random_floats(m * ldy, 24), *y0 = random_floats(m * ldy, 24);
	struct epilogue e = { bias, act, res, w->n };
	size_t r;

	ck_assert_ptr_nonnull(packed);
	weight_pack(p, &packed, 1);
	weight_mul(p, packed, x, ldx, m, &e, y, ldy);
	expect(y, ldy, x, ldx, m, w->plain, w->n, w->k, &e);
	for (r = 0; r < m; r++)
		ck_assert(
		    same_bits(y + r * ldy + w->n, y0 + r * ldy + w->n, 3));
	weight_mul(p, packed, x, ldx, m, NULL, y, ldy);
	expect(y, ldy, x, ldx, m, w->plain, w->n, w->k,
	    &(struct epilogue){ .act = ACT_NONE });
	weight_close(packed);
	free(x);
	free(bias);
	free(res);
	free(y);
	free(y0);
}

START_TEST(products_have_the_order_of_summation)
{
	static const size_t depths[] = { 1, 2, 255, 256, 257, 600 };
	static const size_t widths[] = { 1, 15, 16, 17, 50, 129 };
	struct pool *p = pool_open(2);
	size_t i, m;

	for (m = 1; m <= 20; m++)
		for (i = 0; i < 6; i++) {
			struct matrix w = matrix_make(DT_F32, WEIGHT_NK,
			    widths[(i + m) % 6], depths[i], 1);

			try(p, &w, m, ACT_NONE);
			matrix_free(&w);
		}
	pool_close(p);
}
END_TEST

START_TEST(every_layout_and_dtype_is_read)
{
	static const enum dtype types[] = { DT_F32, DT_F16, DT_BF16 };
	struct pool *p = pool_open(3);
	size_t i, n;

	for (i = 0; i < 3; i++)
		for (n = 1; n <= 40; n += 3) {
			struct matrix a =
			    matrix_make(types[i], WEIGHT_NK, n, 300 + n, 2);
			struct matrix b =
			    matrix_make(types[i], WEIGHT_KN, n, 300 + n, 3);

			try(p, &a, 3, ACT_GELU);
			try(p, &b, 3, ACT_TANH);
			matrix_free(&a);
			matrix_free(&b);
		}
	pool_close(p);
}
END_TEST

START_TEST(a_row_does_not_depend_on_the_others_or_on_threads)
{
	enum { M = 200, N = 200, K = 300 };
	struct pool *one = pool_open(1), *three = pool_open(3);
	struct matrix w = matrix_make(DT_F32, WEIGHT_NK, N, K, 4);
	struct weight *packed = weight_open(&w.t, WEIGHT_NK);
	float *x = random_floats(M * K, 5), *all = malloc(M * N * sizeof *all);
	float y[N];
	size_t r, m;

	weight_pack(one, &packed, 1);
	weight_mul(three, packed, x, K, M, NULL, all, N);
	for (r = 0; r < M; r++) {
		weight_mul(one, packed, x + r * K, K, 1, NULL, y, N);
		ck_assert(same_bits(y, all + r * N, N));
	}
	for (m = 1; m < M; m += 13) {
		float *part = malloc(m * N * sizeof *part);

		weight_mul(three, packed, x, K, m, NULL, part, N);
		ck_assert(same_bits(part, all, m * N));
		free(part);
	}
	weight_close(packed);
	matrix_free(&w);
	free(x);
	free(all);
	pool_close(one);
	pool_close(three);
}
END_TEST

START_TEST(y_may_be_the_residual)
{
	enum { M = 7, N = 33, K = 520 };
	struct pool *p = pool_open(2);
	struct matrix w = matrix_make(DT_F32, WEIGHT_NK, N, K, 6);
	struct weight *packed = weight_open(&w.t, WEIGHT_NK);
	float *x = random_floats(M * K, 7), *y = random_floats(M * N, 8);
	float *res = random_floats(M * N, 8);
	struct epilogue e = { .residual = y, .ld_residual = N };

	weight_pack(p, &packed, 1);
	weight_mul(p, packed, x, K, M, &e, y, N);
	e.residual = res;
	expect(y, N, x, K, M, w.plain, N, K, &e);
	weight_close(packed);
	matrix_free(&w);
	free(x);
	free(y);
	free(res);
	pool_close(p);
}
END_TEST

/* Tensors joined where no panel begins or ends. */
static void
join(enum layout layout)
{
	enum { K = 70, M = 4, N = 7 + 32 + 5 };
	struct pool *p = pool_open(2);
	struct matrix a = matrix_make(DT_F32, layout, 7, K, 9);
	struct matrix b = matrix_make(DT_F16, layout, 32, K, 10);
	struct matrix c = matrix_make(DT_BF16, layout, 5, K, 11);
	const struct tensor *t[] = { &a.t, &b.t, &c.t };
	struct weight *w = weight_join(t, 3, layout);
	float *x = random_floats(M * K, 12), y[M * N], row[K];
	struct epilogue none = { .act = ACT_NONE };
	size_t i;

	ck_assert_uint_eq(weight_outputs(w), N);
	ck_assert_uint_eq(weight_inputs(w), K);
	weight_pack(p, &w, 1);
	weight_mul(p, w, x, K, M, &none, y, N);
	expect(y, N, x, K, M, a.plain, 7, K, &none);
	expect(y + 7, N, x, K, M, b.plain, 32, K, &none);
	expect(y + 39, N, x, K, M, c.plain, 5, K, &none);
	for (i = 0; i < 32; i++) {
		weight_row(w, 7 + i, row);
		ck_assert(same_bits(row, b.plain + i * K, K));
	}
	weight_row(w, 0, row);
	ck_assert(same_bits(row, a.plain, K));
	weight_row(w, N - 1, row);
	ck_assert(same_bits(row, c.plain + 4 * K, K));
	weight_close(w);
	matrix_free(&a);
	matrix_free(&b);
	matrix_free(&c);
	free(x);
	pool_close(p);
}

START_TEST(tensors_are_joined_along_the_outputs)
{
	join(WEIGHT_NK);
	join(WEIGHT_KN);
}
END_TEST

START_TEST(what_is_no_matrix_of_floats_is_refused)
{
	static float data[6];
	struct tensor t = { "q.weight", DT_F32, 1, { 6 }, sizeof data, data };
	struct tensor a = { "a", DT_F32, 2, { 2, 3 }, sizeof data, data };
	struct tensor b = { "b", DT_F32, 2, { 3, 2 }, sizeof data, data };
	const struct tensor *both[] = { &a, &b };

	ck_assert_ptr_null(weight_open(&t, WEIGHT_NK));
	ck_assert_str_eq(errstr(), "q.weight: shape [6], want a matrix");
	ck_assert_ptr_null(weight_join(both, 2, WEIGHT_NK));
	ck_assert_str_eq(errstr(), "b: shape [3,2], want 3 inputs");
	a.dtype = DT_I32;
	ck_assert_ptr_null(weight_open(&a, WEIGHT_NK));
	ck_assert_str_eq(errstr(), "a: dtype I32, want F32, F16 or BF16");
}
END_TEST

/* sum |x| |w| 2^-24 a term is more than rounding can do. */
START_TEST(products_are_as_exact_as_f32_can_be)
{
	enum { N = 16, K = 3000 };
	struct pool *p = pool_open(1);
	struct matrix w = matrix_make(DT_F32, WEIGHT_NK, N, K, 13);
	struct weight *packed = weight_open(&w.t, WEIGHT_NK);
	float *x = random_floats(K, 14), y[N];
	double exact;
	size_t i, j;

	weight_pack(p, &packed, 1);
	weight_mul(p, packed, x, K, 1, NULL, y, N);
	for (i = 0; i < N; i++) {
		exact = 0;
		for (j = 0; j < K; j++)
			exact += (double)x[j] * (double)w.plain[i * K + j];
		ck_assert(fabs(exact - (double)y[i]) < 2e-5);
	}
	weight_close(packed);
	matrix_free(&w);
	free(x);
	pool_close(p);
}
END_TEST

UNIT_MAIN("weight", products_have_the_order_of_summation,
    every_layout_and_dtype_is_read,
    a_row_does_not_depend_on_the_others_or_on_threads, y_may_be_the_residual,
    tensors_are_joined_along_the_outputs,
    what_is_no_matrix_of_floats_is_refused, products_are_as_exact_as_f32_can_be)
