#include "readme.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/snapshot.h"
#include "util.h"

static const char file[] = "README.md";

void
readme_source_open(struct readme_source *s)
{
	*s = (struct readme_source){ 0 };
	env_read(&s->env);
	if (s->env.warning != NULL)
		warn("%s", s->env.warning);
	cache_open(&s->cache, &s->env);
}

void
readme_source_close(struct readme_source *s)
{
	if (s->open)
		hub_close(&s->hub);
	cache_close(&s->cache);
	env_free(&s->env);
}

static bool
cached(const struct readme_source *s, struct readme *r)
{
	if (cache_commit(&s->cache, &r->name, r->commit) < 0)
		return false;
	r->path = cache_file(&s->cache, &r->name, r->commit, file);
	if (file_exists(r->path))
		return true;
	free(r->path);
	r->path = NULL;
	return false;
}

static int
fetch_from(struct readme_source *s, struct readme *r)
{
	static const char *const named[] = { file };
	struct choice c = { .type = r->name.type, .named = named,
		.nnamed = 1 };
	struct progress quiet = { 0 };
	struct fetch f = { .jobs = 1, .progress = &quiet };
	struct snapshot snap;
	int e = snapshot_open(&snap, &s->hub, &s->cache, &r->name, NULL);

	if (e == 0)
		e = snapshot_choose(&snap, &c) == 0 ? 0 : -1;
	if (e == 0)
		e = snapshot_fetch(&snap, &f);
	if (e == 0) {
		memcpy(r->commit, snap.commit, sizeof r->commit);
		r->path = cache_file(&s->cache, &r->name, snap.commit, file);
	}
	snapshot_free(&snap);
	return e;
}

static int
fetch(struct readme_source *s, struct readme *r)
{
	if (!s->open && hub_open(&s->hub, false, 1) < 0)
		return -1;
	s->open = true;
	return fetch_from(s, r);
}

static int
open_path(const char *name, struct readme *r)
{
	r->path = dir_exists(name) ? xprintf("%s/%s", name, file)
				   : xstrdup(name);
	return 0;
}

int
readme_open(struct readme_source *s, const char *name, enum hub_type type,
    struct readme *r)
{
	*r = (struct readme){ 0 };
	if (name[0] == '/' || name[0] == '.')
		return open_path(name, r);
	if (name_parse(&r->name, name, type) < 0)
		return -1;
	if (cached(s, r) || fetch(s, r) == 0)
		return 0;
	readme_close(r);
	return -1;
}

void
readme_close(struct readme *r)
{
	free(r->path);
	name_free(&r->name);
	*r = (struct readme){ 0 };
}
