#ifndef FRAME_IO_H
#define FRAME_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>
#include <xxhash.h>

#include "arena.h"
#include "frame.h"
#include "util.h"

/*
 * frame_io - what frame.c (a frame's contents) and stream.c (how it is read
 * and written) share, and nobody else sees.
 */
enum {
	/* The least a tensor takes in a header, and so the most of them. */
	TENSOR_TEXT_MIN = 50,
	TENSORS_MAX = HEADER_MAX_FRAME / TENSOR_TEXT_MIN,
};

struct frame_io {
	/* Reading: the frame's bytes start at buf + pad, the data at a
	   multiple of 64. */
	unsigned char *buf;
	size_t cap;
	size_t pad;
	size_t got;
	bool summing;		/* bytes that arrive go into hash */
	bool over;		/* the stream has ended, well or not */
	int in_fd;

	struct arena arena;
	XXH3_state_t *hash;
	uint64_t max;		/* frame_max()'s, once it is known */

	/* Writing */
	struct buf head;
	const struct tensor **order;
	struct iovec *iov;	/* [h.n + 1] */
	size_t cap_order, cap_iov;
	int out_fd;		/* where die() writes the end frame, or -1 */
};

/* The frame's, made at its first use. */
struct frame_io *frame_io(struct frame *f);

/* The bytes that a frame may have: HF_FRAME_MAX. */
uint64_t frame_max(struct frame_io *io);

#endif
