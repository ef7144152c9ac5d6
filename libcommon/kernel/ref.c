#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#include "half.h"

/*
 * The oracle: what every set of kernels computes, in plain loops.  fmaf() is
 * written out wherever two operations round as one, and nowhere else does the
 * compiler fuse them (-ffp-contract=off).
 */
static bool
always(void)
{
	return true;
}

static void
ref_tiles(const struct tiles *t)
{
	size_t p, r, i, j;

	for (p = 0; p < t->panels; p++)
		for (r = 0; r < t->m; r++) {
			const float *x = t->x + r * t->ldx;
			const float *b = t->b + p * t->bstride;
			float *c = t->c + p * t->cstride + r * t->ldc;
			float sum[LANES] = { 0 };

			for (i = 0; i < t->k; i++, b += LANES)
				for (j = 0; j < LANES; j++)
					sum[j] = fmaf(x[i], b[j], sum[j]);
			for (j = 0; j < LANES; j++)
				c[j] = t->add ? c[j] + sum[j] : sum[j];
		}
}

static float
bits_float(uint32_t u)
{
	return f32_of_bits(u);
}

static uint32_t
float_bits(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof u);
	return u;
}

/* exp(r) - 1 for |r| <= ln 2 / 2 */
static float
exp_tail(float r)
{
	float q = 1.0f / 5040;

	q = fmaf(q, r, 1.0f / 720);
	q = fmaf(q, r, 1.0f / 120);
	q = fmaf(q, r, 1.0f / 24);
	q = fmaf(q, r, 1.0f / 6);
	q = fmaf(q, r, 0.5f);
	return fmaf(r * r, q, r);
}

float
op_exp(float x)
{
	float t, r;
	uint32_t n, half;

	x = -105.0f > x ? -105.0f : x;
	x = 89.0f < x ? 89.0f : x;
	t = fmaf(x, 0x1.715476p+0f, 0x1.8p23f);
	n = float_bits(t) - float_bits(0x1.8p23f);
	t -= 0x1.8p23f;
	r = fmaf(t, -0x1.62e4p-1f, x);
	r = fmaf(t, -0x1.7f7d1cp-20f, r);
	half = (uint32_t)((int32_t)n >> 1);
	r = (1.0f + exp_tail(r)) * bits_float((half + 127) << 23);
	return r * bits_float((n - half + 127) << 23);
}

float
op_tanh(float x)
{
	float a = fabsf(x), e;

	if (a < 0.3f)
		return (float)tanh((double)x);
	e = op_exp(2 * a);
	return copysignf(1 - 2 / (e + 1), x);
}

float
op_erf(float x)
{
	return (float)erf((double)x);
}

float
op_log(float x)
{
	return (float)log((double)x);
}

static float
sigmoid(float x)
{
	return 1.0f / (1.0f + op_exp(-x));
}

static float
act1(enum act a, float x)
{
	switch (a) {
	case ACT_NONE:
		return x;
	case ACT_GELU:
		return 0.5f * x * (1.0f + op_erf(x * 0x1.6a09e6p-1f));
	case ACT_GELU_NEW:
		return x * sigmoid(1.5957691216f *
		    fmaf(0.044715f * x * x, x, x));
	case ACT_QUICK_GELU:
		return x * sigmoid(1.702f * x);
	case ACT_RELU:
		return 0.0f > x ? 0.0f : x;
	case ACT_SILU:
		return x * sigmoid(x);
	case ACT_TANH:
		return op_tanh(x);
	case ACT_SIGMOID:
		return sigmoid(x);
	}
	return x;
}

static void
ref_act(enum act a, float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = act1(a, x[i]);
}

static void
ref_finish(const struct finish *f)
{
	const struct epilogue *e = &f->e;
	size_t r, j;

	for (r = 0; r < f->m; r++)
		for (j = 0; j < f->n; j++) {
			float v = f->c[j / LANES * f->cstride + r * f->ldc +
			    j % LANES];

			if (e->bias != NULL)
				v += e->bias[j];
			v = act1(e->act, v);
			if (e->residual != NULL)
				v += e->residual[r * e->ld_residual + j];
			f->y[r * f->ldy + j] = v;
		}
}

static float
from_f32(const void *p, size_t i)
{
	return ((const float *)p)[i];
}

