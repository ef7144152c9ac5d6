#ifndef WEIGHT_H
#define WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops.h"
#include "pool.h"
#include "tensor.h"

/*
 * weight - a matrix that can be multiplied by or gathered from.
 *
 * N outputs by K inputs.  How it lies in the file (torch's [N,K], GPT-2's
 * [K,N], f32, f16, bf16, later quantised), and how it is packed, is this
 * file's business alone.  Weights usually live as long as the process; the
 * tensors they are made from must live as long as they.
 */
struct weight;

enum layout { WEIGHT_NK, WEIGHT_KN };

/* One matrix from n tensors stacked along N (query, key, value). */
struct weight *weight_join(const struct tensor *const *t, size_t n,
    enum layout layout);
struct weight *weight_open(const struct tensor *t, enum layout layout);

size_t weight_outputs(const struct weight *w);	/* N */
size_t weight_inputs(const struct weight *w);	/* K */

/*
 * Pack for products, once, before the first weight_mul(); a matrix that is
 * only gathered from never is.  Several at a time use the pool best.
 */
void weight_pack(struct pool *p, struct weight *const *w, size_t n);

/* What happens to a product's element before it is stored, in this order. */
struct epilogue {
	const float *bias;	/* [N] or NULL */
	enum act act;
	const float *residual;	/* [M,N], rows ld_residual apart, or NULL */
	size_t ld_residual;
};

/*
 * y[M,N] = epilogue(x[M,K] W^T); rows lie ldx and ldy floats apart.  The order
 * of summation is the house's: one fma chain over each 256 k from 0, partial
 * sums added in order.  y may be the residual, not x.
 */
void weight_mul(struct pool *p, const struct weight *w, const float *x,
    size_t ldx, size_t m, const struct epilogue *e, float *y, size_t ldy);

/* For tests and measurements; a program's weights live as long as it does. */
void weight_close(struct weight *w);

/* Row i (an embedding) as f32 into out[K]. */
void weight_row(const struct weight *w, size_t i, float *out);

#endif
