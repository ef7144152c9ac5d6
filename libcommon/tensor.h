#ifndef TENSOR_H
#define TENSOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * tensor - dtypes, shapes and views.  The names of dtypes and their sizes are
 * those of the safetensors format.
 */
enum dtype {
	DT_BOOL, DT_U8, DT_I8, DT_F8_E5M2, DT_F8_E4M3, DT_I16, DT_U16, DT_F16,
	DT_BF16, DT_I32, DT_U32, DT_F32, DT_F64, DT_I64, DT_U64, DT_COUNT
};

enum { RANK_MAX = 8 };

/* A view: row-major, contiguous.  Whoever made it owns name and data. */
struct tensor {
	const char *name;
	enum dtype dtype;
	int rank;
	size_t dim[RANK_MAX];
	size_t bytes;		/* of data */
	void *data;		/* aligned for the dtype */
};

const char *dtype_name(enum dtype d);
size_t dtype_size(enum dtype d);

/* The dtype of this name, or -1. */
int dtype_parse(const char *name, size_t n);

/*
 * Bytes of a tensor of this shape, multiplied with checks.  0, or -1 with
 * errstr() when they do not fit into a size_t.
 */
int tensor_size(enum dtype d, int rank, const size_t *dim, size_t *bytes);

/* The number of elements; 1 for a scalar (rank 0). */
size_t tensor_count(const struct tensor *t);

/* Is the shape dim[0..rank)?  For tests: tensor_is(t, 2, (size_t[]){ n, k }).
 */
int tensor_is(const struct tensor *t, int rank, const size_t *dim);

/* "[512,768]" into out, which has room for it; returns out. */
enum { SHAPE_TEXT = 200 };
char *tensor_shape(const struct tensor *t, char out[SHAPE_TEXT]);

/*
 * Elements from..from+n of any dtype as f32: exact for what f32 can hold,
 * else rounded to nearest even.
 */
void tensor_f32(const struct tensor *t, size_t from, size_t n, float *out);

/* Element i of an integer or bool tensor. */
int64_t tensor_int(const struct tensor *t, size_t i);

#endif
