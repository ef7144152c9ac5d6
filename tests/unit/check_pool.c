#include "unit.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "pool.h"

enum { PARTS = 1000 };

static void
count(void *arg, size_t i)
{
	atomic_int *n = arg;

	atomic_fetch_add(n + i, 1);
}

START_TEST(every_part_is_done_once)
{
	static atomic_int n[PARTS];
	struct pool *p = pool_open(4);
	size_t parts, i;
	int round;

	ck_assert_uint_eq(pool_threads(p), 4);
	for (round = 0; round < 300; round++) {
		parts = (size_t)(round * 7) % PARTS;
		memset(n, 0, sizeof n);
		pool_run(p, count, n, parts);
		for (i = 0; i < PARTS; i++)
			if (atomic_load(n + i) != (i < parts))
				ck_abort_msg("part %zu of %zu: %d times", i,
				    parts, atomic_load(n + i));
	}
	pool_close(p);
}
END_TEST

START_TEST(many_short_jobs_keep_their_order)
{
	struct pool *p = pool_open(3);
	atomic_int n[2] = { 0, 0 };
	int round;

	for (round = 1; round <= 50000; round++) {
		pool_run(p, count, n, 2);
		if (atomic_load(n) != round || atomic_load(n + 1) != round)
			ck_abort_msg("round %d", round);
	}
	pool_close(p);
}
END_TEST

START_TEST(one_thread_needs_no_other)
{
	struct pool *p = pool_open(1);
	atomic_int n[3] = { 0, 0, 0 };

	ck_assert_uint_eq(pool_threads(p), 1);
	pool_run(p, count, n, 3);
	ck_assert_int_eq(
	    atomic_load(n) + atomic_load(n + 1) + atomic_load(n + 2), 3);
	pool_close(p);
	pool_close(NULL);
}
END_TEST

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

START_TEST(an_idle_pool_burns_no_cpu)
{
	struct pool *p = pool_open(4);
	struct timespec nap = { 0, 300000000 };
	atomic_int n[PARTS] = { 0 };
	double before;

	pool_run(p, count, n, PARTS);
	before = cpu_seconds();
	nanosleep(&nap, NULL);
	ck_assert(cpu_seconds() - before < 0.03);
	pool_close(p);
}
END_TEST

START_TEST(zero_threads_mean_the_cpus_of_the_process)
{
	struct pool *p = pool_open(0);

	ck_assert_uint_ge(pool_threads(p), 1);
	pool_close(p);
}
END_TEST

START_TEST(unknown_kernels_are_an_error)
{
	setenv("HF_KERNEL", "mmx", 1);
	ck_assert_ptr_null(pool_open(1));
	ck_assert_str_eq(errstr(),
	    "HF_KERNEL=mmx: no such kernels: there are avx512, avx2 and ref");
}
END_TEST

START_TEST(kernels_can_be_chosen)
{
	struct pool *p;

	setenv("HF_KERNEL", "ref", 1);
	p = pool_open(1);
	ck_assert_ptr_nonnull(p);
	pool_close(p);
}
END_TEST

UNIT_MAIN("pool", every_part_is_done_once, many_short_jobs_keep_their_order,
    one_thread_needs_no_other, an_idle_pool_burns_no_cpu,
    zero_threads_mean_the_cpus_of_the_process, unknown_kernels_are_an_error,
    kernels_can_be_chosen)
