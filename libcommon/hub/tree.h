#ifndef HUB_TREE_H
#define HUB_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

/*
 * tree - the list of a commit's files, with sizes and hashes.
 *
 * It comes from the Hub's /tree/ or from trees/<commit>.json in the cache,
 * and never changes.  Names in it have passed name_check_file().
 */
struct tree_file {
	char *path;
	uint64_t size;
	char oid[41];		/* git's SHA-1 of the blob; of the pointer
				   text when it is an LFS file */
	char sha256[65];	/* of an LFS file's content, else "" */
	char xet[65];		/* or "" */
};

struct tree {
	struct tree_file *file;	/* sorted by path */
	size_t n;
	size_t cap;
};

/* The name of the file's blob: its ETag on the Hub. */
const char *tree_etag(const struct tree_file *f);

struct tree_file *tree_find(const struct tree *t, const char *path);

/*
 * Add one page of the Hub's /tree/ answer; sort when all are in, which refuses
 * a name that stands twice.  0, or -1 with errstr().
 */
int tree_add_page(struct tree *t, json *page);
int tree_sort(struct tree *t);

/* huggingface_hub's trees/<commit>.json.  0, or -1 with errstr(). */
int tree_load(struct tree *t, const char *path);
int tree_save(const struct tree *t, const char *path);

/* Is there a list, of whatever version, and not a damaged one? */
bool tree_there(const char *path);

void tree_free(struct tree *t);

#endif
