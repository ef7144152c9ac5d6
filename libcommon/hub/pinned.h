#ifndef HUB_PINNED_H
#define HUB_PINNED_H

#include "hub/pin.h"
#include "hub/snapshot.h"

/*
 * pinned - a snapshot is held to a lock file, or written into one.
 */

/*
 * The pinned files of the repository that were asked for: all of them when
 * nothing is named.  Every name must be in the lock file.  *list (the caller's)
 * points into p; its length, or 0 with errstr().
 */
size_t pinned_choose(const struct pins *p, const char *repo,
    const struct choice *asked, const char ***list);

/*
 * Do the chosen files agree with their pins, as far as the Hub's list says
 * (before a byte is fetched), and in their content (afterwards)?
 */
int pinned_agree(const struct pins *p, const char *repo,
    const struct snapshot *s);
int pinned_verify(const struct pins *p, const char *repo,
    const struct snapshot *s);

/* Pin the chosen files, which are here, in the place of the repository's old
 * pins. */
int pinned_record(struct pins *p, const char *repo, const struct snapshot *s);

#endif
