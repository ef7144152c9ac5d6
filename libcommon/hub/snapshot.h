#ifndef HUB_SNAPSHOT_H
#define HUB_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/api.h"
#include "hub/cache.h"
#include "hub/choose.h"
#include "hub/fetch.h"
#include "hub/store.h"

/*
 * snapshot - a commit of a repository: its revision is resolved once, its
 * files are listed once, and what is missing is fetched.
 *
 * What the cache knows is not asked for again: a commit, its list, its files
 * never change.
 */
struct snapshot {
	struct hub *hub;
	struct hub_name *name;	/* borrowed */
	struct store store;	/* its commit points to the one below */
	char commit[COMMIT_LEN + 1];
	struct tree tree;
	bool listed;		/* the tree is known */
	char *licence;		/* "mit", "unknown"; NULL: not asked for */
	char *unchecked;	/* why the Hub could not be asked, or NULL: then
				   the cache alone has to do */
	const struct tree_file **file;	/* chosen */
	size_t n;
};

/*
 * Which commit?  dir is NULL for the cache.  0, or -1 with errstr();
 * snapshot_free() in both cases.
 */
int snapshot_open(struct snapshot *s, struct hub *h, const struct cache *c,
    struct hub_name *n, const char *dir);
void snapshot_free(struct snapshot *s);

/* Learn the licence, if it is not known yet.  0, or -1 with errstr(). */
int snapshot_licence(struct snapshot *s);

/*
 * Which files?  0; -1 with errstr().  1: the Hub can't be asked and no list is
 * there, so that nobody knows what belongs to the snapshot.
 */
int snapshot_choose(struct snapshot *s, const struct choice *c);

/* The chosen files that are not here: their number; *out is the caller's. */
size_t snapshot_missing(const struct snapshot *s,
    const struct tree_file ***out);

/*
 * Fetch what is missing, and note list and ref.  f has jobs, keep_going,
 * progress and report set.  0, or -1 with errstr().
 */
int snapshot_fetch(struct snapshot *s, struct fetch *f);

/* Where it is: the snapshot's directory, or dir. */
char *snapshot_path(const struct snapshot *s);

#endif
