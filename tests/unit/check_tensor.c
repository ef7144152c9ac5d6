#include "unit.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "err.h"
#include "tensor.h"

START_TEST(dtypes_have_the_formats_names_and_sizes)
{
	static const struct {
		const char *name;
		size_t size;
	} want[] = { { "BOOL", 1 }, { "U8", 1 }, { "I8", 1 }, { "F8_E5M2", 1 },
		{ "F8_E4M3", 1 }, { "I16", 2 }, { "U16", 2 }, { "F16", 2 },
		{ "BF16", 2 }, { "I32", 4 }, { "U32", 4 }, { "F32", 4 },
		{ "F64", 8 }, { "I64", 8 }, { "U64", 8 } };
	size_t i;
	int d;

	ck_assert_uint_eq(sizeof want / sizeof *want, DT_COUNT);
	for (i = 0; i < DT_COUNT; i++) {
		d = dtype_parse(want[i].name, strlen(want[i].name));
		ck_assert_int_ge(d, 0);
		ck_assert_str_eq(dtype_name((enum dtype)d), want[i].name);
		ck_assert_uint_eq(dtype_size((enum dtype)d), want[i].size);
	}
	ck_assert_int_eq(dtype_parse("F32x", 4), -1);
	ck_assert_int_eq(dtype_parse("f32", 3), -1);
	ck_assert_int_eq(dtype_parse("", 0), -1);
}
END_TEST

START_TEST(sizes_are_multiplied_with_checks)
{
	const size_t half = (size_t)1 << 32;
	size_t bytes;

	ck_assert_int_eq(tensor_size(DT_F32, 2, (size_t[]){ 3, 5 }, &bytes), 0);
	ck_assert_uint_eq(bytes, 60);
	ck_assert_int_eq(tensor_size(DT_F64, 0, NULL, &bytes), 0);
	ck_assert_uint_eq(bytes, 8);
	ck_assert_int_eq(tensor_size(DT_U8, 2, (size_t[]){ half, half },
	    &bytes), -1);
	ck_assert_int_eq(tensor_size(DT_F32, 1, (size_t[]){ SIZE_MAX / 2 },
	    &bytes), -1);
	/* A zero does not hide what overflows beside it. */
	ck_assert_int_eq(tensor_size(DT_U8, 3, (size_t[]){ 0, half, half },
	    &bytes), -1);
	ck_assert_int_eq(tensor_size(DT_U8, 2, (size_t[]){ half, 0 }, &bytes),
	    0);
	ck_assert_uint_eq(bytes, 0);
}
END_TEST

START_TEST(shapes_are_compared_and_printed)
{
	struct tensor t = { .rank = 3, .dim = { 2, 0, 7 } };
	char text[SHAPE_TEXT];
	int i;

	ck_assert(tensor_is(&t, 3, (size_t[]){ 2, 0, 7 }));
	ck_assert(!tensor_is(&t, 3, (size_t[]){ 2, 1, 7 }));
	ck_assert(!tensor_is(&t, 2, (size_t[]){ 2, 0 }));
	ck_assert_str_eq(tensor_shape(&t, text), "[2,0,7]");
	t.rank = 0;
	ck_assert_str_eq(tensor_shape(&t, text), "[]");
	t.rank = RANK_MAX;
	for (i = 0; i < RANK_MAX; i++)
		t.dim[i] = SIZE_MAX;
	ck_assert_uint_eq(strlen(tensor_shape(&t, text)), 8 * 20 + 7 + 2);
}
END_TEST

static uint64_t
hash_as_f32(enum dtype d, const void *data, size_t n)
{
	struct tensor t = { .dtype = d, .rank = 1, .dim = { n },
		.bytes = n * dtype_size(d) };
	float *out = malloc(n * sizeof *out);
	const uint32_t nan = 0x7fc00000;
	uint64_t h;
	size_t i;

	memcpy(&t.data, &data, sizeof data);
	ck_assert_uint_eq(tensor_count(&t), n);
	tensor_f32(&t, 0, n, out);
	for (i = 0; i < n; i++)
		if (isnan(out[i]))
			memcpy(&out[i], &nan, sizeof nan);
	h = XXH3_64bits(out, n * sizeof *out);
	free(out);
	return h;
}

/* XXH3 of all values as F32: NumPy 2.4.6 for F16, torch 2.15.0 for the rest. */
START_TEST(short_floats_are_those_of_numpy_and_torch)
{
	static uint16_t all[65536];
	uint8_t bytes[256];
	int i;

	for (i = 0; i < 65536; i++)
		all[i] = (uint16_t)i;
	for (i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	ck_assert(hash_as_f32(DT_F16, all, 65536) == 0x8b0b74800c3512f8);
	ck_assert(hash_as_f32(DT_BF16, all, 65536) == 0xf0ede57d7f5455c5);
	ck_assert(hash_as_f32(DT_F8_E4M3, bytes, 256) == 0xfb2b5389cc74cd55);
	ck_assert(hash_as_f32(DT_F8_E5M2, bytes, 256) == 0x027b40ef7f62c594);
}
END_TEST

/* The values are NumPy's: float32(int64(v)). */
START_TEST(integers_are_rounded_once)
{
	int64_t i[] = { 0x4000004000000001, -0x4000004000000001, INT64_MAX,
		16777217, 16777219 };
	uint64_t u[] = { UINT64_MAX, ((uint64_t)1 << 63) + ((uint64_t)1 << 39) +
		1 };
	struct tensor t = { .dtype = DT_I64, .rank = 1, .dim = { 5 },
		.bytes = sizeof i, .data = i };
	float out[5];

	tensor_f32(&t, 0, 5, out);
	ck_assert(out[0] == 0x1.000002p+62f && out[1] == -0x1.000002p+62f);
	ck_assert(out[2] == 0x1p+63f && out[3] == 0x1p+24f);
	ck_assert(out[4] == 0x1.000004p+24f);
	t = (struct tensor){ .dtype = DT_U64, .rank = 1, .dim = { 2 },
		.bytes = sizeof u, .data = u };
	tensor_f32(&t, 1, 1, out);
	ck_assert(out[0] == 0x1.000002p+63f);
	tensor_f32(&t, 0, 1, out);
	ck_assert(out[0] == 0x1p+64f);
}
END_TEST

START_TEST(integers_of_any_width_keep_their_sign)
{
	unsigned char raw[8] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff };
	static const struct {
		enum dtype d;
		int64_t v;
	} want[] = { { DT_I8, -2 }, { DT_U8, 254 }, { DT_I16, -2 },
		{ DT_U16, 65534 }, { DT_I32, -2 }, { DT_U32, 4294967294 },
		{ DT_I64, -2 } };
	struct tensor t = { .rank = 1, .dim = { 1 }, .data = raw };
	uint64_t aligned;
	size_t i;

	memcpy(&aligned, raw, 8);
	t.data = &aligned;
	for (i = 0; i < sizeof want / sizeof *want; i++) {
		t.dtype = want[i].d;
		ck_assert(tensor_int(&t, 0) == want[i].v);
	}
}
END_TEST

UNIT_MAIN("tensor", dtypes_have_the_formats_names_and_sizes,
    sizes_are_multiplied_with_checks, shapes_are_compared_and_printed,
    short_floats_are_those_of_numpy_and_torch, integers_are_rounded_once,
    integers_of_any_width_keep_their_sign)
