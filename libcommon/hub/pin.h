#ifndef HUB_PIN_H
#define HUB_PIN_H

#include <stddef.h>
#include <stdint.h>

#include "hub/name.h"

/*
 * pin - the lock file: exactly which files a project uses.
 *
 * One line a file, six fields between tabs: repository ("org/name",
 * "datasets/org/name"), commit, path, size, SHA-256 of the content, licence
 * ("unknown" when the Hub states none).  Lines that begin with '#' are
 * skipped.
 */
struct pin {
	const char *repo;	/* texts are the list's */
	char commit[COMMIT_LEN + 1];
	const char *path;
	uint64_t size;
	char sha256[65];
	const char *licence;
};

struct pins {
	struct pin *pin;
	size_t n;
	size_t cap;
};

/*
 * Both sort them by repository and path.  0, or -1 with errstr(), which names
 * the file, and the line that can't be read.
 */
int pins_load(struct pins *p, const char *path);
int pins_save(struct pins *p, const char *path);
void pins_free(struct pins *p);

/* Add one; the texts are copied. */
void pins_add(struct pins *p, const struct pin *one);

/* Forget a repository. */
void pins_drop(struct pins *p, const char *repo);

/* The first pin of a repository, or of a file of it (path not NULL). */
const struct pin *pins_find(const struct pins *p, const char *repo,
    const char *path);

#endif
