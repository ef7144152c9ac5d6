#include "hub/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"
#include "hub/licence.h"
#include "hub/lock.h"

static int
not_cached(const struct snapshot *s)
{
	char *text = name_text(s->name);
	bool plain = strcmp(s->name->revision, "main") == 0;

	if (s->unchecked != NULL && s->hub->http != NULL)
		fail("%s", s->unchecked);
	else
		fail("%s%s%s: not in the cache, and HF_HUB_OFFLINE is set",
		    text, plain ? "" : "@", plain ? "" : s->name->revision);
	free(text);
	return -1;
}

/* Ask the cache, since the Hub can't be asked. */
static int
open_cached(struct snapshot *s, const struct cache *c)
{
	if (cache_commit(c, s->name, s->commit) < 0)
		return not_cached(s);
	return 0;
}

static int
open_online(struct snapshot *s, const struct cache *c)
{
	int tries = s->hub->tries;
	struct cJSON *info;

	/* With something to fall back on, the user need not wait long. */
	if (cache_commit(c, s->name, s->commit) == 0)
		s->hub->tries = 2;
	info = hub_info(s->hub, s->name, s->commit);
	s->hub->tries = tries;
	if (info != NULL) {
		s->licence = licence_of(info);
		json_free(info);
		return 0;
	}
	if (s->hub->error != HUB_UNREACHABLE)
		return -1;
	s->unchecked = xstrdup(errstr());
	return open_cached(s, c);
}

int
snapshot_open(struct snapshot *s, struct hub *h, const struct cache *c,
    struct hub_name *n, const char *dir)
{
	int r = 0;

	*s = (struct snapshot){ .hub = h, .name = n };
	if (h->http == NULL)
		s->unchecked = xstrdup("HF_HUB_OFFLINE is set");
	if (is_commit(n->revision))
		memcpy(s->commit, n->revision, sizeof s->commit);
	else if (h->http == NULL)
		r = open_cached(s, c);
	else
		r = open_online(s, c);
	s->store = (struct store){ .cache = c, .name = n,
		.commit = s->commit, .dir = dir };
	if (r == 0)
		s->listed = store_list(&s->store, &s->tree) == 0;
	return r;
}

void
snapshot_free(struct snapshot *s)
{
	tree_free(&s->tree);
	free(s->licence);
	free(s->unchecked);
	free(s->file);
	*s = (struct snapshot){ 0 };
}

static char *
cached_licence(const struct snapshot *s)
{
	char *card = cache_file(s->store.cache, s->name, s->commit,
	    "README.md"), *l = NULL;

	if (file_exists(card))
		l = licence_of_card(card);
	free(card);
	return l;
}

int
snapshot_licence(struct snapshot *s)
{
	struct hub_name pinned = *s->name;
	char commit[COMMIT_LEN + 1];
	struct cJSON *info;

	if (s->licence == NULL)
		s->licence = cached_licence(s);
	if (s->licence != NULL)
		return 0;
	if (s->unchecked != NULL)
		return fail("%s: its licence is not known here: %s",
		    s->name->repo, s->unchecked);
	pinned.revision = s->commit;
	info = hub_info(s->hub, &pinned, commit);
	if (info == NULL)
		return -1;
	s->licence = licence_of(info);
	json_free(info);
	return 0;
}

/*
 * Without a list, files that are named and there need none: size and hash are
 * those of the file itself.
 */
static bool
named_are_here(struct snapshot *s, const struct choice *c)
{
	struct tree_file f = { .oid = "?" };
	struct stat st;
	char *path;
	size_t i;
	bool here = c->nnamed > 0 && c->ninclude == 0 && c->nexclude == 0 &&
	    s->store.dir == NULL;

	for (i = 0; i < c->nnamed && here; i++) {
		path = cache_file(s->store.cache, s->name, s->commit,
		    c->named[i]);
		here = stat(path, &st) == 0 && S_ISREG(st.st_mode);
		free(path);
		if (!here)
			break;
		f.path = xstrdup(c->named[i]);
		f.size = (uint64_t)st.st_size;
		GROW(s->tree.file, s->tree.n, s->tree.cap);
		s->tree.file[s->tree.n++] = f;
	}
	if (!here || tree_sort(&s->tree) < 0)
		tree_free(&s->tree);
	return s->tree.n > 0;
}

static int
learn_list(struct snapshot *s, const struct choice *c)
{
	char *path;
	bool here;

	if (s->listed || named_are_here(s, c))
		return 0;
	if (s->unchecked == NULL) {
		s->listed = hub_list(s->hub, s->name, s->commit,
		    &s->tree) == 0;
		return s->listed ? 0 : -1;
	}
	path = snapshot_path(s);
	here = dir_exists(path);
	free(path);
	return here && c->nnamed == 0 ? 1 : not_cached(s);
}

