#include "kernel/kernel.h"

#if defined __x86_64__

#include <immintrin.h>
#include <math.h>

#include "kernel/poly.h"
#include "kernel/target.h"

static bool
usable(void)
{
	return __builtin_cpu_supports("avx512f");
}

TARGET_BEGIN("avx512f")

#define WIDTH 16
#define VEC __m512
#define vec_zero _mm512_setzero_ps
#define vec_load _mm512_loadu_ps
#define vec_store _mm512_storeu_ps
#define vec_fill(x) _mm512_set1_ps(x)
#define vec_add _mm512_add_ps
#define vec_fma _mm512_fmadd_ps

#include "kernel/tile.h"

/* At most 29 of the 32 registers: accumulators, a row of b, one x. */
TILE(1, 1)
TILE(1, 4)
TILE(2, 1)
TILE(2, 4)
TILE(3, 1)
TILE(3, 4)
TILE(4, 1)
TILE(4, 4)
TILE(5, 1)
TILE(5, 4)
TILE(6, 1)
TILE(6, 4)
TILE(7, 1)
TILE(7, 2)
TILE(8, 1)
TILE(8, 2)
TILE(9, 1)
TILE(9, 2)
TILE(10, 1)
TILE(10, 2)
TILE(11, 1)
TILE(11, 2)
TILE(12, 1)
TILE(12, 2)

static void
avx512_tiles(const struct tiles *t)
{
	static const struct tile kind[] = {
		{ 0 },
		{ 4, tile1x4, tile1x1 },
		{ 4, tile2x4, tile2x1 },
		{ 4, tile3x4, tile3x1 },
		{ 4, tile4x4, tile4x1 },
		{ 4, tile5x4, tile5x1 },
		{ 4, tile6x4, tile6x1 },
		{ 2, tile7x2, tile7x1 },
		{ 2, tile8x2, tile8x1 },
		{ 2, tile9x2, tile9x1 },
		{ 2, tile10x2, tile10x1 },
		{ 2, tile11x2, tile11x1 },
		{ 2, tile12x2, tile12x1 },
	};

	tiles_by(t, kind, 12);
}

struct lanes {
	__m512 v;
};

static inline struct lanes
v_set(float x)
{
	return (struct lanes){ _mm512_set1_ps(x) };
}

static inline struct lanes
v_load(const float *p)
{
	return (struct lanes){ _mm512_loadu_ps(p) };
}

static inline void
v_store(float *p, struct lanes x)
{
	_mm512_storeu_ps(p, x.v);
}

/* The first n of fewer than 16 lanes. */
static inline __mmask16
mask(size_t n)
{
	return (__mmask16)((1u << n) - 1);
}

static inline struct lanes
v_load_n(const float *p, size_t n)
{
	return (struct lanes){ _mm512_maskz_loadu_ps(mask(n), p) };
}

static inline void
v_store_n(float *p, size_t n, struct lanes x)
{
	_mm512_mask_storeu_ps(p, mask(n), x.v);
}

static inline struct lanes
v_keep(struct lanes x, size_t n, struct lanes other)
{
	return (struct lanes){ _mm512_mask_blend_ps(mask(n), other.v, x.v) };
}

#define BINARY(name, op)                                                       \
	static inline struct lanes name(struct lanes x, struct lanes y)        \
	{                                                                      \
		return (struct lanes){ op(x.v, y.v) };                         \
	}

BINARY(v_add, _mm512_add_ps)
BINARY(v_sub, _mm512_sub_ps)
BINARY(v_mul, _mm512_mul_ps)
BINARY(v_div, _mm512_div_ps)
BINARY(v_max, _mm512_max_ps)
BINARY(v_min, _mm512_min_ps)

static inline struct lanes
v_fma(struct lanes x, struct lanes y, struct lanes z)
{
	return (struct lanes){ _mm512_fmadd_ps(x.v, y.v, z.v) };
}

static inline struct lanes
v_abs(struct lanes x)
{
	return (struct lanes){ _mm512_abs_ps(x.v) };
}

static inline struct lanes
v_sign(struct lanes x, struct lanes s)
{
	__m512i sign = _mm512_and_epi32(
	    _mm512_castps_si512(s.v), _mm512_set1_epi32(INT32_MIN));

	return (struct lanes){ _mm512_castsi512_ps(
	    _mm512_or_epi32(_mm512_castps_si512(v_abs(x).v), sign)) };
}

static inline struct lanes
shift_up(__m512i bits)
{
	return (
	    struct lanes){ _mm512_castsi512_ps(_mm512_slli_epi32(bits, 23)) };
}

static inline __m512i
half(struct lanes t)
{
	return _mm512_srli_epi32(_mm512_castps_si512(t.v), 1);
}

static inline struct lanes
v_pow2(struct lanes t)
{
	return shift_up(_mm512_castps_si512(t.v));
}

static inline struct lanes
v_pow2_half(struct lanes t)
{
	return shift_up(half(t));
}

static inline struct lanes
v_pow2_rest(struct lanes t)
{
	return shift_up(_mm512_sub_epi32(_mm512_castps_si512(t.v), half(t)));
}

static inline __m256
upper(__m512 v)
{
	return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
}

static inline float
v_sum(struct lanes x)
{
	__m256 e = _mm256_add_ps(_mm512_castps512_ps256(x.v), upper(x.v));
	__m128 q =
	    _mm_add_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));

	q = _mm_add_ps(q, _mm_movehl_ps(q, q));
	return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

static inline float
v_top(struct lanes x)
{
	__m256 e = _mm256_max_ps(_mm512_castps512_ps256(x.v), upper(x.v));
	__m128 q =
	    _mm_max_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));

	q = _mm_max_ps(q, _mm_movehl_ps(q, q));
	return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

#include "kernel/lanes.h"

TARGET_END

/* Panels are made by the AVX2 set: that is a matter of memory. */
const struct kernels kernels_avx512 = {
	.name = "avx512",
	.usable = usable,
	.tiles = avx512_tiles,
	.finish = set_finish,
	.act = set_act,
	.layer_norm = set_layer_norm,
	.rms_norm = set_rms_norm,
	.softmax = set_softmax,
	.l2_normalize = set_l2_normalize,
	.soften = set_soften,
	.scale = set_scale,
	.blend = set_blend,
	.divide = set_divide,
};

#endif
