#ifndef HUB_PARTIAL_H
#define HUB_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/digest.h"
#include "hub/tree.h"

/*
 * partial - a file that is being downloaded: written, hashed as it is written,
 * and whatever its end (kill -9 too), left to be continued.
 */
struct partial {
	char *path;
	const struct tree_file *file;	/* borrowed */
	int fd;
	uint64_t have;		/* bytes in the file, all of them hashed */
	uint64_t flushed;	/* those on their way to the disk */
	struct digest *digest;
};

/*
 * Open or create path and hash what is there.  0; 1 when another process is
 * at it; -1 with errstr().
 */
int partial_open(struct partial *p, const char *path,
    const struct tree_file *f);

/* Append; more than the file's size is refused.  0, or -1 with errstr(). */
int partial_write(struct partial *p, const void *data, size_t n);

/* Forget what was written.  0, or -1. */
int partial_restart(struct partial *p);

/*
 * Is it whole and its hash right?  Then it is on the disk to stay and may be
 * renamed: 0.  1 when the hash is wrong, -1 with errstr().  The hash is used
 * up: afterwards only restart, or close.
 */
int partial_check(struct partial *p);

/* Close; the file stays. */
void partial_close(struct partial *p);

#endif
