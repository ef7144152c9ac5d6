#include "hub/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/place.h"
#include "util.h"

/* To the letter what huggingface_hub writes, so that caches compare equal. */
const char cache_tag[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by huggingface_hub.\n"
    "# For information about cache directory tags, see:\n"
    "#\thttps://bford.info/cachedir/\n";

void
cache_open(struct cache *c, const struct env *e)
{
	c->root = xstrdup(e->cache);
	c->links = e->links;
}

void
cache_close(struct cache *c)
{
	free(c->root);
	*c = (struct cache){ 0 };
}

/* "models--org--name" */
static char *
folder(const struct hub_name *n)
{
	struct buf b = { 0 };
	const char *s;

	buf_printf(&b, "%s--", type_plural(n->type));
	for (s = n->repo; *s != '\0'; s++)
		if (*s == '/')
			buf_str(&b, "--");
		else
			buf_byte(&b, *s);
	return b.p;
}

/* root[/.locks]/models--org--name/a[/b][suffix] */
static char *
path_of(const struct cache *c, bool lock, const struct hub_name *n,
    const char *a, const char *b, const char *suffix)
{
	char *f = folder(n);
	char *p = xprintf("%s%s/%s/%s%s%s%s", c->root, lock ? "/.locks" : "",
	    f, a, b == NULL ? "" : "/", b == NULL ? "" : b, suffix);

	free(f);
	return p;
}

char *
cache_repo(const struct cache *c, const struct hub_name *n)
{
	char *f = folder(n);
	char *p = xprintf("%s/%s", c->root, f);

	free(f);
	return p;
}

char *
cache_ref(const struct cache *c, const struct hub_name *n)
{
	return path_of(c, false, n, "refs", n->revision, "");
}

char *
cache_blob(const struct cache *c, const struct hub_name *n, const char *etag)
{
	return path_of(c, false, n, "blobs", etag, "");
}

char *
cache_snapshot(const struct cache *c, const struct hub_name *n,
    const char *commit)
{
	return path_of(c, false, n, "snapshots", commit, "");
}

char *
cache_file(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path)
{
	char *dir = cache_snapshot(c, n, commit);
	char *p = xprintf("%s/%s", dir, path);

	free(dir);
	return p;
}

char *
cache_tree(const struct cache *c, const struct hub_name *n,
    const char *commit)
{
	return path_of(c, false, n, "trees", commit, ".json");
}

char *
cache_no_exist(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path)
{
	char *dir = path_of(c, false, n, ".no_exist", commit, "");
	char *p = xprintf("%s/%s", dir, path);

	free(dir);
	return p;
}

char *
cache_lock(const struct cache *c, const struct hub_name *n, const char *etag)
{
	return path_of(c, true, n, etag, NULL, ".lock");
}

/*
 * Beside the locks, because trees/ would tell the original that the snapshot
 * is complete.
 */
char *
cache_part_tree(const struct cache *c, const struct hub_name *n,
    const char *commit)
{
	return path_of(c, true, n, commit, NULL, ".files");
}

static int
read_ref(const char *path, char commit[COMMIT_LEN + 1])
{
	struct buf b = { 0 };
	int r = file_read(path, 1024, &b);

	if (r == 0) {
		while (b.n > 0 && strchr(" \r\n", b.p[b.n - 1]) != NULL)
			b.p[--b.n] = '\0';
		if (b.n == COMMIT_LEN && is_commit(b.p))
			memcpy(commit, b.p, COMMIT_LEN + 1);
		else
			r = fail("%s: holds no commit", path);
	}
	buf_free(&b);
	return r;
}

int
cache_commit(const struct cache *c, const struct hub_name *n,
    char commit[COMMIT_LEN + 1])
{
	char *path;
	int r;

	if (is_commit(n->revision)) {
		memcpy(commit, n->revision, COMMIT_LEN + 1);
		return 0;
	}
	path = cache_ref(c, n);
	r = read_ref(path, commit);
	free(path);
	return r;
}

int
cache_list(const struct cache *c, const struct hub_name *n,
    const char *commit, struct tree *t)
{
	char *path = cache_tree(c, n, commit);
	int r = tree_load(t, path);

	free(path);
	if (r == 0)
		return 0;
	path = cache_part_tree(c, n, commit);
	r = tree_load(t, path);
	free(path);
	return r;
}

bool
cache_has(const struct cache *c, const struct hub_name *n,
    const char *commit, const struct tree_file *f)
{
	char *path = cache_file(c, n, commit, f->path);
	bool has = place_has(path, f->size);

	free(path);
	return has;
}

/* Only the first line of the tag matters; one that can't be written, not. */
int
cache_make(const struct cache *c)
{
	char *path = xprintf("%s/CACHEDIR.TAG", c->root);
	int r = place_parents(path);

	if (r == 0 && !file_exists(path))
		place_write(path, cache_tag, sizeof cache_tag - 1);
	free(path);
	return r;
}

int
cache_write_ref(const struct cache *c, const struct hub_name *n,
    const char *commit)
{
	char *path, old[COMMIT_LEN + 1];
	int r;

	if (strcmp(n->revision, commit) == 0)
		return 0;
	path = cache_ref(c, n);
	if (place_has(path, COMMIT_LEN) && read_ref(path, old) == 0 &&
	    strcmp(old, commit) == 0)
		r = 0;
	else
		r = place_write(path, commit, strlen(commit));
	free(path);
	return r;
}

int
cache_write_no_exist(const struct cache *c, const struct hub_name *n,
    const char *commit, const char *path)
{
	char *p = cache_no_exist(c, n, commit, path);
	int r = file_exists(p) ? 0 : place_write(p, "", 0);

	free(p);
	return r;
}

/* "../../blobs/<etag>", and one "../" more for each directory of path. */
static char *
link_target(const struct tree_file *f)
{
	struct buf b = { 0 };
	const char *s;

	buf_str(&b, "../../");
	for (s = f->path; *s != '\0'; s++)
		if (*s == '/')
			buf_str(&b, "../");
	buf_printf(&b, "blobs/%s", tree_etag(f));
	return b.p;
}

/* 0 linked, 1 no links here, -1 */
static int
try_link(const struct cache *c, const struct tree_file *f, const char *path)
{
	char *target;
	int r;

	if (!c->links)
		return 1;
	target = link_target(f);
	errno = 0;
	r = place_link(target, path);
	if (r < 0 && (errno == EPERM || errno == EOPNOTSUPP ||
	    errno == ENOSYS))
		r = 1;
	free(target);
	return r;
}

int
cache_link(const struct cache *c, const struct hub_name *n,
    const char *commit, const struct tree_file *f, bool fresh)
{
	char *path = cache_file(c, n, commit, f->path);
	char *blob = cache_blob(c, n, tree_etag(f));
	int r = try_link(c, f, path);

	if (r == 1 && fresh)
		r = place_parents(path) < 0 ? -1 : place_rename(blob, path);
	else if (r == 1)
		r = place_copy(blob, path);
	free(path);
	free(blob);
	return r;
}
