#include "hub/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/lock.h"
#include "hub/partial.h"
#include "hub/place.h"

/*
 * PROGRESS is what a try must bring to count as progress; a content with the
 * wrong hash is asked for once more, a wrong range twice.
 */
enum { PROGRESS = 64 << 10, WRONG_MAX = 2, ODD_MAX = 2, TICK_MS = 50,
	SLACK = 64 << 10 };
static const double poll_lock = 0.05;

enum state { WAITING, RUNNING, CHECKING, DONE, FAILED };

struct item {
	struct run *run;
	const struct tree_file *file;
	char *url;
	enum state state;
	double when;		/* not before */
	int lock;		/* or -1 */
	bool ours;		/* nobody else is at it */
	bool busy;		/* another process is */
	struct partial part;	/* part.fd >= 0: open */
	struct http_call call;
	struct retry retry;
	uint64_t before;	/* bytes there when the try began */
	int wrong;		/* contents that had the wrong hash */
	int odd;		/* answers with other bytes than asked for */
	bool misplaced;		/* this one was such */
	bool local;		/* the disk's fault, not the answer's */
};

struct run {
	struct fetch *f;
	struct item *item;
	size_t n;
	int running;
	double quiet_until;	/* the server wants no request before */
	bool stop;
	char *why;		/* of the first failure */
	size_t failed;
};

static void
close_item(struct item *i)
{
	partial_close(&i->part);
	lock_drop(i->lock);
	i->lock = -1;
}

static bool
in_work(enum state s)
{
	return s == RUNNING || s == CHECKING;
}

static void
set_state(struct item *i, enum state s)
{
	i->run->running += in_work(s) - in_work(i->state);
	i->state = s;
	if (s == DONE || s == FAILED)
		close_item(i);
}

/* errstr() is why. */
static void
give_up(struct item *i)
{
	struct run *r = i->run;

	if (i->part.fd >= 0 && i->part.have == 0)
		unlink(i->part.path);
	set_state(i, FAILED);
	r->failed++;
	if (r->why == NULL)
		r->why = xstrdup(errstr());
	if (!r->f->keep_going)
		r->stop = true;
	else if (r->f->report != NULL)
		r->f->report(errstr());
}

static void
later(struct item *i, double seconds)
{
	i->when = http_now() + seconds;
	set_state(i, WAITING);
}

/* The hash is wrong: once more from the beginning, then no more. */
static void
start_over(struct item *i)
{
	if (++i->wrong < WRONG_MAX && partial_restart(&i->part) == 0) {
		later(i, 0);
		return;
	}
	unlink(i->part.path);
	fail("%s: %s: the content that comes has another hash than the Hub "
	    "says (%.12s...); nothing was kept",
	    i->run->f->store.name->repo, i->file->path, tree_etag(i->file));
	give_up(i);
}

/* The file is whole: is it known yet whether it is right? */
static void
check(struct item *i)
{
	switch (partial_check(&i->part)) {
	case PARTIAL_WAIT:
		break;
	case PARTIAL_WRONG:
		start_over(i);
		break;
	case PARTIAL_BROKEN:
		give_up(i);
		break;
	case PARTIAL_RIGHT:
		if (store_publish(&i->run->f->store, i->file,
		    i->part.path) < 0)
			give_up(i);
		else
			set_state(i, DONE);
		break;
	}
}

/* The answer is about something else, or of another size. */
static int
contradicts(const struct item *i, const struct http_reply *r)
{
	const struct store *s = &i->run->f->store;
	uint64_t want = i->file->size;

	if (r->commit[0] != '\0' && strcmp(r->commit, s->commit) != 0)
		return fail("%s: the answer is of another commit, %.12s",
		    i->file->path, r->commit);
	if (r->size >= 0 && strcmp(r->etag, tree_etag(i->file)) != 0)
		return fail("%s: the answer has another hash, %.12s..., than "
		    "the list of files", i->file->path, r->etag);
	if (r->size >= 0 && (uint64_t)r->size != want)
		return fail("%s: the answer has %jd bytes, the list of files "
		    "says %ju", i->file->path, (intmax_t)r->size,
		    (uintmax_t)want);
	if (r->status == 200 && !r->encoded && r->length >= 0 &&
	    (uint64_t)r->length != want)
		return fail("%s: the answer has %jd bytes, the list of files "
		    "says %ju", i->file->path, (intmax_t)r->length,
		    (uintmax_t)want);
	return 0;
}

static void
wake(void *http)
{
	http_wake(http);
}

/*
 * Open the partial file, and the snapshot's directory, without which others
 * take the repository for damaged.
 */
static int
open_partial(struct item *i)
{
	const struct store *s = &i->run->f->store;
	char *path = store_path(s, i->file);
	int r = place_parents(path);

	free(path);
	if (r < 0)
		return -1;
	path = store_partial(s, i->file);
	r = partial_open(&i->part, path, i->file, wake, i->run->f->hub->http);
	if (r > 0)
		fail("%s: another process writes it", path);
	free(path);
	return r;
}

