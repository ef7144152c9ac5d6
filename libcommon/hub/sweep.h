#ifndef HUB_SWEEP_H
#define HUB_SWEEP_H

#include "hub/prune.h"
#include "hub/target.h"

/*
 * sweep - what of a repository is to go: what was named, or what nobody needs.
 * How it goes is prune's business.
 */

/*
 * Remove what is meant: all of it, or its marked revisions and refs.  0, or -1
 * with errstr(), also when a download stood in the way of some.
 */
int sweep_meant(struct prune *p, const struct targets *t, struct scan_repo *r);

/*
 * Remove the garbage, and before it the revisions that no ref names if they
 * are not wanted either.  0, or -1 with errstr(); a repository that is a link
 * is left alone, and 1 says so in errstr().
 */
int sweep_unneeded(struct prune *p, struct scan_repo *r, bool detached);

/* "90s", "5m", "12h", "7d", "2w", or seconds.  0, or -1 with errstr(). */
int sweep_age(const char *s, int64_t *seconds);

#endif
