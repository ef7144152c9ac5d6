#include "safetensors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "pull.h"
#include "util.h"

/* How much of a tensor's name a message shows. */
#define NAME "\"%.100s\""

/* A tensor or a metadata key, for sorting. */
struct place {
	const char *name;
	uint64_t from;
	uint64_t to;
	size_t i;
};

struct parse {
	struct header *h;
	struct pull j;
	char *text;		/* where the next string goes */
};

static int
by_name(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* An empty tensor lies before the one that starts at the same byte. */
static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

/* The string decoded, or NULL when it holds a NUL. */
static const char *
keep(struct parse *p, struct slice s)
{
	char *out = p->text;
	size_t n = slice_decode(s, out);

	if (memchr(out, '\0', n) != NULL) {
		pull_fail(&p->j, "has a NUL in a string");
		return NULL;
	}
	out[n] = '\0';
	p->text += n + 1;
	return out;
}

static struct place *
places(struct header *h, size_t n)
{
	if (n >= h->cap_place) {
		h->cap_place = n + n / 2 + 16;
		h->place = xrealloc(h->place, h->cap_place, sizeof *h->place);
	}
	return h->place;
}

/* The first of the sorted names that stands twice, or NULL. */
static const char *
twice(const struct place *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (strcmp(p[i - 1].name, p[i].name) == 0)
			return p[i].name;
	return NULL;
}

static int
read_metadata(struct parse *p)
{
	struct header *h = p->h;
	struct slice key, value;
	struct place *sorted;
	struct meta m;
	const char *name;
	size_t i;

	pull_object(&p->j);
	while (pull_key(&p->j, &key) && pull_string(&p->j, &value)) {
		m.key = keep(p, key);
		m.value = keep(p, value);
		if (m.key == NULL || m.value == NULL)
			break;
		GROW(h->meta, h->nmeta, h->cap_meta);
		h->meta[h->nmeta++] = m;
	}
	if (p->j.error != NULL)
		return pull_end(&p->j);
	sorted = places(h, h->nmeta);
	for (i = 0; i < h->nmeta; i++)
		sorted[i].name = h->meta[i].key;
	qsort(sorted, h->nmeta, sizeof *sorted, by_name);
	name = twice(sorted, h->nmeta);
	if (name != NULL)
		return fail("has the metadata key " NAME " twice", name);
	return 0;
}

static void
read_dtype(struct pull *j, struct tensor *t)
{
	struct slice s;
	int d;

	if (!pull_string(j, &s))
		return;
	d = dtype_parse(s.p, s.n);
	if (d < 0)
		pull_fail(j, "has an unknown dtype");
	else
		t->dtype = (enum dtype)d;
}

static void
read_shape(struct pull *j, struct tensor *t)
{
	uint64_t v;

	t->rank = 0;
	pull_array(j);
	while (pull_item(j) && pull_u64(j, &v)) {
		if (t->rank == RANK_MAX || v > SIZE_MAX) {
			pull_fail(j, "has more than 8 dimensions");
			return;
		}
		t->dim[t->rank++] = (size_t)v;
	}
}

static void
read_offsets(struct pull *j, uint64_t v[2])
{
	int n = 0;

	pull_array(j);
	while (n < 2 && pull_item(j) && pull_u64(j, &v[n]))
		n++;
	if (n < 2 || pull_item(j))
		pull_fail(j, "has no two data_offsets");
}

/*
 * dtype, shape and data_offsets of one tensor, each once.  Other keys are
 * skipped, as the format's own reader does.
 */
static int
read_fields(struct pull *j, struct tensor *t, uint64_t at[2])
{
	enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4, ALL = 7 };
	struct slice key;
	int seen = 0, field;

	pull_object(j);
	while (pull_key(j, &key)) {
		field = slice_is(key, "dtype")	       ? DTYPE
		    : slice_is(key, "shape")	       ? SHAPE
		    : slice_is(key, "data_offsets") ? OFFSETS
						       : 0;
		if (seen & field)
			pull_fail(j, "has a field twice");
		seen |= field;
		if (field == DTYPE)
			read_dtype(j, t);
		else if (field == SHAPE)
			read_shape(j, t);
		else if (field == OFFSETS)
			read_offsets(j, at);
		else
			pull_skip(j);
	}
	if (seen != ALL)
		pull_fail(j, "lacks dtype, shape or data_offsets");
	return j->error != NULL ? pull_end(j) : 0;
}

static int
read_tensor(struct parse *p, struct slice key)
{
	struct header *h = p->h;
	struct tensor t = { .name = keep(p, key) };
	char shape[SHAPE_TEXT];
	uint64_t at[2] = { 0, 0 };

	if (t.name == NULL)
		return pull_end(&p->j);
	if (read_fields(&p->j, &t, at) < 0)
		return fail("tensor " NAME ": %s", t.name, errstr());
	if (tensor_size(t.dtype, t.rank, t.dim, &t.bytes) < 0)
		return fail("tensor " NAME ": %s %s", t.name,
		    tensor_shape(&t, shape), errstr());
	if (at[0] > at[1] || at[1] - at[0] != t.bytes)
		return fail("tensor " NAME ": %s %s is %zu bytes, but lies at "
			    "%ju to %ju",
		    t.name, dtype_name(t.dtype), tensor_shape(&t, shape),
		    t.bytes, (uintmax_t)at[0], (uintmax_t)at[1]);
	GROW(h->t, h->n, h->cap_t);
	GROW(h->offset, h->n, h->cap_offset);
	h->offset[h->n] = at[0];
	h->t[h->n++] = t;
	return 0;
}

