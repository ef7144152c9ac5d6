#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "util.h"

enum { DEPTH_MAX = 64, PROBLEMS_MAX = 1000, REF_MAX = 1024 };

/* Folders of the cache's root, and what they hold. */
static const struct {
	const char *prefix, *type;
} types[] = {
	{ "models--", "model" },
	{ "datasets--", "dataset" },
	{ "spaces--", "space" },
	{ "kernels--", "kernel" },
};

const char *
scan_type(const char *folder)
{
	size_t i, n;

	for (i = 0; i < sizeof types / sizeof *types; i++) {
		n = strlen(types[i].prefix);
		if (strncmp(folder, types[i].prefix, n) == 0 &&
		    folder[n] != '\0')
			return types[i].type;
	}
	return NULL;
}

char *
scan_folder(const char *type, const char *repo)
{
	struct buf b = { 0 };

	buf_printf(&b, "%ss--", type);
	for (; *repo != '\0'; repo++)
		if (*repo == '/')
			buf_str(&b, "--");
		else
			buf_byte(&b, *repo);
	return b.p;
}

/* The way back: "org/name". */
static char *
repo_of(const char *folder)
{
	const char *s = strstr(folder, "--") + 2;
	struct buf b = { 0 };

	for (; *s != '\0'; s++)
		if (s[0] == '-' && s[1] == '-') {
			buf_byte(&b, '/');
			s++;
		} else
			buf_byte(&b, *s);
	return b.p;
}

static void
problem(struct scan_repo *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
problem(struct scan_repo *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (r->problems == PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	GROW(r->problem, r->problems, r->problems_cap);
	r->problem[r->problems++] = xstrdup(text);
}

/* One that leaves us in the dark: EIO, EMFILE, EACCES. */
static void
blind(struct scan_repo *r, const char *what)
{
	problem(r, "%s: %s", what, strerror(errno));
	r->incomplete = true;
}

/* Is there just nothing at the end of this path? */
static bool
is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A directory's entries but "." and "..", sorted.  -1 with errno. */
static int
entries(const char *dir, bool follow, struct scan_list *l)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC |
	    (follow ? 0 : O_NOFOLLOW));
	struct dirent *e;
	DIR *d;
	int error;

	*l = (struct scan_list){ 0 };
	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		GROW(l->folder, l->n, l->cap);
		l->folder[l->n++] = xstrdup(e->d_name);
	}
	error = errno;
	closedir(d);
	if (l->n > 0)
		qsort(l->folder, l->n, sizeof *l->folder, by_text);
	errno = error;
	return error == 0 ? 0 : -1;
}

void
scan_list_free(struct scan_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->folder[i]);
	free(l->folder);
	*l = (struct scan_list){ 0 };
}

int
scan_root(const char *root, struct scan_list *l)
{
	struct stat st;
	size_t i, n = 0;
	char *path;

	if (entries(root, true, l) < 0) {
		fail("%s: %s", root, errno == ENOENT ? "there is no cache"
						     : strerror(errno));
		scan_list_free(l);
		return -1;
	}
	for (i = 0; i < l->n; i++) {
		path = xprintf("%s/%s", root, l->folder[i]);
		if (scan_type(l->folder[i]) != NULL &&
		    (stat(path, &st) < 0 || S_ISDIR(st.st_mode)))
			l->folder[n++] = l->folder[i];
		else
			free(l->folder[i]);
		free(path);
	}
	l->n = n;
	return 0;
}

