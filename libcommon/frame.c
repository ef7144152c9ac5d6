#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "err.h"
#include "frame_io.h"

static const uint64_t default_max = (uint64_t)4 << 30;

/* Read when it is first needed: by then die() knows whose message it is. */
uint64_t
frame_max(struct frame_io *io)
{
	const char *s = getenv("HF_FRAME_MAX");
	int64_t v;

	if (io->max != 0)
		return io->max;
	io->max = default_max;
	if (s == NULL || *s == '\0')
		return io->max;
	if (parse_i64(s, 1, INT64_MAX, &v) < 0)
		die("HF_FRAME_MAX=%s: %s", s, errstr());
	return io->max = (uint64_t)v;
}

/*
 * Room for all the tensors that a header can name is set aside at once
 * (untouched, it costs nothing), so that pointers to them never move.
 */
struct frame_io *
frame_io(struct frame *f)
{
	struct frame_io *io = f->io;

	if (io != NULL)
		return io;
	io = xcalloc(1, sizeof *io);
	io->in_fd = io->out_fd = -1;
	io->hash = XXH3_createState();
	if (io->hash == NULL)
		die("out of memory");
	f->io = io;
	f->h.cap_t = TENSORS_MAX;
	f->h.t = xrealloc(f->h.t, f->h.cap_t, sizeof *f->h.t);
	return io;
}

void
frame_reset(struct frame *f)
{
	f->h.n = f->h.nmeta = f->h.sorted = 0;
	f->h.bytes = 0;
	arena_reset(&frame_io(f)->arena);
}

void
frame_free(struct frame *f)
{
	struct frame_io *io = f->io;

	if (io != NULL) {
		if (io->out_fd >= 0)
			on_die(NULL, NULL);
		if (io->buf != NULL)
			munmap(io->buf, io->cap);
		arena_free(&io->arena);
		XXH3_freeState(io->hash);
		buf_free(&io->head);
		free(io->order);
		free(io->iov);
		free(io);
	}
	header_free(&f->h);
	free(f->end);
	free(f->model);
	free(f->model_hash);
	*f = (struct frame){ 0 };
}

struct tensor *
frame_get(struct frame *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->h.n; i++)
		if (strcmp(f->h.t[i].name, name) == 0)
			return &f->h.t[i];
	return NULL;
}

/* "a, b, c" of the frame's tensors: what a message offers instead. */
static int
no_such_tensor(struct frame *f, const char *name)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < f->h.n && b.n < 400; i++)
		buf_printf(&b, "%s%.60s", i ? ", " : "", f->h.t[i].name);
	if (i < f->h.n)
		buf_str(&b, ", ...");
	fail("%s: not in the stream, which has %s", name,
	    b.n > 0 ? b.p : "no tensors");
	buf_free(&b);
	return -1;
}

struct tensor *
frame_need(struct frame *f, const char *name, int dtype, int rank)
{
	struct tensor *t = frame_get(f, name);
	char shape[SHAPE_TEXT], want[40] = "";

	if (t == NULL)
		return no_such_tensor(f, name), NULL;
	if ((dtype < 0 || (int)t->dtype == dtype) &&
	    (rank < 0 || t->rank == rank))
		return t;
	if (rank >= 0)
		snprintf(want, sizeof want, " of %d dimensions", rank);
	fail("%s: %s %s, want %s%s", name, dtype_name(t->dtype),
	    tensor_shape(t, shape),
	    dtype < 0 ? "one" : dtype_name((enum dtype)dtype), want);
	return NULL;
}

void *
frame_add(struct frame *f, const char *name, enum dtype d, int rank,
    const size_t *dim)
{
	struct frame_io *io = frame_io(f);
	struct tensor *t = frame_get(f, name);
	struct tensor new = { .dtype = d, .rank = rank };

	if (tensor_size(d, rank, dim, &new.bytes) < 0)
		die("%s: %s", name, errstr());
	if (t == NULL && f->h.n >= TENSORS_MAX)
		die("%s: a frame holds no more than %d tensors", name,
		    TENSORS_MAX);
	if (t == NULL)
		t = &f->h.t[f->h.n++];
	if (rank > 0)
		memcpy(new.dim, dim, (size_t)rank * sizeof *dim);
	new.name = arena_strdup(&io->arena, name);
	new.data = arena_alloc(&io->arena, new.bytes);
	memset(new.data, 0, new.bytes);
	*t = new;
	f->h.sorted = 0;
	return t->data;
}

void
frame_drop(struct frame *f, const char *name)
{
	struct tensor *t = frame_get(f, name);

	if (t == NULL)
		return;
	*t = f->h.t[--f->h.n];
	f->h.sorted = 0;
}

void *
frame_alloc(struct frame *f, size_t n)
{
	return arena_alloc(&frame_io(f)->arena, n);
}

const char *
frame_meta(const struct frame *f, const char *key)
{
	return header_meta(&f->h, key);
}

void
frame_set_meta(struct frame *f, const char *key, const char *value)
{
	struct arena *a = &frame_io(f)->arena;
	struct header *h = &f->h;
	size_t i;

	for (i = 0; i < h->nmeta; i++)
		if (strcmp(h->meta[i].key, key) == 0)
			break;
	if (value == NULL) {
		if (i < h->nmeta)
			h->meta[i] = h->meta[--h->nmeta];
		return;
	}
	if (i == h->nmeta) {
		GROW(h->meta, h->nmeta, h->cap_meta);
		h->meta[h->nmeta++].key = arena_strdup(a, key);
	}
	h->meta[i].value = arena_strdup(a, value);
}

void
frame_chain(struct frame *f, const char *line)
{
	const char *old = frame_meta(f, "chain");
	size_t n, m;
	char *p;

	if (old == NULL) {
		frame_set_meta(f, "chain", line);
		return;
	}
	n = strlen(old);
	m = strlen(line);
	p = frame_alloc(f, n + m + 2);
	memcpy(p, old, n);
	p[n] = '\n';
	memcpy(p + n + 1, line, m + 1);
	frame_set_meta(f, "chain", p);
}