static int
read_header(struct parse *p)
{
	bool metadata = false;
	struct slice key;

	pull_object(&p->j);
	while (pull_key(&p->j, &key)) {
		if (!slice_is(key, "__metadata__")) {
			if (read_tensor(p, key) < 0)
				return -1;
			continue;
		}
		if (metadata)
			return fail("has __metadata__ twice");
		metadata = true;
		if (read_metadata(p) < 0)
			return -1;
	}
	return pull_end(&p->j);
}

/* No name twice, and the data one after the other from byte 0. */
static int
check_places(struct header *h)
{
	struct place *p = places(h, h->n);
	const char *name;
	size_t i;

	for (i = 0; i < h->n; i++)
		p[i] = (struct place){ h->t[i].name, h->offset[i],
			h->offset[i] + h->t[i].bytes, i };
	qsort(p, h->n, sizeof *p, by_place);
	for (i = 0; i < h->n; i++) {
		if (p[i].from != h->bytes)
			return fail("tensor " NAME ": starts at byte %ju of "
				    "the data, want %ju",
			    p[i].name, (uintmax_t)p[i].from,
			    (uintmax_t)h->bytes);
		h->bytes = p[i].to;
	}
	qsort(p, h->n, sizeof *p, by_name);
	name = twice(p, h->n);
	if (name != NULL)
		return fail("has the tensor " NAME " twice", name);
	h->sorted = h->n;
	return 0;
}

int
header_parse(struct header *h, const char *json, size_t n)
{
	struct parse p = { .h = h };

	h->n = h->nmeta = h->sorted = 0;
	h->bytes = 0;
	/* Strings, without their quotes and with a NUL, fit into n bytes. */
	if (n > h->cap_text) {
		h->text = xrealloc(h->text, n, 1);
		h->cap_text = n;
	}
	p.text = h->text;
	if (n == 0 || json[0] != '{')
		return fail("the header does not start with '{'");
	pull_init(&p.j, json, n);
	if (read_header(&p) < 0 || check_places(h) < 0) {
		h->n = h->nmeta = 0;
		return fail("the header %s", errstr());
	}
	return 0;
}

void
header_free(struct header *h)
{
	free(h->t);
	free(h->meta);
	free(h->offset);
	free(h->text);
	free(h->place);
	*h = (struct header){ 0 };
}

ptrdiff_t
header_find(const struct header *h, const char *name)
{
	struct place key = { .name = name }, *p;
	size_t i;

	if (h->sorted == h->n && h->n > 0) {
		p = bsearch(&key, h->place, h->n, sizeof *p, by_name);
		return p != NULL ? (ptrdiff_t)p->i : -1;
	}
	for (i = 0; i < h->n; i++)
		if (strcmp(h->t[i].name, name) == 0)
			return (ptrdiff_t)i;
	return -1;
}

const char *
header_meta(const struct header *h, const char *key)
{
	size_t i;

	for (i = 0; i < h->nmeta; i++)
		if (strcmp(h->meta[i].key, key) == 0)
			return h->meta[i].value;
	return NULL;
}

uint64_t
header_length(const unsigned char p[8])
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static int
open_mapped(struct safetensors *s)
{
	static const char lfs[] = "version https://git-lfs";
	const unsigned char *p = s->map.p;
	size_t i, rest = s->map.n - 8;
	uint64_t n;
	union {
		const void *in;
		void *out;
	} data;

	if (s->map.n > sizeof lfs && memcmp(p, lfs, sizeof lfs - 1) == 0)
		return fail("is a Git LFS pointer, not the file it stands for");
	if (s->map.n < 8)
		return fail("is no safetensors file: it has %zu bytes",
		    s->map.n);
	n = header_length(p);
	if (n > HEADER_MAX)
		return fail("is no safetensors file: a header of %ju bytes",
		    (uintmax_t)n);
	if (n > rest)
		return fail("is cut short inside the header");
	if (header_parse(&s->h, (const char *)p + 8, (size_t)n) < 0)
		return -1;
	if (header_meta(&s->h, "hf") != NULL) {
		s->stream = true;
		return fail("is a stream of frames, not a weight file");
	}
	rest -= (size_t)n;
	if (s->h.bytes != rest)
		return fail("has %zu bytes of data, the header says %ju", rest,
		    (uintmax_t)s->h.bytes);
	for (i = 0; i < s->h.n; i++) {
		data.in = p + 8 + n + s->h.offset[i];
		if ((uintptr_t)data.in % dtype_size(s->h.t[i].dtype) == 0)
			s->h.t[i].data = data.out;
	}
	return 0;
}

int
safetensors_peek(struct safetensors *s, const char *path)
{
	bool stream;

	*s = (struct safetensors){ 0 };
	if (map_open(&s->map, path) < 0)
		return -1;
	if (open_mapped(s) < 0) {
		fail("%s: %s", path, errstr());
		stream = s->stream;
		safetensors_close(s);
		s->stream = stream;
		return -1;
	}
	s->path = xstrdup(path);
	return 0;
}

void
safetensors_align(struct safetensors *s, size_t i)
{
	struct tensor *t = &s->h.t[i];

	if (t->data != NULL)
		return;
	t->data = arena_alloc(&s->copies, t->bytes);
	memcpy(t->data, s->map.p + s->map.n - s->h.bytes + s->h.offset[i],
	    t->bytes);
}

int
safetensors_open(struct safetensors *s, const char *path)
{
	size_t i;

	if (safetensors_peek(s, path) < 0)
		return -1;
	for (i = 0; i < s->h.n; i++)
		safetensors_align(s, i);
	return 0;
}

void
safetensors_close(struct safetensors *s)
{
	header_free(&s->h);
	map_close(&s->map);
	arena_free(&s->copies);
	free(s->path);
	*s = (struct safetensors){ 0 };
}
