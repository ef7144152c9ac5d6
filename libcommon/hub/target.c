#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

/* The type that s begins with, and what comes after its slash. */
static const char *
take_type(const char *s, const char **rest)
{
	static const char *const types[] = { "model", "dataset", "space",
		"kernel" };
	size_t i, n;

	for (i = 0; i < sizeof types / sizeof *types; i++) {
		n = strlen(types[i]);
		if (strncmp(s, types[i], n) != 0)
			continue;
		n += s[n] == 's';
		if (s[n] != '/')
			continue;
		*rest = s + n + 1;
		return types[i];
	}
	*rest = s;
	return "model";
}

/* "model TAB org/name TAB commit TAB ..." as "model/org/name@commit". */
static char *
join_fields(const char *line)
{
	size_t type = strcspn(line, "\t");
	const char *repo = line + type + 1, *commit;
	size_t n = strcspn(repo, "\t");

	commit = repo[n] == '\0' ? "-" : repo + n + 1;
	if (strcspn(commit, "\t") == 1 && *commit == '-')
		return xprintf("%.*s/%.*s", (int)type, line, (int)n, repo);
	return xprintf("%.*s/%.*s@%.*s", (int)type, line, (int)n, repo,
	    (int)strcspn(commit, "\t"), commit);
}

int
target_add(struct targets *l, const char *text)
{
	char *name = strchr(text, '\t') != NULL ? join_fields(text)
						: xstrdup(text);
	char *at = strchr(name, '@');
	const char *type, *repo;

	if (at != NULL)
		*at = '\0';
	type = take_type(name, &repo);
	if (name_check_repo(repo) < 0 ||
	    (at != NULL && name_check_revision(at + 1) < 0)) {
		free(name);
		return fail("%.200s: %s", text, errstr());
	}
	GROW(l->v, l->n, l->cap);
	l->v[l->n++] = (struct target){
		.text = name,
		.folder = scan_folder(type, repo),
		.revision = at != NULL ? xstrdup(at + 1) : NULL,
	};
	if (at != NULL)
		*at = '@';
	return 0;
}

int
target_read(struct targets *t, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (strlen(line) != (size_t)n)
			r = fail("a name holds a NUL byte");
		else if (n > 0)
			r = target_add(t, line);
	}
	if (r == 0 && ferror(f))
		r = fail("read error");
	free(line);
	return r;
}

void
target_free(struct targets *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->v[i].text);
		free(t->v[i].folder);
		free(t->v[i].revision);
	}
	free(t->v);
	*t = (struct targets){ 0 };
}

static void
mark_all(struct scan_repo *r)
{
	size_t i;

	for (i = 0; i < r->revisions; i++)
		r->revision[i].marked = true;
}

static bool
mark(const struct target *t, struct scan_repo *r)
{
	struct scan_revision *v;
	struct scan_ref *ref;

	if (t->revision == NULL) {
		mark_all(r);
		return true;
	}
	v = scan_commit(r, t->revision);
	ref = scan_ref(r, t->revision);
	if (v != NULL)
		v->marked = true;
	else if (ref != NULL)
		ref->marked = true;
	return v != NULL || ref != NULL;
}

bool
target_match(struct targets *t, struct scan_repo *r)
{
	bool yes = t->n == 0;
	size_t i;

	if (yes)
		mark_all(r);
	for (i = 0; i < t->n; i++)
		if (strcmp(t->v[i].folder, r->folder) == 0) {
			t->v[i].found = mark(&t->v[i], r);
			yes = true;
		}
	return yes;
}

bool
target_whole(const struct targets *t, const struct scan_repo *r)
{
	bool yes = t->n == 0;
	size_t i;

	for (i = 0; i < t->n; i++)
		yes = yes || (t->v[i].revision == NULL &&
		    strcmp(t->v[i].folder, r->folder) == 0);
	return yes;
}

int
target_each(struct targets *t, const char *root,
    void (*each)(void *arg, struct scan_repo *r), void *arg)
{
	struct scan_list l;
	struct scan_repo r;
	size_t i;

	if (scan_root(root, &l) < 0)
		return -1;
	for (i = 0; i < l.n; i++) {
		scan_repo(root, l.folder[i], &r);
		if (target_match(t, &r))
			each(arg, &r);
		scan_free(&r);
	}
	scan_list_free(&l);
	return 0;
}

const char *
target_lost(struct targets *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->v[i].found) {
			t->v[i].found = true;
			return t->v[i].text;
		}
	return NULL;
}

static bool
other_ref(const struct scan_repo *r, const struct scan_revision *v)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].revision == v && !r->ref[i].marked)
			return true;
	return false;
}

void
target_refs(struct scan_repo *r, bool all)
{
	struct scan_revision *v;
	size_t i;

	for (i = 0; i < r->refs; i++) {
		v = r->ref[i].revision;
		if (r->ref[i].marked && v != NULL &&
		    (all || !other_ref(r, v)))
			v->marked = true;
	}
}
