#include "hub/choose.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

/* What runs code when it is opened or imported. */
static const char *const code[] = { ".bin", ".pt", ".pth", ".pkl", ".pickle",
	".ckpt", ".joblib", ".dill", ".py", ".pyc", ".so", ".dll", ".dylib",
	".exe", NULL };

/* Weights of other frameworks. */
static const char *const foreign[] = { ".h5", ".keras", ".msgpack", ".onnx",
	".onnx_data", ".ot", ".tflite", ".mlmodel", ".pb", NULL };

/* Configuration, tokenizers, cards. */
static const char *const model_globs[] = { "*.json", "vocab*.txt",
	"merges*.txt", "*.model", "*.spm", "*.tiktoken", "*.jinja", "README.md",
	"LICEN[CS]E*", "NOTICE*", "USE_POLICY*", NULL };

static const char *const data_globs[] = { "*.csv", "*.tsv", "*.json",
	"*.jsonl", "*.ndjson", "*.parquet", "*.txt", NULL };

/* By-products of training, and indices of what is not fetched. */
static const char *const never_globs[] = { "*.bin.index.json",
	"*.h5.index.json", "*.msgpack.index.json", "trainer_state.json",
	"training_args.json", NULL };

static const char *const skipped_folders[] = { "onnx/*", "openvino/*",
	"coreml/*", "tflite/*", "original/*", "runs/*", "logs/*",
	"checkpoint-*", ".*/*", NULL };

/* Pickles that are not weights. */
static const char *const helpers[] = { "training_args.bin", "optimizer.*",
	"scheduler.*", "scaler.*", "rng_state*", NULL };

bool
glob_match(const char *glob, const char *path)
{
	size_t n = strlen(glob);
	char *all;
	bool match;

	if (n == 0 || glob[n - 1] != '/')
		return fnmatch(glob, path, FNM_NOESCAPE) == 0;
	all = xprintf("%s*", glob);
	match = fnmatch(all, path, FNM_NOESCAPE) == 0;
	free(all);
	return match;
}

static bool
any_glob(const char *const *globs, const char *path)
{
	for (; *globs != NULL; globs++)
		if (glob_match(*globs, path))
			return true;
	return false;
}

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static bool
any_end(const char *const *suffixes, const char *s)
{
	for (; *suffixes != NULL; suffixes++)
		if (ends(s, *suffixes))
			return true;
	return false;
}

/* Is there a file of this name in the same directory? */
static bool
sibling(const struct tree *t, const char *path, const char *name)
{
	char *p = xprintf("%.*s%s", (int)(base(path) - path), path, name);
	bool has = tree_find(t, p) != NULL;

	free(p);
	return has;
}

/*
 * The same weights under another name: half precision beside full, shards
 * beside one file, the author's own format beside transformers'.
 */
static bool
duplicate(const struct tree *t, const char *path)
{
	static const char shard[] =
	    "model-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]"
	    ".safetensors";
	static const char *const twins[] = { "model.*", "model-*",
		"consolidated*", "pytorch_model*", NULL };
	const char *name = base(path), *index = "model.safetensors.index.json";

	if (strcmp(name, "model.safetensors") == 0)
		return false;
	if (!any_glob(twins, name))
		return false;
	if (sibling(t, path, "model.safetensors"))
		return true;
	return sibling(t, path, index) && strcmp(name, index) != 0 &&
	    !glob_match(shard, name);
}

static bool
usable_model_file(const struct tree *t, const char *path)
{
	const char *name = base(path);

	if (any_glob(skipped_folders, path) || any_glob(never_globs, name) ||
	    any_end(code, name) || any_end(foreign, name))
		return false;
	if (ends(name, ".safetensors") || ends(name, ".safetensors.index.json"))
		return !duplicate(t, path);
	return any_glob(model_globs, name);
}

static bool
usable(const struct tree *t, enum hub_type type, const char *path)
{
	const char *name = base(path);

	if (type == HUB_MODEL)
		return usable_model_file(t, path);
	if (any_end(code, name) || any_end(foreign, name))
		return false;
	return type == HUB_SPACE || strcmp(name, "README.md") == 0 ||
	    (any_glob(data_globs, name) && path[0] != '.');
}

/* A glob speaks of code and foreign weights only when it ends as they do. */
static bool
glob_takes(const char *glob, const char *path)
{
	const char *dot = strrchr(base(path), '.');

	if (!glob_match(glob, path))
		return false;
	return (!any_end(code, path) && !any_end(foreign, path)) ||
	    (dot != NULL && ends(glob, dot));
}

bool
choose_names(const char *name, const char *path)
{
	size_t n = strlen(name);

	if (n > 0 && name[n - 1] == '/')
		return strncmp(path, name, n) == 0;
	return strcmp(name, path) == 0;
}

