#ifndef HUB_CARD_H
#define HUB_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/front.h"
#include "pull.h"
#include "util.h"

/*
 * card - a model's, data set's or space's README.md: what its front matter
 * says by field, and the text after it.
 *
 * Everything points into the card and dies with it.
 */
enum { CARD_BYTES = 16 << 20 };

struct card {
	struct buf text;	/* the whole README */
	struct slice body;	/* what follows the front matter */
	struct front_doc front;
};

/* Read a README.  0, or -1 with errstr(), which names the file. */
int card_load(struct card *c, const char *path);

/* The same from memory; text becomes the card's, also when it fails. */
int card_parse(struct card *c, struct buf *text);
void card_free(struct card *c);

/*
 * The fields, in the order in which they are shown.  A field is one value or
 * a list of them; missing is an empty list.
 */
enum card_field {
	CARD_LICENSE,	/* "other" is followed by its license_name */
	CARD_TASK,	/* pipeline_tag, task_categories; without them those
			   tags that name a task */
	CARD_LIBRARY,
	CARD_LANGUAGE,
	CARD_DATASET,
	CARD_BASE_MODEL,
	CARD_METRIC,
	CARD_TAG,
	CARD_FIELDS
};
extern const char *const card_field_name[CARD_FIELDS + 1];

/* Borrowed values; free() v. */
struct card_list {
	const struct front **v;
	size_t n;
	size_t cap;
};
void card_values(const struct card *c, enum card_field f,
    struct card_list *out);

/* One line of model-index; what is missing is NULL. */
struct card_result {
	const struct front *task;
	const struct front *dataset;
	const struct front *metric;
	const struct front *value;
	bool verified;
};

struct card_results {
	struct card_result *v;	/* free() it */
	size_t n;
	size_t cap;
};
void card_results(const struct card *c, struct card_results *out);

/* Append a value as a field of text: as written, a list or map as JSON. */
void card_put(struct buf *b, const struct front *f);

/*
 * Hold the card to "FIELD=VALUE[,VALUE...]": every licence must be one of the
 * values; of another field one must.  0, or -1 with errstr(), which says what
 * was found.  A wrong requirement itself is found by card_check_requirement().
 */
int card_require(const struct card *c, const char *requirement);
int card_check_requirement(const char *requirement);

/*
 * Append "license":[...], ... "results":[...], "front_matter":{...}: the
 * members of an object that the caller opens and closes.
 */
void card_put_json(struct buf *b, const struct card *c);

/*
 * Append the card as text: a line for each value, "license     mit", and one
 * for each result, in columns.
 */
void card_put_text(struct buf *b, const struct card *c);

/* One such line; the value is made fit for a terminal. */
void card_put_line(struct buf *b, const char *label, const char *value);

#endif
