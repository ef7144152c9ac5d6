#ifndef OPS_H
#define OPS_H

#include <stddef.h>

#include "pool.h"

/*
 * ops - what a network does between its products, on rows of f32.
 *
 * Every function gives the same bits for any number of threads and rows and
 * with any set of kernels (kernel/kernel.h).
 */
enum act {
	ACT_NONE, ACT_GELU, ACT_GELU_NEW, ACT_QUICK_GELU, ACT_RELU, ACT_SILU,
	ACT_TANH, ACT_SIGMOID
};

/*
 * The activation of this name in a config (hidden_act): gelu, gelu_new,
 * gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, silu, swish, tanh, sigmoid,
 * linear.  -1 with errstr(), which lists them.
 */
int act_parse(const char *name);

/* x[0..n) = act(x), in place. */
void act_apply(struct pool *p, enum act a, float *x, size_t n);

/* y[M,N] = (x - mean) / sqrt(var + eps) * w + b; y may be x, b may be NULL. */
void layer_norm(struct pool *p, const float *x, size_t m, size_t n,
    const float *w, const float *b, float eps, float *y);

/* y[M,N] = x / sqrt(mean(x^2) + eps) * w */
void rms_norm(struct pool *p, const float *x, size_t m, size_t n,
    const float *w, float eps, float *y);

/* Each row in place: exp(x - max) / sum. */
void softmax(struct pool *p, float *x, size_t m, size_t n);

/* Scale each row in place to length 1: x / max(|x|, eps). */
void l2_normalize(struct pool *p, float *x, size_t m, size_t n, float eps);

/* The house's exp, erf, tanh, log: the same bits everywhere. */
float op_exp(float x);
float op_erf(float x);
float op_tanh(float x);
float op_log(float x);

/*
 * Attention of packed rows: sequence s has the rows start[s]..start[s+1) of
 * q, k and v, and no others are looked at.  Keys are walked in tiles of 128
 * counted from the sequence's key 0.
 */
enum { HEAD_MAX = 256 };	/* the largest d */

struct attention {
	const float *q, *k, *v;	/* rows ldq, ldk, ldv floats apart; head h at
				   h * d of a row (k, v: h / (heads / kv_heads)
				   * d) */
	size_t ldq, ldk, ldv;
	size_t heads, kv_heads, d;
	size_t n;		/* sequences */
	const size_t *start;	/* [n+1] */
	float scale;		/* of q . k */
	float *out;		/* rows ldo floats apart, head h at h * d */
	size_t ldo;
	float *probs;		/* NULL, or [sum over s of heads * T_s * T_s]:
				   the softmax, sequence by sequence, [H,T,T] */
};
void attention(struct pool *p, const struct attention *a);

#endif
