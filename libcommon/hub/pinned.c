#include "hub/pinned.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/digest.h"

/* A file in the cache whose blob is named by its SHA-256 was checked when it
 * came. */
static bool
blob_name(const char *path, char out[DIGEST_TEXT])
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);

	if (n < 65 || target[n - 65] != '/')
		return false;
	target[n] = '\0';
	if (!is_sha256(target + n - 64))
		return false;
	memcpy(out, target + n - 64, DIGEST_TEXT);
	return true;
}

static int
content_hash(const struct snapshot *s, const struct tree_file *f,
    char out[DIGEST_TEXT])
{
	char *path;
	int r = 0;

	if (f->sha256[0] != '\0') {
		memcpy(out, f->sha256, DIGEST_TEXT);
		return 0;
	}
	path = store_path(&s->store, f);
	if (!blob_name(path, out))
		r = digest_file(digest_sha256(), path, out);
	free(path);
	return r;
}

static bool
matches(const struct choice *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->nexclude; i++)
		if (glob_match(c->exclude[i], path))
			return false;
	for (i = 0; i < c->nnamed; i++)
		if (choose_names(c->named[i], path))
			return true;
	for (i = 0; i < c->ninclude; i++)
		if (glob_match(c->include[i], path))
			return true;
	return c->nnamed == 0 && c->ninclude == 0;
}

static int
names_are_pinned(const struct pins *p, const char *repo,
    const struct choice *c)
{
	size_t i, k;

	for (i = 0; i < c->nnamed; i++) {
		for (k = 0; k < p->n; k++)
			if (strcmp(p->pin[k].repo, repo) == 0 &&
			    choose_names(c->named[i], p->pin[k].path))
				break;
		if (k == p->n)
			return fail("%s: %s is not in the lock file; --update "
			    "adds it", repo, c->named[i]);
	}
	return 0;
}

size_t
pinned_choose(const struct pins *p, const char *repo,
    const struct choice *asked, const char ***list)
{
	size_t i, n = 0;

	*list = NULL;
	if (names_are_pinned(p, repo, asked) < 0)
		return 0;
	*list = xcalloc(p->n + 1, sizeof **list);
	for (i = 0; i < p->n; i++)
		if (strcmp(p->pin[i].repo, repo) == 0 &&
		    matches(asked, p->pin[i].path))
			(*list)[n++] = p->pin[i].path;
	if (n > 0)
		return n;
	free(*list);
	*list = NULL;
	fail("%s: the lock file has no file that --include and --exclude "
	    "leave", repo);
	return 0;
}

int
pinned_agree(const struct pins *p, const char *repo, const struct snapshot *s)
{
	const struct tree_file *f;
	const struct pin *q;
	size_t i;

	for (i = 0; i < s->n; i++) {
		f = s->file[i];
		q = pins_find(p, repo, f->path);
		if (q == NULL)
			return fail("%s: %s is not in the lock file", repo,
			    f->path);
		if (q->size != f->size)
			return fail("%s: %s: the lock file says %ju bytes, the "
			    "Hub %ju", repo, f->path, (uintmax_t)q->size,
			    (uintmax_t)f->size);
		if (f->sha256[0] != '\0' && strcmp(f->sha256, q->sha256) != 0)
			return fail("%s: %s: the lock file says SHA-256 "
			    "%.12s..., the Hub %.12s...", repo, f->path,
			    q->sha256, f->sha256);
	}
	return 0;
}

int
pinned_verify(const struct pins *p, const char *repo,
    const struct snapshot *s)
{
	char got[DIGEST_TEXT];
	const struct pin *q;
	size_t i;

	for (i = 0; i < s->n; i++) {
		q = pins_find(p, repo, s->file[i]->path);
		if (content_hash(s, s->file[i], got) < 0)
			return -1;
		if (q == NULL || strcmp(got, q->sha256) != 0)
			return fail("%s: %s: its SHA-256 is %.12s..., the lock "
			    "file says %.12s...", repo, s->file[i]->path, got,
			    q == NULL ? "?" : q->sha256);
	}
	return 0;
}

int
pinned_record(struct pins *p, const char *repo, const struct snapshot *s)
{
	struct pin one = { 0 };
	size_t i;

	pins_drop(p, repo);
	one.repo = repo;
	for (i = 0; i < s->n; i++) {
		one.path = s->file[i]->path;
		one.size = s->file[i]->size;
		one.licence = s->licence;
		memcpy(one.commit, s->commit, sizeof one.commit);
		if (content_hash(s, s->file[i], one.sha256) < 0)
			return -1;
		pins_add(p, &one);
	}
	return 0;
}
