#include "tok/rounds.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "err.h"
#include "util.h"

enum {
	BATCHES = 32,		/* of a unit, which one thread does at a time */
	UNIT = 32 << 10,	/* bytes of text that are enough for one */
	ALONE = 8 << 10		/* and that are not worth a second thread */
};

struct batch {
	struct rows rows;
	char *error;
};

enum stage { EMPTY, QUEUED, BUSY, DONE };

struct unit {
	struct batch batch[BATCHES];
	size_t n, bytes;
	enum stage stage;
};

/*
 * Units in a ring: those before out are given out, those before next are
 * encoded or being encoded, those before in are filled.  The calling thread
 * reads and gives out, and encodes when it has nothing of that to do; the
 * others only encode.
 */
struct state {
	const struct rounds *r;
	struct unit *unit;	/* [n] */
	size_t n, in, next, out;
	size_t batches;		/* of a unit */
	bool end;		/* there is no more to read */
	char *bad;		/* what is wrong where it ends, or NULL */
	pthread_t *thread;	/* [threads], once there is work for them */
	size_t threads;
	pthread_mutex_t lock;	/* of next, stages, stop and idle */
	pthread_cond_t queued, done;
	bool stop;
	struct tok_work **idle;	/* [n_idle] scratch that no thread uses */
	size_t n_idle;
};

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

static struct unit *
unit_at(const struct state *s, size_t i)
{
	return &s->unit[i % s->n];
}

/* In any thread. */
static void
encode(struct state *s, struct unit *u)
{
	struct tok_work *w = take_work(s);
	struct batch *b;

	for (b = u->batch; b < u->batch + u->n; b++) {
		free(b->error);
		b->error = NULL;
		if (rows_encode(&b->rows, s->r->tok, s->r->o, w) < 0)
			b->error = xstrdup(errstr());
		if (s->r->lines)
			rows_lines(&b->rows, s->r->tok, s->r->o);
	}
	give_back(s, w);
	pthread_mutex_lock(&s->lock);
	u->stage = DONE;
	pthread_cond_signal(&s->done);
	pthread_mutex_unlock(&s->lock);
}

/* The next unit that nobody has begun, or NULL; under the lock. */
static struct unit *
begin(struct state *s)
{
	struct unit *u = unit_at(s, s->next);

	if (u->stage != QUEUED)
		return NULL;
	u->stage = BUSY;
	s->next++;
	return u;
}

static void *
work(void *arg)
{
	struct state *s = arg;
	struct unit *u;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		u = begin(s);
		if (u == NULL) {
			pthread_cond_wait(&s->queued, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		encode(s, u);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/*
 * Wake a thread for the unit.  There are none as long as this one has only
 * one unit to do, or one of little text: to start others takes as long, and
 * each would warm, and fill, a cache of words of its own.
 */
static int
wake(struct state *s, const struct unit *u)
{
	size_t n = s->r->threads - 1;

	pthread_cond_signal(&s->queued);
	if (s->thread != NULL || n == 0 || u->bytes <= ALONE ||
	    s->in - s->next < 2)
		return 0;
	s->thread = xcalloc(n, sizeof *s->thread);
	for (; s->threads < n; s->threads++)
		if (pthread_create(&s->thread[s->threads], NULL, work, s) != 0)
			return s->threads > 0 ? 0 : fail("no thread starts");
	return 0;
}

/* Read what is there, up to a unit: 1 there is one, 0 not, -1 errstr(). */
static int
fill(struct state *s, bool wait)
{
	struct unit *u = unit_at(s, s->in);
	struct rows *rows;
	int got = 1;

	for (u->n = u->bytes = 0; u->n < s->batches && u->bytes < UNIT;
	    u->n++) {
		rows = &u->batch[u->n].rows;
		got = s->r->fill(s->r->arg, rows, wait && u->n == 0);
		if (got != 1)
			break;
		u->bytes += rows->text.n;
	}
	s->end = got <= 0;
	if (got < 0) {		/* what came before it is done first */
		s->bad = xstrdup(errstr());
		u->n += rows->n > 0;
	}
	if (u->n == 0)
		return 0;
	pthread_mutex_lock(&s->lock);
	u->stage = QUEUED;
	s->in++;
	got = wake(s, u);
	pthread_mutex_unlock(&s->lock);
	return got < 0 ? -1 : 1;
}

static int
give_out(struct state *s, struct unit *u)
{
	struct batch *b;

	u->stage = EMPTY;	/* no other thread looks at it now */
	s->out++;
	for (b = u->batch; b < u->batch + u->n; b++)
		if (s->r->take(s->r->arg, &b->rows, b->error) < 0)
			return -1;
	return 1;
}

/* A unit to encode; NULL once the first to be given out is done. */
static struct unit *
own_unit(struct state *s)
{
	const struct unit *first = unit_at(s, s->out);
	struct unit *u = NULL;

	pthread_mutex_lock(&s->lock);
	while (first->stage != DONE && (u = begin(s)) == NULL)
		pthread_cond_wait(&s->done, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return u;
}

/* What comes first: giving out, reading, encoding, waiting for others. */
static int
step(struct state *s)
{
	struct unit *u = unit_at(s, s->out);
	bool done;
	int got;

	pthread_mutex_lock(&s->lock);
	done = u->stage == DONE;
	pthread_mutex_unlock(&s->lock);
	if (done)
		return give_out(s, u);
	if (!s->end && s->in - s->out < s->n &&
	    (got = fill(s, s->in == s->out)) != 0)
		return got;
	if (s->in == s->out)
		return !s->end;
	u = own_unit(s);
	if (u != NULL)
		encode(s, u);
	return 1;
}

static void
stop(struct state *s)
{
	size_t i, k;

	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->queued);
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < s->threads; i++)
		pthread_join(s->thread[i], NULL);
	free(s->thread);
	for (i = 0; i < s->n; i++)
		for (k = 0; k < BATCHES; k++) {
			rows_free(&s->unit[i].batch[k].rows);
			free(s->unit[i].batch[k].error);
		}
	for (i = 0; i < s->n_idle; i++)
		tok_work_free(s->idle[i]);
	free(s->unit);
	free(s->idle);
	pthread_cond_destroy(&s->queued);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
}

int
rounds_run(const struct rounds *r)
{
	bool one = r->threads == 1;
	struct state s = { .r = r, .n = one ? 1 : 2 * r->threads + 2,
		.batches = one ? 1 : BATCHES };
	int got;

	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.queued, NULL);
	pthread_cond_init(&s.done, NULL);
	s.unit = xcalloc(s.n, sizeof *s.unit);
	s.idle = xcalloc(r->threads, sizeof *s.idle);
	while ((got = step(&s)) > 0)
		continue;
	if (got == 0 && s.bad != NULL)
		got = fail("%s", s.bad);
	free(s.bad);
	stop(&s);
	return got;
}
