#ifndef HUB_SCAN_H
#define HUB_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hub/name.h"

/*
 * scan - what a cache holds, repository by repository.
 *
 * Nothing on the disk is trusted: links to directories are not followed, only
 * regular files are opened, and what is damaged becomes a problem to report
 * (a link to nothing: SCAN_BROKEN), not an error.  The disk is never written.
 */
struct scan_blob {
	char *name;		/* its ETag: a hash, for the Hub's files */
	uint64_t size;
	dev_t dev;		/* of the file at the end of all links */
	ino_t ino;
	int64_t used;		/* last access and change, seconds */
	int64_t changed;
	size_t users;		/* snapshot files that lead to it */
};

/* What a snapshot's entry is. */
enum scan_kind {
	SCAN_BLOB,		/* leads to a blob */
	SCAN_COPY,		/* a file itself, or leads to one elsewhere */
	SCAN_BROKEN		/* leads to nothing */
};

struct scan_file {
	char *path;		/* within the snapshot */
	enum scan_kind kind;
	struct scan_blob *blob;	/* of a SCAN_BLOB */
	uint64_t size;
};

struct scan_revision {
	char *commit;
	struct scan_file *file;	/* sorted by path */
	size_t n, cap;
	uint64_t size;		/* a blob that is there twice counts once */
	int64_t used;
	int64_t changed;
	bool marked;		/* for who works on it */
};

struct scan_ref {
	char *name;		/* "main", "refs/pr/1" */
	char commit[COMMIT_LEN + 1];	/* "" when it holds none */
	struct scan_revision *revision;	/* NULL: it is not there */
	bool temporary;		/* about to get its name: none yet */
	bool unread;		/* could not be read: who knows */
	bool marked;
};

/* Sorted by name, all of them. */
struct scan_repo {
	char *dir;		/* absolute */
	char *folder;		/* "models--org--name" */
	char *type;		/* "model", "dataset", "space", "kernel" */
	char *repo;		/* "org/name" */
	struct scan_blob *blob;
	size_t blobs, blobs_cap;
	struct scan_blob *partial;	/* downloads that have not ended */
	size_t partials, partials_cap;
	struct scan_revision *revision;
	size_t revisions, revisions_cap;
	struct scan_ref *ref;
	size_t refs, refs_cap;
	char **problem;		/* "refs/main: why" */
	size_t problems, problems_cap;
	bool incomplete;	/* something could not be looked at: what seems
				   unused may be used */
};

/*
 * The folders of repositories in the cache's root, sorted; all else there is
 * none of ours.  0, or -1 with errstr() when there is no cache.
 */
struct scan_list {
	char **folder;
	size_t n, cap;
};
int scan_root(const char *root, struct scan_list *l);
void scan_list_free(struct scan_list *l);

/* "models--org--name" of a type and a checked name; the caller frees. */
char *scan_folder(const char *type, const char *repo);

/* NULL when it is no folder of a repository; else the type, constant. */
const char *scan_type(const char *folder);

/* Read one of them.  Always succeeds; problem[] says what could not be read. */
void scan_repo(const char *root, const char *folder, struct scan_repo *r);
void scan_free(struct scan_repo *r);

struct scan_revision *scan_commit(const struct scan_repo *r,
    const char *commit);
struct scan_ref *scan_ref(const struct scan_repo *r, const char *name);
struct scan_file *scan_find(const struct scan_revision *v, const char *path);
struct scan_blob *scan_blob(const struct scan_repo *r, const char *name);

#endif
