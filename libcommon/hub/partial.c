#include "hub/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/follow.h"
#include "hub/place.h"
#include "util.h"

static int
broken(const struct partial *p)
{
	return fail("%s: %s", p->path, strerror(errno));
}

/*
 * The one who had the lock may have renamed or removed the file while we
 * opened it: then it is no longer the one that path names.
 */
static bool
still_named(const struct partial *p, const struct stat *st)
{
	struct stat now;

	return lstat(p->path, &now) == 0 && now.st_ino == st->st_ino &&
	    now.st_dev == st->st_dev;
}

static void
start(struct partial *p)
{
	p->follower = follow_start(p->fd, tree_etag(p->file), p->file->size,
	    p->wake, p->arg);
	follow_grown(p->follower, p->have);
}

static int
take_over(struct partial *p)
{
	struct stat st;

	if (flock(p->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return 1;
	if (fstat(p->fd, &st) < 0)
		return broken(p);
	if (!S_ISREG(st.st_mode))
		return fail("%s: is not a regular file", p->path);
	if (!still_named(p, &st))
		return 1;
	if ((uint64_t)st.st_size > p->file->size)
		return partial_restart(p);
	p->have = (uint64_t)st.st_size;
	if (lseek(p->fd, 0, SEEK_END) < 0)
		return broken(p);
	start(p);
	return 0;
}

int
partial_open(struct partial *p, const char *path, const struct tree_file *f,
    void (*wake)(void *arg), void *arg)
{
	int r;

	*p = (struct partial){ .path = xstrdup(path), .file = f, .fd = -1,
		.wake = wake, .arg = arg };
	if (place_parents(path) < 0) {
		partial_close(p);
		return -1;
	}
	p->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC, 0666);
	r = p->fd < 0 ? broken(p) : take_over(p);
	if (r != 0)
		partial_close(p);
	return r;
}

int
partial_write(struct partial *p, const void *data, size_t n)
{
	if (n > p->file->size - p->have)
		return fail("%s: more than the %ju bytes that were announced",
		    p->file->path, (uintmax_t)p->file->size);
	if (write_all(p->fd, data, n) < 0)
		return fail("%s: %s", p->path, errstr());
	p->have += n;
	follow_grown(p->follower, p->have);
	return 0;
}

int
partial_restart(struct partial *p)
{
	follow_end(p->follower);
	p->follower = NULL;
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		return broken(p);
	p->have = 0;
	start(p);
	return 0;
}

enum partial_state
partial_check(struct partial *p)
{
	switch (follow_state(p->follower)) {
	case FOLLOW_RIGHT:
		return PARTIAL_RIGHT;
	case FOLLOW_WRONG:
		return PARTIAL_WRONG;
	case FOLLOW_BROKEN:
		fail("%s: %s", p->path, errstr());
		return PARTIAL_BROKEN;
	case FOLLOW_BUSY:
		break;
	}
	return PARTIAL_WAIT;
}

void
partial_close(struct partial *p)
{
	follow_end(p->follower);
	if (p->fd >= 0)
		close(p->fd);
	free(p->path);
	*p = (struct partial){ .fd = -1 };
}
