/*
 * question-answering: transformers 4's pipelines/question_answering.py, with
 * answers aligned to words.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "ops.h"
#include "task/task.h"
#include "tok/unicode.h"
#include "utf8.h"

enum { MAX_ANSWER_LEN = 15, TOP_K_MAX = 10000 };

struct answer {
	double score;
	size_t start, end;	/* characters of the context */
	char *text, *lower;
};

struct candidate {
	double score;
	size_t start, end;	/* tokens */
};

struct spans {
	struct answer *v;	/* of the record */
	size_t n, cap;
	double null_score;	/* that there is no answer */
	struct candidate *best;	/* of the row, [keep] */
	size_t n_best, keep;
	double *p;		/* [2,T] */
	size_t cap_p;
};

static int
open_task(struct task_run *r)
{
	struct spans *w = xcalloc(1, sizeof *w);
	size_t k = r->opts.top_k ? r->opts.top_k : 1;

	if (k > TOP_K_MAX)
		return fail("--top-k %zu: is more than %d", k, TOP_K_MAX);
	/* Some fall together when they are widened to words. */
	w->keep = 2 * k + 10;
	w->best = xcalloc(w->keep, sizeof *w->best);
	w->null_score = 1000000;
	r->own = w;
	return 0;
}

/* What a row of the stream says about its tokens. */
struct view {
	const struct row *x;
	const int32_t *spans, *sequences, *words;	/* words may be NULL */
	const char *text;
	size_t n;
	size_t first;		/* the first real token: no answer */
};

/*
 * Only the context's tokens, and the first one (no answer), have a part in
 * the softmax.
 */
static void
probabilities(const struct view *v, const float *logits, double *p)
{
	double max = -(double)INFINITY, sum = 0;
	size_t t, T = v->x->width;

	for (t = 0; t < T; t++) {
		p[t] = (v->x->mask == NULL || v->x->mask[t] != 0) &&
		    (t == v->first || v->sequences[t] == 1)
		    ? (double)logits[t]
		    : -10000.0;
		max = p[t] > max ? p[t] : max;
	}
	for (t = 0; t < T; t++) {
		p[t] = (double)op_exp((float)(p[t] - max));
		sum += p[t];
	}
	for (t = 0; t < T; t++)
		p[t] /= sum;
}

static void
consider(struct spans *w, double score, size_t start, size_t end)
{
	size_t j;

	if (w->n_best == w->keep && score <= w->best[w->keep - 1].score)
		return;
	j = w->n_best < w->keep ? w->n_best++ : w->keep - 1;
	for (; j > 0 && w->best[j - 1].score < score; j--)
		w->best[j] = w->best[j - 1];
	w->best[j] = (struct candidate){ score, start, end };
}

static void
find_candidates(const struct task_run *r, const struct view *v)
{
	struct spans *w = r->own;
	size_t s, e, T = v->x->width;
	size_t len = r->opts.max_answer_len ? r->opts.max_answer_len
					    : MAX_ANSWER_LEN;
	const double *start = w->p, *end = w->p + T;

	w->n_best = 0;
	for (s = v->first + 1; s < T; s++) {
		if (v->sequences[s] != 1)
			continue;
		for (e = s; e < T && e - s < len && v->sequences[e] == 1; e++)
			consider(w, start[s] * end[e], s, e);
	}
}

/* Widen a token's span to its word: the word's first and last byte. */
static void
word_span(const struct view *v, size_t t, size_t *from, size_t *to)
{
	size_t i, T = v->x->width;

	*from = (size_t)v->spans[2 * t];
	*to = (size_t)v->spans[2 * t + 1];
	if (v->words == NULL || v->words[t] < 0)
		return;
	for (i = t; i > 0 && v->sequences[i - 1] == 1 &&
	     v->words[i - 1] == v->words[t]; i--)
		*from = (size_t)v->spans[2 * (i - 1)];
	for (i = t + 1; i < T && v->sequences[i] == 1 &&
	     v->words[i] == v->words[t]; i++)
		*to = (size_t)v->spans[2 * i + 1];
}

/* The text in lower case, by which equal answers are told. */
static char *
lower(const char *s, size_t n)
{
	struct buf b = { 0 };
	uint32_t c, out[3];
	char tmp[4];
	int i, k, len;

	buf_reserve(&b, n);
	b.p[0] = '\0';
	while (n > 0) {
		len = utf8_decode(s, n, &c);
		k = unicode_lower(c, out);
		for (i = 0; i < k; i++)
			buf_add(&b, tmp, (size_t)utf8_encode(out[i], tmp));
		s += len;
		n -= (size_t)len;
	}
	return b.p;
}

