#ifndef HUB_CACHE_H
#define HUB_CACHE_H

#include <stdbool.h>

#include "hub/env.h"
#include "hub/name.h"
#include "hub/tree.h"

/*
 * cache - the Hub's cache on disk.  Layout and environment are
 * huggingface_hub's, which reads what we write and the other way round:
 *
 *	CACHEDIR.TAG
 *	.locks/models--org--name/<etag>.lock
 *	models--org--name/
 *		refs/<revision>			a commit, 40 digits, no newline
 *		blobs/<etag>			git's SHA-1, or SHA-256 for LFS
 *		snapshots/<commit>/<path>	-> ../../blobs/<etag>
 *		trees/<commit>.json		when the snapshot is complete
 *		.no_exist/<commit>/<path>	the Hub said there is none
 *
 * Nothing here opens a socket.  Paths that are returned are the caller's.
 */
struct cache {
	char *root;		/* absolute */
	bool links;		/* snapshots are made of links, not copies */
};

void cache_open(struct cache *c, const struct env *e);
void cache_close(struct cache *c);

/* Paths, whether there is something or not. */
char *cache_repo(const struct cache *c, const struct hub_name *n);
char *cache_ref(const struct cache *c, const struct hub_name *n);
char *cache_blob(const struct cache *c, const struct hub_name *n,
    const char *etag);
char *cache_snapshot(const struct cache *c, const struct hub_name *n,
    const char *commit);
char *cache_file(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path);
char *cache_tree(const struct cache *c, const struct hub_name *n,
    const char *commit);
char *cache_no_exist(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path);
char *cache_lock(const struct cache *c, const struct hub_name *n,
    const char *etag);

/*
 * The commit that the revision stands for, as far as the cache knows: the
 * revision itself, or what refs/ says.  0, or -1 with errstr().
 */
int cache_commit(const struct cache *c, const struct hub_name *n,
    char commit[COMMIT_LEN + 1]);

/* Where hf-fetch notes the list while the snapshot is not complete. */
char *cache_part_tree(const struct cache *c, const struct hub_name *n,
    const char *commit);

/*
 * The commit's list of files, if one of the two is there.  0, or -1 with
 * errstr().
 */
int cache_list(const struct cache *c, const struct hub_name *n,
    const char *commit, struct tree *t);

/*
 * Is the file in the snapshot, with this size?  A link to nothing, and a blob
 * cut short, do not count.
 */
bool cache_has(const struct cache *c, const struct hub_name *n,
    const char *commit, const struct tree_file *f);

/*
 * Writers.  The snapshot's directory must exist before its ref is written.
 * 0, or -1 with errstr().
 */
extern const char cache_tag[];		/* what a CACHEDIR.TAG holds */
int cache_make(const struct cache *c);	/* the root and its CACHEDIR.TAG */
int cache_write_ref(const struct cache *c, const struct hub_name *n,
    const char *commit);
int cache_write_no_exist(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path);

/*
 * Put the blob into the snapshot.  Where there are no links, a fresh blob is
 * moved there, another is copied.
 */
int cache_link(const struct cache *c, const struct hub_name *n,
    const char *commit, const struct tree_file *f, bool fresh);

/*
 * Find a snapshot in the cache by [org/]name[@revision] (a model; revision: a
 * branch, a tag, a commit; main when there is none).  *dir and *stream_name
 * (name@commit) are the caller's.  0, or -1 with errstr(): "not in the cache;
 * run: hf-fetch org/name".
 */
int hub_find(const char *name, char **dir, char **stream_name);

#endif
