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
adopt_local(const struct store *s, const struct tree_file *f)
{
	char *path = store_path(s, f);
	int r = 0;

	if (local_vouched(s->dir, f, NULL) || same_content(path, f))
		r = local_vouch(s->dir, f, s->commit) < 0 ? -1 : 1;
	free(path);
	return r;
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
		if (!file_exists(whole))
			r = tree_save(t, whole);
		if (r == 0)
			unlink(part);
	} else if (!file_exists(whole) && !file_exists(part))
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
