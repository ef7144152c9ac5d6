#include "hub/pin.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/place.h"
#include "util.h"

enum { PINS_LIMIT = 64 << 20, FIELDS = 6 };

void
pins_add(struct pins *p, const struct pin *one)
{
	struct pin *q;

	GROW(p->pin, p->n, p->cap);
	q = &p->pin[p->n++];
	*q = *one;
	q->repo = xstrdup(one->repo);
	q->path = xstrdup(one->path);
	q->licence = xstrdup(one->licence);
}

static void
drop_text(const char *s)
{
	union {
		const char *in;
		char *out;
	} text = { .in = s };

	free(text.out);
}

static void
free_pin(struct pin *q)
{
	drop_text(q->repo);
	drop_text(q->path);
	drop_text(q->licence);
}

void
pins_drop(struct pins *p, const char *repo)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->pin[i].repo, repo) == 0)
			free_pin(&p->pin[i]);
		else
			p->pin[n++] = p->pin[i];
	p->n = n;
}

void
pins_free(struct pins *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free_pin(&p->pin[i]);
	free(p->pin);
	*p = (struct pins){ 0 };
}

const struct pin *
pins_find(const struct pins *p, const char *repo, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->pin[i].repo, repo) == 0 &&
		    (path == NULL || strcmp(p->pin[i].path, path) == 0))
			return &p->pin[i];
	return NULL;
}

/* Cut the line at its tabs; the number of fields. */
static int
split(char *line, char *field[FIELDS])
{
	int n = 0;

	for (;;) {
		if (n < FIELDS)
			field[n] = line;
		n++;
		line = strchr(line, '\t');
		if (line == NULL)
			return n;
		*line++ = '\0';
	}
}

static int
check_repo(const char *text)
{
	struct hub_name n;

	if (strchr(text, '@') != NULL)
		return fail("the repository holds '@'");
	if (name_parse(&n, text, HUB_MODEL) < 0)
		return -1;
	name_free(&n);
	return 0;
}

static int
check_licence(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return fail("the licence holds a blank or control "
			    "byte");
	return 0;
}

static int
add_line(struct pins *p, char *line)
{
	char *f[FIELDS];
	struct pin one = { 0 };
	const struct pin *other;
	size_t size;

	if (split(line, f) != FIELDS)
		return fail("want %d fields between tabs", FIELDS);
	if (check_repo(f[0]) < 0)
		return -1;
	if (!is_commit(f[1]))
		return fail("no commit of %d hex digits", COMMIT_LEN);
	if (name_check_file(f[2]) < 0)
		return fail("%.200s: %s", f[2], errstr());
	if (parse_size(f[3], 0, (size_t)1 << 50, &size) < 0)
		return fail("the size %s", errstr());
	if (!is_sha256(f[4]))
		return fail("no SHA-256 of 64 hex digits");
	if (check_licence(f[5]) < 0)
		return -1;
	other = pins_find(p, f[0], NULL);
	if (other != NULL && strcmp(other->commit, f[1]) != 0)
		return fail("%s stands with two commits", f[0]);
	one.repo = f[0];
	one.path = f[2];
	one.size = size;
	one.licence = f[5];
	memcpy(one.commit, f[1], sizeof one.commit);
	memcpy(one.sha256, f[4], sizeof one.sha256);
	pins_add(p, &one);
	return 0;
}

static int
add_lines(struct pins *p, char *text)
{
	size_t number = 0;
	char *end;

	for (; *text != '\0'; text = end) {
		end = text + strcspn(text, "\n");
		if (*end == '\n')
			*end++ = '\0';
		number++;
		if (*text != '\0' && *text != '#' && add_line(p, text) < 0)
			return fail("line %zu: %s", number, errstr());
	}
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;
	int r = strcmp(x->repo, y->repo);

	return r != 0 ? r : strcmp(x->path, y->path);
}

static void
sort(struct pins *p)
{
	if (p->n > 0)
		qsort(p->pin, p->n, sizeof *p->pin, by_name);
}

int
pins_load(struct pins *p, const char *path)
{
	struct buf b = { 0 };
	int r;

	*p = (struct pins){ 0 };
	if (file_read(path, PINS_LIMIT, &b) < 0)
		return -1;
	if (b.n != strlen(b.p))
		r = fail("holds a NUL byte");
	else
		r = add_lines(p, b.p);
	buf_free(&b);
	sort(p);
	if (r == 0)
		return 0;
	pins_free(p);
	return fail("%s: %s", path, errstr());
}

int
pins_save(struct pins *p, const char *path)
{
	struct buf b = { 0 };
	size_t i;
	int r;

	sort(p);
	buf_reserve(&b, 1);
	for (i = 0; i < p->n; i++)
		buf_printf(&b, "%s\t%s\t%s\t%ju\t%s\t%s\n", p->pin[i].repo,
		    p->pin[i].commit, p->pin[i].path,
		    (uintmax_t)p->pin[i].size, p->pin[i].sha256,
		    p->pin[i].licence);
	r = place_keep(path, b.p, b.n);
	buf_free(&b);
	return r;
}
