#include "task/task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "ops.h"

static const struct task *const tasks[] = { &task_classify, &task_fill_mask,
	&task_entities, &task_spans };

int
task_open(struct task_run *r, enum head h, const struct task_opts *o,
    struct model *m, struct buf *out)
{
	size_t i;

	*r = (struct task_run){ .opts = *o, .model = m, .out = out,
		.record = -1 };
	for (i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (tasks[i]->head == h)
			r->task = tasks[i];
	if (r->task == NULL)
		return fail("%s: gives hidden states, no answers; see hf-pool",
		    head_task(h));
	if (r->task->needs_tok && (r->tok = tok_open(m->dir)) == NULL)
		return -1;
	return r->task->open != NULL ? r->task->open(r) : 0;
}

static int
end_record(struct task_run *r)
{
	int status = r->record >= 0 ? r->task->end(r) : 0;

	r->record = -1;
	return status;
}

int
task_finish(struct task_run *r)
{
	return r->task != NULL ? end_record(r) : 0;
}

/* The record of each row; counted on where the stream does not say. */
static int
row_records(struct frame *f, size_t n, const int64_t **records)
{
	const struct tensor *t = frame_get(f, "rows");

	*records = NULL;
	if (t == NULL)
		return 0;
	if (t->dtype != DT_I64 || !tensor_is(t, 1, &n))
		return fail("rows: is not I64 with one number a row");
	*records = t->data;
	return 0;
}

int
task_frame(struct task_run *r, struct frame *f)
{
	const struct tensor *ids = frame_need(f, "input_ids", DT_I32, 2);
	const struct tensor *mask = frame_get(f, "attention_mask");
	const int64_t *records;
	struct row x = { .f = f };
	bool same;

	if (ids == NULL || row_records(f, ids->dim[0], &records) < 0)
		return -1;
	if (mask != NULL &&
	    (mask->dtype != DT_I32 || !tensor_is(mask, 2, ids->dim)))
		return fail("attention_mask: is not I32 of input_ids' shape");
	x.width = ids->dim[1];
	for (x.i = 0; x.i < ids->dim[0]; x.i++) {
		x.ids = (const int32_t *)ids->data + x.i * x.width;
		x.mask = mask
		    ? (const int32_t *)mask->data + x.i * x.width
		    : NULL;
		x.record = records ? records[x.i] : r->record + 1;
		if (x.record < 0)
			return fail("rows: record %jd is below 0",
			    (intmax_t)x.record);
		same = r->task->grouped && x.record == r->record;
		if (!same && end_record(r) < 0)
			return -1;
		r->record = x.record;
		if (r->task->row(r, &x) < 0)
			return -1;
	}
	return 0;
}

/* The tensor, if it has a row for each of input_ids' and a column for each
 * of its columns (rank above 1 of those that are for each token). */
static const struct tensor *
row_tensor(const struct row *x, const char *name, enum dtype d, int rank)
{
	const struct tensor *t = frame_need(x->f, name, (int)d, rank);
	const struct tensor *ids = frame_get(x->f, "input_ids");

	if (t == NULL)
		return NULL;
	if (t->dim[0] != ids->dim[0])
		return fail("%s: has %zu rows, input_ids %zu", name, t->dim[0],
		    ids->dim[0]), NULL;
	return t;
}

const float *
row_floats(const struct row *x, const char *name, int rank, size_t *width)
{
	const struct tensor *t = row_tensor(x, name, DT_F32, rank);
	size_t each;

	if (t == NULL)
		return NULL;
	if (rank == 3 && t->dim[1] != x->width)
		return fail("%s: has %zu columns, input_ids %zu", name,
		    t->dim[1], x->width), NULL;
	*width = t->dim[rank - 1];
	each = t->bytes / sizeof(float) / t->dim[0];
	return (const float *)t->data + x->i * each;
}

const int32_t *
row_ints(const struct row *x, const char *name, int rank)
{
	const struct tensor *t = row_tensor(x, name, DT_I32, rank);

	if (t == NULL)
		return NULL;
	if (t->dim[1] != x->width || (rank == 3 && t->dim[2] != 2))
		return fail("%s: does not have input_ids' shape", name), NULL;
	return (const int32_t *)t->data +
	    x->i * x->width * (rank == 3 ? 2 : 1);
}

const char *
row_text(const struct row *x, const char *name, size_t *n)
{
	const struct tensor *t = frame_need(x->f, name, DT_U8, 1), *s;
	const struct tensor *ids = frame_get(x->f, "input_ids");
	char splits[64];
	const int64_t *at;

	if (t == NULL)
		return fail("%s: is missing; use hf-tokenize --text", name),
		    NULL;
	snprintf(splits, sizeof splits, "%s_splits", name);
	s = frame_need(x->f, splits, DT_I64, 1);
	if (s == NULL)
		return NULL;
	at = s->data;
	if (s->dim[0] != ids->dim[0] + 1 || at[x->i] < 0 ||
	    at[x->i + 1] < at[x->i] || (uint64_t)at[x->i + 1] > t->bytes)
		return fail("%s: does not fit the text", splits), NULL;
	*n = (size_t)(at[x->i + 1] - at[x->i]);
	return (const char *)t->data + at[x->i];
}

int
row_finite(const struct row *x, const float *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return fail("record %jd: the model's outputs are not "
			    "finite numbers", (intmax_t)x->record);
	return 0;
}

void
task_softmax(const float *v, size_t n, float *p)
{
	float max = v[0];
	double sum = 0;
	size_t i;

	for (i = 1; i < n; i++)
		max = v[i] > max ? v[i] : max;
	for (i = 0; i < n; i++) {
		p[i] = op_exp(v[i] - max);
		sum += (double)p[i];
	}
	for (i = 0; i < n; i++)
		p[i] = (float)((double)p[i] / sum);
}

size_t
task_top(const float *v, size_t n, size_t k, size_t *best)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		if (count == k && v[i] <= v[best[k - 1]])
			continue;
		j = count < k ? count++ : k - 1;
		for (; j > 0 && v[best[j - 1]] < v[i]; j--)
			best[j] = best[j - 1];
		best[j] = i;
	}
	return count;
}

void
put_field(struct buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == '\t' || s[i] == '\n' || s[i] == '\\') {
			buf_byte(b, '\\');
			buf_byte(b, s[i] == '\t' ? 't' : s[i] == '\n' ? 'n'
								      : '\\');
		} else {
			buf_byte(b, s[i]);
		}
}

void
put_score(struct buf *b, float score)
{
	buf_printf(b, "%.6f", (double)score);
}

void
put_record(struct task_run *r)
{
	buf_printf(r->out, "%jd\t", (intmax_t)r->record);
}
