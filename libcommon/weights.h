#ifndef WEIGHTS_H
#define WEIGHTS_H

#include <stddef.h>

#include "safetensors.h"
#include "util.h"

/*
 * weights - the weight files of a model: model.safetensors, or the shards that
 * model.safetensors.index.json names.
 */
struct weights {
	struct safetensors *file;
	size_t n;
	const struct tensor **sorted;	/* all tensors by name */
	size_t count;
};

/* NULL with errstr(); pickled weights are refused. */
struct weights *weights_open(const char *dir);
void weights_free(struct weights *w);

/* The tensor of this name, or NULL. */
const struct tensor *weights_find(const struct weights *w, const char *name);

/*
 * Append what identifies the weights, for a stream's chain: for each file its
 * name and the XXH3-128 of its header, and its SHA-256 where the file is a
 * blob of the Hub's cache that is named by it.
 */
void weights_describe(const struct weights *w, struct buf *b);

#endif