/* Add an answer, or its score to one of the same text. */
static void
add_answer(struct spans *w, double score, const char *text, size_t from,
    size_t to)
{
	char *key = lower(text + from, to - from);
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i].lower, key) == 0) {
			w->v[i].score += score;
			free(key);
			return;
		}
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = (struct answer){ .score = score, .lower = key,
		.start = utf8_count(text, from), .end = utf8_count(text, to),
		.text = xstrndup(text + from, to - from) };
}

static int
add_candidates(struct spans *w, const struct view *v)
{
	size_t i, from, to, ignored;

	for (i = 0; i < w->n_best; i++) {
		word_span(v, w->best[i].start, &from, &ignored);
		word_span(v, w->best[i].end, &ignored, &to);
		if (from > to || to > v->n)
			return fail("offsets: do not fit the text");
		add_answer(w, w->best[i].score, v->text, from, to);
	}
	return 0;
}

static int
look(struct view *v, const struct row *x)
{
	v->x = x;
	if (frame_get(x->f, "text") != NULL &&
	    frame_get(x->f, "text_pair") == NULL)
		return fail("record %jd: is no pair of a question and a text",
		    (intmax_t)x->record);
	v->first = 0;
	while (x->mask != NULL && v->first < x->width &&
	    x->mask[v->first] == 0)
		v->first++;
	v->spans = row_ints(x, "offsets", 3);
	v->sequences = v->spans ? row_ints(x, "sequence_ids", 2) : NULL;
	v->text = v->sequences ? row_text(x, "text_pair", &v->n) : NULL;
	v->words = frame_get(x->f, "word_ids") != NULL
	    ? row_ints(x, "word_ids", 2)
	    : NULL;
	if (v->text == NULL)
		return -1;
	if (utf8_valid(v->text, v->n) != v->n)
		return fail("text_pair: is not UTF-8");
	return 0;
}

static int
row(struct task_run *r, const struct row *x)
{
	struct spans *w = r->own;
	size_t T = x->width, n;
	const float *start = row_floats(x, "start_logits", 2, &n);
	const float *end = start ? row_floats(x, "end_logits", 2, &n) : NULL;
	struct view v;
	double none;

	if (end == NULL || look(&v, x) < 0 || row_finite(x, start, T) < 0 ||
	    row_finite(x, end, T) < 0)
		return -1;
	if (n != T)
		return fail("end_logits: does not have input_ids' shape");
	if (2 * T > w->cap_p) {
		w->cap_p = 2 * T;
		w->p = xrealloc(w->p, w->cap_p, sizeof *w->p);
	}
	if (T == 0)
		return 0;
	probabilities(&v, start, w->p);
	probabilities(&v, end, w->p + T);
	none = v.first < T ? w->p[v.first] * w->p[T + v.first] : 0;
	if (none < w->null_score)
		w->null_score = none;
	find_candidates(r, &v);
	return add_candidates(w, &v);
}

/* The better first; where equal, the one that was found first. */
static void
sort_answers(struct spans *w)
{
	struct answer a;
	size_t i, j;

	for (i = 1; i < w->n; i++) {
		a = w->v[i];
		for (j = i; j > 0 && w->v[j - 1].score < a.score; j--)
			w->v[j] = w->v[j - 1];
		w->v[j] = a;
	}
}

static void
put_answer(struct task_run *r, const struct answer *a)
{
	size_t n = strlen(a->text);

	if (!r->opts.json) {
		if (r->opts.top_k > 1)
			put_record(r);
		put_score(r->out, (float)a->score);
		buf_printf(r->out, "\t%zu\t%zu\t", a->start, a->end);
		put_field(r->out, a->text, n);
		buf_byte(r->out, '\n');
		return;
	}
	buf_str(r->out, "{\"score\": ");
	json_put_f32(r->out, (float)a->score);
	buf_printf(r->out, ", \"start\": %zu, \"end\": %zu, \"answer\": ",
	    a->start, a->end);
	json_put_string(r->out, a->text, n);
	buf_byte(r->out, '}');
}

static int
end(struct task_run *r)
{
	struct spans *w = r->own;
	size_t i, k = r->opts.top_k ? r->opts.top_k : 1;
	bool list;

	if (r->opts.handle_impossible_answer || w->n == 0)
		add_answer(w, w->n ? w->null_score : 0, "", 0, 0);
	sort_answers(w);
	k = k < w->n ? k : w->n;
	list = r->opts.json && k > 1;
	buf_str(r->out, list ? "[" : "");
	for (i = 0; i < k; i++) {
		buf_str(r->out, list && i > 0 ? ", " : "");
		put_answer(r, &w->v[i]);
	}
	buf_str(r->out, list ? "]\n" : r->opts.json ? "\n" : "");
	for (i = 0; i < w->n; i++) {
		free(w->v[i].text);
		free(w->v[i].lower);
	}
	w->n = 0;
	w->null_score = 1000000;
	return 0;
}

const struct task task_spans = { .head = HEAD_QA, .grouped = true,
	.open = open_task, .row = row, .end = end };
