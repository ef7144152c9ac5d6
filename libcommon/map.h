#ifndef MAP_H
#define MAP_H

#include <stddef.h>
#include <sys/types.h>

/*
 * map - a file as memory.
 *
 * If another process cuts the file short while it is in use, the program ends
 * with one line that names the file and exit status 1, not with a signal.
 */
struct map {
	const unsigned char *p;
	size_t n;
	uid_t owner;		/* of the file */
};

/*
 * It must be a regular file that is not empty; a FIFO or a device is refused
 * without waiting for it.  0, or -1 with errstr(), which names the file.
 */
int map_open(struct map *m, const char *path);
void map_close(struct map *m);

/*
 * All of it will be read: have the system put it into place in one call, which
 * takes a small part of the time of a fault for every few pages.
 */
void map_populate(const struct map *m);

#endif
