#ifndef HUB_LOCK_H
#define HUB_LOCK_H

#include <stdbool.h>

/*
 * lock - flock(2) on the cache's lock files, as huggingface_hub takes them.
 *
 * The files are empty, writable by the group, made when they are missing and
 * never deleted; a lock dies with its process.  A lock is a courtesy (flock
 * does nothing on some network file systems): what is correct rests on
 * renaming, not on locks.
 */
enum { LOCK_BUSY = -2 };

/*
 * Take the lock, waiting for it when wait is true.  The file descriptor, which
 * lock_drop() closes; LOCK_BUSY when another has it; -1 with errstr().
 */
int lock_take(const char *path, bool wait);
void lock_drop(int fd);

/* Does another process hold it?  Makes no file. */
bool lock_held(const char *path);

#endif
