#ifndef TOK_GGUFMETA_H
#define TOK_GGUFMETA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"
#include "pull.h"

/*
 * ggufmeta - the keys and values at the beginning of a GGUF file (versions 2
 * and 3, little-endian).  Everything is borrowed from the mapped file.
 */
enum gguf_type {
	GGUF_U8, GGUF_I8, GGUF_U16, GGUF_I16, GGUF_U32, GGUF_I32, GGUF_F32,
	GGUF_BOOL, GGUF_STRING, GGUF_ARRAY, GGUF_U64, GGUF_I64, GGUF_F64
};

struct gguf_value {
	struct slice key;
	enum gguf_type type;	/* of an array: of its elements */
	bool array;
	uint64_t n;		/* elements; 1 when it is no array */
	const unsigned char *p, *end;	/* the value's bytes */
};

struct gguf_meta {
	struct map map;
	struct gguf_value *v;	/* [n] */
	size_t n, cap;
};

/* 0, or -1 with errstr(), which names the file. */
int gguf_open(struct gguf_meta *g, const char *path);
void gguf_close(struct gguf_meta *g);

/* NULL: there is no such key. */
const struct gguf_value *gguf_find(const struct gguf_meta *g, const char *key);

/* What is missing or of another type is `otherwise`. */
int64_t gguf_int(const struct gguf_meta *g, const char *key, int64_t otherwise);
bool gguf_bool(const struct gguf_meta *g, const char *key, bool otherwise);
struct slice gguf_string(const struct gguf_meta *g, const char *key,
    const char *otherwise);

/*
 * Read an array's elements in turn: *v is a copy of the value, at the next
 * element.  False: it is used up, or of another type.
 */
bool gguf_next_string(struct gguf_value *v, struct slice *s);
bool gguf_next_number(struct gguf_value *v, double *x);

#endif
