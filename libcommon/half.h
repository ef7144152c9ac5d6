#ifndef HALF_H
#define HALF_H

#include <stdint.h>
#include <string.h>

/*
 * half - the short float formats, one number at a time: IEEE 754 binary16,
 * bfloat16, and OCP FP8.  Widening is exact.
 */
static inline float
f32_of_bits(uint32_t u)
{
	float f;

	memcpy(&f, &u, sizeof f);
	return f;
}

static inline float
half_to_f32(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, e = h >> 10 & 31;
	uint32_t m = h & 0x3ff;

	if (e == 31)
		return f32_of_bits(sign | 0x7f800000 | m << 13);
	if (e != 0)
		return f32_of_bits(sign | (e + 112) << 23 | m << 13);
	/* m * 2^-24, exact in f32 */
	return (sign ? -1.0f : 1.0f) * (float)m * 0x1p-24f;
}

static inline float
bf16_to_f32(uint16_t h)
{
	return f32_of_bits((uint32_t)h << 16);
}

static inline float
f8_e5m2_to_f32(uint8_t b)
{
	return half_to_f32((uint16_t)(b << 8));
}

/* No infinities; only all ones is NaN. */
static inline float
f8_e4m3_to_f32(uint8_t b)
{
	uint32_t e = b >> 3 & 15, m = b & 7;
	float v;

	if ((b & 0x7f) == 0x7f)
		return f32_of_bits(0x7fc00000);
	v = e == 0 ? (float)m * 0x1p-9f
		   : f32_of_bits((e + 120) << 23 | m << 20);
	return b & 0x80 ? -v : v;
}

#endif
