#ifndef HUB_PLACE_H
#define HUB_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * place - putting files where they belong: whole or not at all.
 *
 * Modes are what the umask leaves, so that a shared cache stays shared.  All
 * return 0, or -1 with errstr(), which names the path.
 *
 * No fsync(), place_keep() apart: it would take longer than the download.
 * kill -9 costs nothing; a power cut within the half minute that the kernel
 * may take to write can leave a new file short or empty.  That is noticed (a
 * blob has another size than the list of files says, a list or a ref can't be
 * read), and whatever is here can be had again.
 */

/* Make the directories that lead to the path, all but its last part. */
int place_parents(const char *path);

/* Write a small file: temporary name, rename. */
int place_write(const char *path, const void *p, size_t n);

/* The same with fsync(): for what nobody could tell us again. */
int place_keep(const char *path, const void *p, size_t n);

int place_rename(const char *from, const char *to);

/* A symbolic link that replaces whatever stands at path. */
int place_link(const char *target, const char *path);

/* Copy a file's content, whole or not at all. */
int place_copy(const char *from, const char *to);

/* Is there a regular file (at the end of all links) of this size? */
bool place_has(const char *path, uint64_t size);

/* Bytes that may still be written to the file system that holds the path, or
 * would hold it. */
int place_room(const char *path, uint64_t *bytes);

#endif
