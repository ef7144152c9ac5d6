#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/digest.h"
#include "hub/tree.h"
#include "util.h"

enum { READ_BYTES = 1 << 18, THREADS_MAX = 64 };

static bool
is_hash(const char *s)
{
	return is_commit(s) || is_sha256(s);
}

/* Reading for a check is not a use: it should not show in hf-cache ls. */
static int
open_quietly(const char *path)
{
	int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags | O_NOATIME);

	return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

static bool
hash_open(int fd, uint64_t size, const char *hash, char out[DIGEST_TEXT])
{
	struct digest *d = digest_open(hash, size);
	char *b = xmalloc(READ_BYTES);
	ssize_t n;

	while ((n = read_all(fd, b, READ_BYTES)) > 0)
		digest_add(d, b, (size_t)n);
	free(b);
	digest_end(d, out);
	return n == 0;
}

const char *
verify_file(const char *path, const char *hash, bool sized, uint64_t size)
{
	int fd = open_quietly(path);
	const char *why = NULL;
	struct stat st;
	char got[DIGEST_TEXT];

	if (fd < 0)
		return "open or read";
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		why = "open or read";
	else if (sized && (uint64_t)st.st_size != size)
		why = "size";
	else if (!hash_open(fd, (uint64_t)st.st_size, hash, got))
		why = "open or read";
	else if (strcmp(got, hash) != 0)
		why = "hash";
	close(fd);
	return why;
}

static size_t
add_job(struct verify *v, char *path, const char *hash,
    const struct tree_file *listed)
{
	struct verify_job *j;

	GROW(v->job, v->jobs, v->jobs_cap);
	j = &v->job[v->jobs];
	*j = (struct verify_job){ .path = path };
	memcpy(j->hash, hash, strlen(hash) + 1);
	if (listed != NULL) {
		j->sized = true;
		j->size = listed->size;
	}
	return v->jobs++;
}

static struct verify_line *
add_line(struct verify *v, char *path, enum verify_state state)
{
	GROW(v->line, v->n, v->cap);
	v->line[v->n] = (struct verify_line){ path, state, NULL, SIZE_MAX };
	return &v->line[v->n++];
}

/* What is being added, and which job hashes each blob: SIZE_MAX for none. */
struct adding {
	struct verify *v;
	const struct scan_repo *r;
	size_t *job;
};

/* The job that hashes a blob; all users share it. */
static size_t
blob_job(struct adding *a, const struct scan_blob *b)
{
	size_t *j = &a->job[b - a->r->blob];

	if (*j == SIZE_MAX)
		*j = add_job(a->v, xprintf("%s/blobs/%s", a->r->dir, b->name),
		    b->name, NULL);
	return *j;
}

static void
failed(struct verify_line *l, const char *why)
{
	l->state = VERIFY_FAILED;
	l->why = why;
}

static void
add_file(struct adding *a, const char *dir, const struct scan_file *f,
    const struct tree_file *listed)
{
	char *path = xprintf("%s/%s", dir, f->path);
	struct verify_line *l = add_line(a->v, path, VERIFY_OK);

	if (f->kind == SCAN_BROKEN)
		failed(l, "leads to nothing");
	else if (listed != NULL && f->size != listed->size)
		failed(l, "size");
	else if (f->kind == SCAN_BLOB && listed != NULL &&
	    strcmp(f->blob->name, tree_etag(listed)) != 0)
		failed(l, "another file's blob");
	else if (f->kind == SCAN_BLOB && is_hash(f->blob->name))
		l->job = blob_job(a, f->blob);
	else if (listed != NULL)
		l->job = add_job(a->v, xstrdup(path), tree_etag(listed),
		    listed);
	else
		l->state = VERIFY_UNKNOWN;
}

/*
 * The commit's list of files; *whole when all of them should be there.  A
 * list beside the locks is hf-fetch's, for a snapshot that is not complete.
 */
static void
load_list(struct adding *a, const char *root, const char *commit,
    struct tree *t, bool *whole)
{
	char *path = xprintf("%s/trees/%s.json", a->r->dir, commit);
	struct stat st;