static float
from_f16(const void *p, size_t i)
{
	return half_to_f32(((const uint16_t *)p)[i]);
}

static float
from_bf16(const void *p, size_t i)
{
	return bf16_to_f32(((const uint16_t *)p)[i]);
}

#define PACK(type) \
static void \
rows_##type(const void *from, size_t ld, size_t n, size_t k, float *panel) \
{ \
	size_t i, j; \
	for (i = 0; i < k; i++) \
		for (j = 0; j < LANES; j++) \
			panel[i * LANES + j] = \
			    j < n ? from_##type(from, j * ld + i) : 0.0f; \
} \
static void \
cols_##type(const void *from, size_t ld, size_t n, size_t k, float *panel) \
{ \
	size_t i, j; \
	for (i = 0; i < k; i++) \
		for (j = 0; j < LANES; j++) \
			panel[i * LANES + j] = \
			    j < n ? from_##type(from, i * ld + j) : 0.0f; \
}

PACK(f32)
PACK(f16)
PACK(bf16)

static float
lane_sum(float l[LANES])
{
	size_t h, i;

	for (h = LANES / 2; h > 0; h /= 2)
		for (i = 0; i < h; i++)
			l[i] += l[i + h];
	return l[0];
}

static float
sum(const float *x, size_t n)
{
	float l[LANES] = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		l[i % LANES] += x[i];
	return lane_sum(l);
}

/* of (x - a)^2 */
static float
sum_squares(const float *x, size_t n, float a)
{
	float l[LANES] = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		l[i % LANES] = fmaf(x[i] - a, x[i] - a, l[i % LANES]);
	return lane_sum(l);
}

static float
maximum(const float *x, size_t n)
{
	float m = -INFINITY;
	size_t i;

	for (i = 0; i < n; i++)
		m = m > x[i] ? m : x[i];
	return m;
}

static void
ref_layer_norm(const float *x, size_t n, const float *w, const float *b,
    float eps, float *y)
{
	float mean = sum(x, n) / (float)n;
	float var = sum_squares(x, n, mean) / (float)n;
	float s = 1.0f / sqrtf(var + eps);
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = b != NULL ? fmaf((x[i] - mean) * s, w[i], b[i])
				 : (x[i] - mean) * s * w[i];
}

static void
ref_rms_norm(const float *x, size_t n, const float *w, float eps, float *y)
{
	float s = 1.0f / sqrtf(sum_squares(x, n, 0) / (float)n + eps);
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = x[i] * s * w[i];
}

/* x = exp(x - max); the sum */
static float
exp_sum(float *x, size_t n, float max)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = op_exp(x[i] - max);
	return sum(x, n);
}

static void
ref_scale(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = a * x[i];
}

static void
ref_blend(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = fmaf(y[i], a, x[i]);
}

static void
ref_divide(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = x[i] / a;
}

static void
ref_softmax(float *x, size_t n)
{
	ref_divide(x, n, exp_sum(x, n, maximum(x, n)), x);
}

static void
ref_l2_normalize(float *x, size_t n, float eps)
{
	float norm = sqrtf(sum_squares(x, n, 0));

	ref_divide(x, n, eps > norm ? eps : norm, x);
}

static float
ref_soften(struct soft *s, float *score, size_t n)
{
	float m = maximum(score, n), shrink;

	m = s->max > m ? s->max : m;
	shrink = op_exp(s->max - m);
	s->sum = fmaf(s->sum, shrink, exp_sum(score, n, m));
	s->max = m;
	return shrink;
}

const struct kernels kernels_ref = {
	.name = "ref",
	.usable = always,
	.tiles = ref_tiles,
	.finish = ref_finish,
	.rows_f32 = rows_f32,
	.rows_f16 = rows_f16,
	.rows_bf16 = rows_bf16,
	.cols_f32 = cols_f32,
	.cols_f16 = cols_f16,
	.cols_bf16 = cols_bf16,
	.act = ref_act,
	.layer_norm = ref_layer_norm,
	.rms_norm = ref_rms_norm,
	.softmax = ref_softmax,
	.l2_normalize = ref_l2_normalize,
	.soften = ref_soften,
	.scale = ref_scale,
	.blend = ref_blend,
	.divide = ref_divide,
};
