/*
 * pack - panels of a matrix, widened to f32; for AVX2 and what has it.
 */
static inline __m256
load_f32(const void *p, size_t i)
{
	return _mm256_loadu_ps((const float *)p + i);
}

static inline __m128i
load_short(const void *p, size_t i)
{
	__m128i v;

	memcpy(&v, (const uint16_t *)p + i, sizeof v);
	return v;
}

static inline __m256
load_f16(const void *p, size_t i)
{
	return _mm256_cvtph_ps(load_short(p, i));
}

static inline __m256
load_bf16(const void *p, size_t i)
{
	__m256i v = _mm256_cvtepu16_epi32(load_short(p, i));

	return _mm256_castsi256_ps(_mm256_slli_epi32(v, 16));
}

static inline float
one_f32(const void *p, size_t i)
{
	return ((const float *)p)[i];
}

static inline float
one_f16(const void *p, size_t i)
{
	return half_to_f32(((const uint16_t *)p)[i]);
}

static inline float
one_bf16(const void *p, size_t i)
{
	return bf16_to_f32(((const uint16_t *)p)[i]);
}

/* Rows r[0..8) of 8 floats become columns: to + 0, 16, 32, ... */
static inline void
transpose8(const __m256 r[8], float *to)
{
	__m256 a[8], b[8];
	int i;

	for (i = 0; i < 4; i++) {
		a[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
		a[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
	}
	for (i = 0; i < 2; i++) {
		b[4 * i] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0x44);
		b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0xee);
		b[4 * i + 2] =
		    _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
		b[4 * i + 3] =
		    _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xee);
	}
	for (i = 0; i < 4; i++) {
		_mm256_storeu_ps(to + i * LANES,
		    _mm256_permute2f128_ps(b[i], b[i + 4], 0x20));
		_mm256_storeu_ps(to + (i + 4) * LANES,
		    _mm256_permute2f128_ps(b[i], b[i + 4], 0x31));
	}
}

#define PACK(type) \
static void \
rows_##type(const void *from, size_t ld, size_t n, size_t k, float *panel) \
{ \
	__m256 r[8]; \
	size_t i, j, h; \
\
	for (i = 0; i + 8 <= k; i += 8) \
		for (h = 0; h < LANES; h += 8) { \
			for (j = 0; j < 8; j++) \
				r[j] = h + j < n \
				    ? load_##type(from, (h + j) * ld + i) \
				    : _mm256_setzero_ps(); \
			transpose8(r, panel + i * LANES + h); \
		} \
	for (; i < k; i++) \
		for (j = 0; j < LANES; j++) \
			panel[i * LANES + j] = \
			    j < n ? one_##type(from, j * ld + i) : 0.0f; \
} \
\
static void \
cols_##type(const void *from, size_t ld, size_t n, size_t k, float *panel) \
{ \
	size_t i, j; \
\
	for (i = 0; i < k; i++, panel += LANES) { \
		if (n == LANES) { \
			_mm256_storeu_ps(panel, load_##type(from, i * ld)); \
			_mm256_storeu_ps(panel + 8, \
			    load_##type(from, i * ld + 8)); \
			continue; \
		} \
		for (j = 0; j < LANES; j++) \
			panel[j] = j < n \
			    ? one_##type(from, i * ld + j) : 0.0f; \
	} \
}

PACK(f32)
PACK(f16)
PACK(bf16)
