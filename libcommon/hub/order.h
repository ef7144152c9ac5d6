#ifndef HUB_ORDER_H
#define HUB_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/pinned.h"
#include "hub/progress.h"
#include "hub/snapshot.h"

/*
 * order - a repository that is to be had, with all that may be asked about it:
 * which files, under which licences, held to which lock file.
 */
struct orders {
	struct hub hub;
	struct cache cache;
	struct choice choice;	/* of each; its type unless a name says more;
				   lenient: what is gone is told and passed
				   over, and the answer is the snapshot */
	const char *allow;	/* licences, or NULL: any */
	const char *dir;	/* NULL: the cache */
	const char *header;	/* print this file's header instead, or NULL */
	const char *lock;	/* the lock file's name, or NULL */
	bool obey;		/* it, rather than fill pins */
	struct pins pins;
	bool dry_run;		/* sizes and states instead of files */
	int jobs;
	bool keep_going;
	struct progress progress;
	void (*tell)(const char *line);		/* a warning; may be NULL */
	void (*report)(const char *line);	/* a failure, others go on */
	char end;		/* of each line of the answer */
};

/*
 * Have REPO[@REVISION], or the named files and directories of it; append what
 * is to be printed to out: its path or theirs, or what was asked for instead.
 * 0, or -1 with errstr().
 */
int order_fill(struct orders *o, const char *text, const char *const *named,
    size_t n, struct buf *out);

#endif
