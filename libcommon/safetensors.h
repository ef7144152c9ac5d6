#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "map.h"
#include "tensor.h"

/*
 * safetensors - the format of weight files and of frames.
 * https://github.com/huggingface/safetensors: 8 bytes little-endian header
 * length, a JSON header, the tensors' bytes.
 */
enum {
	HEADER_MAX = 100000000,		/* of a file; the format's own limit */
	HEADER_MAX_FRAME = 1 << 20,	/* of a frame */
};

struct meta {
	const char *key;
	const char *value;
};

/*
 * Names, metadata and arrays are owned by the header; t[].data is not set.
 * Tensors stand in the order of the header's text.
 */
struct header {
	struct tensor *t;
	size_t n;
	struct meta *meta;
	size_t nmeta;
	uint64_t *offset;	/* [n], from the first byte after the header */
	uint64_t bytes;		/* all the data */

	/* Private: text holds names and metadata, place is for sorting. */
	char *text;
	struct place *place;
	size_t sorted;		/* place[0..sorted) has the names in order */
	size_t cap_t, cap_meta, cap_offset, cap_text, cap_place;
};

/*
 * Read a header's JSON by the format's strict rules: it starts with '{', no
 * key stands twice, offsets leave no hole and no overlap, shape times dtype is
 * the size.  0, or -1 with errstr().  The old contents of h are reused.
 */
int header_parse(struct header *h, const char *json, size_t n);
void header_free(struct header *h);

/* The tensor's index, or -1. */
ptrdiff_t header_find(const struct header *h, const char *name);

/* The metadata's value, or NULL. */
const char *header_meta(const struct header *h, const char *key);

/* The 8 bytes that a safetensors file begins with. */
uint64_t header_length(const unsigned char p[8]);

/*
 * A weight file, mapped for as long as the program runs.  If another process
 * cuts the file short, the program ends with one line, not with a signal.
 */
struct safetensors {
	struct header h;	/* t[].data point into the map, or, where the
				   file misaligns a tensor, to a copy */
	char *path;
	bool stream;		/* why it could not be opened: these are
				   frames, not weights */
	struct map map;
	struct arena copies;
};

/* 0, or -1 with errstr(), which names the file. */
int safetensors_open(struct safetensors *s, const char *path);
void safetensors_close(struct safetensors *s);

/*
 * As safetensors_open(), but nothing is copied: the data of a tensor that the
 * file misaligns is NULL until safetensors_align().  For looking at files of
 * any size.
 */
int safetensors_peek(struct safetensors *s, const char *path);
void safetensors_align(struct safetensors *s, size_t i);

#endif
