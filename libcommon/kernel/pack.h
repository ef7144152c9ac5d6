/*
 * pack - panels of a matrix, widened to f32; for AVX2 and what has it.
 */
static inline __m128i
load_short(const void *p, size_t i)
{
	__m128i v;

	memcpy(&v, (const uint16_t *)p + i, sizeof v);
	return v;
}

/* Elements i..i+8; d is a constant wherever this is used. */
static inline __m256
load8(enum dtype d, const void *p, size_t i)
{
	__m256i v;

	if (d == DT_F16)
		return _mm256_cvtph_ps(load_short(p, i));
	if (d == DT_F32)
		return _mm256_loadu_ps((const float *)p + i);
	v = _mm256_cvtepu16_epi32(load_short(p, i));
	return _mm256_castsi256_ps(_mm256_slli_epi32(v, 16));
}

static inline float
load1(enum dtype d, const void *p, size_t i)
{
	if (d == DT_F16)
		return half_to_f32(((const uint16_t *)p)[i]);
	if (d == DT_F32)
		return ((const float *)p)[i];
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

/* Eight k of rows h..h+8, of which there are n in all. */
static inline void
rows8(enum dtype d, const void *from, size_t ld, size_t h, size_t n,
    float *to)
{
	__m256 r[8];
	size_t j;

	for (j = 0; j < 8; j++)
		r[j] = h + j < n ? load8(d, from, (h + j) * ld)
				 : _mm256_setzero_ps();
	transpose8(r, to + h);
}

ALWAYS_INLINE void
pack_rows(enum dtype d, const void *from, size_t ld, size_t n, size_t k,
    float *panel)
{
	const char *p = from;
	size_t i, j, size = d == DT_F32 ? 4 : 2;

	for (i = 0; i + 8 <= k; i += 8, p += 8 * size) {
		rows8(d, p, ld, 0, n, panel + i * LANES);
		rows8(d, p, ld, 8, n, panel + i * LANES);
	}
	for (; i < k; i++)
		for (j = 0; j < LANES; j++)
			panel[i * LANES + j] =
			    j < n ? load1(d, from, j * ld + i) : 0.0f;
}

ALWAYS_INLINE void
pack_cols(enum dtype d, const void *from, size_t ld, size_t n, size_t k,
    float *panel)
{
	size_t i, j;

	for (i = 0; n == LANES && i < k; i++, panel += LANES) {
		_mm256_storeu_ps(panel, load8(d, from, i * ld));
		_mm256_storeu_ps(panel + 8, load8(d, from, i * ld + 8));
	}
	for (; i < k; i++, panel += LANES)
		for (j = 0; j < LANES; j++)
			panel[j] = j < n ? load1(d, from, i * ld + j) : 0.0f;
}

#define PACK(type, d)                                                         \
	static void rows_##type(const void *from, size_t ld, size_t n,        \
	    size_t k, float *panel)                                           \
	{                                                                     \
		pack_rows(d, from, ld, n, k, panel);                          \
	}                                                                     \
	static void cols_##type(const void *from, size_t ld, size_t n,        \
	    size_t k, float *panel)                                           \
	{                                                                     \
		pack_cols(d, from, ld, n, k, panel);                          \
	}

PACK(f32, DT_F32)
PACK(f16, DT_F16)
PACK(bf16, DT_BF16)
