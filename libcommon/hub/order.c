#include "hub/order.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/licence.h"
#include "hub/remote.h"

/* One order under way. */
struct job {
	struct orders *o;
	struct hub_name name;
	char *repo;		/* as messages and lock files call it */
	struct choice asked;
	struct snapshot s;
	struct buf *out;
};

static void
put_files(struct job *j)
{
	const struct store *store = &j->s.store;
	const struct tree_file *f;
	const char *state;
	size_t i;

	for (i = 0; i < j->s.n; i++) {
		f = j->s.file[i];
		state = store_near(store, f)	   ? "cached"
		    : store_started(store, f) > 0 ? "partial"
						   : "missing";
		buf_printf(j->out, "%ju\t%s\t%s%c", (uintmax_t)f->size, state,
		    f->path, j->o->end);
	}
}

/* The snapshot, or each of the files and directories that were named. */
static void
put_paths(struct job *j)
{
	char *dir = snapshot_path(&j->s);
	const char *name;
	size_t i, n;

	if (j->asked.nnamed == 0 || j->asked.lenient)
		buf_printf(j->out, "%s%c", dir, j->o->end);
	for (i = 0; i < j->asked.nnamed && !j->asked.lenient; i++) {
		name = j->asked.named[i];
		n = strlen(name);
		if (name[n - 1] == '/')
			n--;
		buf_printf(j->out, "%s/%.*s%c", dir, (int)n, name, j->o->end);
	}
	free(dir);
}

static int
put_header(struct job *j)
{
	if (remote_header(&j->s, j->o->header, j->out) < 0)
		return -1;
	buf_byte(j->out, j->o->end);
	return 0;
}

/* A lock file states licences; where one is written they must be known. */
static int
check_licence(struct job *j)
{
	struct orders *o = j->o;
	const struct pin *pin = o->obey ? pins_find(&o->pins, j->repo, NULL)
					: NULL;

	if (o->allow == NULL && (o->lock == NULL || o->obey))
		return 0;
	if (pin != NULL)
		j->s.licence = xstrdup(pin->licence);
	if (snapshot_licence(&j->s) < 0)
		return -1;
	if (o->allow != NULL && licence_allowed(j->s.licence, o->allow) < 0)
		return fail("%s: %s", j->repo, errstr());
	return 0;
}

/* 0; 1: nobody knows what belongs to the snapshot; -1 */
static int
choose(struct job *j)
{
	struct choice pinned = { .type = j->asked.type };
	const char **list;
	int r;

	if (!j->o->obey)
		return snapshot_choose(&j->s, &j->asked);
	pinned.nnamed = pinned_choose(&j->o->pins, j->repo, &j->asked, &list);
	if (pinned.nnamed == 0)
		return -1;
	pinned.named = list;
	r = snapshot_choose(&j->s, &pinned);
	free(list);
	return r;
}

/* Warn; the line is freed. */
static void
tell(const struct job *j, char *line)
{
	if (j->o->tell != NULL)
		j->o->tell(line);
	free(line);
}

static void
warn_of_doubt(const struct job *j, bool listed)
{
	if (j->s.unchecked != NULL && j->o->hub.http != NULL)
		tell(j, xprintf("%s: taken from the cache unchecked",
		    j->s.unchecked));
	if (!listed)
		tell(j, xprintf("%s: no list of files in the cache: it may be "
		    "incomplete", j->repo));
}

static bool
chosen(const struct snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (choose_names(name, s->file[i]->path))
			return true;
	return false;
}

static void
tell_gone(const struct job *j)
{
	const struct choice *c = &j->asked;
	size_t i;

	for (i = 0; i < c->nnamed && c->lenient; i++)
		if (!chosen(&j->s, c->named[i]))
			tell(j, xprintf("%s: %s is gone; name the repository "
			    "to have what it has now", j->repo, c->named[i]));
}

/* Have the chosen files here, as the lock file has them or into it. */
static int
have(struct job *j)
{
	struct orders *o = j->o;
	struct fetch f = { .jobs = o->jobs, .keep_going = o->keep_going,
		.progress = &o->progress, .report = o->report };

	if (o->obey && pinned_agree(&o->pins, j->repo, &j->s) < 0)
		return -1;
	if (snapshot_fetch(&j->s, &f) < 0)
		return -1;
	if (o->obey)
		return pinned_verify(&o->pins, j->repo, &j->s);
	if (o->lock != NULL)
		return pinned_record(&o->pins, j->repo, &j->s);
	return 0;
}

static int
fill(struct job *j)
{
	int r;

	if (snapshot_open(&j->s, &j->o->hub, &j->o->cache, &j->name,
	    j->o->dir) < 0)
		return -1;
	if (j->o->header != NULL)
		return put_header(j);
	if (check_licence(j) < 0)
		return -1;
	r = choose(j);
	if (r < 0)
		return -1;
	warn_of_doubt(j, r == 0);
	tell_gone(j);
	if (j->o->dry_run) {
		put_files(j);
		return 0;
	}
	if (r == 0 && have(j) < 0)
		return -1;
	put_paths(j);
	return 0;
}

/* A pinned repository's revision is its commit. */
static int
obey_pin(struct job *j)
{
	const struct pin *p = pins_find(&j->o->pins, j->repo, NULL);

	if (p == NULL)
		return fail("%s: is not in %s; --update adds it", j->repo,
		    j->o->lock);
	if (is_commit(j->name.revision) &&
	    strcmp(j->name.revision, p->commit) != 0)
		return fail("%s: %s pins commit %.12s", j->repo, j->o->lock,
		    p->commit);
	free(j->name.revision);
	j->name.revision = xstrdup(p->commit);
	return 0;
}

static int
check_names(const char *const *named, size_t count)
{
	size_t i, n;
	char *s;
	int r = 0;

	for (i = 0; i < count && r == 0; i++) {
		n = strlen(named[i]);
		s = xstrndup(named[i], n > 1 && named[i][n - 1] == '/' ? n - 1
								      : n);
		r = name_check_file(s);
		free(s);
		if (r < 0)
			fail("%.200s: %s", named[i], errstr());
	}
	return r;
}

int
order_fill(struct orders *o, const char *text, const char *const *named,
    size_t n, struct buf *out)
{
	struct job j = { .o = o, .asked = o->choice, .out = out };
	int r;

	if (name_parse(&j.name, text, o->choice.type) < 0)
		return -1;
	j.repo = name_text(&j.name);
	j.asked.type = j.name.type;
	j.asked.named = named;
	j.asked.nnamed = n;
	r = check_names(named, n);
	if (r == 0 && o->obey)
		r = obey_pin(&j);
	if (r == 0)
		r = fill(&j);
	snapshot_free(&j.s);
	free(j.repo);
	name_free(&j.name);
	return r;
}
