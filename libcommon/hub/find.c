/*
 * hub_find stands alone in this file: programs that only look a model up need
 * neither the Hub's protocol nor libcurl.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/cache.h"
#include "util.h"

static int
missing(const struct hub_name *n)
{
	if (strcmp(n->revision, "main") == 0)
		return fail("%s: not in the cache; run: hf-fetch %s", n->repo,
		    n->repo);
	return fail("%s@%s: not in the cache; run: hf-fetch %s@%s", n->repo,
	    n->revision, n->repo, n->revision);
}

static int
find(const struct cache *c, const struct hub_name *n, char **dir,
    char **stream_name)
{
	char commit[COMMIT_LEN + 1];

	if (cache_commit(c, n, commit) < 0)
		return missing(n);
	*dir = cache_snapshot(c, n, commit);
	if (!dir_exists(*dir)) {
		free(*dir);
		return missing(n);
	}
	*stream_name = xprintf("%s@%s", n->repo, commit);
	return 0;
}

int
hub_find(const char *name, char **dir, char **stream_name)
{
	struct hub_name n;
	struct cache c;
	struct env e;
	int r;

	if (name_parse(&n, name, HUB_MODEL) < 0)
		return -1;
	env_read(&e);
	cache_open(&c, &e);
	r = find(&c, &n, dir, stream_name);
	cache_close(&c);
	env_free(&e);
	name_free(&n);
	return r;
}
