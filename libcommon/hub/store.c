#include "hub/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/digest.h"
#include "hub/localdir.h"
#include "hub/place.h"
#include "util.h"

char *
store_path(const struct store *s, const struct tree_file *f)
{
	if (s->dir != NULL)
		return xprintf("%s/%s", s->dir, f->path);
	return cache_file(s->cache, s->name, s->commit, f->path);
}

char *
store_lock(const struct store *s, const struct tree_file *f)
{
	if (s->dir != NULL)
		return local_note(s->dir, f->path, ".lock");
	return cache_lock(s->cache, s->name, tree_etag(f));
}

char *
store_partial(const struct store *s, const struct tree_file *f)
{
	char *blob, *p;

	if (s->dir != NULL)
		return local_partial(s->dir, f);
	blob = cache_blob(s->cache, s->name, tree_etag(f));
	p = xprintf("%s.incomplete", blob);
	free(blob);
	return p;
}

bool
store_has(const struct store *s, const struct tree_file *f)
{
	if (s->dir != NULL)
		return local_vouched(s->dir, f, s->commit);
	return cache_has(s->cache, s->name, s->commit, f);
}

static bool
same_content(const char *path, const struct tree_file *f)
{
	char got[DIGEST_TEXT];

	return place_has(path, f->size) &&
	    digest_file(digest_open(tree_etag(f), f->size), path, got) == 0 &&
	    strcmp(got, tree_etag(f)) == 0;
}


static int
publish_local(const struct store *s, const struct tree_file *f,
    const char *partial)
{
	char *path = store_path(s, f);
	int r = place_parents(path);

	if (r == 0)
		r = place_rename(partial, path);
	if (r == 0)
		r = local_vouch(s->dir, f, s->commit);
	free(path);
	return r;
}

/*
 * Where the cache has the content: as a blob, or as a file that stands in the
 * snapshot in place of a link.  The caller frees; or NULL.
 */
static char *
in_cache(const struct store *s, const struct tree_file *f)
{
	char *p = cache_blob(s->cache, s->name, tree_etag(f));

	if (place_has(p, f->size))
		return p;
	free(p);
	p = cache_file(s->cache, s->name, s->commit, f->path);
	if (place_has(p, f->size))
		return p;
	free(p);
	return NULL;
}

bool
store_near(const struct store *s, const struct tree_file *f)
{
	char *p = in_cache(s, f);
	bool near = p != NULL || store_has(s, f);

	free(p);
	return near;
}

/* A blob that was damaged since it came is not handed on. */
static int
copy_cached(const struct store *s, const struct tree_file *f)
{
	char *from = in_cache(s, f), *partial;
	int r = 0;

	if (from == NULL)
		return 0;
	partial = store_partial(s, f);
	if (place_copy(from, partial) < 0)
		r = -1;
	else if (same_content(partial, f))
		r = publish_local(s, f, partial) < 0 ? -1 : 1;
	else
		unlink(partial);
	free(partial);
	free(from);
	return r;
}

static int
adopt_local(const struct store *s, const struct tree_file *f)
{
	char *path = store_path(s, f);
	bool there = local_vouched(s->dir, f, NULL) || same_content(path, f);

	free(path);
	if (!there)
		return copy_cached(s, f);
	return local_vouch(s->dir, f, s->commit) < 0 ? -1 : 1;
}

static int
adopt_blob(const struct store *s, const struct tree_file *f)
{
	char *blob = cache_blob(s->cache, s->name, tree_etag(f));
	int r = 0;

	if (place_has(blob, f->size))
		r = cache_link(s->cache, s->name, s->commit, f, false) < 0
		    ? -1 : 1;
	free(blob);
	return r;
}

int
store_adopt(const struct store *s, const struct tree_file *f)
{
	if (store_has(s, f))
		return 1;
	return s->dir != NULL ? adopt_local(s, f) : adopt_blob(s, f);
}

static int
publish_blob(const struct store *s, const struct tree_file *f,
    const char *partial)
{
	char *blob = cache_blob(s->cache, s->name, tree_etag(f));
	int r = place_rename(partial, blob);

	if (r == 0)
		r = cache_link(s->cache, s->name, s->commit, f, true);
	free(blob);
	return r;
}

int
store_publish(const struct store *s, const struct tree_file *f,
    const char *partial)
{
	return s->dir != NULL ? publish_local(s, f, partial)
			      : publish_blob(s, f, partial);
}

static char *
whole_list(const struct store *s)
{
	if (s->dir != NULL)
		return xprintf("%s/.cache/huggingface/trees/%s.json", s->dir,
		    s->commit);
	return cache_tree(s->cache, s->name, s->commit);
}

static char *
part_list(const struct store *s)
{
	if (s->dir != NULL)
		return local_note(s->dir, s->commit, ".files");
	return cache_part_tree(s->cache, s->name, s->commit);
}

int
store_list(const struct store *s, struct tree *t)
{
	char *path = whole_list(s);
	int r = tree_load(t, path);

	free(path);
	if (r == 0)
		return 0;
	path = part_list(s);
	r = tree_load(t, path);
	free(path);
	if (r < 0 && s->dir != NULL)
		r = cache_list(s->cache, s->name, s->commit, t);
	return r;
}

int
store_note_list(const struct store *s, const struct tree *t)
{
	char *whole = whole_list(s), *part = part_list(s);
	size_t i = 0;
	int r = 0;

	while (i < t->n && store_has(s, &t->file[i]))
		i++;
	if (i == t->n) {
		if (!tree_there(whole))
			r = tree_save(t, whole);
		if (r == 0)
			unlink(part);
	} else if (!tree_there(whole) && !tree_there(part))
		r = tree_save(t, part);
	free(whole);
	free(part);
	return r;
}

uint64_t
store_started(const struct store *s, const struct tree_file *f)
{
	char *p = store_partial(s, f);
	struct stat st;
	uint64_t n = 0;

	if (lstat(p, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size <= f->size)
		n = (uint64_t)st.st_size;
	free(p);
	return n;
}