/* Nothing is written before the Hub has agreed to send the file. */
static int
on_head(void *arg, const struct http_reply *r)
{
	struct item *i = arg;

	if (contradicts(i, r) < 0)
		return -1;
	if (i->part.fd < 0 && open_partial(i) != 0) {
		i->local = true;
		return -1;
	}
	if (i->call.from == 0)
		return r->status == 200 ? 0
		    : fail("%s: a part came instead of the whole",
			  i->file->path);
	if (r->status == 200)
		return partial_restart(&i->part);
	if (r->ranged && !r->encoded && r->from == i->call.from &&
	    r->to == i->file->size - 1 && r->total == i->file->size)
		return 0;
	i->misplaced = true;
	return fail("%s: other bytes came than were asked for",
	    i->file->path);
}

static int
on_body(void *arg, const void *p, size_t n)
{
	struct item *i = arg;

	if (partial_write(&i->part, p, n) == 0)
		return 0;
	i->local = true;
	return -1;
}

/* Try again after the wait that is due; -1 when there is no use in it. */
static int
again(struct item *i, const char *error)
{
	struct run *r = i->run;
	double wait;

	if (i->part.have >= i->before + PROGRESS)
		i->retry.failed = i->retry.told = 0;
	wait = retry_after(&i->retry, &i->call.reply, error);
	if (wait < 0)
		return -1;
	later(i, wait);
	if (i->call.reply.status == 429 && i->when > r->quiet_until)
		r->quiet_until = i->when;
	return 0;
}

/* What another hop or another account won't change ends the whole run. */
static bool
hopeless(enum hub_error e)
{
	return e == HUB_NO_REPO || e == HUB_NO_REVISION || e == HUB_GATED ||
	    e == HUB_DISABLED || e == HUB_BAD_TOKEN;
}

static void
refused(struct item *i, const char *error)
{
	struct fetch *f = i->run->f;

	if (i->local) {
		fail("%s", error);
		give_up(i);
		return;
	}
	hub_refusal(f->hub, f->store.name, i->file->path, &i->call.reply,
	    error);
	if (hopeless(f->hub->error))
		i->run->stop = true;
	give_up(i);
}

/*
 * A signed URL lives for an hour or so: a refusal from elsewhere than the Hub
 * means to ask the Hub for another one.  416: what we have can't be right.
 */
static bool
mended(struct item *i)
{
	const struct http_reply *r = &i->call.reply;

	if (r->foreign && (r->status == 401 || r->status == 403 ||
	    r->status == 404 || r->status == 410)) {
		if (i->part.have >= i->before + PROGRESS)
			i->retry.failed = 0;
		if (++i->retry.failed >= i->retry.tries)
			return false;
		later(i, 0.1 * i->retry.failed);
		return true;
	}
	if (r->status != 416 || ++i->odd > ODD_MAX || i->part.fd < 0 ||
	    partial_restart(&i->part) < 0)
		return false;
	later(i, 0);
	return true;
}

/*
 * A range that is not the one asked for: once more, and then from the
 * beginning, for which no range is needed.
 */
static bool
realigned(struct item *i)
{
	if (!i->misplaced || ++i->odd > ODD_MAX)
		return false;
	if (i->odd == ODD_MAX && partial_restart(&i->part) < 0)
		return false;
	later(i, 0.1);
	return true;
}

static void
on_done(void *arg, const char *error)
{
	struct item *i = arg;
	const struct http_reply *r = &i->call.reply;
	bool answer = error == NULL && r->status >= 200 &&
	    r->status <= 299 && i->part.fd >= 0;

	if (answer && i->part.have == i->file->size)
		set_state(i, CHECKING);
	else if (answer && again(i, "the answer ended early") < 0)
		refused(i, "the answer ended early");
	else if (answer || (error == NULL && mended(i)) || realigned(i))
		return;
	else if (again(i, error) < 0)
		refused(i, error);
}

static void
ask(struct item *i)
{
	i->misplaced = i->local = false;
	i->before = i->part.have;
	reply_free(&i->call.reply);
	i->call = (struct http_call){ .url = i->url, .from = i->part.have,
		.arg = i, .head = on_head, .body = on_body, .done = on_done };
	set_state(i, RUNNING);
	http_start(i->run->f->hub->http, &i->call);
}

/* 0 ours, 1 not yet, -1 */
static int
take(struct item *i)
{
	const struct store *s = &i->run->f->store;
	char *path;
	int r;

	if (i->lock < 0) {
		path = store_lock(s, i->file);
		i->lock = lock_take(path, false);
		free(path);
	}
	if (i->lock < 0)
		return i->lock == LOCK_BUSY ? 1 : -1;
	r = store_adopt(s, i->file);
	if (r != 0) {
		if (r > 0)
			set_state(i, DONE);
		return r < 0 ? -1 : 0;
	}
	if (i->file->size == 0 || store_started(s, i->file) > 0)
		return open_partial(i);
	return 0;
}

