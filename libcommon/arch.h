#ifndef ARCH_H
#define ARCH_H

#include "batch.h"
#include "model.h"
#include "pool.h"

/*
 * arch - an architecture family.
 *
 * To add one, drop a file arch/x.c that defines "const struct arch arch_x":
 * the Makefile's wildcard lists it (build/archs.c is made from the file
 * names).
 */
struct arch {
	const char *const *model_types;	/* config.json's, NULL-terminated */

	/* Check the config, load and check all weights; NULL with errstr(). */
	void *(*load)(const struct model *m, struct pool *pool);

	/* Compute what is wanted of the batch; 0, or -1 with errstr(). */
	int (*forward)(void *net, struct pool *pool, const struct batch *b,
	    struct outputs *o);

	/* What it gives when nothing is asked for, NULL-terminated. */
	const char *const *(*defaults)(const void *net);

	/* Loosest checks before the forward: what the model can take. */
	size_t (*max_positions)(const void *net);
};

/* NULL-terminated, made by the Makefile. */
extern const struct arch *const archs[];

/*
 * A loaded network: the weights of a model and the architecture that the
 * config's model_type names.  NULL with errstr(); it lives as long as the
 * process.
 */
struct net;
struct net *net_open(struct model *m, struct pool *pool);

/*
 * One forward pass: reads input_ids and what goes with them from the frame,
 * adds the outputs to it.  want: names, NULL-terminated, or NULL for the
 * model's defaults.  0, or -1 with errstr().
 */
int net_forward(struct net *n, struct frame *f, const char *const *want);

#endif
