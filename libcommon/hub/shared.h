#ifndef HUB_SHARED_H
#define HUB_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/scan.h"

/*
 * shared - the store of blobs that several repositories share.
 *
 * huggingface_hub keeps xet files in blobs/<2 hex>/<xet hash> of the cache's
 * root, marked by a file of its own; a repository's blob is then a link to
 * there, and <hash>.refs lists those links.  That list is a hint: each line
 * is checked on the disk, and where it is missing or can't be read the file
 * stays.  We only ever take from this store.
 */

/*
 * The hash of the store's file that a repository's blob (a path) is a link
 * to; the caller frees.  NULL: it is none.
 */
char *shared_target(const char *root, const char *blob);

/*
 * Remove the store's file of this hash if no link to it is left; path and
 * size are told in *path (the caller's) and *size.  1 removed, or to be
 * removed when dry; 0 still in use or not certain; -1 with errstr().
 */
int shared_sweep(const char *root, const char *hash, bool dry, char **path,
    uint64_t *size);

/* All hashes in the store; nothing when there is no store. */
void shared_list(const char *root, struct scan_list *l);

#endif
