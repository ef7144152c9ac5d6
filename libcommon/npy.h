#ifndef NPY_H
#define NPY_H

#include <stddef.h>

#include "tensor.h"

/*
 * npy - NumPy's array files, version 1.0, as numpy.save() writes them.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * The header's length does not depend on dim[0]: a file whose rows are not
 * counted yet gets its header rewritten in place at the end.
 */
enum { NPY_HEADER_MAX = 384 };

/* The header into out; its length, a multiple of 64. */
size_t npy_header(char out[NPY_HEADER_MAX], enum dtype d, int rank,
    const size_t *dim);

/*
 * Write the tensor as a file.  BF16 and the FP8 types, which NumPy lacks, are
 * widened to F32.  0, or -1 with errstr().
 */
int npy_write(int fd, const struct tensor *t);

#endif
