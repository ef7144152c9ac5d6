#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

#include "pool.h"

/* bench - measuring, for the programs in this directory. */

double now(void);		/* in seconds */

/* n floats in -1..1; the caller frees. */
float *floats(size_t n);

/* The shortest of the calls that fit into a third of a second, in seconds. */
double shortest(void (*fn)(void *), void *arg);

/* What this machine's fused multiply-adds of f32 reach, in GFLOP/s. */
double fma_peak(struct pool *p);

#endif