	*t = (struct tree){ 0 };
	*whole = tree_load(t, path) == 0;
	if (!*whole && (lstat(path, &st) == 0 || errno != ENOENT)) {
		*t = (struct tree){ 0 };
		failed(add_line(a->v, path, VERIFY_OK),
		    "is no list of files");
		return;
	}
	free(path);
	if (*whole)
		return;
	path = xprintf("%s/.locks/%s/%s.files", root, a->r->folder, commit);
	if (tree_load(t, path) < 0)
		*t = (struct tree){ 0 };
	free(path);
}

static void
add_revision(struct adding *a, const char *root,
    const struct scan_revision *rev)
{
	char *dir = xprintf("%s/snapshots/%s", a->r->dir, rev->commit);
	struct tree t;
	bool whole;
	size_t i;

	load_list(a, root, rev->commit, &t, &whole);
	for (i = 0; i < rev->n; i++)
		add_file(a, dir, &rev->file[i],
		    tree_find(&t, rev->file[i].path));
	for (i = 0; whole && i < t.n; i++)
		if (scan_find(rev, t.file[i].path) == NULL)
			add_line(a->v, xprintf("%s/%s", dir, t.file[i].path),
			    VERIFY_MISSING);
	tree_free(&t);
	free(dir);
}

void
verify_add(struct verify *v, const char *root, const struct scan_repo *r,
    bool marked)
{
	struct adding a = { v, r, xcalloc(r->blobs, sizeof(size_t)) };
	const struct scan_blob *b;
	struct verify_line *l;
	size_t i;

	for (i = 0; i < r->blobs; i++)
		a.job[i] = SIZE_MAX;
	for (i = 0; i < r->revisions; i++)
		if (!marked || r->revision[i].marked)
			add_revision(&a, root, &r->revision[i]);
	for (i = 0; !marked && i < r->blobs; i++) {
		b = &r->blob[i];
		if (b->users > 0)
			continue;
		l = add_line(v, xprintf("%s/blobs/%s", r->dir, b->name),
		    VERIFY_UNKNOWN);
		if (is_hash(b->name)) {
			l->state = VERIFY_OK;
			l->job = blob_job(&a, b);
		}
	}
	free(a.job);
}

/* Threads take jobs in order; done[] wakes who prints. */
struct run {
	struct verify *v;
	size_t next;
	pthread_mutex_t lock;
	pthread_cond_t done;
};

/* Do one job; false when there is none left.  Called and left locked. */
static bool
work(struct run *r)
{
	struct verify_job *j;
	const char *why;

	if (r->next == r->v->jobs)
		return false;
	j = &r->v->job[r->next++];
	pthread_mutex_unlock(&r->lock);
	why = verify_file(j->path, j->hash, j->sized, j->size);
	pthread_mutex_lock(&r->lock);
	j->why = why;
	j->done = true;
	pthread_cond_broadcast(&r->done);
	return true;
}

static void *
thread(void *arg)
{
	struct run *r = arg;

	pthread_mutex_lock(&r->lock);
	while (work(r))
		continue;
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Wait for the line's job, or do jobs where no thread could be made. */
static void
decide(struct run *r, struct verify_line *l, bool alone)
{
	const struct verify_job *j;

	if (l->job == SIZE_MAX)
		return;
	j = &r->v->job[l->job];
	pthread_mutex_lock(&r->lock);
	while (!j->done)
		if (!alone || !work(r))
			pthread_cond_wait(&r->done, &r->lock);
	pthread_mutex_unlock(&r->lock);
	if (j->why != NULL)
		failed(l, j->why);
}

void
verify_run(struct verify *v, size_t threads,
    void (*each)(void *arg, const struct verify_line *line), void *arg)
{
	struct run r = { .v = v };
	pthread_t id[THREADS_MAX];
	size_t i, n = 0;

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.done, NULL);
	while (n < threads && n < v->jobs &&
	    pthread_create(&id[n], NULL, thread, &r) == 0)
		n++;
	for (i = 0; i < v->n; i++) {
		decide(&r, &v->line[i], n == 0);
		v->count[v->line[i].state]++;
		each(arg, &v->line[i]);
	}
	for (i = 0; i < n; i++)
		pthread_join(id[i], NULL);
	pthread_cond_destroy(&r.done);
	pthread_mutex_destroy(&r.lock);
}

void
verify_free(struct verify *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->line[i].path);
	for (i = 0; i < v->jobs; i++)
		free(v->job[i].path);
	free(v->line);
	free(v->job);
	*v = (struct verify){ 0 };
}
