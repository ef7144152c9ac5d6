#ifndef MAP_H
#define MAP_H

#include <stddef.h>

/*
 * map - a file as memory.
 *
 * If another process cuts the file short while it is in use, the program ends
 * with one line that names the file and exit status 1, not with a signal.
 */
struct map {
	const unsigned char *p;
	size_t n;
};

/*
 * It must be a regular file that is not empty; a FIFO or a device is refused
 * without waiting for it.  0, or -1 with errstr(), which names the file.
 */
int map_open(struct map *m, const char *path);
void map_close(struct map *m);

#endif
