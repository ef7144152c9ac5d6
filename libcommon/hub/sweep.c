#include "hub/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"

/* The refs that are meant, but not the revisions, which others name, too. */
static int
remove_refs(struct prune *p, const struct scan_repo *r)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].marked && (r->ref[i].revision == NULL ||
		    !r->ref[i].revision->marked) &&
		    prune_ref(p, r, &r->ref[i]) < 0)
			return -1;
	return 0;
}

int
sweep_meant(struct prune *p, const struct targets *t, struct scan_repo *r)
{
	size_t busy = p->busy;
	int e;

	target_refs(r, false);
	if (target_whole(t, r))
		e = prune_repo(p, r);
	else
		e = remove_refs(p, r) < 0 ? -1 : prune_marked(p, r);
	if (e == 0 && p->busy > busy)
		e = fail("%s: a download is running; not all was removed",
		    r->dir);
	return e;
}

static bool
has_ref(const struct scan_repo *r, const struct scan_revision *v)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].revision == v)
			return true;
	return false;
}

int
sweep_unneeded(struct prune *p, struct scan_repo *r, bool detached)
{
	struct stat st;
	size_t i;

	if (lstat(r->dir, &st) == 0 && S_ISLNK(st.st_mode)) {
		fail("%s: is a link; left alone", r->dir);
		return 1;
	}
	for (i = 0; i < r->revisions; i++)
		r->revision[i].marked = detached &&
		    !has_ref(r, &r->revision[i]);
	if (prune_marked(p, r) < 0)
		return -1;
	return dir_exists(r->dir) ? prune_garbage(p, r) : 0;
}

int
sweep_age(const char *s, int64_t *seconds)
{
	static const char units[] = "smhdw";
	static const int64_t of[] = { 1, 60, 3600, 86400, 604800 };
	size_t n = strlen(s);
	const char *unit = n > 1 ? strchr(units, s[n - 1]) : NULL;
	char *number = xstrndup(s, unit ? n - 1 : n);
	int r = parse_i64(number, 0, 1 << 30, seconds);

	free(number);
	if (r < 0)
		return fail("want a number and s, m, h, d or w");
	*seconds *= unit ? of[unit - units] : 1;
	return 0;
}
