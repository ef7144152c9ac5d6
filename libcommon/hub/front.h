#ifndef HUB_FRONT_H
#define HUB_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "pull.h"
#include "util.h"

/*
 * front - a card's front matter: the YAML between two "---" lines.
 *
 * Read with libyaml into a tree that belongs to the front_doc.  A plain
 * scalar means what YAML 1.2's core schema says, as on the Hub: "language:
 * no" is Norwegian, where YAML 1.1 says false.  Refused: text over a limit,
 * nesting, aliases that make the tree grow out of all proportion or contain
 * themselves, duplicate keys, merge keys, tags of other types, and keys that
 * are no scalars.
 */
enum {
	FRONT_BYTES = 2 << 20,	/* of the YAML */
	FRONT_WEIGHT = 32 << 20, /* of the tree, an alias counted as a copy */
	FRONT_DEPTH = 32,
	FRONT_ANCHORS = 100,
	FRONT_KEYS = 256	/* of one mapping */
};

enum front_kind { FRONT_SCALAR, FRONT_LIST, FRONT_MAP };

struct front {
	enum front_kind kind;
	bool plain;		/* a scalar that may be a number, true, null */
	char *text;		/* a scalar, NUL-terminated */
	size_t len;
	struct front **item;	/* elements; of a mapping key, value, ... */
	size_t n;		/* how many in item[] */
	size_t cap;
	size_t weight;		/* bytes of it as JSON, more or less */
};

struct front_doc {
	struct front *root;	/* NULL when there is none */
	struct front **node;
	size_t n;
	size_t cap;
};

/*
 * Cut a README into the YAML and the text after it, both borrowed.  False
 * when it has no front matter: then all of it is the body.
 */
bool front_split(const char *text, size_t n, struct slice *yaml,
    struct slice *body);

/* Read YAML; line is that of its first line, for messages.  0 or -1. */
int front_parse(struct slice yaml, size_t line, struct front_doc *d);
void front_free(struct front_doc *d);

/* The value of a key; NULL when there is none or map is none. */
const struct front *front_get(const struct front *map, const char *key);

/* Is it nothing, or a plain null? */
bool front_is_null(const struct front *f);

/* A scalar's text as it was written; NULL for others and for null. */
const char *front_text(const struct front *f);

/* Append it as JSON: numbers, booleans and null where YAML 1.2 sees them. */
void front_put_json(struct buf *b, const struct front *f);

#endif
