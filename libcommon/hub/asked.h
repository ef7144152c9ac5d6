#ifndef HUB_ASKED_H
#define HUB_ASKED_H

#include <stdbool.h>
#include <stdio.h>

#include "hub/pin.h"

/*
 * asked - what is asked for in a list, of which there are two kinds: lines of
 * a stream, and the pins of a lock file.  each() is called for one repository
 * and the files of it that are named; false means that it failed.
 */
struct asked {
	bool (*each)(void *arg, const char *repo, const char *const *file,
	    size_t n);
	void *arg;
};

/*
 * REPO[@REVISION] a line, and files after tabs.  0; 1 when each() failed for
 * some; -1 with errstr() when the stream can't be read.
 */
int asked_lines(const struct asked *a, FILE *in);

/*
 * Every repository of p, with the files that are pinned when files is true.
 * 0, or 1 when each() failed for some.
 */
int asked_pins(const struct asked *a, const struct pins *p, bool files);

#endif
