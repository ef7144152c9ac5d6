#ifndef DATA_H
#define DATA_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Numbers in -1..1 that are the same in every run. */
static inline float
next_float(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)((int32_t)*state >> 8) * 0x1p-23f;
}

static inline float *
random_floats(size_t n, uint32_t seed)
{
	float *p = malloc((n ? n : 1) * sizeof *p);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = next_float(&seed);
	return p;
}

/* Equal to the last bit; any NaN is like any other. */
static inline int
same_bits(const float *a, const float *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(a + i, b + i, sizeof *a) != 0 &&
		    !(isnan(a[i]) && isnan(b[i])))
			return 0;
	return 1;
}

#endif
