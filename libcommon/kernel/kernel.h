#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops.h"
#include "tensor.h"
#include "weight.h"

/*
 * kernel - the loops that take the time, once for each instruction set.
 *
 * ref.c says in plain C what every function computes; the other sets give
 * the same bits, faster.  A set lists what it has and leaves the rest NULL:
 * those slots are filled from ref.c.
 *
 * Two orders of summation make that possible.  A product's element is one
 * chain of fused multiply-adds over CHUNK consecutive k, and vectors run
 * across elements.  A reduction over a row has LANES lanes: element i is
 * added to lane i % LANES, in order of i, then lane l + 8 to lane l, l + 4 to
 * l, l + 2 to l, and 1 to 0.
 *
 * A matrix that is multiplied by lies in panels of LANES columns: [K][LANES],
 * the last one filled up with zeros.
 */
enum { LANES = 16, CHUNK = 256, KEYS = 128 };

/* c = x * b, or c += x * b, over at most CHUNK k. */
struct tiles {
	const float *x;		/* [m,k], rows ldx apart */
	size_t ldx, m, k;
	const float *b;		/* panels [k][LANES], bstride floats apart */
	size_t panels, bstride;
	float *c;		/* element (r, j) of panel p is at
				   p * cstride + r * ldc + j */
	size_t ldc, cstride;
	bool add;
	const float *soon;	/* [m,n_soon], rows ld_soon apart: what is
				   read or written next, to be brought near */
	size_t ld_soon, n_soon;
};

/* y = epilogue(c) for n columns of m rows. */
struct finish {
	const float *c;		/* as above */
	size_t ldc, cstride;
	size_t m, n;
	struct epilogue e;	/* its pointers moved to the first column */
	float *y;		/* rows ldy apart */
	size_t ldy;
};

/*
 * Make one panel of rows from..from+n of a matrix [*,k] whose rows lie ld
 * elements apart (n <= LANES), or of n columns of a matrix [k,*].
 */
typedef void pack_fn(const void *from, size_t ld, size_t n, size_t k,
    float *panel);

/* How far the softmax of one query has come. */
struct soft {
	float max, sum;
};

struct kernels {
	const char *name;
	bool (*usable)(void);
	void (*tiles)(const struct tiles *t);
	void (*finish)(const struct finish *f);
	pack_fn *rows_f32, *rows_f16, *rows_bf16;
	pack_fn *cols_f32, *cols_f16, *cols_bf16;
	void (*act)(enum act a, float *x, size_t n);
	void (*layer_norm)(const float *x, size_t n, const float *w,
	    const float *b, float eps, float *y);
	void (*rms_norm)(const float *x, size_t n, const float *w, float eps,
	    float *y);
	void (*softmax)(float *x, size_t n);
	void (*l2_normalize)(float *x, size_t n, float eps);

	/*
	 * The scores of n <= KEYS more keys become weights, exp(s - max), and
	 * max and sum go on.  Returns exp(old max - max), by which what was
	 * summed so far shrinks.
	 */
	float (*soften)(struct soft *s, float *score, size_t n);

	/* y = a * x */
	void (*scale)(const float *x, size_t n, float a, float *y);

	/* y = y * a + x */
	void (*blend)(const float *x, size_t n, float a, float *y);

	/* y = x / a */
	void (*divide)(const float *x, size_t n, float a, float *y);
};

/*
 * Choose the set: the fastest this CPU has, or the one that HF_KERNEL names.
 * 0, or -1 with errstr().  pool_open() does it.
 */
int kernels_choose(void);

/* The chosen set, every slot filled. */
const struct kernels *kernels(void);

/* The set of this name with every slot filled into *k, if this CPU has it. */
int kernels_find(const char *name, struct kernels *k);

extern const struct kernels kernels_ref, kernels_avx2, kernels_avx512;

#endif
