#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#include "half.h"
#include "kernel/poly.h"

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

static uint32_t
bits(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof u);
	return u;
}

/* exp(r) - 1 for |r| <= ln(2) / 2 */
static float
exp_tail(float r)
{
	float p = EXP4;

	p = fmaf(p, r, EXP3);
	p = fmaf(p, r, EXP2);
	p = fmaf(p, r, EXP1);
	p = fmaf(p, r, EXP0);
	return fmaf(p, r * r, r);
}

/* x - n ln 2 */
static float
reduce(float x, float n)
{
	return fmaf(n, -LN2_LO, fmaf(n, -LN2_HI, x));
}

/* exp(x) = 2^n exp(r); 2^n in two factors, since n is in -152..128. */
float
op_exp(float x)
{
	float t, p;

	x = EXP_MIN > x ? EXP_MIN : x;
	x = EXP_MAX < x ? EXP_MAX : x;
	t = fmaf(x, LOG2_E, ROUND2);
	p = 1.0f + exp_tail(reduce(x, t - ROUND2));
	return p * f32_of_bits((bits(t) >> 1) << 23) *
	       f32_of_bits((bits(t) - (bits(t) >> 1)) << 23);
}

/* Phi(-x) for 0 <= x <= TAIL_MAX; x^2 is taken in two parts. */
static float
normal_tail(float x)
{
	float s = x * x, rest = fmaf(x, x, -s);
	float t = fmaf(s, -0.5f * LOG2_E, ROUND1);
	float r = fmaf(rest, -0.5f, reduce(-0.5f * s, t - ROUND1));
	float n = TAIL_N4, d = TAIL_D5;

	n = fmaf(n, x, TAIL_N3);
	n = fmaf(n, x, TAIL_N2);
	n = fmaf(n, x, TAIL_N1);
	n = fmaf(n, x, TAIL_N0);
	d = fmaf(d, x, TAIL_D4);
	d = fmaf(d, x, TAIL_D3);
	d = fmaf(d, x, TAIL_D2);
	d = fmaf(d, x, TAIL_D1);
	d = fmaf(d, x, TAIL_D0);
	n = fmaf(exp_tail(r), n, n);
	return n * f32_of_bits(bits(t) << 23) / d;
}

/* x Phi(x), without cancellation on either side. */
static float
gelu(float x)
{
	float a = fabsf(x);

	a = TAIL_MAX < a ? TAIL_MAX : a;
	return fmaf(-a, normal_tail(a), 0.0f > x ? 0.0f : x);
}

/* e / (e + 2) with e = exp(2 |x|) - 1, which is exact enough near 0 */
float
op_tanh(float x)
{
	float a = fabsf(x), t, s, e;

	a = 2.0f * (TANH_MAX < a ? TANH_MAX : a);
	t = fmaf(a, LOG2_E, ROUND1);
	s = f32_of_bits(bits(t) << 23);
	e = fmaf(s, exp_tail(reduce(a, t - ROUND1)), s - 1.0f);
	return copysignf(e / (e + 2.0f), x);
}

float
op_erf(float x)
{
	float a = fabsf(x), s = a * a, p = ERF6;

	if (a > ERF_NEAR) {
		a *= 0x1.6a09e6p+0f;
		a = TAIL_MAX < a ? TAIL_MAX : a;
		return copysignf(fmaf(-2.0f, normal_tail(a), 1.0f), x);
	}
	p = fmaf(p, s, ERF5);
	p = fmaf(p, s, ERF4);
	p = fmaf(p, s, ERF3);
	p = fmaf(p, s, ERF2);
	p = fmaf(p, s, ERF1);
	p = fmaf(p, s, ERF0);
	return fmaf(x, p, x);
}

/* log(2^n m) = n ln 2 + f + f^2 P(f), f = m - 1, m in sqrt(1/2)..sqrt(2) */
static float
log_positive(float x)
{
	uint32_t over = bits(x) - bits(0x1.6a09e6p-1f);
	float n = (float)((int32_t)over >> 23), p = LOG8, f;

	f = f32_of_bits(bits(x) - (over & 0xff800000)) - 1.0f;
	p = fmaf(p, f, LOG7);
	p = fmaf(p, f, LOG6);
	p = fmaf(p, f, LOG5);
	p = fmaf(p, f, LOG4);
	p = fmaf(p, f, LOG3);
	p = fmaf(p, f, LOG2);
	p = fmaf(p, f, LOG1);
	p = fmaf(p, f, LOG0);
	return fmaf(n, LN2_HI, fmaf(f * f, p, fmaf(n, LN2_LO, f)));
}

float
op_log(float x)
{
	if (!(x > 0.0f))
		return x == 0.0f ? -INFINITY : NAN;
	if (x == INFINITY)
		return x;
	if (x < 0x1p-126f)
		return log_positive(x * 0x1p23f) - 23 * 0x1.62e43p-1f;
	return log_positive(x);
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
		break;
	case ACT_GELU:
		return gelu(x);
	case ACT_GELU_NEW:
		return x *
		       sigmoid(GELU_SLOPE * fmaf(GELU_CUBE * (x * x), x, x));
	case ACT_QUICK_GELU:
		return x * sigmoid(QUICK_SLOPE * x);
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
element(enum dtype d, const void *p, size_t i)
{
	if (d == DT_F16)
		return half_to_f32(((const uint16_t *)p)[i]);
	if (d == DT_BF16)
		return bf16_to_f32(((const uint16_t *)p)[i]);
	return ((const float *)p)[i];
}

/* Element (i, j) of the panel is number i * down + j * right of what is read.
 */
static void
pack(enum dtype d, const void *from, size_t down, size_t right, size_t n,
    size_t k, float *panel)
{
	size_t i, j;

	for (i = 0; i < k; i++)
		for (j = 0; j < LANES; j++)
			panel[i * LANES + j] = j < n
			    ? element(d, from, i * down + j * right)
			    : 0.0f;
}

#define PACK(type, d)                                                         \
	static void rows_##type(const void *from, size_t ld, size_t n,        \
	    size_t k, float *panel)                                           \
	{                                                                     \
		pack(d, from, 1, ld, n, k, panel);                            \
	}                                                                     \
	static void cols_##type(const void *from, size_t ld, size_t n,        \
	    size_t k, float *panel)                                           \
	{                                                                     \
		pack(d, from, ld, 1, n, k, panel);                            \
	}

PACK(f32, DT_F32)
PACK(f16, DT_F16)
PACK(bf16, DT_BF16)

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
	float l[LANES];
	size_t h, i;

	for (i = 0; i < LANES; i++)
		l[i] = -INFINITY;
	for (i = 0; i < n; i++)
		l[i % LANES] = l[i % LANES] > x[i] ? l[i % LANES] : x[i];
	for (h = LANES / 2; h > 0; h /= 2)
		for (i = 0; i < h; i++)
			l[i] = l[i] > l[i + h] ? l[i] : l[i + h];
	return l[0];
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
