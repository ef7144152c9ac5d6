#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "safetensors.h"
#include "tensor.h"

/*
 * frame - one message of an hf-stream(5): a complete safetensors file.
 *
 * A frame read from a stream owns one buffer; its tensors are views into it
 * and die at the next frame_read() or frame_free().  Tensors added to it live
 * in its arena, which is reset at the same time.  What a stage does not touch,
 * tensors and metadata, frame_write() passes on.
 *
 *	stream_out(&f, STDOUT_FILENO);		before the options are read
 *	...
 *	while ((r = frame_read(&f, STDIN_FILENO)) > 0) {
 *		x = frame_need(&f, "logits", DT_F32, 2);
 *		y = frame_add(&f, "scores", DT_F32, 2, x->dim);
 *		...
 *		if (frame_write(&f, STDOUT_FILENO) < 0)
 *			die("stdout: %s", errstr());
 *	}
 *	return stream_finish(&f, r, STDOUT_FILENO);
 *
 * All zero is a valid empty frame.
 */
struct frame {
	struct header h;	/* tensors h.t[0..h.n), metadata h.meta */
	uint64_t read;		/* frames read so far: the next one's seq */
	uint64_t written;	/* frames written so far */
	char *end;		/* after frame_read() gave -1: why it is
				   incomplete, in upstream's words, or NULL */
	bool damaged;		/* it is cut, no stream, or fails a check */
	bool bare;		/* a safetensors file without stream's marks */
	char *model;		/* of the stream's first frame, or NULL */
	char *model_hash;
	struct frame_io *io;	/* private */
};

/*
 * Read the next frame.  1 a frame; 0 the stream ended ok; -1 it did not:
 * errstr() says why and f->end holds the upstream's message, if it was one.
 * Nothing in a frame is used before its checksum is right.
 */
int frame_read(struct frame *f, int fd);

/*
 * As frame_read() for a named file: one bare safetensors file, without sum
 * and end, is one frame too.
 */
int frame_read_file(struct frame *f, int fd);

/*
 * Write the frame with its seq and sum.  0, or -1 with errstr().  Ends the
 * program when fd is a terminal.
 */
int frame_write(struct frame *f, int fd);

/*
 * Drop all tensors and metadata, and what the arena holds: a frame to be
 * filled.
 */
void frame_reset(struct frame *f);
void frame_free(struct frame *f);

/*
 * The tensor of this name, or NULL.  The pointer holds until the frame is
 * reset, read or one is dropped; adding others does not move it.
 */
struct tensor *frame_get(struct frame *f, const char *name);

/*
 * The tensor of this name, dtype and rank (-1: any), or NULL with errstr():
 * it says what was found.
 */
struct tensor *frame_need(struct frame *f, const char *name, int dtype,
    int rank);

/*
 * Add a tensor; its data, all zero and 64-byte aligned.  One of the same name
 * is replaced: frame_get()'s pointer shows the new one, the old data stay
 * readable as long as the frame's contents.  Dimensions are the caller's to
 * have checked: a product that overflows ends the program.
 */
void *frame_add(struct frame *f, const char *name, enum dtype d, int rank,
    const size_t *dim);

void frame_drop(struct frame *f, const char *name);

/* Memory, not cleared, that lives as long as the frame's contents. */
void *frame_alloc(struct frame *f, size_t n);

/* A metadata value, or NULL; set copies, and NULL removes the key. */
const char *frame_meta(const struct frame *f, const char *key);
void frame_set_meta(struct frame *f, const char *key, const char *value);

/* Append a line to the frame's provenance ("chain"). */
void frame_chain(struct frame *f, const char *line);

/*
 * Frames are about to go to fd: widen the pipe, and see to it that die()
 * writes the end frame.  Called first in main(), so that wrong usage does so
 * too.  A terminal is refused when the first frame is read or written.
 */
void stream_out(struct frame *f, int fd);

/*
 * End the stream on fd (-1: this program writes none), given the last
 * frame_read(): what main() returns.  A broken stream is reported, once in a
 * pipeline, and gives 3.  What stdio holds for stdout is written, and stdout
 * closed with a check.
 */
int stream_finish(struct frame *f, int r, int fd);

#endif
