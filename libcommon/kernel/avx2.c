#include "kernel/kernel.h"

#if defined __x86_64__

#include <cpuid.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "half.h"
#include "kernel/poly.h"
#include "kernel/target.h"

/* The built-in looks at the OS's part too; f16c clang 14 doesn't know. */
static bool
usable(void)
{
	unsigned a, b, c, d;

	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("fma") &&
	       __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}

TARGET_BEGIN("avx2,fma,f16c")

#define WIDTH 8
#define VEC __m256
#define vec_zero _mm256_setzero_ps
#define vec_load _mm256_loadu_ps
#define vec_store _mm256_storeu_ps
#define vec_fill(p) _mm256_broadcast_ss(&(p))
#define vec_add _mm256_add_ps
#define vec_fma _mm256_fmadd_ps

#include "kernel/tile.h"

/* Two accumulators a row are too few to hide the latency of one fma. */
TILE(1, 2)
TILE(1, 8)
TILE(2, 2)
TILE(2, 4)
TILE(3, 2)
TILE(3, 4)
TILE(4, 2)
TILE(5, 2)
TILE(6, 2)

static void
avx2_tiles(const struct tiles *t)
{
	static const struct tile kind[] = {
		{ 0 },
		{ 4, tile1x8, tile1x2 },
		{ 2, tile2x4, tile2x2 },
		{ 2, tile3x4, tile3x2 },
		{ 1, tile4x2, tile4x2 },
		{ 1, tile5x2, tile5x2 },
		{ 1, tile6x2, tile6x2 },
	};

	tiles_by(t, kind, 6);
}

/* Lanes 0..7 and 8..15. */
struct lanes {
	__m256 a, b;
};

static inline struct lanes
v_set(float x)
{
	__m256 v = _mm256_set1_ps(x);

	return (struct lanes){ v, v };
}

static inline struct lanes
v_load(const float *p)
{
	return (struct lanes){ _mm256_loadu_ps(p), _mm256_loadu_ps(p + 8) };
}

static inline void
v_store(float *p, struct lanes v)
{
	_mm256_storeu_ps(p, v.a);
	_mm256_storeu_ps(p + 8, v.b);
}

/* All ones in the first n lanes of 8 from lane `from` on. */
static inline __m256i
mask(size_t n, int from)
{
	__m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n - from), lane);
}

static inline struct lanes
v_load_n(const float *p, size_t n)
{
	return (struct lanes){ _mm256_maskload_ps(p, mask(n, 0)),
		n > 8 ? _mm256_maskload_ps(p + 8, mask(n, 8))
		      : _mm256_setzero_ps() };
}

static inline void
v_store_n(float *p, size_t n, struct lanes v)
{
	_mm256_maskstore_ps(p, mask(n, 0), v.a);
	if (n > 8)
		_mm256_maskstore_ps(p + 8, mask(n, 8), v.b);
}

static inline struct lanes
v_keep(struct lanes v, size_t n, struct lanes other)
{
	return (struct lanes){
		_mm256_blendv_ps(other.a, v.a, _mm256_castsi256_ps(mask(n, 0))),
		_mm256_blendv_ps(other.b, v.b, _mm256_castsi256_ps(mask(n, 8)))
	};
}

#define BINARY(name, op)                                                       \
	static inline struct lanes name(struct lanes x, struct lanes y)        \
	{                                                                      \
		return (struct lanes){ op(x.a, y.a), op(x.b, y.b) };           \
	}

BINARY(v_add, _mm256_add_ps)
BINARY(v_sub, _mm256_sub_ps)
BINARY(v_mul, _mm256_mul_ps)
BINARY(v_div, _mm256_div_ps)
BINARY(v_max, _mm256_max_ps)
BINARY(v_min, _mm256_min_ps)

static inline struct lanes
v_fma(struct lanes x, struct lanes y, struct lanes z)
{
	return (struct lanes){ _mm256_fmadd_ps(x.a, y.a, z.a),
		_mm256_fmadd_ps(x.b, y.b, z.b) };
}

static inline struct lanes
v_abs(struct lanes v)
{
	__m256 sign = _mm256_set1_ps(-0.0f);

	return (struct lanes){ _mm256_andnot_ps(sign, v.a),
		_mm256_andnot_ps(sign, v.b) };
}

static inline struct lanes
v_sign(struct lanes v, struct lanes s)
{
	__m256 sign = _mm256_set1_ps(-0.0f);

	v = v_abs(v);
	return (struct lanes){ _mm256_or_ps(v.a, _mm256_and_ps(sign, s.a)),
		_mm256_or_ps(v.b, _mm256_and_ps(sign, s.b)) };
}

static inline __m256
shift_up(__m256i bits)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 23));
}

static inline struct lanes
v_pow2(struct lanes t)
{
	return (struct lanes){ shift_up(_mm256_castps_si256(t.a)),
		shift_up(_mm256_castps_si256(t.b)) };
}

static inline __m256i
half(__m256 t)
{
	return _mm256_srli_epi32(_mm256_castps_si256(t), 1);
}

static inline __m256i
rest(__m256 t)
{
	return _mm256_sub_epi32(_mm256_castps_si256(t), half(t));
}

static inline struct lanes
v_pow2_half(struct lanes t)
{
	return (struct lanes){ shift_up(half(t.a)), shift_up(half(t.b)) };
}

static inline struct lanes
v_pow2_rest(struct lanes t)
{
	return (struct lanes){ shift_up(rest(t.a)), shift_up(rest(t.b)) };
}

static inline float
v_sum(struct lanes v)
{
	__m256 e = _mm256_add_ps(v.a, v.b);
	__m128 q =
	    _mm_add_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));

	q = _mm_add_ps(q, _mm_movehl_ps(q, q));
	return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

static inline float
v_top(struct lanes v)
{
	__m256 e = _mm256_max_ps(v.a, v.b);
	__m128 q =
	    _mm_max_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));

	q = _mm_max_ps(q, _mm_movehl_ps(q, q));
	return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

#include "kernel/lanes.h"
#include "kernel/pack.h"

TARGET_END

const struct kernels kernels_avx2 = {
	.name = "avx2",
	.usable = usable,
	.tiles = avx2_tiles,
	.finish = set_finish,
	.rows_f32 = rows_f32,
	.rows_f16 = rows_f16,
	.rows_bf16 = rows_bf16,
	.cols_f32 = cols_f32,
	.cols_f16 = cols_f16,
	.cols_bf16 = cols_bf16,
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
