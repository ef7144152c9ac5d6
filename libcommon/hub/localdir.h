#ifndef HUB_LOCALDIR_H
#define HUB_LOCALDIR_H

#include <stdbool.h>

#include "hub/tree.h"

/*
 * localdir - huggingface_hub's notes about a directory of downloaded files:
 * DIR/.cache/huggingface/download/<path>.metadata says of which commit and
 * hash a file was, and when; it holds as long as the file is not newer.
 */

/* DIR/.cache/huggingface/download/<path><suffix>; the caller frees. */
char *local_note(const char *dir, const char *path, const char *suffix);

/* The unfinished download of this file; the caller frees. */
char *local_partial(const char *dir, const struct tree_file *f);

/* Does the note vouch for the file?  commit may be NULL: any. */
bool local_vouched(const char *dir, const struct tree_file *f,
    const char *commit);

/* Write the note, and .gitignore and CACHEDIR.TAG beside it.  0, or -1. */
int local_vouch(const char *dir, const struct tree_file *f,
    const char *commit);

#endif
