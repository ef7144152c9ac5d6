#include "hub/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "safetensors.h"

/* Most headers are shorter: one request does. */
enum { GUESS = 64 << 10 };

static uint64_t
length_of(const struct buf *b)
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | (unsigned char)b->p[i];
	return n;
}

/* Bytes that are needed, or 0 with errstr(): it is no safetensors file. */
static size_t
bytes_needed(const struct buf *b, int64_t size)
{
	uint64_t n;

	if (b->n < 8)
		return fail("is no safetensors file: has %zu bytes", b->n), 0;
	n = length_of(b);
	if (n > HEADER_MAX || (size >= 0 && n > (uint64_t)size - 8))
		return fail("is no safetensors file: a header of %ju bytes",
		    (uintmax_t)n), 0;
	return (size_t)n + 8;
}

static int
check(const struct buf *b, size_t need, int64_t size, struct buf *out)
{
	struct header h = { 0 };
	size_t n = need - 8;

	if (b->n < need)
		return fail("its header is cut short");
	if (header_parse(&h, b->p + 8, n) < 0)
		return -1;
	if (size >= 0 && h.bytes + need != (uint64_t)size) {
		header_free(&h);
		return fail("the file has %jd bytes, its header wants %ju",
		    (intmax_t)size, (uintmax_t)(h.bytes + need));
	}
	header_free(&h);
	while (n > 0 && b->p[8 + n - 1] == ' ')
		n--;
	buf_add(out, b->p + 8, n);
	return 0;
}

/* Say which file it is that errstr() speaks of. */
static int
of_file(const struct snapshot *s, const char *path)
{
	return fail("%s: %s: %s", s->name->repo, path, errstr());
}

/* What hub_read() says names the file. */
static int
from_hub(const struct snapshot *s, const char *path, struct buf *out)
{
	struct buf b = { 0 };
	int64_t size = -1;
	size_t need = GUESS;
	int r;

	r = hub_read(s->hub, s->name, s->commit, path, GUESS, GUESS, &b,
	    &size);
	if (r == 0 && (need = bytes_needed(&b, size)) == 0)
		r = of_file(s, path);
	if (r == 0 && need > b.n && b.n == GUESS)
		r = hub_read(s->hub, s->name, s->commit, path, need, need, &b,
		    NULL);
	if (r == 0 && check(&b, need, size, out) < 0)
		r = of_file(s, path);
	buf_free(&b);
	return r;
}

static int
read_file(int fd, struct buf *b, int64_t *size, size_t *need)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return fail("%s", strerror(errno));
	*size = st.st_size;
	buf_reserve(b, 8);
	got = read_all(fd, b->p, 8);
	if (got < 0)
		return -1;
	b->n = (size_t)got;
	*need = bytes_needed(b, *size);
	if (*need == 0)
		return -1;
	buf_reserve(b, *need - 8);
	got = read_all(fd, b->p + 8, *need - 8);
	b->n += got < 0 ? 0 : (size_t)got;
	return got < 0 ? -1 : 0;
}

static int
from_file(const char *file, struct buf *out)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC), r;
	struct buf b = { 0 };
	int64_t size = 0;
	size_t need = 0;

	if (fd < 0)
		return fail("%s", strerror(errno));
	r = read_file(fd, &b, &size, &need);
	if (r == 0)
		r = check(&b, need, size, out);
	buf_free(&b);
	close(fd);
	return r;
}

int
remote_header(const struct snapshot *s, const char *path, struct buf *out)
{
	char *file = cache_file(s->store.cache, s->name, s->commit, path);
	int r;

	if (!file_exists(file) && s->unchecked == NULL)
		r = from_hub(s, path, out);
	else if (!file_exists(file))
		r = fail("%s: %s: is not in the cache: %s", s->name->repo,
		    path, s->unchecked);
	else if (from_file(file, out) < 0)
		r = of_file(s, path);
	else
		r = 0;
	free(file);
	return r;
}
