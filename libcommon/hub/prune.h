#ifndef HUB_PRUNE_H
#define HUB_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/scan.h"

/*
 * prune - taking things out of a cache.
 *
 * References go first, then lists and links, blobs last: whenever it is
 * stopped, what is left is a cache without damage.  Only what lies in the
 * repository's own directory is removed; no link is followed.  A blob goes
 * under its lock, and only when no snapshot uses it at that moment; where a
 * download is running, nothing is taken away from it.
 */
struct prune {
	const char *root;
	bool dry;		/* say what would go, and touch nothing */
	int64_t before;		/* younger partial files stay: seconds */
	/* Told of everything that goes, and how many bytes it frees. */
	void (*gone)(void *arg, const char *path, uint64_t size);
	void *arg;
	uint64_t freed;
	size_t busy;		/* blobs left alone as someone uses them */
};

/* All return 0, or -1 with errstr(). */

/*
 * Remove the marked revisions, the refs that name them and the blobs that
 * only they use; the whole repository when all are marked.
 */
int prune_marked(struct prune *p, const struct scan_repo *r);

/* Remove the repository, whatever it holds. */
int prune_repo(struct prune *p, const struct scan_repo *r);

/* Remove one ref and nothing else. */
int prune_ref(struct prune *p, const struct scan_repo *r,
    const struct scan_ref *ref);

/*
 * Remove what is of no use to anybody: blobs that no snapshot uses, partial
 * files and empty repositories from before p->before, links to nothing, refs
 * that name no snapshot.
 */
int prune_garbage(struct prune *p, const struct scan_repo *r);

/* The same for the store of shared blobs. */
int prune_store(struct prune *p);

#endif
