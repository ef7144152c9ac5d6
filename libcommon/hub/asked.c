#include "hub/asked.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

struct list {
	const char **v;
	size_t n, cap;
};

static void
add(struct list *l, const char *s)
{
	GROW(l->v, l->n, l->cap);
	l->v[l->n++] = s;
}

/* The line is cut up. */
static bool
one_line(const struct asked *a, char *line)
{
	struct list files = { 0 };
	char *repo = strsep(&line, "\t"), *file;
	bool ok;

	while ((file = strsep(&line, "\t")) != NULL)
		add(&files, file);
	ok = a->each(a->arg, repo, files.v, files.n);
	free(files.v);
	return ok;
}

int
asked_lines(const struct asked *a, FILE *in)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	while (r >= 0 && (n = getline(&line, &cap, in)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (strlen(line) != (size_t)n)
			r = fail("a name with a NUL byte");
		else if (n > 0 && !one_line(a, line))
			r = 1;
	}
	if (r >= 0 && ferror(in))
		r = fail("read error");
	free(line);
	return r;
}

int
asked_pins(const struct asked *a, const struct pins *p, bool files)
{
	struct list list = { 0 };
	const char *repo;
	size_t i, k;
	int r = 0;

	for (i = 0; i < p->n; i = k) {
		repo = p->pin[i].repo;
		list.n = 0;
		for (k = i; k < p->n && strcmp(p->pin[k].repo, repo) == 0; k++)
			if (files)
				add(&list, p->pin[k].path);
		if (!a->each(a->arg, repo, list.v, list.n))
			r = 1;
	}
	free(list.v);
	return r;
}