/* What operating systems strew about. */
static bool
ignored(const char *name)
{
	return strcmp(name, ".DS_Store") == 0;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static void
fill(struct scan_blob *b, const char *name, const struct stat *st)
{
	*b = (struct scan_blob){
		.name = xstrdup(name),
		.size = (uint64_t)st->st_size,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.used = st->st_atime,
		.changed = st->st_mtime,
	};
}

static void
add_blob(struct scan_repo *r, const char *name, const char *path)
{
	struct stat st;

	if (ends_in(name, ".incomplete") || ends_in(name, ".tmp") ||
	    ends_in(name, ".shared")) {
		if (lstat(path, &st) < 0)
			return;
		GROW(r->partial, r->partials, r->partials_cap);
		fill(&r->partial[r->partials++], name, &st);
		return;
	}
	if (stat(path, &st) < 0) {
		if (is_absence(errno))
			problem(r, "blobs/%s: leads to nothing", name);
		else
			blind(r, path);
		/* Kept as a blob without content, so that it can go. */
		if (lstat(path, &st) < 0)
			return;
		st.st_size = 0;
	} else if (!S_ISREG(st.st_mode)) {
		problem(r, "blobs/%s: is no regular file", name);
		return;
	}
	GROW(r->blob, r->blobs, r->blobs_cap);
	fill(&r->blob[r->blobs++], name, &st);
}

static void
scan_blobs(struct scan_repo *r)
{
	char *dir = xprintf("%s/blobs", r->dir), *path;
	struct scan_list l;
	size_t i;

	if (entries(dir, true, &l) < 0 && errno != ENOENT)
		blind(r, "blobs");
	for (i = 0; i < l.n; i++) {
		path = xprintf("%s/%s", dir, l.folder[i]);
		if (!ignored(l.folder[i]))
			add_blob(r, l.folder[i], path);
		free(path);
	}
	scan_list_free(&l);
	free(dir);
}

static int
by_name(const void *key, const void *b)
{
	return strcmp(key, ((const struct scan_blob *)b)->name);
}

struct scan_blob *
scan_blob(const struct scan_repo *r, const char *name)
{
	return r->blobs == 0 ? NULL
			     : bsearch(name, r->blob, r->blobs,
				   sizeof *r->blob, by_name);
}

/* The blob whose name a snapshot's link ends in; NULL for a file. */
static struct scan_blob *
named_blob(struct scan_repo *r, const char *link)
{
	char target[4096], *slash;
	ssize_t n = readlink(link, target, sizeof target - 1);

	if (n < 0 && errno != EINVAL)
		blind(r, link);
	if (n <= 0)
		return NULL;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return scan_blob(r, slash == NULL ? target : slash + 1);
}

static void
use(struct scan_revision *v, int64_t used, int64_t changed)
{
	if (used > v->used)
		v->used = used;
	if (changed > v->changed)
		v->changed = changed;
}

static void
add_file(struct scan_repo *r, struct scan_revision *v, const char *name,
    const char *path)
{
	struct scan_file f = { .path = xstrdup(name), .kind = SCAN_COPY };
	struct scan_blob *b = named_blob(r, path);
	struct stat st;

	if (b != NULL)
		b->users++;
	if (stat(path, &st) < 0) {
		f.kind = SCAN_BROKEN;
		if (!is_absence(errno))
			blind(r, path);
	} else {
		f.size = (uint64_t)st.st_size;
		if (b != NULL && b->dev == st.st_dev && b->ino == st.st_ino) {
			f.kind = SCAN_BLOB;
			f.blob = b;
		}
		use(v, st.st_atime, st.st_mtime);
	}
	GROW(v->file, v->n, v->cap);
	v->file[v->n++] = f;
}

/* What kind of thing a walk meets; links to directories are not entered. */
static mode_t
kind_of(struct scan_repo *r, const char *path)
{
	struct stat st, end;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT)
			blind(r, path);
		return 0;
	}
	if (S_ISLNK(st.st_mode) && stat(path, &end) == 0 &&
	    !S_ISREG(end.st_mode))
		return 0;
	return st.st_mode & S_IFMT;
}

/* Call each() for every file and link below dir; name is relative to it. */
struct walk {
	struct scan_repo *r;
	void (*each)(void *arg, const char *name, const char *path);
	void *arg;
};

