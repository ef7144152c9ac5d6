#include "hub/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/place.h"
#include "util.h"

/* Written back while more comes in, so that the last fsync() is short. */
enum { FLUSH_BYTES = 8 << 20, READ_BYTES = 1 << 18 };

static int
broken(const struct partial *p)
{
	return fail("%s: %s", p->path, strerror(errno));
}

static int
hash_rest(struct partial *p)
{
	char *b = xmalloc(READ_BYTES);
	ssize_t n;

	while ((n = read_all(p->fd, b, READ_BYTES)) > 0) {
		digest_add(p->digest, b, (size_t)n);
		p->have += (uint64_t)n;
	}
	free(b);
	return n < 0 ? fail("%s: %s", p->path, errstr()) : 0;
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
	p->digest = digest_open(tree_etag(p->file), p->file->size);
	if ((uint64_t)st.st_size > p->file->size)
		return partial_restart(p);
	return hash_rest(p);
}

int
partial_open(struct partial *p, const char *path, const struct tree_file *f)
{
	int r;

	*p = (struct partial){ .path = xstrdup(path), .file = f, .fd = -1 };
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
	digest_add(p->digest, data, n);
	p->have += n;
	if (p->have - p->flushed >= FLUSH_BYTES) {
		sync_file_range(p->fd, (off64_t)p->flushed,
		    (off64_t)(p->have - p->flushed), SYNC_FILE_RANGE_WRITE);
		p->flushed = p->have;
	}
	return 0;
}

int
partial_restart(struct partial *p)
{
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		return broken(p);
	digest_free(p->digest);
	p->digest = digest_open(tree_etag(p->file), p->file->size);
	p->have = p->flushed = 0;
	return 0;
}

int
partial_check(struct partial *p)
{
	char got[DIGEST_TEXT];

	digest_end(p->digest, got);
	p->digest = NULL;
	if (p->have != p->file->size || strcmp(got, tree_etag(p->file)) != 0)
		return 1;
	return fsync(p->fd) < 0 ? broken(p) : 0;
}

void
partial_close(struct partial *p)
{
	if (p->fd >= 0)
		close(p->fd);
	digest_free(p->digest);
	free(p->path);
	*p = (struct partial){ .fd = -1 };
}