static void
begin(struct item *i)
{
	int r = i->ours ? 0 : take(i);

	i->busy = r > 0;
	i->ours = r == 0;
	if (r < 0)
		give_up(i);
	else if (r > 0)
		later(i, poll_lock);
	else if (i->state == DONE)
		return;
	else if (i->part.fd >= 0 && i->part.have == i->file->size)
		set_state(i, CHECKING);
	else
		ask(i);
}

/* End what is whole, begin what may. */
static void
step(struct run *r)
{
	double now = http_now();
	size_t k;

	for (k = 0; k < r->n && !r->stop; k++)
		if (r->item[k].state == CHECKING)
			check(&r->item[k]);
	for (k = 0; k < r->n && !r->stop; k++) {
		if (r->running >= r->f->jobs || now < r->quiet_until)
			return;
		if (r->item[k].state == WAITING && r->item[k].when <= now)
			begin(&r->item[k]);
	}
}

/* Show how far it is; false when all is done. */
static bool
survey(struct run *r)
{
	struct amount a = { .of = r->n };
	bool open = false;
	size_t k;

	for (k = 0; k < r->n; k++) {
		struct item *i = &r->item[k];

		open = open || i->state == WAITING || in_work(i->state);
		a.files += i->state == DONE;
		a.total += i->file->size;
		a.bytes += i->state == DONE ? i->file->size : i->part.have;
		if (i->busy && i->state == WAITING)
			a.note = "waiting for another process";
	}
	if (http_now() < r->quiet_until)
		a.note = "waiting, as the server asks";
	if (r->f->progress != NULL)
		progress_show(r->f->progress, &a);
	return open && !r->stop;
}

static int
larger_first(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->file->size < y->file->size ? 1
	    : x->file->size > y->file->size  ? -1
	    : strcmp(x->file->path, y->file->path);
}

static void
prepare(struct run *r, const struct tree_file *const *file, size_t n)
{
	const struct store *s = &r->f->store;
	size_t k;

	r->item = xcalloc(n, sizeof *r->item);
	r->n = n;
	for (k = 0; k < n; k++)
		r->item[k] = (struct item){ .run = r, .file = file[k],
			.url = hub_file_path(s->name, s->commit,
			    file[k]->path), .lock = -1, .part.fd = -1,
			.retry.tries = r->f->hub->tries };
	qsort(r->item, n, sizeof *r->item, larger_first);
}

static void
clean_up(struct run *r)
{
	size_t k;

	for (k = 0; k < r->n; k++) {
		http_cancel(r->f->hub->http, &r->item[k].call);
		reply_free(&r->item[k].call.reply);
		close_item(&r->item[k]);
		free(r->item[k].url);
	}
	free(r->item);
	if (r->f->progress != NULL)
		progress_clear(r->f->progress);
}

int
fetch_files(struct fetch *f, const struct tree_file *const *file, size_t n)
{
	struct run r = { .f = f };

	prepare(&r, file, n);
	for (step(&r); survey(&r); step(&r))
		http_wait(f->hub->http, TICK_MS);
	clean_up(&r);
	if (r.failed == 0)
		return 0;
	if (f->keep_going && r.failed > 1)
		fail("%s: %zu of %zu files failed", f->store.name->repo,
		    r.failed, n);
	else
		fail("%s", r.why);
	free(r.why);
	return -1;
}

static int
by_etag(const void *a, const void *b)
{
	const struct tree_file *const *x = a, *const *y = b;

	return strcmp(tree_etag(*x), tree_etag(*y));
}

/*
 * Two files of one content are one blob in the cache, and a blob of another
 * snapshot is there already.
 */
static uint64_t
bytes_needed(const struct store *s, const struct tree_file *const *file,
    size_t n)
{
	const struct tree_file **sorted = xcalloc(n, sizeof *sorted);
	uint64_t sum = SLACK;
	size_t k;

	memcpy(sorted, file, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_etag);
	for (k = 0; k < n; k++)
		if (s->dir != NULL || (!store_near(s, sorted[k]) &&
		    (k == 0 || by_etag(&sorted[k - 1], &sorted[k]) != 0)))
			sum += sorted[k]->size - store_started(s, sorted[k]);
	free(sorted);
	return sum;
}

int
fetch_room(const struct store *s, const struct tree_file *const *file,
    size_t n)
{
	uint64_t need = bytes_needed(s, file, n), room;
	char *path = store_partial(s, file[0]);
	int r = place_room(path, &room);

	free(path);
	if (r == 0 && need > room)
		r = fail("%s: %ju bytes are needed, %ju are free: make room, "
		    "or set HF_HUB_CACHE to another disk",
		    s->dir != NULL ? s->dir : s->cache->root,
		    (uintmax_t)need, (uintmax_t)room);
	return r;
}
