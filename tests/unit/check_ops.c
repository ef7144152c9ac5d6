#include "unit.h"

#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data.h"
#include "err.h"
#include "ops.h"
#include "util.h"

START_TEST(activations_are_found_by_their_names)
{
	ck_assert_int_eq(act_parse("gelu"), ACT_GELU);
	ck_assert_int_eq(act_parse("gelu_pytorch_tanh"), ACT_GELU_NEW);
	ck_assert_int_eq(act_parse("gelu_python"), ACT_GELU);
	ck_assert_int_eq(act_parse("gelu_accurate"), ACT_GELU_NEW);
	ck_assert_int_eq(act_parse("swish"), ACT_SILU);
	ck_assert_int_eq(act_parse("linear"), ACT_NONE);
	ck_assert_int_eq(act_parse("mish"), -1);
	ck_assert_str_eq(errstr(),
	    "hidden_act: mish is none of gelu, gelu_python, gelu_new,"
	    " gelu_pytorch_tanh, gelu_python_tanh, gelu_accurate, gelu_fast,"
	    " quick_gelu, relu, silu, swish, tanh, sigmoid, linear");
}
END_TEST

static void
near(const char *what, float got, double want, double bound)
{
	if (!(fabs((double)got - want) <= bound))
		ck_abort_msg("%s: %.9g, want %.9g", what, (double)got, want);
}

enum { M = 70 };

static void
check_norms(struct pool *p, size_t n)
{
	float *x = random_floats(M * n, 1), *w = random_floats(n, 2);
	float *b = random_floats(n, 3), *y = malloc(M * n * sizeof *y);
	float *z = malloc(M * n * sizeof *z);
	double mean, var, square;
	size_t r, i;

	layer_norm(p, x, M, n, w, b, 1e-5f, y);
	rms_norm(p, x, M, n, w, 1e-6f, z);
	for (r = 0; r < M; r++) {
		const float *v = x + r * n;

		mean = var = square = 0;
		for (i = 0; i < n; i++) {
			mean += (double)v[i] / (double)n;
			square += (double)v[i] * (double)v[i] / (double)n;
		}
		for (i = 0; i < n; i++)
			var += ((double)v[i] - mean) * ((double)v[i] - mean) /
			       (double)n;
		for (i = 0; i < n; i++) {
			near("layer_norm", y[r * n + i],
			    ((double)v[i] - mean) / sqrt(var + 1e-5) *
				    (double)w[i] +
				(double)b[i],
			    2e-6);
			near("rms_norm", z[r * n + i],
			    (double)v[i] / sqrt(square + 1e-6) * (double)w[i],
			    1e-6);
		}
	}
	layer_norm(p, x, M, n, w, b, 1e-5f, x);
	ck_assert(same_bits(x, y, M * n));
	free(x);
	free(w);
	free(b);
	free(y);
	free(z);
}

START_TEST(norms_are_accurate_and_work_in_place)
{
	struct pool *p = pool_open(2);

	check_norms(p, 2);
	check_norms(p, 384);
	check_norms(p, 1001);
	pool_close(p);
}
END_TEST

START_TEST(softmax_and_l2_normalize_are_accurate)
{
	enum { N = 301 };
	struct pool *p = pool_open(2);
	float *x = random_floats(M * N, 4), *y = random_floats(M * N, 4);
	double sum, square;
	size_t r, i;

	softmax(p, y, M, N);
	for (r = 0; r < M; r++) {
		sum = 0;
		for (i = 0; i < N; i++)
			sum += exp((double)x[r * N + i]);
		for (i = 0; i < N; i++)
			near("softmax", y[r * N + i],
			    exp((double)x[r * N + i]) / sum, 2e-9);
	}
	memcpy(y, x, M * N * sizeof *x);
	l2_normalize(p, y, M, N, 1e-12f);
	for (r = 0; r < M; r++) {
		square = 0;
		for (i = 0; i < N; i++)
			square += (double)x[r * N + i] * (double)x[r * N + i];
		for (i = 0; i < N; i++)
			near("l2_normalize", y[r * N + i],
			    (double)x[r * N + i] / sqrt(square), 2e-8);
	}
	free(x);
	free(y);
	pool_close(p);
}
END_TEST

START_TEST(a_row_of_zeros_stays_when_normalized)
{
	struct pool *p = pool_open(1);
	float x[5] = { 0 };

	l2_normalize(p, x, 1, 5, 1e-12f);
	ck_assert(x[0] == 0 && x[4] == 0);
	pool_close(p);
}
END_TEST

START_TEST(act_apply_reaches_every_element)
{
	enum { N = 20001 };
	struct pool *p = pool_open(3);
	float *x = random_floats(N, 5), *y = random_floats(N, 5);
	size_t i;

	act_apply(p, ACT_RELU, y, N);
	for (i = 0; i < N; i++)
		if (y[i] != (x[i] > 0 ? x[i] : 0))
			ck_abort_msg("element %zu", i);
	free(x);
	free(y);
	pool_close(p);
}
END_TEST

/* Sequences of these lengths, with random q, k and v side by side. */
enum { SEQUENCES = 8 };
static const size_t start[SEQUENCES + 1] = { 0, 1, 6, 6, 54, 181, 309, 438,
	738 };

