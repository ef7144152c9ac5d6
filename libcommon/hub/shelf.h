#ifndef HUB_SHELF_H
#define HUB_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "hub/card.h"
#include "hub/search.h"

/*
 * shelf - the cards of the repositories in the cache, searched offline.
 *
 * Of each repository the revision counts that main names, or else the one
 * that changed last.  Words are looked for in its name and its README.
 */
struct shelf_book {
	char *id;		/* "org/name" */
	char *commit;
	char *path;		/* of the snapshot */
	int64_t changed;
	int64_t parameters;	/* -1: there are no safetensors */
	struct card card;	/* an empty one where there is none */
};

struct shelf {
	struct shelf_book *book;
	size_t n, cap;
};

/*
 * Collect what the query wants, sorted by name, or by last change, and cut to
 * its limit.  broken() is told of cards that can't be read.  0, or -1 with
 * errstr(); shelf_free() after 0.
 */
int shelf_search(struct shelf *s, const char *root, const struct query *q,
    void (*broken)(const char *why));
void shelf_free(struct shelf *s);

/* One line, as search_row(); one JSON object. */
void shelf_row(struct buf *b, const struct shelf_book *k);
void shelf_json(struct buf *b, const struct shelf_book *k);

#endif