/* A directory that is named brings all but code. */
static bool
name_takes(const char *name, const char *path)
{
	return choose_names(name, path) &&
	    (strcmp(name, path) == 0 || !any_end(code, path));
}

static bool
wanted(const struct tree *t, const struct choice *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->nexclude; i++)
		if (glob_match(c->exclude[i], path))
			return false;
	for (i = 0; i < c->nnamed; i++)
		if (name_takes(c->named[i], path))
			return true;
	for (i = 0; i < c->ninclude; i++)
		if (glob_takes(c->include[i], path))
			return true;
	return c->nnamed == 0 && c->ninclude == 0 && usable(t, c->type, path);
}

static bool
found(const struct tree *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (name_takes(name, t->file[i].path))
			return true;
	return false;
}

/* The first file whose name ends so and that is no by-product, or NULL. */
static const char *
weight(const struct tree *t, const char *const *suffixes)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (any_end(suffixes, t->file[i].path) &&
		    !ends(t->file[i].path, ".py") &&
		    !any_glob(helpers, base(t->file[i].path)))
			return t->file[i].path;
	return NULL;
}

/* "q4-00001-of-00003.gguf" is one file in three parts: its first is counted.
 */
static bool
later_part(const char *path)
{
	return glob_match("*-[0-9][0-9][0-9][0-9][0-9]-of-*.gguf", path) &&
	    !glob_match("*-00001-of-*.gguf", path);
}

/* Without safetensors, a GGUF file is taken if there is no choice to make. */
static int
add_gguf(const struct tree *t, const struct tree_file **list, size_t *n)
{
	const char *one = NULL;
	size_t i, count = 0;

	for (i = 0; i < t->n; i++) {
		if (!ends(t->file[i].path, ".gguf") ||
		    later_part(t->file[i].path))
			continue;
		count++;
		one = t->file[i].path;
	}
	if (count > 1)
		return fail("has %zu GGUF files: name the one you want, such "
		    "as %s", count, one);
	for (i = 0; i < t->n && count == 1; i++)
		if (ends(t->file[i].path, ".gguf"))
			list[(*n)++] = &t->file[i];
	return 0;
}

/* A model without weights is worth nothing: say which are there instead. */
static int
need_weights(const struct tree *t, const struct tree_file **list, size_t *n)
{
	const char *pickle = weight(t, code), *other = weight(t, foreign);
	size_t i, before = *n;

	for (i = 0; i < *n; i++)
		if (ends(list[i]->path, ".safetensors"))
			return 0;
	if (add_gguf(t, list, n) < 0)
		return -1;
	if (*n > before)
		return 0;
	if (pickle != NULL)
		return fail("has only pickle weights (%s), which can run code "
		    "when they are opened; look for a safetensors revision, "
		    "or name the file to have it all the same", pickle);
	if (other != NULL)
		return fail("has no safetensors weights, only those of "
		    "another framework (%s); name the file to have it all "
		    "the same", other);
	return 0;
}

static ptrdiff_t
nothing(const struct tree *t, const struct choice *c)
{
	if (t->n == 0)
		return fail("is empty");
	if (c->lenient)
		return fail("has none of the files any more that were asked "
		    "for");
	if (c->ninclude > 0 || c->nexclude > 0)
		return fail("has no file that --include and --exclude leave");
	return fail("has no file of a kind that these tools read; name files, "
	    "or use --include");
}

static int
no_such(const struct tree *t, const char *name)
{
	char *dir = xprintf("%s/", name);
	bool folder = found(t, dir);

	free(dir);
	return folder ? fail("has no file %s; %s/ is a directory", name, name)
		      : fail("has no file %s", name);
}

ptrdiff_t
choose_files(const struct tree *t, const struct choice *c,
    const struct tree_file ***out, const char **missing)
{
	const struct tree_file **list = xcalloc(t->n + 1, sizeof *list);
	size_t i, n = 0;
	int r = 0;

	*missing = NULL;
	for (i = 0; i < c->nnamed && r == 0 && !c->lenient; i++)
		if (!found(t, c->named[i])) {
			*missing = c->named[i];
			r = no_such(t, c->named[i]);
		}
	for (i = 0; i < t->n && r == 0; i++)
		if (wanted(t, c, t->file[i].path))
			list[n++] = &t->file[i];
	if (r == 0 && c->type == HUB_MODEL && c->nnamed == 0 &&
	    c->ninclude == 0 && c->nexclude == 0)
		r = need_weights(t, list, &n);
	if (r == 0 && n == 0)
		r = (int)nothing(t, c);
	if (r < 0) {
		free(list);
		return -1;
	}
	*out = list;
	return (ptrdiff_t)n;
}
