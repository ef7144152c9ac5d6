#include "top.h"

#include <stdio.h>
#include <string.h>

#include "err.h"

enum { LABELS_MAX = 1 << 20 };

/* Above the numbers that blocks.c uses for itself. */
enum { FIRST = 8, POOLED, TRANSFORMED };

static void
load_masked_lm(struct loader *l, struct top *t, const struct top_names *names,
    size_t D, float eps, struct weight *words)
{
	size_t vocab = words != NULL ? weight_outputs(words) : 0;
	char name[128];

	load_linear(l, &t->dense, D, D, names->lm_dense);
	load_norm(l, &t->norm, D, eps, names->lm_norm);
	snprintf(name, sizeof name, "%s.bias", names->lm_decoder);
	t->out.b = load_vector(l, vocab,
	    names->lm_bias != NULL && load_has(l, names->lm_bias)
	    ? names->lm_bias
	    : name);
	snprintf(name, sizeof name, "%s.weight", names->lm_decoder);
	t->out.w = load_has(l, name) ? load_matrix(l, vocab, D, name) : words;
}

/*
 * A classifier's rows are the labels.  Where the config counts them, the
 * count must be right; else the tensor says how many there are.
 */
static size_t
labels(const struct loader *l, json *config, const char *classifier)
{
	size_t n = json_len(json_get(config, "id2label"));
	const struct tensor *t;
	char name[128];

	if (n == 0 && json_size(config, "num_labels", 1, LABELS_MAX, &n) < 0)
		n = 0;
	snprintf(name, sizeof name, "%s.weight", classifier);
	t = weights_find(l->w, name);
	return n > 0 || t == NULL || t->rank != 2 ? n : t->dim[0];
}

void
load_top(struct loader *l, struct top *t, const struct top_names *names,
    json *config, size_t D, float eps, struct weight *words)
{
	switch (t->head) {
	case HEAD_MASKED_LM:
		load_masked_lm(l, t, names, D, eps, words);
		break;
	case HEAD_SEQUENCE:
	case HEAD_TOKEN:
		load_linear(l, &t->out, labels(l, config, names->classifier),
		    D, names->classifier);
		break;
	case HEAD_QA:
		load_linear(l, &t->out, 2, D, names->qa);
		break;
	case HEAD_NONE:
		break;
	}
}

const char *const *
top_outputs(enum head h)
{
	static const char *const stack[] = { "last_hidden_state", NULL };
	static const char *const logits[] = { "logits", NULL };
	static const char *const spans[] = { "start_logits", "end_logits",
		NULL };

	return h == HEAD_NONE ? stack : h == HEAD_QA ? spans : logits;
}

static void
first_rows(const struct batch *b, const float *x, size_t D, float *out)
{
	size_t s;

	for (s = 0; s < b->n; s++)
		if (b->start[s] == b->start[s + 1])
			memset(out + s * D, 0, D * sizeof *out);
		else
			memcpy(out + s * D, x + b->start[s] * D,
			    D * sizeof *out);
}

void
pool_first(const struct linear *dense, enum act act, struct pool *p,
    struct scratch *s, const struct batch *b, const float *x, size_t D,
    float *out)
{
	float *first = scratch(s, FIRST, b->n * D);

	first_rows(b, x, D, first);
	linear(p, dense, first, b->n, act, NULL, out);
}

static void
masked_lm(const struct top *t, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, const float *x, size_t D)
{
	float *y = scratch(s, TRANSFORMED, b->rows * D);

	linear(p, &t->dense, x, b->rows, t->act, NULL, y);
	norm(p, &t->norm, y, b->rows, y);
	linear(p, &t->out, y, b->rows, ACT_NONE, NULL,
	    output_tokens(o, "logits", weight_outputs(t->out.w)));
}

static void
sequence(const struct top *t, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, const float *x, size_t D)
{
	float *pooled = scratch(s, POOLED, b->n * D);

	pool_first(&t->dense, t->act, p, s, b, x, D, pooled);
	linear(p, &t->out, pooled, b->n, ACT_NONE, NULL,
	    output_sequences(o, "logits", weight_outputs(t->out.w)));
}

/* The two columns of a question answering head, each [B,T]. */
static void
spans(const struct top *t, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, const float *x)
{
	float *y = scratch(s, TRANSFORMED, b->rows * 2);
	float *start = output_tokens(o, "start_logits", 0);
	float *end = output_tokens(o, "end_logits", 0);
	size_t i;

	linear(p, &t->out, x, b->rows, ACT_NONE, NULL, y);
	for (i = 0; i < b->rows; i++) {
		start[i] = y[2 * i];
		end[i] = y[2 * i + 1];
	}
}

void
top_forward(const struct top *t, struct pool *p, struct scratch *s,
    const struct batch *b, struct outputs *o, const float *x, size_t D)
{
	if (t->head == HEAD_QA && (output_wanted(o, "start_logits") ||
	    output_wanted(o, "end_logits")))
		spans(t, p, s, b, o, x);
	if (!output_wanted(o, "logits"))
		return;
	if (t->head == HEAD_MASKED_LM)
		masked_lm(t, p, s, b, o, x, D);
	else if (t->head == HEAD_SEQUENCE)
		sequence(t, p, s, b, o, x, D);
	else if (t->head == HEAD_TOKEN)
		linear(p, &t->out, x, b->rows, ACT_NONE, NULL,
		    output_tokens(o, "logits", weight_outputs(t->out.w)));
}
