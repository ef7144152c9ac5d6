#ifndef HUB_CHOOSE_H
#define HUB_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/name.h"
#include "hub/tree.h"

/*
 * choose - which of a repository's files to fetch.
 *
 * Without a word from the user: what these tools can use, each thing once, and
 * nothing that runs code when it is opened (pickle, Python).
 */
struct choice {
	enum hub_type type;
	const char *const *named;	/* files, and directories ("onnx/") */
	size_t nnamed;
	bool lenient;			/* named files may be gone */
	const char *const *include;	/* globs: '*' crosses '/' */
	size_t ninclude;
	const char *const *exclude;
	size_t nexclude;
};

/*
 * The chosen files, in the tree's order: *out (the array is the caller's) and
 * its length.  -1 with errstr() when a name (all names, if it is lenient) or
 * all globs find nothing, or when there is nothing to be had; *missing is then
 * the named file that is not there, or NULL.
 */
ptrdiff_t choose_files(const struct tree *t, const struct choice *c,
    const struct tree_file ***out, const char **missing);

/* Does an operand, a file or a directory ("onnx/"), speak of the path? */
bool choose_names(const char *name, const char *path);

/* Does the glob, with Python's rules (fnmatchcase), match the path? */
bool glob_match(const char *glob, const char *path);

#endif