/* What transformers asks first: is it known that there is no such file? */
static void
note_missing(const struct snapshot *s, const char *path)
{
	size_t n = strlen(path);

	if (s->store.dir == NULL && n > 0 && path[n - 1] != '/')
		cache_write_no_exist(s->store.cache, s->name, s->commit,
		    path);
}

/* In a directory, the repository must not write its own notes. */
static int
no_false_notes(const struct snapshot *s)
{
	static const char notes[] = ".cache/huggingface/";
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strncmp(s->file[i]->path, notes, sizeof notes - 1) == 0)
			return fail("%s: %s: no repository may write there",
			    s->name->repo, s->file[i]->path);
	return 0;
}

int
snapshot_choose(struct snapshot *s, const struct choice *c)
{
	const char *missing = NULL;
	char *text, *why;
	ptrdiff_t n;
	int r = learn_list(s, c);

	if (r != 0)
		return r;
	n = choose_files(&s->tree, c, &s->file, &missing);
	if (n >= 0) {
		s->n = (size_t)n;
		return s->store.dir == NULL ? 0 : no_false_notes(s);
	}
	text = name_text(s->name);
	why = xstrdup(errstr());
	if (missing != NULL)
		note_missing(s, missing);
	fail("%s: %s (commit %.12s)", text, why, s->commit);
	free(why);
	free(text);
	return -1;
}

size_t
snapshot_missing(const struct snapshot *s, const struct tree_file ***out)
{
	size_t i, n = 0;

	*out = xcalloc(s->n, sizeof **out);
	for (i = 0; i < s->n; i++)
		if (!store_has(&s->store, s->file[i]))
			(*out)[n++] = s->file[i];
	return n;
}

/* A ref that can't be written spoils nothing that is only read. */
static int
note(struct snapshot *s, bool fetched)
{
	int r = 0;

	if (s->listed)
		r = store_note_list(&s->store, &s->tree);
	if (r == 0 && s->store.dir == NULL && s->unchecked == NULL)
		r = cache_write_ref(s->store.cache, s->name, s->commit);
	return fetched ? r : 0;
}

static int
cannot_fetch(const struct snapshot *s, const struct tree_file *first,
    size_t n)
{
	return fail("%s: %s is not in the cache (%zu of %zu files are "
	    "missing): %s", s->name->repo, first->path, n, s->n,
	    s->unchecked);
}

/* What lies in the cache in another place needs no Hub; is it all there? */
static int
all_near(const struct snapshot *s, const struct tree_file **file, size_t n)
{
	const struct tree_file *first = NULL;
	size_t i, far = 0;

	for (i = 0; i < n; i++)
		if (!store_near(&s->store, file[i]) && far++ == 0)
			first = file[i];
	return far == 0 ? 0 : cannot_fetch(s, first, far);
}

static int
take_near(const struct snapshot *s, const struct tree_file **file, size_t n)
{
	char *path;
	size_t i;
	int lock, r = 1;

	for (i = 0; i < n && r > 0; i++) {
		path = store_lock(&s->store, file[i]);
		lock = lock_take(path, true);
		free(path);
		if (lock < 0)
			return -1;
		r = store_adopt(&s->store, file[i]);
		lock_drop(lock);
		if (r == 0)
			return fail("%s: %s: the cache's copy is damaged "
			    "(hf-cache verify): %s", s->name->repo,
			    file[i]->path, s->unchecked);
	}
	return r < 0 ? -1 : 0;
}

static int
make_room(const struct snapshot *s, const struct tree_file **file, size_t n)
{
	if (fetch_room(&s->store, file, n) < 0)
		return -1;
	return s->store.dir == NULL ? cache_make(s->store.cache) : 0;
}

int
snapshot_fetch(struct snapshot *s, struct fetch *f)
{
	const struct tree_file **file;
	size_t n = snapshot_missing(s, &file);
	bool offline = s->unchecked != NULL;
	int r = 0;

	f->hub = s->hub;
	f->store = s->store;
	if (n > 0 && ((offline && all_near(s, file, n) < 0) ||
	    make_room(s, file, n) < 0))
		r = -1;
	else if (n > 0)
		r = offline ? take_near(s, file, n) : fetch_files(f, file, n);
	free(file);
	return r < 0 ? -1 : note(s, n > 0);
}

char *
snapshot_path(const struct snapshot *s)
{
	if (s->store.dir != NULL)
		return xstrdup(s->store.dir);
	return cache_snapshot(s->store.cache, s->name, s->commit);
}
