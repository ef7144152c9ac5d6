#ifndef HUB_VERIFY_H
#define HUB_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/scan.h"

/*
 * verify - are the cache's files what their hashes say?  Offline.
 *
 * A blob's name is the hash of its content: SHA-256 when it has 64 digits,
 * git's SHA-1 when it has 40.  What stands in a snapshot in place of a link
 * is checked against the commit's list of files (trees/), where there is one;
 * so is whether the snapshot is complete.
 */
enum verify_state {
	VERIFY_OK,
	VERIFY_FAILED,		/* wrong content, size or blob; unreadable */
	VERIFY_MISSING,		/* listed, but not there */
	VERIFY_UNKNOWN		/* nothing says what it should be */
};

/* One file of a snapshot, or a blob that no snapshot uses. */
struct verify_line {
	char *path;
	enum verify_state state;
	const char *why;	/* of a failure, constant; NULL: the hash */
	size_t job;		/* what decides, or SIZE_MAX */
};

/* A file whose content is to be hashed, once, whoever uses it. */
struct verify_job {
	char *path;
	char hash[65];		/* what it should be */
	uint64_t size;
	bool sized;		/* the size is known */
	bool done;
	const char *why;	/* NULL when it is right */
};

struct verify {
	struct verify_line *line;
	size_t n, cap;
	struct verify_job *job;
	size_t jobs, jobs_cap;
	size_t count[VERIFY_UNKNOWN + 1];	/* of lines of each state */
};

/*
 * Add what is to be checked in a repository: all of it, or the revisions that
 * are marked and the blobs they use.  root is the cache's.
 */
void verify_add(struct verify *v, const char *root, const struct scan_repo *r,
    bool marked);

/*
 * Hash everything with so many threads, count, and call each() for every line,
 * in order, as soon as it is decided.
 */
void verify_run(struct verify *v, size_t threads,
    void (*each)(void *arg, const struct verify_line *line), void *arg);
void verify_free(struct verify *v);

/*
 * Does the file hold what the hash (40 or 64 digits) and the size say?  NULL,
 * or why not (constant).
 */
const char *verify_file(const char *path, const char *hash, bool sized,
    uint64_t size);

#endif
