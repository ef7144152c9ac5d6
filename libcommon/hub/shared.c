#include "shared.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "hub/lock.h"
#include "hub/name.h"
#include "util.h"

enum { REFS_MAX = 16 << 20 };

static bool
is_file(const char *path, struct stat *st)
{
	return lstat(path, st) == 0 && S_ISREG(st->st_mode);
}

/* A directory that only looks like the store is not ours to clear. */
static bool
is_store(const char *root)
{
	char *path = xprintf("%s/blobs/.huggingface-shared-blobs", root);
	struct buf b = { 0 };
	struct stat st;
	bool ok = is_file(path, &st) && file_read(path, 16, &b) == 0 &&
	    strcmp(b.p, "1\n") == 0;

	buf_free(&b);
	free(path);
	return ok;
}

static char *
store_path(const char *root, const char *hash)
{
	return xprintf("%s/blobs/%.2s/%s", root, hash, hash);
}

char *
shared_target(const char *root, const char *blob)
{
	char target[512], *want, *found = NULL;
	const char *hash;
	struct stat a, b;
	ssize_t n = readlink(blob, target, sizeof target - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	hash = strrchr(target, '/');
	if (hash == NULL || !is_sha256(hash + 1))
		return NULL;
	want = store_path(root, hash + 1);
	if (is_file(want, &a) && stat(blob, &b) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino)
		found = xstrdup(hash + 1);
	free(want);
	return found;
}

/* "models--x/blobs/<etag>": no other path is looked at. */
static bool
names_blob(const char *line)
{
	const char *slash = strchr(line, '/');

	return scan_type(line) != NULL && slash != NULL &&
	    strncmp(slash, "/blobs/", 7) == 0 && slash[7] != '\0' &&
	    strchr(slash + 7, '/') == NULL && strcmp(slash + 7, "..") != 0;
}

/* Does the link of this line lead to the file?  If in doubt, it does. */
static bool
leads(const char *root, const char *line, const struct stat *file)
{
	char *path;
	struct stat st;
	bool yes;

	if (!names_blob(line))
		return false;
	path = xprintf("%s/%s", root, line);
	if (lstat(path, &st) < 0)
		yes = errno != ENOENT && errno != ENOTDIR;
	else if (!S_ISLNK(st.st_mode))
		yes = false;
	else if (stat(path, &st) < 0)
		yes = errno != ENOENT && errno != ENOTDIR;
	else
		yes = st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	free(path);
	return yes;
}

/* Is one of the links that the list names still there? */
static bool
in_use(const char *root, const char *refs, const struct stat *file)
{
	struct buf b = { 0 };
	struct stat st;
	char *line, *rest;
	bool used = false;

	if (!is_file(refs, &st) || file_read(refs, REFS_MAX, &b) < 0) {
		buf_free(&b);
		return true;
	}
	rest = b.p;
	while (!used && (line = strsep(&rest, "\n")) != NULL)
		used = leads(root, line, file);
	buf_free(&b);
	return used;
}

static int
sweep(const char *root, const char *path, const char *refs, bool dry,
    uint64_t *size)
{
	struct stat st;

	if (!is_file(path, &st) || in_use(root, refs, &st))
		return 0;
	*size = (uint64_t)st.st_size;
	if (dry)
		return 1;
	if (unlink(path) < 0)
		return fail("%s: %s", path, strerror(errno));
	unlink(refs);
	return 1;
}

int
shared_sweep(const char *root, const char *hash, bool dry, char **path,
    uint64_t *size)
{
	char *refs, *lock;
	int r, fd = -1;

	*path = store_path(root, hash);
	*size = 0;
	if (!is_sha256(hash) || !is_store(root))
		return 0;
	refs = xprintf("%s.refs", *path);
	lock = xprintf("%s.lock", *path);
	if (!dry)
		fd = lock_take(lock, true);
	r = fd == -1 && !dry ? -1 : sweep(root, *path, refs, dry, size);
	lock_drop(fd);
	free(refs);
	free(lock);
	return r;
}

static void
list_folder(const char *root, int prefix, struct scan_list *l)
{
	char *dir = xprintf("%s/blobs/%02x", root, (unsigned)prefix);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (is_sha256(e->d_name) &&
		    strncmp(e->d_name, strrchr(dir, '/') + 1, 2) == 0) {
			GROW(l->folder, l->n, l->cap);
			l->folder[l->n++] = xstrdup(e->d_name);
		}
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	free(dir);
}

void
shared_list(const char *root, struct scan_list *l)
{
	int i;

	*l = (struct scan_list){ 0 };
	for (i = 0; i < 256 && is_store(root); i++)
		list_folder(root, i, l);
}
