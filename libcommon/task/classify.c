/*
 * text-classification: transformers' pipelines/text_classification.py.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "ops.h"
#include "task/task.h"

/* What turns logits into scores when the user did not say. */
static enum apply
choose(const struct task_run *r, size_t labels)
{
	const char *type = json_str(r->model->config, "problem_type", "");

	if (r->opts.apply != APPLY_DEFAULT)
		return r->opts.apply;
	if (strcmp(type, "regression") == 0)
		return APPLY_NONE;
	return strcmp(type, "multi_label_classification") == 0 || labels == 1
	    ? APPLY_SIGMOID
	    : APPLY_SOFTMAX;
}

static void
scores(enum apply how, const float *v, size_t n, float *p)
{
	size_t i;

	if (how == APPLY_SOFTMAX)
		task_softmax(v, n, p);
	for (i = 0; i < n && how == APPLY_SIGMOID; i++)
		p[i] = 1 / (1 + op_exp(-v[i]));
	if (how == APPLY_NONE)
		memcpy(p, v, n * sizeof *p);
}

static void
put_json(struct task_run *r, const float *p, const size_t *best, size_t n)
{
	char tmp[LABEL_TEXT];
	const char *label;
	size_t i;

	buf_byte(r->out, '[');
	for (i = 0; i < n; i++) {
		label = head_label(r->model->config, best[i], tmp);
		buf_str(r->out, i ? ", {\"label\": " : "{\"label\": ");
		json_put_string(r->out, label, strlen(label));
		buf_str(r->out, ", \"score\": ");
		json_put_f32(r->out, p[best[i]]);
		buf_byte(r->out, '}');
	}
	buf_str(r->out, "]\n");
}

static void
put_tsv(struct task_run *r, const float *p, const size_t *best, size_t n)
{
	char tmp[LABEL_TEXT];
	const char *label;
	size_t i;

	for (i = 0; i < n; i++) {
		label = head_label(r->model->config, best[i], tmp);
		if (r->opts.top_k > 1)
			put_record(r);
		put_field(r->out, label, strlen(label));
		buf_byte(r->out, '\t');
		put_score(r->out, p[best[i]]);
		buf_byte(r->out, '\n');
	}
}

static int
row(struct task_run *r, const struct row *x)
{
	size_t n, k, top = r->opts.top_k ? r->opts.top_k : 1;
	const float *v = row_floats(x, "logits", 2, &n);
	size_t *best;
	float *p;

	if (v == NULL || row_finite(x, v, n) < 0)
		return -1;
	top = top < n ? top : n;
	p = frame_alloc(x->f, n * sizeof *p);
	best = frame_alloc(x->f, top * sizeof *best);
	scores(choose(r, n), v, n, p);
	k = task_top(p, n, top, best);
	(r->opts.json ? put_json : put_tsv)(r, p, best, k);
	return 0;
}

static int
end(struct task_run *r)
{
	(void)r;
	return 0;
}

const struct task task_classify = { .head = HEAD_SEQUENCE, .row = row,
	.end = end };
