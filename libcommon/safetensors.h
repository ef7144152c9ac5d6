#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

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

/* Names, metadata and arrays are owned by the header; t[].data is not set. */
struct header {
	struct tensor *t;
	size_t n;
	struct meta *meta;
	size_t nmeta;
	uint64_t *offset;	/* [n], from the first byte after the header */
	uint64_t bytes;		/* all the data */
	char *text;		/* where names and metadata lie */
	size_t cap_t, cap_meta;
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

/*
 * A weight file, mapped for as long as the program runs.  If another process
 * cuts the file short, the program ends with one line, not with a signal.
 */
struct safetensors {
	struct header h;	/* t[].data point into the map, or, where the
				   file misaligns a tensor, to a copy */
	char *path;
	unsigned char *map;
	size_t size;
};

/* 0, or -1 with errstr(), which names the file. */
int safetensors_open(struct safetensors *s, const char *path);
void safetensors_close(struct safetensors *s);

#endif
