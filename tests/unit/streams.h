#ifndef STREAMS_H
#define STREAMS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "util.h"

/* The file of tests/data, which was made by Python. */
static inline struct buf
test_data(const char *name)
{
	const char *tests = getenv("TESTS");
	struct buf b = { 0 };
	char path[512];

	snprintf(path, sizeof path, "%s/data/%s", tests ? tests : "tests",
	    name);
	ck_assert_int_eq(file_read(path, 1 << 20, &b), 0);
	return b;
}

/* A descriptor from which these bytes are read. */
static inline int
fd_of(const void *p, size_t n)
{
	int fd = memfd_create("test", 0);

	ck_assert(fd >= 0 && write_all(fd, p, n) == 0);
	ck_assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/*
 * Append a frame: the header's length and text, n bytes of data.  A sum of 16
 * zeros in it is made right.
 */
static inline void
put_frame(struct buf *b, const char *header, size_t n)
{
	static const char zeros[] = "\"sum\":\"0000000000000000\"";
	size_t i, start = b->n, len = strlen(header);
	char digits[17], *p;

	for (i = 0; i < 8; i++)
		buf_byte(b, (char)((uint64_t)len >> 8 * i));
	buf_str(b, header);
	for (i = 0; i < n; i++)
		buf_byte(b, (char)i);
	p = strstr(b->p + start + 8, zeros);
	if (p == NULL)
		return;
	snprintf(digits, sizeof digits, "%016jx",
	    (uintmax_t)XXH3_64bits(b->p + start, b->n - start));
	memcpy(p + 7, digits, 16);
}

/* What a child did: its wait status, and what it wrote. */
struct child {
	int status;
	struct buf out;
	struct buf err;
};

static inline struct buf
all_of(int fd)
{
	struct buf b = { 0 };
	char tmp[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, tmp, sizeof tmp)) > 0)
		buf_add(&b, tmp, (size_t)n);
	buf_reserve(&b, 1);
	b.p[b.n] = '\0';
	close(fd);
	return b;
}

/* Run what() in a child whose standard input is in (or unchanged for -1). */
static inline struct child
child_run(int (*what)(void *), void *arg, int in)
{
	int out = memfd_create("out", 0), err = memfd_create("err", 0);
	struct child c;
	pid_t pid = fork();

	if (pid == 0) {
		if (in >= 0)
			dup2(in, 0);
		dup2(out, 1);
		dup2(err, 2);
		_exit(what(arg));
	}
	ck_assert(waitpid(pid, &c.status, 0) == pid);
	c.out = all_of(out);
	c.err = all_of(err);
	return c;
}

static inline void
child_free(struct child *c)
{
	buf_free(&c->out);
	buf_free(&c->err);
}

#endif
