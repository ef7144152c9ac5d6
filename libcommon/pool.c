#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "err.h"
#include "kernel/kernel.h"
#include "util.h"

enum {
	THREADS_MAX = 256,
	SPIN_NS = 20000, /* longer than the gap between two operators */
	STACK = 2 << 20  /* kernels have their scratch there */
};

/*
 * A job's parts are handed out by the ticket: the job's number in the upper
 * half, the next part in the lower.  A thread that is late for one job can't
 * take a part of the next by mistake: its compare-and-swap fails.  While the
 * fields of a job are written, the part is CLOSED.
 */
#define CLOSED UINT32_MAX

struct pool {
	_Atomic uint64_t ticket;
	void (*_Atomic fn)(void *, size_t);
	void *_Atomic arg;
	_Atomic size_t parts;
	_Atomic size_t done;

	pthread_mutex_t lock;
	pthread_cond_t wake;  /* a job has come, or the end */
	pthread_cond_t ready; /* the last part is done */
	atomic_size_t asleep;
	atomic_bool waiting, closing;

	size_t threads; /* with the caller's */
	pthread_t worker[THREADS_MAX];
};

static bool
spent(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000000000 +
		   (now.tv_nsec - from->tv_nsec) >
	       SPIN_NS;
}

static void
relax(void)
{
#if defined __x86_64__
	__builtin_ia32_pause();
#endif
}

/* Do parts of the current job until none is left. */
static void
work(struct pool *p)
{
	uint64_t t = atomic_load(&p->ticket);
	void (*fn)(void *, size_t);
	size_t parts;
	void *arg;

	for (;;) {
		fn = atomic_load(&p->fn);
		arg = atomic_load(&p->arg);
		parts = atomic_load(&p->parts);
		if ((uint32_t)t == CLOSED || (uint32_t)t >= parts)
			return;
		if (!atomic_compare_exchange_weak(&p->ticket, &t, t + 1))
			continue;
		fn(arg, (uint32_t)t);
		if (atomic_fetch_add(&p->done, 1) + 1 == parts &&
		    atomic_load(&p->waiting)) {
			pthread_mutex_lock(&p->lock);
			pthread_cond_signal(&p->ready);
			pthread_mutex_unlock(&p->lock);
		}
		t = atomic_load(&p->ticket);
	}
}

static bool
idle(struct pool *p, uint64_t job)
{
	return atomic_load(&p->ticket) >> 32 == job &&
	       !atomic_load(&p->closing);
}

/* Wait for a job after this one: awake for a moment, then asleep. */
static void
wait_job(struct pool *p, uint64_t job)
{
	struct timespec from;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		for (i = 0; i < 64; i++) {
			if (!idle(p, job))
				return;
			relax();
		}
	while (!spent(&from));
	pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->asleep, 1);
	while (idle(p, job))
		pthread_cond_wait(&p->wake, &p->lock);
	atomic_fetch_sub(&p->asleep, 1);
	pthread_mutex_unlock(&p->lock);
}

static void *
worker(void *arg)
{
	struct pool *p = arg;
	uint64_t job = 0;

	for (;;) {
		wait_job(p, job);
		if (atomic_load(&p->closing))
			return NULL;
		job = atomic_load(&p->ticket) >> 32;
		work(p);
	}
}

struct pool *
pool_open(size_t threads)
{
	pthread_attr_t attr;
	struct pool *p;

	if (kernels_choose() < 0)
		return NULL;
	p = xcalloc(1, sizeof *p);
	if (threads == 0)
		threads = usable_cpus();
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_cond_init(&p->ready, NULL);
	atomic_store(&p->ticket, CLOSED);
	/* Fewer threads than asked for are no error: the results are equal. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (p->threads = 1; p->threads < threads; p->threads++)
		if (pthread_create(&p->worker[p->threads], &attr, worker, p))
			break;
	pthread_attr_destroy(&attr);
	return p;
}

void
pool_close(struct pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->closing, true);
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (i = 1; i < p->threads; i++)
		pthread_join(p->worker[i], NULL);
	pthread_cond_destroy(&p->ready);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

size_t
pool_threads(const struct pool *p)
{
	return p->threads;
}

static void
publish(struct pool *p, void (*fn)(void *, size_t), void *arg, size_t parts)
{
	uint64_t job = (atomic_load(&p->ticket) >> 32) + 1;

	atomic_store(&p->ticket, (job - 1) << 32 | CLOSED);
	atomic_store(&p->fn, fn);
	atomic_store(&p->arg, arg);
	atomic_store(&p->parts, parts);
	atomic_store(&p->done, 0);
	atomic_store(&p->ticket, job << 32);
	if (atomic_load(&p->asleep) == 0)
		return;
	pthread_mutex_lock(&p->lock);
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* Wait until the others have done the parts they took. */
static void
wait_done(struct pool *p, size_t parts)
{
	struct timespec from;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		for (i = 0; i < 64; i++) {
			if (atomic_load(&p->done) == parts)
				return;
			relax();
		}
	while (!spent(&from));
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->waiting, true);
	while (atomic_load(&p->done) != parts)
		pthread_cond_wait(&p->ready, &p->lock);
	atomic_store(&p->waiting, false);
	pthread_mutex_unlock(&p->lock);
}

void
pool_run(
    struct pool *p, void (*fn)(void *arg, size_t i), void *arg, size_t parts)
{
	size_t i;

	if (p->threads == 1 || parts <= 1) {
		for (i = 0; i < parts; i++)
			fn(arg, i);
		return;
	}
	publish(p, fn, arg, parts);
	work(p);
	wait_done(p, parts);
}
