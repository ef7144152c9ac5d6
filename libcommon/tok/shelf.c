#include "tok/shelf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/place.h"
#include "util.h"

struct file {
	char *name;
	struct timespec written;
};

struct files {
	struct file *v;
	size_t n, cap;
};

static int
newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct file *)a)->written;
	const struct timespec *y = &((const struct file *)b)->written;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

/* Temporary files that a program left behind count, and so go in time. */
static void
list(DIR *d, struct files *l)
{
	struct dirent *e;
	struct stat st;

	while ((e = readdir(d)) != NULL) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0
		    || !S_ISREG(st.st_mode))
			continue;
		GROW(l->v, l->n, l->cap);
		l->v[l->n++] = (struct file){ xstrdup(e->d_name),
			st.st_mtim };
	}
}

static void
tidy(const char *path)
{
	char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	DIR *d = opendir(dir);
	struct files l = { 0 };
	size_t i;

	free(dir);
	if (d == NULL)
		return;
	list(d, &l);
	if (l.n > SHELF_FILES)
		qsort(l.v, l.n, sizeof *l.v, newest_first);
	for (i = 0; i < l.n; i++) {
		if (i >= SHELF_FILES)
			unlinkat(dirfd(d), l.v[i].name, 0);
		free(l.v[i].name);
	}
	free(l.v);
	closedir(d);
}

void
shelf_put(const char *path, struct iovec *v, int n)
{
	char *tmp = xprintf("%s.XXXXXX", path);
	int fd;
	bool ok;

	if (place_parents(path) < 0 || (fd = mkostemp(tmp, O_CLOEXEC)) < 0) {
		free(tmp);
		return;
	}
	ok = writev_all(fd, v, n) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || rename(tmp, path) < 0)
		unlink(tmp);
	else
		tidy(path);
	free(tmp);
}
