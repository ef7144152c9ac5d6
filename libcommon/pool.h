#ifndef POOL_H
#define POOL_H

#include <stddef.h>

/*
 * pool - threads that share the work of one operator.
 *
 * How work is split never changes a result: a part computes whole output
 * elements.
 */
struct pool;

/*
 * 0 threads: as many as the CPUs this process may use.  Kernels are chosen
 * here too: NULL with errstr() when HF_KERNEL names a set that can't run.
 */
struct pool *pool_open(size_t threads);
void pool_close(struct pool *p);
size_t pool_threads(const struct pool *p);

/* Call fn(arg, i) for every i < parts, each once; returns when all are done. */
void pool_run(struct pool *p, void (*fn)(void *arg, size_t i), void *arg,
    size_t parts);

#endif
