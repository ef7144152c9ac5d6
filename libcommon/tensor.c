#include "tensor.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "half.h"

static const struct {
	const char *name;
	size_t size;
} types[DT_COUNT] = {
	[DT_BOOL] = { "BOOL", 1 },
	[DT_U8] = { "U8", 1 },
	[DT_I8] = { "I8", 1 },
	[DT_F8_E5M2] = { "F8_E5M2", 1 },
	[DT_F8_E4M3] = { "F8_E4M3", 1 },
	[DT_I16] = { "I16", 2 },
	[DT_U16] = { "U16", 2 },
	[DT_F16] = { "F16", 2 },
	[DT_BF16] = { "BF16", 2 },
	[DT_I32] = { "I32", 4 },
	[DT_U32] = { "U32", 4 },
	[DT_F32] = { "F32", 4 },
	[DT_F64] = { "F64", 8 },
	[DT_I64] = { "I64", 8 },
	[DT_U64] = { "U64", 8 },
};

const char *
dtype_name(enum dtype d)
{
	return types[d].name;
}

size_t
dtype_size(enum dtype d)
{
	return types[d].size;
}

int
dtype_parse(const char *name, size_t n)
{
	int i;

	for (i = 0; i < DT_COUNT; i++)
		if (strlen(types[i].name) == n &&
		    memcmp(types[i].name, name, n) == 0)
			return i;
	return -1;
}

int
tensor_size(enum dtype d, int rank, const size_t *dim, size_t *bytes)
{
	size_t n = types[d].size;
	bool zero = false;
	int i;

	/* A zero must not hide what overflows beside it. */
	for (i = 0; i < rank; i++) {
		if (dim[i] == 0)
			zero = true;
		else if (__builtin_mul_overflow(n, dim[i], &n))
			return fail("is larger than any memory");
	}
	*bytes = zero ? 0 : n;
	return 0;
}

size_t
tensor_count(const struct tensor *t)
{
	return t->bytes / types[t->dtype].size;
}

int
tensor_is(const struct tensor *t, int rank, const size_t *dim)
{
	int i;

	if (t->rank != rank)
		return 0;
	for (i = 0; i < rank; i++)
		if (t->dim[i] != dim[i])
			return 0;
	return 1;
}

char *
tensor_shape(const struct tensor *t, char out[SHAPE_TEXT])
{
	size_t n = 1;
	int i;

	out[0] = '[';
	for (i = 0; i < t->rank; i++)
		n += (size_t)snprintf(out + n, SHAPE_TEXT - n, "%s%zu",
		    i ? "," : "", t->dim[i]);
	snprintf(out + n, SHAPE_TEXT - n, "]");
	return out;
}

/* One rounding only: an int64 on its way through double would have two. */
static float
element(const struct tensor *t, size_t i)
{
	switch (t->dtype) {
	case DT_F64:
		return (float)((const double *)t->data)[i];
	case DT_F16:
		return half_to_f32(((const uint16_t *)t->data)[i]);
	case DT_BF16:
		return bf16_to_f32(((const uint16_t *)t->data)[i]);
	case DT_F8_E5M2:
		return f8_e5m2_to_f32(((const uint8_t *)t->data)[i]);
	case DT_F8_E4M3:
		return f8_e4m3_to_f32(((const uint8_t *)t->data)[i]);
	case DT_U64:
		return (float)((const uint64_t *)t->data)[i];
	default:
		return (float)tensor_int(t, i);
	}
}

void
tensor_f32(const struct tensor *t, size_t from, size_t n, float *out)
{
	size_t i;

	if (t->dtype == DT_F32) {
		memcpy(out, (const float *)t->data + from, n * sizeof *out);
		return;
	}
	for (i = 0; i < n; i++)
		out[i] = element(t, from + i);
}

int64_t
tensor_int(const struct tensor *t, size_t i)
{
	switch (t->dtype) {
	case DT_BOOL:
	case DT_U8:
		return ((const uint8_t *)t->data)[i];
	case DT_I8:
		return ((const int8_t *)t->data)[i];
	case DT_I16:
		return ((const int16_t *)t->data)[i];
	case DT_U16:
		return ((const uint16_t *)t->data)[i];
	case DT_I32:
		return ((const int32_t *)t->data)[i];
	case DT_U32:
		return ((const uint32_t *)t->data)[i];
	case DT_U64:
	case DT_I64:
		return ((const int64_t *)t->data)[i];
	default:
		return 0;
	}
}
