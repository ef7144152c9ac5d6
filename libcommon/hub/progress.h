#ifndef HUB_PROGRESS_H
#define HUB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * progress - one line on the terminal for all downloads together: bar, bytes,
 * rate, time left.  It counts what is on the disk, so that a file that is
 * tried again does not count twice.
 */
struct progress {
	bool on;
	double last;		/* when the line was drawn */
	double start;
	uint64_t first;		/* bytes that were there at the start */
	bool drawn;
};

struct amount {
	uint64_t bytes, total;
	size_t files, of;
	const char *note;	/* "waiting for another process", or NULL */
};

/* Draw on stderr, if that is a terminal and wanted. */
void progress_open(struct progress *p, bool wanted);
void progress_show(struct progress *p, const struct amount *a);
void progress_clear(struct progress *p);

/* The line, for room columns, into out[room + 1]. */
void progress_line(char *out, size_t room, const struct amount *a,
    double rate);

#endif
