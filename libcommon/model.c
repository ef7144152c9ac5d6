#include "model.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "err.h"
#include "frame.h"
#include "hub/cache.h"
#include "util.h"
#include "weights.h"

enum { CONFIG_MAX = 16 << 20 };

/* An embedded model's directory, relative to the program's own. */
static const char *const shares[] = {
	"../../share/models",		/* build/bin in the source tree */
	"../../../share/models",	/* build/san/bin */
	"../share/hftools/models",	/* installed */
};

static char *
program_dir(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';
	return xstrdup(exe);
}

/* The directory of an embedded model, or NULL. */
static char *
embedded(const char *name)
{
	char *bin, *dir = NULL, *real;
	size_t i;

	if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
		return NULL;
	bin = program_dir();
	for (i = 0; i <= sizeof shares / sizeof *shares; i++) {
		if (i == sizeof shares / sizeof *shares)
			dir = xprintf("%s/share/hftools/models/%s", HF_PREFIX,
			    name);
		else if (bin != NULL)
			dir = xprintf("%s/%s/%s", bin, shares[i], name);
		if (dir != NULL && dir_exists(dir))
			break;
		free(dir);
		dir = NULL;
	}
	free(bin);
	if (dir == NULL)
		return NULL;
	real = realpath(dir, NULL);
	free(dir);
	return real;
}

int
model_find(const char *name, char **dir, char **stream_name)
{
	if (name[0] == '\0')
		return fail("the model's name is empty");
	*dir = access(name, F_OK) == 0 ? realpath(name, NULL) : embedded(name);
	if (*dir != NULL) {
		*stream_name = xstrdup(*dir);
		return 0;
	}
	if (name[0] == '/' || name[0] == '.')
		return fail("%s: %s", name, strerror(errno ? errno : ENOENT));
	return hub_find(name, dir, stream_name);
}

char *
model_path(const struct model *m, const char *file)
{
	return xprintf("%s/%s", m->dir, file);
}

static int
read_config(struct model *m)
{
	char *path = model_path(m, "config.json");
	struct buf b = { 0 };
	XXH128_hash_t h;
	int r = -1;

	if (file_read(path, CONFIG_MAX, &b) == 0) {
		h = XXH3_128bits(b.p, b.n);
		snprintf(m->hash, sizeof m->hash, "%016llx%016llx",
		    (unsigned long long)h.high64, (unsigned long long)h.low64);
		m->config = json_parse(b.p, b.n);
		r = m->config == NULL ? fail("%s: %s", path, errstr())
		    : json_is_object(m->config)
		    ? 0
		    : fail("%s: is not a JSON object", path);
	}
	buf_free(&b);
	free(path);
	return r;
}

struct model *
model_open(const char *name)
{
	struct model *m = xcalloc(1, sizeof *m);

	if (model_find(name, &m->dir, &m->name) < 0 || read_config(m) < 0) {
		model_free(m);
		return NULL;
	}
	return m;
}

struct model *
model_of_stream(const struct frame *f, const char *name, bool force)
{
	struct model *m;

	if (name == NULL)
		name = f->model;
	if (name == NULL)
		return fail("the stream names no model; use -m"), NULL;
	m = model_open(name);
	if (m == NULL || f->model_hash == NULL || force ||
	    strcmp(m->hash, f->model_hash) == 0)
		return m;
	fail("%s: is not the model of the stream (%s); use --force to go on",
	    name, f->model ? f->model : f->model_hash);
	model_free(m);
	return NULL;
}

int
model_weights(struct model *m)
{
	json *quant = json_get(m->config, "quantization_config");

	if (!json_is_null(json_get(m->config, "auto_map")))
		return fail("%s: needs trust_remote_code, which this toolkit "
		    "never runs", m->dir);
	if (!json_is_null(quant))
		return fail("%s: quantization_config \"%s\" is unknown; use "
		    "the model's unquantized weights", m->dir,
		    json_str(quant, "quant_method", "?"));
	m->weights = weights_open(m->dir);
	return m->weights != NULL ? 0 : -1;
}

void
model_free(struct model *m)
{
	if (m == NULL)
		return;
	weights_free(m->weights);
	json_free(m->config);
	free(m->dir);
	free(m->name);
	free(m);
}