static void
walk(const struct walk *w, const char *dir, const char *prefix, int depth)
{
	struct scan_list l;
	char *path, *name;
	mode_t mode;
	size_t i;

	if (depth > DEPTH_MAX) {
		errno = ELOOP;
		blind(w->r, dir);
		return;
	}
	if (entries(dir, depth == 0, &l) < 0 && errno != ENOENT)
		blind(w->r, dir);
	for (i = 0; i < l.n; i++) {
		path = xprintf("%s/%s", dir, l.folder[i]);
		name = xprintf("%s%s%s", prefix, *prefix ? "/" : "",
		    l.folder[i]);
		mode = kind_of(w->r, path);
		if (mode == S_IFDIR)
			walk(w, path, name, depth + 1);
		else if ((mode == S_IFREG || mode == S_IFLNK) &&
		    !ignored(l.folder[i]))
			w->each(w->arg, name, path);
		free(path);
		free(name);
	}
	scan_list_free(&l);
}

struct adding {
	struct scan_repo *r;
	struct scan_revision *v;
};

static void
each_file(void *arg, const char *name, const char *path)
{
	const struct adding *a = arg;

	add_file(a->r, a->v, name, path);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct scan_file *)a)->path,
	    ((const struct scan_file *)b)->path);
}

static int
by_blob(const void *a, const void *b)
{
	const struct scan_blob *x = *(struct scan_blob *const *)a;
	const struct scan_blob *y = *(struct scan_blob *const *)b;

	return (x > y) - (x < y);
}

/* Sum up: each blob once, and what is no blob for itself. */
static void
measure(struct scan_revision *v)
{
	struct scan_blob **seen = xcalloc(v->n, sizeof *seen);
	size_t i, n = 0;

	for (i = 0; i < v->n; i++)
		if (v->file[i].kind == SCAN_BLOB)
			seen[n++] = v->file[i].blob;
		else
			v->size += v->file[i].size;
	if (n > 0)
		qsort(seen, n, sizeof *seen, by_blob);
	for (i = 0; i < n; i++)
		if (i == 0 || seen[i] != seen[i - 1])
			v->size += seen[i]->size;
	free(seen);
}

static void
add_revision(struct scan_repo *r, const char *commit, const char *dir)
{
	struct scan_revision v = { .commit = xstrdup(commit) };
	struct adding a = { r, &v };
	struct walk w = { r, each_file, &a };
	struct stat st;

	walk(&w, dir, "", 0);
	if (v.n > 0)
		qsort(v.file, v.n, sizeof *v.file, by_path);
	measure(&v);
	if (v.n == 0 && stat(dir, &st) == 0)
		use(&v, st.st_atime, st.st_mtime);
	GROW(r->revision, r->revisions, r->revisions_cap);
	r->revision[r->revisions++] = v;
}

static void
scan_snapshots(struct scan_repo *r)
{
	char *dir = xprintf("%s/snapshots", r->dir), *path;
	struct scan_list l;
	size_t i;

	if (entries(dir, true, &l) < 0 && errno != ENOENT)
		blind(r, "snapshots");
	else if (l.n == 0 && !dir_exists(dir))
		problem(r, "snapshots: is not there");
	for (i = 0; i < l.n; i++) {
		path = xprintf("%s/%s", dir, l.folder[i]);
		if (ignored(l.folder[i]))
			;
		else if (kind_of(r, path) != S_IFDIR)
			problem(r, "snapshots/%s: is no directory",
			    l.folder[i]);
		else
			add_revision(r, l.folder[i], path);
		free(path);
	}
	scan_list_free(&l);
	free(dir);
}

static int
by_commit(const void *key, const void *v)
{
	return strcmp(key, ((const struct scan_revision *)v)->commit);
}

struct scan_revision *
scan_commit(const struct scan_repo *r, const char *commit)
{
	return r->revisions == 0 ? NULL
				 : bsearch(commit, r->revision, r->revisions,
				       sizeof *r->revision, by_commit);
}

/* "main.0123abcd.tmp" will be renamed to "main". */
static bool
is_temporary(const char *name)
{
	size_t n = strlen(name);

	return n > 13 && name[n - 13] == '.' &&
	    strspn(name + n - 12, "0123456789abcdef") == 8 &&
	    strcmp(name + n - 4, ".tmp") == 0;
}

