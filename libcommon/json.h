#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "util.h"

/*
 * json - a small document as a tree (configs, the Hub's answers), and the
 * writing of JSON.  Numbers are doubles here; where integers must be exact or
 * the text is large, use pull.h.
 *
 * A tree belongs to who loaded it, json_free() ends it; nodes and strings are
 * borrowed from it.  All readers take NULL for "not there".
 */
struct cJSON;
typedef const struct cJSON json;

/* NULL with errstr(), which names the file. */
struct cJSON *json_load(const char *path, size_t limit);
struct cJSON *json_parse(const char *text, size_t n);
void json_free(struct cJSON *tree);

/*
 * A file of dir that need not be there: *out is NULL then.  0, or -1 with
 * errstr() when it is there and can't be read.
 */
int json_load_optional(const char *dir, const char *file, size_t limit,
    struct cJSON **out);

json *json_get(json *object, const char *key);
json *json_at(json *array, size_t i);
size_t json_len(json *container);

/* for (n = json_first(o); n != NULL; n = json_next(n)) json_name(n) ... */
json *json_first(json *container);
json *json_next(json *node);
const char *json_name(json *node);

bool json_is_object(json *node);
bool json_is_array(json *node);
bool json_is_null(json *node);		/* null or not there */
bool json_is_number(json *node);
bool json_is_bool(json *node);
const char *json_text(json *node);	/* NULL when it is no string */
double json_number(json *node);		/* 0 when it is no number */
bool json_true(json *node);

/* The member, or what it is when it is missing or null. */
const char *json_str(json *object, const char *key, const char *otherwise);
bool json_bool(json *object, const char *key, bool otherwise);

/*
 * Read a number into *out, which is left alone when the member is missing or
 * null.  0, or -1 with errstr() when it is no number or not in lo..hi.
 */
int json_size(json *object, const char *key, size_t lo, size_t hi,
    size_t *out);
int json_real(json *object, const char *key, double lo, double hi,
    double *out);

/* Append a quoted JSON string; text is UTF-8, invalid bytes become U+FFFD. */
void json_put_string(struct buf *b, const char *s, size_t n);

/*
 * Append a number in the fewest digits that read back exactly.  What JSON
 * can't say is written as Python does: NaN, Infinity, -Infinity.
 */
void json_put_f32(struct buf *b, float v);
void json_put_f64(struct buf *b, double v);

/* Append any tree in compact form. */
void json_put_tree(struct buf *b, json *tree);

#endif
