#ifndef HUB_STORE_H
#define HUB_STORE_H

#include <stdbool.h>

#include "hub/cache.h"
#include "hub/tree.h"

/*
 * store - where downloaded files go: the cache, or a directory that holds them
 * as they are (huggingface_hub's local_dir, whose notes in
 * .cache/huggingface/ we read and write).
 */
struct store {
	const struct cache *cache;
	const struct hub_name *name;
	const char *commit;
	const char *dir;	/* NULL: the cache */
};

/* Where the file will be; the caller frees, as with all paths. */
char *store_path(const struct store *s, const struct tree_file *f);
char *store_lock(const struct store *s, const struct tree_file *f);

/* Where it grows: the same name in each run, and none of Python's. */
char *store_partial(const struct store *s, const struct tree_file *f);

/* Is it there, without anything left to do?  Nothing is written. */
bool store_has(const struct store *s, const struct tree_file *f);

/* Is it there, or in the cache in another place?  Nothing is read. */
bool store_near(const struct store *s, const struct tree_file *f);

/*
 * Have it without the network, if that can be: the blob is there but not in
 * this snapshot; a file in the directory turns out to be the one; the cache
 * has what the directory lacks.  1 done, 0 no, -1 with errstr().
 */
int store_adopt(const struct store *s, const struct tree_file *f);

/* Give the finished partial file its place.  0, or -1 with errstr(). */
int store_publish(const struct store *s, const struct tree_file *f,
    const char *partial);

/*
 * The commit's list of files as noted here.  It is noted as trees/<commit>.json
 * once every file of it is here (the original takes an incomplete snapshot
 * with such a list for an error), until then in a place of our own.  0, or -1
 * with errstr().
 */
int store_list(const struct store *s, struct tree *t);
int store_note_list(const struct store *s, const struct tree *t);

/* Bytes already there of one that is not whole. */
uint64_t store_started(const struct store *s, const struct tree_file *f);

#endif