static struct attention
attention_make(size_t heads, size_t kv_heads, size_t d)
{
	size_t rows = start[SEQUENCES], ld = (heads + 2 * kv_heads) * d;
	float *qkv = random_floats(rows * ld, (uint32_t)d);
	size_t i, count = 0;

	for (i = 0; i < SEQUENCES; i++)
		count += (start[i + 1] - start[i]) * (start[i + 1] - start[i]);
	return (struct attention){ .q = qkv,
		.k = qkv + heads * d,
		.v = qkv + (heads + kv_heads) * d,
		.ldq = ld,
		.ldk = ld,
		.ldv = ld,
		.heads = heads,
		.kv_heads = kv_heads,
		.d = d,
		.n = SEQUENCES,
		.start = start,
		.scale = 3 / sqrtf((float)d),
		.out = random_floats(rows * heads * d, 6),
		.ldo = heads * d,
		.probs = random_floats(heads * count, 7) };
}

static void
attention_free(struct attention *a)
{
	union {
		const float *in;
		float *out;
	} q = { .in = a->q };

	free(q.out);
	free(a->out);
	free(a->probs);
}

/* One query of one head, against float64. */
static void
check_query(const struct attention *a, size_t s, size_t h, size_t row,
    const float *probs)
{
	size_t T = start[s + 1] - start[s], i, j;
	size_t kv = h / (a->heads / a->kv_heads) * a->d;
	const float *q = a->q + row * a->ldq + h * a->d;
	double p[300], sum = 0, dot;

	for (i = 0; i < T; i++) {
		const float *k = a->k + (start[s] + i) * a->ldk + kv;

		for (dot = 0, j = 0; j < a->d; j++)
			dot += (double)q[j] * (double)k[j];
		sum += p[i] = exp(dot * (double)a->scale);
	}
	for (i = 0; i < T; i++)
		near("probs", probs[i], p[i] / sum, 5e-6);
	for (j = 0; j < a->d; j++) {
		for (dot = 0, i = 0; i < T; i++)
			dot += p[i] / sum *
			       (double)a->v[(start[s] + i) * a->ldv + kv + j];
		near("attention", a->out[row * a->ldo + h * a->d + j], dot,
		    5e-6);
	}
}

static void
check_attention(struct pool *p, size_t heads, size_t kv_heads, size_t d)
{
	struct attention a = attention_make(heads, kv_heads, d);
	const float *probs = a.probs;
	size_t s, h, row;

	attention(p, &a);
	for (s = 0; s < SEQUENCES; s++)
		for (h = 0; h < heads; h++)
			for (row = start[s]; row < start[s + 1]; row++) {
				check_query(&a, s, h, row, probs);
				probs += start[s + 1] - start[s];
			}
	attention_free(&a);
}

START_TEST(attention_is_accurate_for_any_width)
{
	struct pool *p = pool_open(2);

	check_attention(p, 2, 2, 1);
	check_attention(p, 2, 2, 20);
	check_attention(p, 3, 3, 32);
	check_attention(p, 4, 2, 24);
	check_attention(p, 1, 1, 256);
	pool_close(p);
}
END_TEST

/* A sequence's bits are the same alone, with and without probs. */
START_TEST(attention_of_a_sequence_ignores_the_others)
{
	struct pool *one = pool_open(1), *three = pool_open(3);
	struct attention a = attention_make(2, 1, 40), b;
	size_t s, T, alone[2] = { 0, 0 };

	attention(three, &a);
	for (s = 0; s < SEQUENCES; s++) {
		alone[1] = T = start[s + 1] - start[s];
		b = a;
		b.n = 1;
		b.start = alone;
		b.q += start[s] * a.ldq;
		b.k += start[s] * a.ldk;
		b.v += start[s] * a.ldv;
		b.probs = NULL;
		b.out = random_floats(T * a.ldo, 8);
		attention(one, &b);
		ck_assert(
		    same_bits(b.out, a.out + start[s] * a.ldo, T * a.ldo));
		free(b.out);
	}
	attention_free(&a);
	pool_close(one);
	pool_close(three);
}
END_TEST

/* The attention's result with this set of kernels, in a process of its own. */
static float *
attention_by(const char *kernel, size_t *n)
{
	struct attention a = attention_make(2, 2, 36);
	struct pool *p;
	int fd[2], status;
	float *out;
	pid_t pid;

	*n = start[SEQUENCES] * a.ldo;
	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setenv("HF_KERNEL", kernel, 1);
		p = pool_open(2);
		if (p == NULL)
			_exit(77);
		attention(p, &a);
		_exit(write_all(fd[1], a.out, *n * sizeof *a.out) < 0);
	}
	close(fd[1]);
	read_all(fd[0], a.out, *n * sizeof *a.out);
	close(fd[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	out = a.out;
	a.out = NULL;
	attention_free(&a);
	if (WEXITSTATUS(status) == 0)
		return out;
	free(out);
	return NULL;
}

START_TEST(attention_has_the_same_bits_from_all_kernels)
{
	size_t n;
	float *ref = attention_by("ref", &n), *avx2 = attention_by("avx2", &n);
	float *avx512 = attention_by("avx512", &n);

	ck_assert_ptr_nonnull(ref);
	ck_assert(avx2 == NULL || same_bits(ref, avx2, n));
	ck_assert(avx512 == NULL || same_bits(ref, avx512, n));
	free(ref);
	free(avx2);
	free(avx512);
}
END_TEST

UNIT_MAIN("ops", activations_are_found_by_their_names,
    norms_are_accurate_and_work_in_place, softmax_and_l2_normalize_are_accurate,
    a_row_of_zeros_stays_when_normalized, act_apply_reaches_every_element,
    attention_is_accurate_for_any_width,
    attention_of_a_sequence_ignores_the_others,
    attention_has_the_same_bits_from_all_kernels)
