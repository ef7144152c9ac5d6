#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/place.h"

/* Is the open file still the one of that name?  Else it locks nothing. */
static bool
current(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
take(int fd, bool wait)
{
	int r;

	do {
		r = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	} while (r < 0 && errno == EINTR);
	/* Where there are no locks there is nobody to wait for. */
	return r < 0 && (errno == ENOLCK || errno == ENOSYS ||
	    errno == EOPNOTSUPP) ? 0 : r;
}

int
lock_take(const char *path, bool wait)
{
	int fd, r;

	if (place_parents(path) < 0)
		return -1;
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC, 0664);
		/* Another user's, in a shared cache: flock() is happy. */
		if (fd < 0 && errno == EACCES)
			fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			    O_CLOEXEC);
		if (fd < 0)
			return fail("%s: %s", path, strerror(errno));
		if (take(fd, wait) < 0) {
			if (errno != EWOULDBLOCK)
				fail("%s: %s", path, strerror(errno));
			r = errno == EWOULDBLOCK ? LOCK_BUSY : -1;
			close(fd);
			return r;
		}
		if (current(fd, path))
			return fd;
		close(fd);
	}
}

void
lock_drop(int fd)
{
	if (fd >= 0)
		close(fd);
}

bool
lock_held(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}
