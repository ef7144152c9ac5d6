#include "hub/follow.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/digest.h"
#include "util.h"

/*
 * READ_BYTES fit into the processor's cache.  WORTH is how much there must be
 * to wake the thread; the file's end does, too.
 */
enum { READ_BYTES = 128 << 10, WORTH = 1 << 20 };

struct follower {
	int fd;
	const char *etag;
	uint64_t size;
	void (*wake)(void *arg);
	void *arg;
	pthread_t thread;

	pthread_mutex_t mutex;	/* of what follows */
	pthread_cond_t grown;
	uint64_t told;		/* bytes in the file when it was last woken */
	bool stop;
	enum follow_state state;
	int error;		/* errno, when it is FOLLOW_BROKEN */
};

/* Wait until there is more than at bytes; what there is, or 0: stop. */
static uint64_t
await(struct follower *f, uint64_t at)
{
	uint64_t have;

	pthread_mutex_lock(&f->mutex);
	while (f->told <= at && !f->stop)
		pthread_cond_wait(&f->grown, &f->mutex);
	have = f->stop ? 0 : f->told;
	pthread_mutex_unlock(&f->mutex);
	return have;
}

static ssize_t
read_at(int fd, char *b, size_t n, uint64_t at)
{
	ssize_t r;

	do
		r = pread(fd, b, n, (off_t)at);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		errno = EIO;	/* somebody cut the file */
	return r > 0 ? r : -1;
}

/* Hash all of it.  0 done, 1 stopped, -1 with errno. */
static int
hash(struct follower *f, struct digest *d, char *b)
{
	uint64_t at = 0, have;
	ssize_t n;

	while (at < f->size) {
		have = await(f, at);
		if (have == 0)
			return 1;
		n = read_at(f->fd, b, have - at < READ_BYTES
		    ? (size_t)(have - at) : READ_BYTES, at);
		if (n < 0)
			return -1;
		digest_add(d, b, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

static enum follow_state
judge(struct follower *f, struct digest *d)
{
	char *b = xmalloc(READ_BYTES), got[DIGEST_TEXT];
	int r = hash(f, d, b);

	free(b);
	if (r != 0) {
		digest_free(d);
		return r < 0 ? FOLLOW_BROKEN : FOLLOW_BUSY;
	}
	digest_end(d, got);
	return strcmp(got, f->etag) == 0 ? FOLLOW_RIGHT : FOLLOW_WRONG;
}

static void *
run(void *arg)
{
	struct follower *f = arg;
	enum follow_state s = judge(f, digest_open(f->etag, f->size));
	int error = errno;

	pthread_mutex_lock(&f->mutex);
	f->state = s;
	f->error = error;
	pthread_mutex_unlock(&f->mutex);
	f->wake(f->arg);
	return NULL;
}

struct follower *
follow_start(int fd, const char *etag, uint64_t size,
    void (*wake)(void *arg), void *arg)
{
	struct follower *f = xcalloc(1, sizeof *f);
	int error;

	f->fd = fd;
	f->etag = etag;
	f->size = size;
	f->wake = wake;
	f->arg = arg;
	pthread_mutex_init(&f->mutex, NULL);
	pthread_cond_init(&f->grown, NULL);
	error = pthread_create(&f->thread, NULL, run, f);
	if (error != 0)
		die("a thread: %s", strerror(error));
	return f;
}

void
follow_grown(struct follower *f, uint64_t have)
{
	pthread_mutex_lock(&f->mutex);
	if (have - f->told >= WORTH || have == f->size) {
		f->told = have;
		pthread_cond_signal(&f->grown);
	}
	pthread_mutex_unlock(&f->mutex);
}

enum follow_state
follow_state(struct follower *f)
{
	enum follow_state s;
	int error;

	pthread_mutex_lock(&f->mutex);
	s = f->state;
	error = f->error;
	pthread_mutex_unlock(&f->mutex);
	if (s == FOLLOW_BROKEN)
		fail("%s", strerror(error));
	return s;
}

void
follow_end(struct follower *f)
{
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->mutex);
	f->stop = true;
	pthread_cond_signal(&f->grown);
	pthread_mutex_unlock(&f->mutex);
	pthread_join(f->thread, NULL);
	pthread_cond_destroy(&f->grown);
	pthread_mutex_destroy(&f->mutex);
	free(f);
}
