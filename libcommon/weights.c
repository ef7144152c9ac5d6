#include "weights.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "err.h"
#include "json.h"

enum { INDEX_MAX = 64 << 20, SHARDS_MAX = 4096 };

/* Weights that only Python's unpickler can read. */
static const char *const pickled[] = { "pytorch_model.bin",
	"pytorch_model.bin.index.json", "model.pt", "pytorch_model.pt" };

static int
by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
open_file(struct weights *w, const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name);
	int r;

	w->file = xrealloc(w->file, w->n + 1, sizeof *w->file);
	r = safetensors_open(&w->file[w->n], path);
	if (r == 0)
		w->n++;
	free(path);
	return r;
}

/* A shard is a file of the model's own directory. */
static bool
plain_name(const char *s)
{
	return s != NULL && s[0] != '\0' && strchr(s, '/') == NULL &&
	    strchr(s, '\\') == NULL && strcmp(s, ".") != 0 &&
	    strcmp(s, "..") != 0;
}

static bool
have_file(const struct weights *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(strrchr(w->file[i].path, '/') + 1, name) == 0)
			return true;
	return false;
}

static int
open_shards(struct weights *w, const char *dir, json *map)
{
	const char *name;
	json *i;

	if (json_first(map) == NULL)
		return fail("has no weight_map");
	for (i = json_first(map); i != NULL; i = json_next(i)) {
		name = json_text(i);
		if (!plain_name(name))
			return fail("\"%s\": is not a file of the model's "
			    "directory", name ? name : json_name(i));
		if (have_file(w, name))
			continue;
		if (w->n == SHARDS_MAX)
			return fail("has more than %d shards", SHARDS_MAX);
		if (open_file(w, dir, name) < 0)
			return -1;
	}
	return 0;
}

/* What the index promises must be where it says. */
static int
check_map(const struct weights *w, json *map)
{
	const char *shard;
	size_t f;
	json *i;

	for (i = json_first(map); i != NULL; i = json_next(i)) {
		shard = json_text(i);
		for (f = 0; f < w->n; f++)
			if (strcmp(strrchr(w->file[f].path, '/') + 1, shard) ==
			    0)
				break;
		if (header_find(&w->file[f].h, json_name(i)) < 0)
			return fail("\"%s\": is not in %s", json_name(i),
			    shard);
	}
	return 0;
}

static int
open_index(struct weights *w, const char *dir, const char *path)
{
	struct cJSON *index = json_load(path, INDEX_MAX);
	json *map = json_get(index, "weight_map");
	int r = -1;

	if (index == NULL)
		return -1;
	if (open_shards(w, dir, map) == 0 && check_map(w, map) == 0)
		r = 0;
	else
		fail("%s: %s", path, errstr());
	json_free(index);
	return r;
}

static int
no_weights(const char *dir)
{
	char *path;
	size_t i;
	bool found;

	for (i = 0; i < sizeof pickled / sizeof *pickled; i++) {
		path = xprintf("%s/%s", dir, pickled[i]);
		found = file_exists(path);
		free(path);
		if (found)
			return fail("%s/%s: holds Python code; use safetensors",
			    dir, pickled[i]);
	}
	return fail("%s: has no model.safetensors", dir);
}

static int
open_all(struct weights *w, const char *dir)
{
	char *index = xprintf("%s/model.safetensors.index.json", dir);
	char *single = xprintf("%s/model.safetensors", dir);
	int r;

	if (access(single, F_OK) == 0)
		r = open_file(w, dir, "model.safetensors");
	else if (access(index, F_OK) == 0)
		r = open_index(w, dir, index);
	else
		r = no_weights(dir);
	free(index);
	free(single);
	return r;
}

/* All tensors by name; two files may not hold the same one. */
static int
sort_tensors(struct weights *w)
{
	size_t f, i, n = 0;

	for (f = 0; f < w->n; f++)
		n += w->file[f].h.n;
	w->sorted = xcalloc(n, sizeof *w->sorted);
	for (f = 0; f < w->n; f++)
		for (i = 0; i < w->file[f].h.n; i++)
			w->sorted[w->count++] = &w->file[f].h.t[i];
	qsort(w->sorted, n, sizeof *w->sorted, by_name);
	for (i = 1; i < n; i++)
		if (by_name(&w->sorted[i - 1], &w->sorted[i]) == 0)
			return fail("\"%s\": is in two weight files",
			    w->sorted[i]->name);
	return 0;
}

struct weights *
weights_open(const char *dir)
{
	struct weights *w = xcalloc(1, sizeof *w);

	if (open_all(w, dir) == 0 && sort_tensors(w) == 0)
		return w;
	weights_free(w);
	return NULL;
}

void
weights_free(struct weights *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++)
		safetensors_close(&w->file[i]);
	free(w->file);
	free(w->sorted);
	free(w);
}

const struct tensor *
weights_find(const struct weights *w, const char *name)
{
	const struct tensor key = { .name = name }, *k = &key;
	const struct tensor **found = bsearch(&k, w->sorted, w->count,
	    sizeof *w->sorted, by_name);

	return found != NULL ? *found : NULL;
}

/* The last component of what a snapshot's link leads to, when it is a hash. */
static char *
blob_name(const char *path)
{
	char *real = realpath(path, NULL), *name = NULL;
	const char *s = real != NULL ? strrchr(real, '/') + 1 : "";

	if (strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64)
		name = xstrdup(s);
	free(real);
	return name;
}

void
weights_describe(const struct weights *w, struct buf *b)
{
	const struct safetensors *s;
	XXH128_hash_t h;
	uint64_t len;
	char *blob;
	size_t i;

	for (i = 0; i < w->n; i++) {
		s = &w->file[i];
		memcpy(&len, s->map.p, sizeof len);
		h = XXH3_128bits(s->map.p + 8, (size_t)len);
		buf_printf(b, " %s=%016llx%016llx", strrchr(s->path, '/') + 1,
		    (unsigned long long)h.high64, (unsigned long long)h.low64);
		blob = blob_name(s->path);
		if (blob != NULL)
			buf_printf(b, " sha256=%s", blob);
		free(blob);
	}
}
