#include "tok/rounds.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "err.h"
#include "pool.h"
#include "util.h"

enum {
	ROUND = 8,		/* batches a thread, between two reads */
	ALONE = 8 << 10		/* bytes of text that are not worth waking
				   threads for */
};

struct batch {
	struct rows rows;
	char *error;
};

struct state {
	const struct rounds *r;
	struct batch *batch;	/* [n] */
	size_t n;
	struct pool *pool;	/* once there is work for it */
	pthread_mutex_t lock;	/* of idle */
	struct tok_work **idle;	/* [n_idle] scratch that no thread uses */
	size_t n_idle;
	char *error;		/* of reading, once it failed */
};

size_t
rounds_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) < 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/*
 * Scratch holds a cache of words: there is one for each thread, not for each
 * batch, and the one used last is used first.
 */
static struct tok_work *
take_work(struct state *s)
{
	struct tok_work *w = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->n_idle > 0)
		w = s->idle[--s->n_idle];
	pthread_mutex_unlock(&s->lock);
	return w != NULL ? w : tok_work_new();
}

static void
give_back(struct state *s, struct tok_work *w)
{
	pthread_mutex_lock(&s->lock);
	s->idle[s->n_idle++] = w;
	pthread_mutex_unlock(&s->lock);
}

/* Batch i, in any thread. */
static void
work(void *arg, size_t i)
{
	struct state *s = arg;
	struct batch *b = &s->batch[i];
	struct tok_work *w = take_work(s);

	free(b->error);
	b->error = NULL;
	if (rows_encode(&b->rows, s->r->tok, s->r->o, w) < 0)
		b->error = xstrdup(errstr());
	if (s->r->lines)
		rows_lines(&b->rows, s->r->tok, s->r->o);
	give_back(s, w);
}

/*
 * A round of little text is done in this thread: waking others takes as long,
 * and each would warm, and fill, a cache of words of its own.
 */
static bool
little(const struct state *s, size_t n)
{
	size_t i, bytes = 0;

	for (i = 0; i < n; i++)
		bytes += s->batch[i].rows.text.n;
	return n == 1 || bytes <= ALONE;
}

static int
encode(struct state *s, size_t n)
{
	size_t i;

	if (little(s, n)) {
		for (i = 0; i < n; i++)
			work(s, i);
		return 0;
	}
	if (s->pool == NULL)
		s->pool = pool_open(s->r->threads);
	if (s->pool == NULL)
		return -1;
	pool_run(s->pool, work, s, n);
	return 0;
}

/* One round: 1 there may be more, 0 the end, -1 errstr(). */
static int
round_of(struct state *s)
{
	const struct rounds *r = s->r;
	size_t n, i;
	int got = 0;

	for (n = 0; n < s->n; n++)
		if ((got = r->fill(r->arg, &s->batch[n].rows, n == 0)) != 1)
			break;
	if (got < 0) {		/* what came before it is done first */
		s->error = xstrdup(errstr());
		n += s->batch[n].rows.n > 0;
	}
	if (n > 0 && encode(s, n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (r->take(r->arg, &s->batch[i].rows, s->batch[i].error) < 0)
			return -1;
	return got < 0 ? fail("%s", s->error) : got > 0;
}

int
rounds_run(const struct rounds *r)
{
	struct state s = { .r = r, .n = r->threads == 1 ? 1
	    : ROUND * r->threads };
	size_t i;
	int got;

	pthread_mutex_init(&s.lock, NULL);
	s.batch = xcalloc(s.n, sizeof *s.batch);
	s.idle = xcalloc(s.n, sizeof *s.idle);
	while ((got = round_of(&s)) > 0)
		continue;
	for (i = 0; i < s.n; i++) {
		rows_free(&s.batch[i].rows);
		free(s.batch[i].error);
	}
	for (i = 0; i < s.n_idle; i++)
		tok_work_free(s.idle[i]);
	free(s.batch);
	free(s.idle);
	free(s.error);
	pthread_mutex_destroy(&s.lock);
	return got;
}
