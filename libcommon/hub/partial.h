#ifndef HUB_PARTIAL_H
#define HUB_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/tree.h"

/*
 * partial - a file that is being downloaded: written, hashed as it is written,
 * and whatever its end (kill -9 too), left to be continued.
 *
 * A thread follows the file: it hashes what is in it, also what a former run
 * left there, and at the end says whether the hash is right.
 */
struct partial {
	char *path;
	const struct tree_file *file;	/* borrowed */
	int fd;				/* -1: not open */
	uint64_t have;			/* bytes in the file */
	void (*wake)(void *arg);	/* called by the thread at its end */
	void *arg;
	struct follower *follower;
};

/*
 * Open or create path.  0; 1 when another process is at it; -1 with errstr().
 */
int partial_open(struct partial *p, const char *path,
    const struct tree_file *f, void (*wake)(void *arg), void *arg);

/* Append; more than the file's size is refused.  0, or -1 with errstr(). */
int partial_write(struct partial *p, const void *data, size_t n);

/* Forget what was written.  0, or -1. */
int partial_restart(struct partial *p);

/*
 * The file is whole: is it right?  PARTIAL_WAIT until that is known (then
 * wake() is called); PARTIAL_WRONG hash; PARTIAL_BROKEN with errstr().
 * PARTIAL_RIGHT: it may be renamed.
 */
enum partial_state {
	PARTIAL_WAIT, PARTIAL_RIGHT, PARTIAL_WRONG, PARTIAL_BROKEN
};
enum partial_state partial_check(struct partial *p);

/* Close; the file stays. */
void partial_close(struct partial *p);

#endif
