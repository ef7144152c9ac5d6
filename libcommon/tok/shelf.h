#ifndef TOK_SHELF_H
#define TOK_SHELF_H

#include <sys/uio.h>

/*
 * shelf - a directory of files that can be made again at any time.
 *
 * Nothing here is an error: what can't be written is not kept.
 */
enum { SHELF_FILES = 24 };	/* the newest that are kept */

/*
 * Put a file there, whole or not at all; path names its directory too, which
 * is made if need be.  The array is used up.  Then the oldest of too many
 * files go.
 */
void shelf_put(const char *path, struct iovec *v, int n);

#endif
