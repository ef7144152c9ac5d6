#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "tensor.h"

/*
 * model - from a name to a directory, a config and checked weights.
 *
 * A name is, in this order: a path that exists, an embedded model (share/models
 * beside the program's tree, then under the installed prefix), a repository in
 * the Hub's cache: [org/]name[@revision].  Nothing is ever downloaded.
 */
struct model {
	char *dir;		/* absolute */
	char *name;		/* for the stream: name@commit, or dir */
	char hash[33];		/* XXH3-128 of config.json, 32 hex digits */
	struct cJSON *config;
	const struct arch *arch;	/* after model_load() */
	struct weights *weights;	/* after model_load() */
	void *net;			/* the architecture's own */
};

/* Find the model and read its config.json; NULL with errstr(). */
struct model *model_open(const char *name);
void model_free(struct model *m);

/*
 * Find only the directory (a tokenizer needs no config.json).  The strings are
 * the caller's; 0, or -1 with errstr().
 */
int model_find(const char *name, char **dir, char **stream_name);

/* An absolute path of a file in the model's directory; the caller frees. */
char *model_path(const struct model *m, const char *file);

#endif
