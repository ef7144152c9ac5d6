#include "hub/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "err.h"
#include "util.h"

enum { COPY_BYTES = 1 << 20, SHARE_BYTES = 1 << 30 };

static int
broken(const char *path)
{
	return fail("%s: %s", path, strerror(errno));
}

int
place_parents(const char *path)
{
	char *p = xstrdup(path), *slash;
	int r = 0;

	/* Most often they are there. */
	slash = strrchr(p, '/');
	if (slash == NULL || slash == p)
		goto out;
	*slash = '\0';
	if (dir_exists(p))
		goto out;
	r = place_parents(p);
	if (r == 0 && mkdir(p, 0777) < 0 && errno != EEXIST)
		r = broken(p);
out:
	free(p);
	return r;
}

/* A name beside path that nobody else uses. */
static char *
temporary(const char *path)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof n, GRND_NONBLOCK) != sizeof n)
		n = (uint32_t)getpid();
	return xprintf("%s.%08x.tmp", path, n);
}

static int
create(const char *path)
{
	return open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int
place_rename(const char *from, const char *to)
{
	return rename(from, to) < 0 ? broken(to) : 0;
}

/* Close what was written to tmp and give it its name, or remove it. */
static int
finish(int fd, int r, const char *tmp, const char *path)
{
	if (close(fd) < 0 && r == 0)
		r = broken(path);
	if (r == 0 && rename(tmp, path) < 0)
		r = broken(path);
	if (r < 0)
		unlink(tmp);
	return r;
}

static int
put(const char *path, const void *p, size_t n, bool sync)
{
	char *tmp;
	int fd, r;

	if (place_parents(path) < 0)
		return -1;
	tmp = temporary(path);
	fd = create(tmp);
	if (fd < 0)
		r = broken(path);
	else if (write_all(fd, p, n) < 0)
		r = finish(fd, fail("%s: %s", path, errstr()), tmp, path);
	else if (sync && fsync(fd) < 0)
		r = finish(fd, broken(path), tmp, path);
	else
		r = finish(fd, 0, tmp, path);
	free(tmp);
	return r;
}

int
place_write(const char *path, const void *p, size_t n)
{
	return put(path, p, n, false);
}

int
place_keep(const char *path, const void *p, size_t n)
{
	return put(path, p, n, true);
}

int
place_link(const char *target, const char *path)
{
	char *tmp;
	int r = 0;

	if (place_parents(path) < 0)
		return -1;
	if (symlink(target, path) == 0)
		return 0;
	if (errno != EEXIST)
		return broken(path);
	tmp = temporary(path);
	if (symlink(target, tmp) < 0)
		r = broken(path);
	else if (rename(tmp, path) < 0) {
		r = broken(path);
		unlink(tmp);
	}
	free(tmp);
	return r;
}

/* The kernel copies, or shares the blocks where the file system can. */
static int
pump(int in, int out)
{
	char *b;
	ssize_t n;
	int r = 0;

	while ((n = copy_file_range(in, NULL, out, NULL, SHARE_BYTES, 0)) > 0)
		;
	if (n == 0)
		return 0;
	/* Between these two it can't, or no further: go on by hand. */
	b = xmalloc(COPY_BYTES);

	while (r == 0 && (n = read_all(in, b, COPY_BYTES)) != 0)
		r = n < 0 ? -1 : write_all(out, b, (size_t)n);
	free(b);
	return r;
}

int
place_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, r;
	char *tmp;

	if (in < 0)
		return broken(from);
	tmp = temporary(to);
	if (place_parents(to) < 0)
		r = -1;
	else if ((out = create(tmp)) < 0)
		r = broken(to);
	else if (pump(in, out) < 0)
		r = finish(out, fail("%s: %s", to, errstr()), tmp, to);
	else
		r = finish(out, 0, tmp, to);
	close(in);
	free(tmp);
	return r;
}

bool
place_has(const char *path, uint64_t size)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == size;
}

/* Cut the last part off: "a/b" to "a", "/a" to "/", "a" to ".". */
static bool
up(char *p)
{
	char *slash = strrchr(p, '/');

	if (slash == NULL) {
		if (strcmp(p, ".") == 0)
			return false;
		memcpy(p, ".", 2);
		return true;
	}
	if (slash == p && p[1] == '\0')
		return false;
	slash[slash == p] = '\0';
	return true;
}

int
place_room(const char *path, uint64_t *bytes)
{
	char *p = xstrdup(path);
	struct statvfs v;
	int r;

	while ((r = statvfs(p, &v)) < 0 &&
	    (errno == ENOENT || errno == ENOTDIR) && up(p))
		;
	if (r < 0)
		r = broken(path);
	else if (__builtin_mul_overflow((uint64_t)v.f_bavail,
	    (uint64_t)v.f_frsize, bytes))
		*bytes = UINT64_MAX;
	free(p);
	return r;
}
