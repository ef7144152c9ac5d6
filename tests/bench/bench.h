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

/*
 * What a call of this many FLOPs reaches, in GFLOP/s.  *peak is what nothing
 * but fused multiply-adds of f32 reach on these threads, measured in turn with
 * it: the clock, and what the CPU's other guests leave, change by the second.
 */
double gflops(struct pool *p, double flops, void (*fn)(void *), void *arg,
    double *peak);

#endif
