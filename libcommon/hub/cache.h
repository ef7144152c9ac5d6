#ifndef HUB_CACHE_H
#define HUB_CACHE_H

/*
 * cache - the Hub's cache on disk, offline.
 *
 * Layout and environment are huggingface_hub's.
 */

/*
 * Find a snapshot in the cache by [org/]name[@revision] (a model; revision: a
 * branch, a tag, a commit; main when there is none).  *dir and *name
 * (name@commit) are the caller's.  0, or -1 with errstr(): "not in the cache;
 * run: hf-fetch org/name".
 */
int hub_find(const char *name, char **dir, char **stream_name);

#endif
