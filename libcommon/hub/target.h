#ifndef HUB_TARGET_H
#define HUB_TARGET_H

#include <stdbool.h>
#include <stdio.h>

#include "hub/scan.h"
#include "util.h"

/*
 * target - what of a cache is meant: [TYPE/]REPO[@REVISION], where TYPE is
 * model (the default), dataset, space or kernel, or its plural; or a line of
 * "hf-cache ls", of which the first three fields count.
 */
struct target {
	char *text;		/* as it was given */
	char *folder;		/* "models--org--name" */
	char *revision;		/* a commit or a ref; NULL: all of it */
	bool found;		/* set by target_match() */
};

struct targets {
	struct target *v;	/* none: everything is meant */
	size_t n, cap;
};

/* Add what a name means.  0, or -1 with errstr(), which names it. */
int target_add(struct targets *t, const char *text);

/* Add one a line; empty lines are nothing.  0, or -1 with errstr(). */
int target_read(struct targets *t, FILE *f);
void target_free(struct targets *t);

/*
 * Is something of the repository meant?  Then the revisions that are get
 * marked, and the refs that are named.
 */
bool target_match(struct targets *t, struct scan_repo *r);

/* Is all of the repository meant, and not only some revisions? */
bool target_whole(const struct targets *t, const struct scan_repo *r);

/*
 * Call each() for every repository of the cache of which something is meant,
 * matched; the repository is freed after it.  0, or -1 with errstr().
 */
int target_each(struct targets *t, const char *root,
    void (*each)(void *arg, struct scan_repo *r), void *arg);

/* What was meant and never found, one a call, each once; NULL at the end. */
const char *target_lost(struct targets *t);

/* Mark the revisions of marked refs: all, or those without another ref. */
void target_refs(struct scan_repo *r, bool all);

#endif
