#include "kernel/kernel.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

/* The fastest first. */
static const struct kernels *const sets[] = {
#if defined __x86_64__
	&kernels_avx512,
	&kernels_avx2,
#endif
	&kernels_ref,
};
enum { SETS = sizeof sets / sizeof *sets };

static struct kernels chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failed[100];

#define FILL(slot)                                                             \
	if (k->slot == NULL)                                                   \
	k->slot = sets[i]->slot

/* What set i lacks comes from those after it; ref lacks nothing. */
static void
fill(struct kernels *k, size_t i)
{
	for (*k = *sets[i]; i < SETS; i++) {
		if (!sets[i]->usable())
			continue;
		FILL(tiles);
		FILL(finish);
		FILL(rows_f32);
		FILL(rows_f16);
		FILL(rows_bf16);
		FILL(cols_f32);
		FILL(cols_f16);
		FILL(cols_bf16);
		FILL(act);
		FILL(layer_norm);
		FILL(rms_norm);
		FILL(softmax);
		FILL(l2_normalize);
		FILL(soften);
		FILL(scale);
		FILL(blend);
		FILL(divide);
	}
}

int
kernels_find(const char *name, struct kernels *k)
{
	size_t i;

	for (i = 0; i < SETS; i++) {
		if (strcmp(sets[i]->name, name) != 0)
			continue;
		if (!sets[i]->usable())
			return fail("this CPU can't run it");
		fill(k, i);
		return 0;
	}
	return fail("no such kernels: there are avx512, avx2 and ref");
}

static void
choose(void)
{
	const char *name = getenv("HF_KERNEL");
	size_t i = 0;

	if (name != NULL && *name != '\0') {
		if (kernels_find(name, &chosen) < 0)
			snprintf(failed, sizeof failed, "%s", errstr());
		return;
	}
	while (!sets[i]->usable())
		i++;
	fill(&chosen, i);
}

int
kernels_choose(void)
{
	pthread_once(&once, choose);
	if (*failed != '\0')
		return fail("HF_KERNEL=%s: %s", getenv("HF_KERNEL"), failed);
	return 0;
}

const struct kernels *
kernels(void)
{
	pthread_once(&once, choose);
	return *failed != '\0' ? &kernels_ref : &chosen;
}
