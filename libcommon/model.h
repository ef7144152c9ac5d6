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
	struct weights *weights;	/* after model_weights() */
};

/* Find the model and read its config.json; NULL with errstr(). */
struct model *model_open(const char *name);
void model_free(struct model *m);

/*
 * The model of a stream whose first frame was read; a name (-m) is another
 * place of it, and one of other content is refused without force.  NULL with
 * errstr().
 */
struct frame;
struct model *model_of_stream(const struct frame *f, const char *name,
    bool force);

/*
 * Find only the directory (a tokenizer needs no config.json).  The strings are
 * the caller's; 0, or -1 with errstr().
 */
int model_find(const char *name, char **dir, char **stream_name);

/*
 * Open the weight files.  Models that need code from outside, or weights in a
 * form that can't be read, are refused.  0, or -1 with errstr().
 */
int model_weights(struct model *m);

/* An absolute path of a file in the model's directory; the caller frees. */
char *model_path(const struct model *m, const char *file);

#endif
