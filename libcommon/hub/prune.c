#include "prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "hub/lock.h"
#include "hub/shared.h"
#include "util.h"

enum {
	BATCH = 64,
	DEPTH_MAX = 128,
	WRITING = 60		/* seconds that nobody needs for a small file */
};

static void
gone(struct prune *p, const char *path, uint64_t size)
{
	p->freed += size;
	if (p->gone != NULL)
		p->gone(p->arg, path, size);
}

/* The same, of something in a repository's directory. */
static void
gone_in(struct prune *p, const struct scan_repo *r, const char *name,
    uint64_t size)
{
	char *path = xprintf("%s/%s", r->dir, name);

	gone(p, path, size);
	free(path);
}

/* What can't be seen may use what seems unused. */
static int
check_seen(const struct scan_repo *r)
{
	return r->incomplete
	    ? fail("%s: %s; nothing is removed", r->dir,
		  r->problems > 0 ? r->problem[0] : "can't be read")
	    : 0;
}

static int
open_dir(int at, const char *name)
{
	return openat(at, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* The directory of a repository, which must not be a link to elsewhere. */
static int
open_repo(const char *root, const char *folder)
{
	int at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (at < 0)
		return fail("%s: %s", root, strerror(errno));
	fd = open_dir(at, folder);
	if (fd < 0)
		fail("%s/%s: %s", root, folder, errno == ENOTDIR ||
		    errno == ELOOP ? "is a link; remove it by hand"
				   : strerror(errno));
	close(at);
	return fd;
}

/*
 * The directory that holds the last part of a path below at; *last is that
 * part.  -1 with errno.
 */
static int
open_parent(int at, const char *path, const char **last)
{
	int fd = dup(at), next;
	const char *slash;
	char *part;

	while (fd >= 0 && (slash = strchr(path, '/')) != NULL) {
		part = xstrndup(path, (size_t)(slash - path));
		next = open_dir(fd, part);
		free(part);
		close(fd);
		fd = next;
		path = slash + 1;
	}
	*last = path;
	return fd;
}

static int remove_in(int at, const char *name, bool dry, int depth,
    uint64_t *size);

/* Remove what is in the directory fd, which is closed. */
static int
empty(int fd, bool dry, int depth, uint64_t *size)
{
	DIR *d = depth > DEPTH_MAX ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (d == NULL) {
		close(fd);
		errno = ELOOP;
		return -1;
	}
	while (r == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			r = remove_in(dirfd(d), e->d_name, dry, depth + 1,
			    size);
	closedir(d);
	return r;
}

/* Remove a file, a link or a whole directory; *size grows.  -1 with errno. */
static int
remove_in(int at, const char *name, bool dry, int depth, uint64_t *size)
{
	struct stat st;
	int fd;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode)) {
		if (S_ISREG(st.st_mode) && st.st_nlink == 1)
			*size += (uint64_t)st.st_size;
		return dry || unlinkat(at, name, 0) == 0 || errno == ENOENT
		    ? 0
		    : -1;
	}
	fd = open_dir(at, name);
	if (fd < 0 || empty(fd, dry, depth, size) < 0)
		return -1;
	return dry || unlinkat(at, name, AT_REMOVEDIR) == 0 ||
	    errno == ENOENT ? 0 : -1;
}

/* Remove a path below the repository's directory, if there is one. */
static int
remove_path(struct prune *p, const struct scan_repo *r, int fd,
    const char *path)
{
	const char *last;
	struct stat st;
	uint64_t size = 0;
	int parent = open_parent(fd, path, &last), e = 0;

	if (parent < 0 || fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
		e = errno == ENOENT ? ENOENT : errno;
	else if (remove_in(parent, last, p->dry, 0, &size) < 0)
		e = errno;
	if (parent >= 0)
		close(parent);
	if (e == ENOENT)
		return 0;
	if (e != 0)
		return fail("%s/%s: %s", r->dir, path, e == ENOTDIR ||
		    e == ELOOP ? "is behind a link; remove it by hand"
			       : strerror(e));
	gone_in(p, r, path, size);
	return 0;
}

static char *
lock_path(const struct prune *p, const struct scan_repo *r, const char *etag)
{
	return xprintf("%s/.locks/%s/%s.lock", p->root, r->folder, etag);
}

/* Is a download of this repository running?  Then -1. */
static int
check_idle(const struct prune *p, const struct scan_repo *r)
{
	char *dir = xprintf("%s/.locks/%s", p->root, r->folder), *path;
	DIR *d = opendir(dir);
	struct dirent *e;
	bool held = false;

	if (d == NULL && errno != ENOENT) {
		fail("%s: %s", dir, strerror(errno));
		free(dir);
		return -1;
	}
	while (d != NULL && !held && (e = readdir(d)) != NULL) {
		path = xprintf("%s/%s", dir, e->d_name);
		held = e->d_name[0] != '.' && lock_held(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
	return held ? fail("%s: a download is running; try again later",
	    r->dir) : 0;
}

/* A link to the shared store frees nothing before the last one is gone. */
static int
remove_blob(struct prune *p, const struct scan_repo *r, int fd,
    const struct scan_blob *b)
{
	char *name = xprintf("blobs/%s", b->name), *store = NULL;
	char *full = xprintf("%s/%s", r->dir, name);
	char *hash = shared_target(p->root, full);
	uint64_t size;
	int e = remove_path(p, r, fd, name);

	free(full);
	free(name);
	if (e == 0 && hash != NULL && !p->dry)
		e = shared_sweep(p->root, hash, false, &store, &size);
	if (e == 1)
		gone(p, store, size);
	free(store);
	free(hash);
	return e < 0 ? -1 : 0;
}

/* Of blobs whose locks we hold (fd >= 0), remove what nobody uses now. */
static int
remove_locked(struct prune *p, const struct scan_repo *r, int dir,
    const struct scan_blob *const *b, const int *fd, size_t n)
{
	const struct scan_blob *now;
	struct scan_repo fresh;
	size_t i;
	int e;

	scan_repo(p->root, r->folder, &fresh);
	e = check_seen(&fresh);
	for (i = 0; i < n && e == 0; i++) {
		now = fd[i] < 0 ? NULL : scan_blob(&fresh, b[i]->name);
		if (now != NULL && now->users == 0)
			e = remove_blob(p, r, dir, now);
	}
	scan_free(&fresh);
	return e;
}

static int
remove_batch(struct prune *p, const struct scan_repo *r, int dir,
    const struct scan_blob *const *b, size_t n)
{
	int fd[BATCH], e = 0;
	char *path;
	size_t i, taken;

	for (taken = 0; taken < n && e == 0; taken++) {
		path = lock_path(p, r, b[taken]->name);
		fd[taken] = lock_take(path, false);
		e = fd[taken] == -1 ? -1 : 0;
		p->busy += fd[taken] == LOCK_BUSY;
		free(path);
	}
	if (e == 0)
		e = remove_locked(p, r, dir, b, fd, n);
	for (i = 0; i < taken; i++)
		lock_drop(fd[i]);
	return e;
}

static int
remove_blobs(struct prune *p, const struct scan_repo *r, int dir,
    const struct scan_blob *const *b, size_t n)
{
	size_t i, some;
	int e = 0;

	for (i = 0; i < n && e == 0; i += some) {
		some = p->dry ? 1 : n - i < BATCH ? n - i : BATCH;
		e = p->dry ? remove_blob(p, r, dir, b[i])
			   : remove_batch(p, r, dir, b + i, some);
	}
	return e;
}

/* refs/pr/1 leaves refs/pr behind, when it is empty. */
static int
remove_ref(struct prune *p, const struct scan_repo *r, int fd,
    const struct scan_ref *ref)
{
	char *path = xprintf("refs/%s", ref->name), *slash;
	const char *last;
	int e = remove_path(p, r, fd, path), parent;

	while (e == 0 && !p->dry && (slash = strrchr(path, '/')) != NULL &&
	    strchr(path, '/') != slash) {
		*slash = '\0';
		parent = open_parent(fd, path, &last);
		if (parent < 0 || unlinkat(parent, last, AT_REMOVEDIR) < 0)
			*path = '\0';
		if (parent >= 0)
			close(parent);
	}
	free(path);
	return e;
}

/* The list that hf-fetch keeps beside the locks; it says nothing of size. */
static void
remove_note(const struct prune *p, const struct scan_repo *r,
    const char *commit)
{
	char *path = xprintf("%s/.locks/%s/%s.files", p->root, r->folder,
	    commit);

	if (!p->dry)
		unlink(path);
	free(path);
}

static int
remove_revision(struct prune *p, const struct scan_repo *r, int fd,
    const struct scan_revision *v)
{
	static const struct {
		const char *before, *after;
	} parts[] = {
		{ "trees/", ".json" },
		{ ".no_exist/", "" },
		{ "snapshots/", "" },
	};
	char *path;
	size_t i;
	int e = 0;

	remove_note(p, r, v->commit);
	for (i = 0; i < sizeof parts / sizeof *parts && e == 0; i++) {
		path = xprintf("%s%s%s", parts[i].before, v->commit,
		    parts[i].after);
		e = remove_path(p, r, fd, path);
		free(path);
	}
	return e;
}

/* Blobs that the marked revisions use and no other; free() the list. */
static const struct scan_blob **
only_marked(const struct scan_repo *r, size_t *n)
{
	const struct scan_blob **list = xcalloc(r->blobs, sizeof *list);
	size_t *kept = xcalloc(r->blobs, sizeof *kept), i, j;
	const struct scan_revision *v;

	for (i = 0; i < r->revisions; i++)
		for (v = &r->revision[i], j = 0; j < v->n; j++)
			if (v->file[j].blob != NULL && !v->marked)
				kept[v->file[j].blob - r->blob]++;
	for (i = *n = 0; i < r->blobs; i++)
		if (r->blob[i].users > 0 && kept[i] == 0)
			list[(*n)++] = &r->blob[i];
	free(kept);
	return list;
}

static int
remove_marked(struct prune *p, const struct scan_repo *r, int fd)
{
	const struct scan_blob **list;
	size_t i, n;
	int e = 0;

	for (i = 0; i < r->refs && e == 0; i++)
		if (r->ref[i].revision != NULL && r->ref[i].revision->marked)
			e = remove_ref(p, r, fd, &r->ref[i]);
	for (i = 0; i < r->revisions && e == 0; i++)
		if (r->revision[i].marked)
			e = remove_revision(p, r, fd, &r->revision[i]);
	list = only_marked(r, &n);
	if (e == 0)
		e = remove_blobs(p, r, fd, list, n);
	free(list);
	return e;
}

/* The directory itself, with what we know nothing of. */
static int
remove_rest(struct prune *p, const struct scan_repo *r)
{
	int at = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), e = 0;
	uint64_t size = 0;

	if (at < 0 || remove_in(at, r->folder, false, 0, &size) < 0)
		e = fail("%s: %s", r->dir, strerror(errno));
	if (at >= 0)
		close(at);
	if (e == 0)
		gone(p, r->dir, size);
	return e;
}

static int
remove_all(struct prune *p, const struct scan_repo *r, int fd)
{
	const struct scan_blob **list = xcalloc(r->blobs, sizeof *list);
	char *path;
	size_t i;
	int e = remove_path(p, r, fd, "refs");

	for (i = 0; i < r->revisions && e == 0; i++)
		e = remove_revision(p, r, fd, &r->revision[i]);
	for (i = 0; i < r->blobs; i++)
		list[i] = &r->blob[i];
	if (e == 0)
		e = remove_blobs(p, r, fd, list, r->blobs);
	free(list);
	for (i = 0; i < r->partials && e == 0; i++) {
		path = xprintf("blobs/%s", r->partial[i].name);
		e = remove_path(p, r, fd, path);
		free(path);
	}
	return e < 0 || p->dry || p->busy > 0 ? e : remove_rest(p, r);
}

int
prune_repo(struct prune *p, const struct scan_repo *r)
{
	int fd = open_repo(p->root, r->folder), e;

	if (fd < 0)
		return -1;
	e = check_idle(p, r);
	if (e == 0)
		e = remove_all(p, r, fd);
	close(fd);
	return e;
}

int
prune_marked(struct prune *p, const struct scan_repo *r)
{
	size_t i, marked = 0;
	int fd, e;

	for (i = 0; i < r->revisions; i++)
		marked += r->revision[i].marked;
	if (marked == 0)
		return 0;
	if (marked == r->revisions)
		return prune_repo(p, r);
	if (check_seen(r) < 0)
		return -1;
	fd = open_repo(p->root, r->folder);
	if (fd < 0)
		return -1;
	e = check_idle(p, r);
	if (e == 0)
		e = remove_marked(p, r, fd);
	close(fd);
	return e;
}

int
prune_ref(struct prune *p, const struct scan_repo *r,
    const struct scan_ref *ref)
{
	int fd = open_repo(p->root, r->folder), e;

	if (fd < 0)
		return -1;
	e = remove_ref(p, r, fd, ref);
	close(fd);
	return e;
}

/* The ETag in "<etag>.incomplete", "<etag>.<8 hex>.incomplete", ".<etag>..." */
static char *
etag_of(const char *partial)
{
	partial += *partial == '.';
	return xstrndup(partial, strcspn(partial, "."));
}

/*
 * Remove a partial file that nobody writes: neither the blob's lock nor one
 * on the file itself is held, and it is as old as when it was scanned.
 */
static int
remove_partial(struct prune *p, const struct scan_repo *r, int dir,
    const struct scan_blob *b)
{
	char *name = xprintf("blobs/%s", b->name);
	char *path = xprintf("%s/%s", r->dir, name);
	char *etag = etag_of(b->name), *lock = lock_path(p, r, etag);
	struct stat st;
	int fd = p->dry ? -1 : lock_take(lock, false), e = 0;

	if (fd == LOCK_BUSY || lock_held(path))
		p->busy++;
	else if (fd == -1 && !p->dry)
		e = -1;
	else if (lstat(path, &st) == 0 && st.st_mtime <= p->before)
		e = remove_path(p, r, dir, name);
	lock_drop(fd);
	free(lock);
	free(etag);
	free(path);
	free(name);
	return e;
}

static int
remove_broken(struct prune *p, const struct scan_repo *r, int fd,
    const struct scan_revision *v)
{
	struct stat st;
	char *name, *path;
	size_t i;
	int e = 0;

	for (i = 0; i < v->n && e == 0; i++) {
		if (v->file[i].kind != SCAN_BROKEN)
			continue;
		name = xprintf("snapshots/%s/%s", v->commit, v->file[i].path);
		path = xprintf("%s/%s", r->dir, name);
		if (stat(path, &st) < 0 && (errno == ENOENT ||
		    errno == ENOTDIR || errno == ELOOP))
			e = remove_path(p, r, fd, name);
		free(path);
		free(name);
	}
	return e;
}

/* Is a small file or a directory so old that nobody is at it? */
static bool
is_left(const struct prune *p, int64_t changed)
{
	return changed <= p->before && changed + WRITING < time(NULL);
}

/*
 * A ref without snapshot hides the whole repository from the original.  One
 * that holds no commit may be in the making.
 */
static int
remove_lost_ref(struct prune *p, const struct scan_repo *r, int fd,
    const struct scan_ref *ref)
{
	char *dir = xprintf("%s/snapshots/%s", r->dir, ref->commit);
	char *path = xprintf("%s/refs/%s", r->dir, ref->name);
	struct stat st;
	bool lost;
	int e = 0;

	if (ref->commit[0] != '\0')
		lost = !dir_exists(dir);
	else
		lost = lstat(path, &st) == 0 && is_left(p, st.st_mtime);
	if (lost)
		e = remove_ref(p, r, fd, ref);
	free(dir);
	free(path);
	return e;
}

/* What is named by no hash may be a probe of Python's, not under a lock. */
static bool
is_unused(const struct prune *p, const struct scan_blob *b)
{
	return b->users == 0 && (is_commit(b->name) || is_sha256(b->name) ||
	    is_left(p, b->changed));
}

static int
remove_garbage(struct prune *p, const struct scan_repo *r, int fd)
{
	const struct scan_blob **list = xcalloc(r->blobs, sizeof *list);
	size_t i, n = 0;
	int e = 0;

	for (i = 0; i < r->refs && e == 0; i++)
		if (r->ref[i].revision == NULL && !r->ref[i].unread)
			e = remove_lost_ref(p, r, fd, &r->ref[i]);
	for (i = 0; i < r->revisions && e == 0; i++)
		e = remove_broken(p, r, fd, &r->revision[i]);
	for (i = 0; i < r->blobs; i++)
		if (is_unused(p, &r->blob[i]))
			list[n++] = &r->blob[i];
	if (e == 0)
		e = remove_blobs(p, r, fd, list, n);
	free(list);
	for (i = 0; i < r->partials && e == 0; i++)
		if (r->partial[i].changed <= p->before)
			e = remove_partial(p, r, fd, &r->partial[i]);
	return e;
}

/* What a download leaves that was stopped before it had anything. */
static bool
is_shell(const struct prune *p, const struct scan_repo *r)
{
	struct stat st;

	return r->revisions == 0 && r->blobs == 0 && r->partials == 0 &&
	    lstat(r->dir, &st) == 0 && is_left(p, st.st_mtime);
}

int
prune_garbage(struct prune *p, const struct scan_repo *r)
{
	int fd, e;

	if (check_seen(r) < 0)
		return -1;
	if (is_shell(p, r))
		return prune_repo(p, r);
	fd = open_repo(p->root, r->folder);
	if (fd < 0)
		return -1;
	e = remove_garbage(p, r, fd);
	close(fd);
	return e;
}

int
prune_store(struct prune *p)
{
	struct scan_list l;
	uint64_t size;
	char *path;
	size_t i;
	int e = 0;

	shared_list(p->root, &l);
	for (i = 0; i < l.n && e >= 0; i++) {
		e = shared_sweep(p->root, l.folder[i], p->dry, &path, &size);
		if (e == 1)
			gone(p, path, size);
		free(path);
	}
	scan_list_free(&l);
	return e < 0 ? -1 : 0;
}
