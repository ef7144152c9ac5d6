#include "batch.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "util.h"

/* The mask, or NULL when every token is real; -1 when it does not fit. */
static int
find_mask(struct frame *f, const struct tensor *ids, const int32_t **mask)
{
	const struct tensor *t = frame_get(f, "attention_mask");

	*mask = NULL;
	if (t == NULL)
		return 0;
	if (t->dtype != DT_I32 || !tensor_is(t, 2, ids->dim))
		return fail("attention_mask: is not I32 of input_ids' shape");
	*mask = t->data;
	return 0;
}

/* The real tokens' values of an optional I32 [B,T] tensor. */
static int
gather(struct batch *b, struct frame *f, const char *name, int32_t **out)
{
	const struct tensor *t = frame_get(f, name);
	const int32_t *v;
	size_t i;

	*out = frame_alloc(f, b->rows * sizeof **out);
	if (t == NULL) {
		memset(*out, 0, b->rows * sizeof **out);
		return 0;
	}
	if (t->dtype != DT_I32 ||
	    !tensor_is(t, 2, (size_t[]){ b->n, b->width }))
		return fail("%s: is not I32 of input_ids' shape", name);
	v = t->data;
	for (i = 0; i < b->rows; i++)
		(*out)[i] = v[b->place[i]];
	return 0;
}

static void
columns(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->rows; i++)
		b->position_ids[i] = (int32_t)(b->place[i] % b->width);
}

int
batch_pack(struct batch *b, struct frame *f)
{
	const struct tensor *ids = frame_need(f, "input_ids", DT_I32, 2);
	const int32_t *mask;
	size_t i, t, at;

	if (ids == NULL || find_mask(f, ids, &mask) < 0)
		return -1;
	*b = (struct batch){ .n = ids->dim[0], .width = ids->dim[1] };
	if (b->width > INT32_MAX)
		return fail("input_ids: is too wide");
	b->start = frame_alloc(f, (b->n + 1) * sizeof *b->start);
	b->place = frame_alloc(f, tensor_count(ids) * sizeof *b->place);
	b->start[0] = 0;
	for (i = 0; i < b->n; i++) {
		for (t = 0; t < b->width; t++) {
			at = i * b->width + t;
			if (mask == NULL || mask[at] != 0)
				b->place[b->rows++] = at;
		}
		b->start[i + 1] = b->rows;
	}
	if (gather(b, f, "input_ids", &b->input_ids) < 0 ||
	    gather(b, f, "token_type_ids", &b->token_type_ids) < 0 ||
	    gather(b, f, "position_ids", &b->position_ids) < 0)
		return -1;
	if (frame_get(f, "position_ids") == NULL)
		columns(b);
	return 0;
}

/* The record that row i of the batch came from. */
static int64_t
record(const struct batch *b, struct frame *f, size_t i)
{
	const struct tensor *rows = frame_get(f, "rows");
	size_t s = b->place[i] / b->width;

	if (rows != NULL && rows->dtype == DT_I64 &&
	    tensor_is(rows, 1, (size_t[]){ b->n }))
		return tensor_int(rows, s);
	return (int64_t)s;
}

int
batch_check(const struct batch *b, struct frame *f, const int32_t *v,
    size_t limit, const char *what)
{
	size_t i;

	for (i = 0; i < b->rows; i++)
		if (v[i] < 0 || (size_t)v[i] >= limit)
			return fail("record %jd: %s %d is not below the "
			    "model's %zu", (intmax_t)record(b, f, i), what,
			    v[i], limit);
	return 0;
}

bool
output_wanted(const struct outputs *o, const char *name)
{
	size_t i;

	for (i = 0; o->want[i] != NULL; i++)
		if (strcmp(o->want[i], name) == 0)
			return true;
	return false;
}

float *
output_tokens(struct outputs *o, const char *name, size_t width)
{
	size_t dim[3] = { o->b->n, o->b->width, width };

	if (o->n_spread == sizeof o->spread / sizeof *o->spread)
		die("more outputs than a frame holds");
	snprintf(o->spread[o->n_spread].name, sizeof o->spread->name, "%s",
	    name);
	o->spread[o->n_spread++].width = width ? width : 1;
	return frame_add(o->f, name, DT_F32, width ? 3 : 2, dim);
}

void
output_rows(struct outputs *o, const char *name, const float *x, size_t width)
{
	memcpy(output_tokens(o, name, width), x,
	    o->b->rows * width * sizeof *x);
}

void
output_layer(struct outputs *o, const char *name, size_t i, const float *x,
    size_t width)
{
	char full[32];

	snprintf(full, sizeof full, "%s.%zu", name, i);
	output_rows(o, full, x, width);
}

float *
output_sequences(struct outputs *o, const char *name, size_t width)
{
	size_t dim[2] = { o->b->n, width };

	return frame_add(o->f, name, DT_F32, 2, dim);
}

void
output_attentions(struct outputs *o, const char *name, size_t i,
    const float *probs, size_t heads)
{
	const struct batch *b = o->b;
	size_t dim[4] = { b->n, heads, b->width, b->width };
	size_t s, h, q, k, first, n;
	char full[32];
	float *out;

	snprintf(full, sizeof full, "%s.%zu", name, i);
	out = frame_add(o->f, full, DT_F32, 4, dim);
	for (s = 0; s < b->n; s++) {
		first = b->start[s];
		n = b->start[s + 1] - first;
		for (h = 0; h < heads; h++)
			for (q = 0; q < n; q++, probs += n)
				for (k = 0; k < n; k++)
					out[((s * heads + h) * b->width +
					    b->place[first + q] % b->width) *
					    b->width + b->place[first + k] %
					    b->width] = probs[k];
	}
}

/* From the last row to the first: a row never moves to the left. */
static void
spread(float *x, const struct batch *b, size_t width)
{
	size_t i = b->rows, end = b->n * b->width;

	while (i-- > 0) {
		memmove(x + b->place[i] * width, x + i * width,
		    width * sizeof *x);
		memset(x + (b->place[i] + 1) * width, 0,
		    (end - b->place[i] - 1) * width * sizeof *x);
		end = b->place[i];
	}
	memset(x, 0, end * width * sizeof *x);
}

/* Is there a tensor of this name, or one "name.0"? */
static bool
made(struct outputs *o, const char *name)
{
	char first[40];

	snprintf(first, sizeof first, "%s.0", name);
	return frame_get(o->f, name) != NULL || frame_get(o->f, first) != NULL;
}

int
outputs_finish(struct outputs *o)
{
	size_t i;

	for (i = 0; i < o->n_spread; i++)
		spread(frame_get(o->f, o->spread[i].name)->data, o->b,
		    o->spread[i].width);
	for (i = 0; o->want[i] != NULL; i++)
		if (!made(o, o->want[i]))
			return fail("--output %s: this model has no such "
			    "output", o->want[i]);
	return 0;
}
