#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"

static void *
checked(void *p)
{
	if (p == NULL)
		die("out of memory");
	return p;
}

void *
xmalloc(size_t n)
{
	return checked(malloc(n ? n : 1));
}

void *
xmalloc_large(size_t n)
{
	enum { HUGE_PAGE = 2 << 20 };
	size_t align = n < HUGE_PAGE ? 64 : HUGE_PAGE;
	void *p;

	if (n > SIZE_MAX / 2)
		die("out of memory");
	p = checked(aligned_alloc(align, (n / align + 1) * align));
	if (align == HUGE_PAGE)
		madvise(p, n, MADV_HUGEPAGE);
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *
xrealloc(void *p, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		die("out of memory");
	return checked(realloc(p, n ? n : 1));
}

char *
xstrndup(const char *s, size_t n)
{
	char *p = xmalloc(n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : p);
}

void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? *cap * 2 : 16;
	return xrealloc(p, *cap, size);
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(b->n, more, &need) || need == SIZE_MAX)
		die("out of memory");
	if (need + 1 <= b->cap)
		return;
	b->cap = need + 1 > b->cap * 2 ? need + 1 : b->cap * 2;
	b->p = xrealloc(b->p, b->cap, 1);
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_byte(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	buf_add(b, p, (size_t)n);
	free(p);
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

int
writev_all(int fd, struct iovec *v, int n)
{
	ssize_t w;

	while (n > 0) {
		if (v->iov_len == 0) {
			v++, n--;
			continue;
		}
		w = writev(fd, v, n < IOV_MAX ? n : IOV_MAX);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return fail("%s", strerror(errno));
		for (; n > 0 && (size_t)w >= v->iov_len; v++, n--)
			w -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + w;
			v->iov_len -= (size_t)w;
		}
	}
	return 0;
}

int
write_all(int fd, const void *p, size_t n)
{
	union {
		const void *in;
		void *out;
	} base = { .in = p };
	struct iovec v = { base.out, n };

	return writev_all(fd, &v, 1);
}

ssize_t
read_all(int fd, void *p, size_t n)
{
	size_t got = 0;
	ssize_t r;

	while (got < n) {
		r = read(fd, (char *)p + got, n - got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fail("%s", strerror(errno));
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

static int
read_open(int fd, size_t limit, struct buf *b)
{
	struct stat st;
	ssize_t r;

	if (fstat(fd, &st) < 0)
		return fail("%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail("is not a regular file");
	if ((uintmax_t)st.st_size > limit)
		return fail("has %jd bytes, more than %zu",
		    (intmax_t)st.st_size, limit);
	buf_reserve(b, (size_t)st.st_size);
	r = read_all(fd, b->p + b->n, (size_t)st.st_size);
	if (r < 0)
		return -1;
	b->n += (size_t)r;
	b->p[b->n] = '\0';
	return 0;
}

int
file_read(const char *path, size_t limit, struct buf *b)
{
	int r, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	r = read_open(fd, limit, b);
	close(fd);
	return r < 0 ? fail("%s: %s", path, errstr()) : 0;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool
dir_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
parse_i64(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 10);
	if (end == s || *end != '\0' || isspace((unsigned char)*s) ||
	    errno == EINVAL)
		return fail("is not a whole number");
	if (errno == ERANGE || v < lo || v > hi)
		return fail("is not in %jd..%jd", (intmax_t)lo, (intmax_t)hi);
	*out = v;
	return 0;
}

int
parse_size(const char *s, size_t lo, size_t hi, size_t *out)
{
	int64_t v;

	if (parse_i64(s, (int64_t)lo, hi > INT64_MAX ? INT64_MAX : (int64_t)hi,
	    &v) < 0)
		return -1;
	*out = (size_t)v;
	return 0;
}

int
parse_f64(const char *s, double lo, double hi, double *out)
{
	char *end;
	double v;

	v = strtod(s, &end);
	if (end == s || *end != '\0' || isspace((unsigned char)*s) ||
	    !isfinite(v))
		return fail("is not a number");
	if (v < lo || v > hi)
		return fail("is not in %g..%g", lo, hi);
	*out = v;
	return 0;
}

/* What a container's quota leaves, rounded up; SIZE_MAX without one. */
static size_t
quota(void)
{
	FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
	unsigned long us, period;
	size_t n = SIZE_MAX;

	if (f == NULL)
		return n;
	if (fscanf(f, "%lu %lu", &us, &period) == 2 && us > 0 && period > 0)
		n = (us - 1) / period + 1;
	fclose(f);
	return n;
}

size_t
usable_cpus(void)
{
	cpu_set_t set;
	size_t n, most = quota();

	if (sched_getaffinity(0, sizeof set, &set) < 0)
		return 1;
	n = (size_t)CPU_COUNT(&set);
	return n < most ? n : most;
}
