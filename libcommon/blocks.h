#ifndef BLOCKS_H
#define BLOCKS_H

#include "json.h"
#include "ops.h"
#include "weight.h"
#include "weights.h"

/*
 * blocks - what architectures are built from, and how it is loaded.
 *
 * A loader checks every tensor's shape before it is used.  Its first error
 * sticks, so that an architecture loads all it has and asks once whether that
 * went well.
 */
struct loader {
	const struct weights *w;
	const char *prefix;	/* before every name; "" for none */
	bool failed;
	struct weight **pack;	/* to be packed by loader_finish() */
	size_t n_pack, cap_pack;
};

/* y = x W^T + b */
struct linear {
	struct weight *w;
	const float *b;		/* NULL when there is none */
};

/* Layer normalization. */
struct norm {
	const float *w, *b;
	size_t n;
	float eps;
};

/*
 * Files come with and without their model's prefix ("bert."): take the one
 * under which the probe is found.
 */
void loader_prefix(struct loader *l, const char *prefix, const char *probe);

/* The tensor of this name and shape; NULL after an error. */
const struct tensor *load_tensor(struct loader *l, int rank, const size_t *dim,
    const char *name);

/* Does the file have it? */
bool load_has(const struct loader *l, const char *name);

/* name.weight [n,k] and name.bias [n]. */
void load_linear(struct loader *l, struct linear *x, size_t n, size_t k,
    const char *name);

/* One linear of three, stacked: each name[i].weight is [n,k]. */
void load_linear3(struct loader *l, struct linear *x, size_t n, size_t k,
    char name[3][128]);

/* A matrix for products without a bias, or one for gathering rows only. */
struct weight *load_matrix(struct loader *l, size_t n, size_t k,
    const char *name);
struct weight *load_table(struct loader *l, size_t n, size_t k,
    const char *name);

/* A vector [n] as f32. */
const float *load_vector(struct loader *l, size_t n, const char *name);

/* name.weight and name.bias, or the older gamma and beta. */
void load_norm(struct loader *l, struct norm *x, size_t n, float eps,
    const char *name);

/* Pack what was loaded.  0, or -1 with errstr() of the first error. */
int loader_finish(struct loader *l, struct pool *p);

/* y[m,N] = epilogue(x[m,K] W^T + b), rows close together. */
void linear(struct pool *p, const struct linear *l, const float *x, size_t m,
    enum act act, const float *residual, float *y);
void norm(struct pool *p, const struct norm *n, const float *x, size_t m,
    float *y);

/* Buffers that grow and are used again; each is named by a small number. */
enum { SCRATCH_MAX = 12 };
struct scratch {
	float *p[SCRATCH_MAX];
	size_t cap[SCRATCH_MAX];
};
float *scratch(struct scratch *s, int which, size_t n);

/* A table and the row of it that each token adds. */
struct lookup {
	const struct weight *table;
	const int32_t *ids;	/* [rows] */
};

/* x[rows,D] = the sum of the looked-up rows, in the order given. */
void embed(struct pool *p, const struct lookup *from, size_t n, size_t rows,
    float *x);

#endif