/* The original takes the file to the letter: a line feed breaks it. */
static void
read_ref(struct scan_repo *r, struct scan_ref *f, const char *path)
{
	struct buf b = { 0 };
	struct stat st;

	/* One that is too large holds no commit, and is no reason to stop. */
	if (file_read(path, REF_MAX, &b) < 0 && (stat(path, &st) < 0 ||
	    st.st_size <= REF_MAX)) {
		f->unread = true;
		r->incomplete = true;
		problem(r, "refs/%s: can't be read", f->name);
		buf_free(&b);
		return;
	}
	if (b.n == COMMIT_LEN + 1 && b.p[COMMIT_LEN] == '\n') {
		problem(r, "refs/%s: ends in a line feed", f->name);
		b.p[--b.n] = '\0';
	}
	if (b.n == COMMIT_LEN && is_commit(b.p))
		memcpy(f->commit, b.p, COMMIT_LEN + 1);
	else
		problem(r, "refs/%s: holds no commit", f->name);
	buf_free(&b);
}

static void
add_ref(void *arg, const char *name, const char *path)
{
	struct scan_repo *r = arg;
	struct scan_ref f = { .name = xstrdup(name) };

	f.temporary = is_temporary(name);
	if (!f.temporary)
		read_ref(r, &f, path);
	if (f.commit[0] != '\0') {
		f.revision = scan_commit(r, f.commit);
		if (f.revision == NULL)
			problem(r, "refs/%s: its commit %s is not there",
			    name, f.commit);
	}
	GROW(r->ref, r->refs, r->refs_cap);
	r->ref[r->refs++] = f;
}

static int
by_ref(const void *a, const void *b)
{
	return strcmp(((const struct scan_ref *)a)->name,
	    ((const struct scan_ref *)b)->name);
}

static void
scan_refs(struct scan_repo *r)
{
	char *dir = xprintf("%s/refs", r->dir);
	struct walk w = { r, add_ref, r };

	walk(&w, dir, "", 0);
	if (r->refs > 0)
		qsort(r->ref, r->refs, sizeof *r->ref, by_ref);
	free(dir);
}

void
scan_repo(const char *root, const char *folder, struct scan_repo *r)
{
	*r = (struct scan_repo){
		.dir = xprintf("%s/%s", root, folder),
		.folder = xstrdup(folder),
		.type = xstrdup(scan_type(folder)),
		.repo = repo_of(folder),
	};
	scan_blobs(r);
	scan_snapshots(r);
	scan_refs(r);
}

static void
free_blobs(struct scan_blob *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(b[i].name);
	free(b);
}

static void
free_revision(struct scan_revision *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->file[i].path);
	free(v->file);
	free(v->commit);
}

void
scan_free(struct scan_repo *r)
{
	size_t i;

	free_blobs(r->blob, r->blobs);
	free_blobs(r->partial, r->partials);
	for (i = 0; i < r->revisions; i++)
		free_revision(&r->revision[i]);
	free(r->revision);
	for (i = 0; i < r->refs; i++)
		free(r->ref[i].name);
	free(r->ref);
	for (i = 0; i < r->problems; i++)
		free(r->problem[i]);
	free(r->problem);
	free(r->dir);
	free(r->folder);
	free(r->type);
	free(r->repo);
	*r = (struct scan_repo){ 0 };
}

struct scan_ref *
scan_ref(const struct scan_repo *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (strcmp(r->ref[i].name, name) == 0)
			return &r->ref[i];
	return NULL;
}

struct scan_file *
scan_find(const struct scan_revision *v, const char *path)
{
	struct scan_file key = { 0 };
	char *p = xstrdup(path);
	struct scan_file *f;

	key.path = p;
	f = v->n == 0 ? NULL
		      : bsearch(&key, v->file, v->n, sizeof *v->file, by_path);
	free(p);
	return f;
}
