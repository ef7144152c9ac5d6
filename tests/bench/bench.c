#include "bench.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

#include "util.h"

double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

float *
floats(size_t n)
{
	float *p = xmalloc_large(n * sizeof *p);
	uint32_t u = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		u = u * 1664525u + 1013904223u;
		p[i] = (float)((int32_t)u >> 8) * 0x1p-23f;
	}
	return p;
}

static void
keep_shortest(double *best, void (*fn)(void *), void *arg)
{
	double from = now(), took;

	fn(arg);
	took = now() - from;
	*best = took < *best ? took : *best;
}

double
shortest(void (*fn)(void *), void *arg)
{
	double best = INFINITY, end = now() + 0.33;

	do
		keep_shortest(&best, fn, arg);
	while (now() < end);
	return best;
}

/* A few milliseconds, as a product takes: a shorter peak is luckier. */
enum { STEPS = 1000000, CHAINS = 12 };

/*
 * Twelve independent chains of vectors of gcc's kind, which it and clang turn
 * into the widest fma that the function's target has.
 */
#define CHAIN(T) \
	/* All different, or the compiler would compute one of them. */ \
	T c0 = m, c1 = m + 1, c2 = m + 2, c3 = m + 3, c4 = m + 4, c5 = m + 5, \
	    c6 = m + 6, c7 = m + 7, c8 = m + 8, c9 = m + 9, c10 = m + 10, \
	    c11 = m + 11; \
	size_t i; \
\
	for (i = 0; i < STEPS; i++) { \
		STEP(c0) STEP(c1) STEP(c2) STEP(c3) STEP(c4) STEP(c5) \
		STEP(c6) STEP(c7) STEP(c8) STEP(c9) STEP(c10) STEP(c11) \
	} \
	c0 += c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;

#if defined __x86_64__
#include <immintrin.h>

__attribute__((target("avx2,fma"))) static float
chains_avx2(void)
{
	__m256 m = _mm256_set1_ps(0.5f);

#define STEP(c) c = _mm256_fmadd_ps(c, m, m);
	CHAIN(__m256)
#undef STEP
	return _mm256_cvtss_f32(c0);
}

__attribute__((target("avx512f"))) static float
chains_avx512(void)
{
	__m512 m = _mm512_set1_ps(0.5f);

#define STEP(c) c = _mm512_fmadd_ps(c, m, m);
	CHAIN(__m512)
#undef STEP
	return _mm512_cvtss_f32(c0);
}
#else
static float
chains_plain(void)
{
	typedef float v4 __attribute__((vector_size(16)));
	v4 m = { 0.5f, 0.5f, 0.5f, 0.5f };

#define STEP(c) \
	for (int l = 0; l < 4; l++) \
		c[l] = fmaf(c[l], m[l], m[l]);
	CHAIN(v4)
#undef STEP
	return c0[0];
}
#endif

struct peak {
	float (*chains)(void);
	float keep[256];	/* so that the work isn't dropped */
};

static void
peak_part(void *arg, size_t i)
{
	struct peak *p = arg;

	p->keep[i] = p->chains();
}

struct run {
	struct pool *pool;
	struct peak peak;
};

static void
peak_run(void *arg)
{
	struct run *r = arg;

	pool_run(r->pool, peak_part, &r->peak, pool_threads(r->pool));
}

/* The FLOPs of one peak_run(), made ready for this CPU. */
static double
peak_ready(struct run *r)
{
	size_t lanes;

#if defined __x86_64__
	if (__builtin_cpu_supports("avx512f")) {
		lanes = 16;
		r->peak.chains = chains_avx512;
	} else {
		lanes = 8;
		r->peak.chains = chains_avx2;
	}
#else
	lanes = 4;
	r->peak.chains = chains_plain;
#endif
	return 2.0 * (double)(lanes * CHAINS) * STEPS *
	    (double)pool_threads(r->pool);
}

double
gflops(struct pool *p, double flops, void (*fn)(void *), void *arg,
    double *peak)
{
	struct run r = { .pool = p };
	double most = peak_ready(&r), best = INFINITY, best_peak = INFINITY;
	double end = now() + 1, turn;

	do {
		keep_shortest(&best_peak, peak_run, &r);
		turn = now() + 5e-3;
		do
			keep_shortest(&best, fn, arg);
		while (now() < turn);
	} while (now() < end);
	*peak = most / best_peak * 1e-9;
	return flops / best * 1e-9;
}
