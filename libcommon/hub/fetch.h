#ifndef HUB_FETCH_H
#define HUB_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/api.h"
#include "hub/progress.h"
#include "hub/store.h"

/*
 * fetch - download files of one commit, several at a time.
 *
 * Each file is locked, continued where a former run left it, hashed as it is
 * written and given its name only when the hash is right.
 */
struct fetch {
	struct hub *hub;
	struct store store;
	int jobs;		/* downloads at a time */
	bool keep_going;	/* when one fails, go on with the others */
	struct progress *progress;
	/* Called for each file that failed, when others go on. */
	void (*report)(const char *message);
};

/* 0 all are there; -1 with errstr(). */
int fetch_files(struct fetch *f, const struct tree_file *const *file,
    size_t n);

/*
 * Do the files fit?  0, or -1 with errstr(): before anything is written.
 */
int fetch_room(const struct store *s, const struct tree_file *const *file,
    size_t n);

#endif
