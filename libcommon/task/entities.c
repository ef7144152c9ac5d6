/*
 * token-classification: transformers' pipelines/token_classification.py.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "task/task.h"
#include "utf8.h"

/* A token, or later a word or a group of them. */
struct entity {
	size_t label;
	float score;
	size_t index;		/* of the token in its row */
	size_t start, end;	/* characters of the text */
	char *word;
	bool subword;		/* it continues the word before it */
	size_t at;		/* first of its probabilities */
};

struct entities {
	struct entity *v;	/* of the row at hand */
	size_t n, cap;
	struct entity *all;	/* of the record, ready to be written */
	size_t n_all, cap_all;
	size_t rows;		/* that the record had */
	float *p;		/* [n, labels] of the row's tokens */
	size_t cap_p, labels;
	float *mean;		/* [labels] */
};

static int
open_task(struct task_run *r)
{
	r->own = xcalloc(1, sizeof(struct entities));
	return 0;
}

/*
 * Tokenizers that mark a continuing piece make it longer than the text it
 * stands for ("##ame" for "ame"); for the others a token continues a word
 * unless a space stands at its start or before it.
 */
static bool
continues(const struct task_run *r, const char *text, size_t size, size_t from,
    size_t to, const char *piece, size_t n)
{
	if (tok_marks_subwords(r->tok))
		return utf8_count(piece, n) != utf8_count(text + from,
		    to - from);
	return from > 0 && text[from - 1] != ' ' &&
	    (from == size || text[from] != ' ');
}

static size_t
argmax(const float *v, size_t n)
{
	size_t i, best = 0;

	for (i = 1; i < n; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

/* One real token of the row. */
static int
add_token(struct task_run *r, const struct row *x, size_t t, const char *text,
    size_t n, const int32_t *span, const float *logits)
{
	struct entities *w = r->own;
	size_t from = (size_t)span[0], to = (size_t)span[1], len;
	const char *piece = tok_piece(r->tok, x->ids[t], &len);
	struct entity e = { .index = t, .at = w->n * w->labels };
	bool unknown = x->ids[t] == tok_unk_id(r->tok);

	if (span[0] < 0 || span[1] < span[0] || to > n)
		return fail("offsets: do not fit the text");
	if (row_finite(x, logits, w->labels) < 0)
		return -1;
	if ((w->n + 1) * w->labels > w->cap_p) {
		w->cap_p = 2 * (w->n + 1) * w->labels;
		w->p = xrealloc(w->p, w->cap_p, sizeof *w->p);
	}
	task_softmax(logits, w->labels, w->p + e.at);
	e.label = argmax(w->p + e.at, w->labels);
	e.score = w->p[e.at + e.label];
	e.start = utf8_count(text, from);
	e.end = e.start + utf8_count(text + from, to - from);
	if (piece == NULL || unknown) {
		e.word = xstrndup(text + from, to - from);
	} else {
		e.word = xstrndup(piece, len);
		e.subword = continues(r, text, n, from, to, piece, len);
	}
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = e;
	return 0;
}

static int
read_tokens(struct task_run *r, const struct row *x)
{
	struct entities *w = r->own;
	const float *logits = row_floats(x, "logits", 3, &w->labels);
	const int32_t *spans, *sequences;
	const char *text;
	size_t t, n;

	if (logits == NULL ||
	    (spans = row_ints(x, "offsets", 3)) == NULL ||
	    (sequences = row_ints(x, "sequence_ids", 2)) == NULL ||
	    (text = row_text(x, "text", &n)) == NULL)
		return -1;
	w->n = 0;
	for (t = 0; t < x->width; t++)
		if (sequences[t] == 0 && (x->mask == NULL || x->mask[t]) &&
		    add_token(r, x, t, text, n, spans + 2 * t,
			logits + t * w->labels) < 0)
			return -1;
	return 0;
}

/* The words of v[0..n) as the decoder joins them; the caller frees. */
static char *
join(const struct task_run *r, const struct entity *v, size_t n)
{
	struct slice *pieces = xcalloc(n, sizeof *pieces);
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		pieces[i] = (struct slice){ v[i].word, strlen(v[i].word) };
	buf_reserve(&b, 1);
	b.p[0] = '\0';
	tok_join(r->tok, pieces, n, &b);
	free(pieces);
	return b.p;
}

/* One word's label and score from those of its tokens. */
static void
judge(const struct task_run *r, const struct entity *v, size_t n,
    struct entity *out)
{
	struct entities *w = r->own;
	size_t i, k, best = 0;

	if (r->opts.aggregation == AGGREGATE_AVERAGE) {
		w->mean = xrealloc(w->mean, w->labels, sizeof *w->mean);
		for (k = 0; k < w->labels; k++) {
			w->mean[k] = 0;
			for (i = 0; i < n; i++)
				w->mean[k] += w->p[v[i].at + k];
			w->mean[k] /= (float)n;
		}
		out->label = argmax(w->mean, w->labels);
		out->score = w->mean[out->label];
		return;
	}
	for (i = 1; i < n && r->opts.aggregation == AGGREGATE_MAX; i++)
		if (v[i].score > v[best].score)
			best = i;
	out->label = v[best].label;
	out->score = v[best].score;
}

/* Replace v[from..to) by one entity at v[out]; the words' memory is freed. */
static void
merge(struct entities *w, size_t from, size_t to, size_t out, struct entity e)
{
	size_t i;

	e.start = w->v[from].start;
	e.end = w->v[to - 1].end;
	e.at = w->v[from].at;
	for (i = from; i < to; i++)
		free(w->v[i].word);
	w->v[out] = e;
}

/* Tokens to words: first, average and max agree on a label for each word. */
static void
aggregate_words(struct task_run *r)
{
	struct entities *w = r->own;
	size_t from, to, out = 0;
	struct entity e = { 0 };

	for (from = 0; from < w->n; from = to) {
		for (to = from + 1; to < w->n && w->v[to].subword; to++)
			continue;
		judge(r, w->v + from, to - from, &e);
		e.word = join(r, w->v + from, to - from);
		merge(w, from, to, out++, e);
	}
	w->n = out;
}

/* "B-PER" is PER and begins an entity; "PER" and "I-PER" may continue one. */
static const char *
tag_of(const char *label, bool *begins)
{
	*begins = strncmp(label, "B-", 2) == 0;
	return *begins || strncmp(label, "I-", 2) == 0 ? label + 2 : label;
}

static bool
same_group(const struct task_run *r, size_t a, size_t b)
{
	char ta[LABEL_TEXT], tb[LABEL_TEXT];
	bool begins, ignored;
	const char *x = tag_of(head_label(r->model->config, a, ta), &ignored);
	const char *y = tag_of(head_label(r->model->config, b, tb), &begins);

	return strcmp(x, y) == 0 && !begins;
}

/* Neighbours of one tag become one entity; its score is their mean. */
static void
group(struct task_run *r)
{
	struct entities *w = r->own;
	size_t from, to, i, out = 0;
	struct entity e;
	double sum;

	for (from = 0; from < w->n; from = to) {
		for (to = from + 1; to < w->n && same_group(r,
		    w->v[to - 1].label, w->v[to].label); to++)
			continue;
		for (sum = 0, i = from; i < to; i++)
			sum += (double)w->v[i].score;
		e = w->v[from];
		e.score = (float)(sum / (double)(to - from));
		e.word = join(r, w->v + from, to - from);
		merge(w, from, to, out++, e);
	}
	w->n = out;
}

/* What is printed: the label, or for a group what stands behind "B-". */
static const char *
shown_label(const struct task_run *r, size_t label, char tmp[LABEL_TEXT])
{
	const char *s = head_label(r->model->config, label, tmp), *dash;

	if (r->opts.aggregation == AGGREGATE_NONE)
		return s;
	dash = strchr(s, '-');
	return dash != NULL ? dash + 1 : s;
}

static bool
ignored(const struct task_run *r, const char *label)
{
	static const char *const outside[] = { "O", NULL };
	const char *const *i = r->opts.ignore_labels;

	for (i = i != NULL ? i : outside; *i != NULL; i++)
		if (strcmp(*i, label) == 0)
			return true;
	return false;
}

static int
row(struct task_run *r, const struct row *x)
{
	struct entities *w = r->own;
	char tmp[LABEL_TEXT];
	size_t i;

	if (read_tokens(r, x) < 0)
		return -1;
	if (r->opts.aggregation > AGGREGATE_SIMPLE)
		aggregate_words(r);
	if (r->opts.aggregation != AGGREGATE_NONE)
		group(r);
	w->rows++;
	for (i = 0; i < w->n; i++) {
		if (ignored(r, shown_label(r, w->v[i].label, tmp))) {
			free(w->v[i].word);
			continue;
		}
		GROW(w->all, w->n_all, w->cap_all);
		w->all[w->n_all++] = w->v[i];
	}
	return 0;
}

static void
put_json(struct task_run *r, const struct entity *e)
{
	bool grouped = r->opts.aggregation != AGGREGATE_NONE;
	char tmp[LABEL_TEXT];
	const char *label = shown_label(r, e->label, tmp);

	buf_str(r->out, grouped ? "{\"entity_group\": " : "{\"entity\": ");
	json_put_string(r->out, label, strlen(label));
	buf_str(r->out, ", \"score\": ");
	json_put_f32(r->out, e->score);
	if (!grouped)
		buf_printf(r->out, ", \"index\": %zu", e->index);
	buf_str(r->out, ", \"word\": ");
	json_put_string(r->out, e->word, strlen(e->word));
	buf_printf(r->out, ", \"start\": %zu, \"end\": %zu}", e->start,
	    e->end);
}

static void
put_tsv(struct task_run *r, const struct entity *e)
{
	char tmp[LABEL_TEXT];
	const char *label = shown_label(r, e->label, tmp);

	put_record(r);
	put_field(r->out, label, strlen(label));
	buf_byte(r->out, '\t');
	put_score(r->out, e->score);
	buf_byte(r->out, '\t');
	put_field(r->out, e->word, strlen(e->word));
	buf_printf(r->out, "\t%zu\t%zu\n", e->start, e->end);
}

static int
by_start(const void *a, const void *b)
{
	const struct entity *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* what came first stays first: its row came earlier */
	return x->index < y->index ? 1 : x->index > y->index ? -1 : 0;
}

/* Of entities that overlap where rows do, keep the longer, then the surer. */
static void
settle(struct entities *w)
{
	size_t i, kept = 0;
	struct entity *p, *e;

	qsort(w->all, w->n_all, sizeof *w->all, by_start);
	for (i = 1; i < w->n_all; i++) {
		p = &w->all[kept];
		e = &w->all[i];
		if (p->start > e->start || e->start >= p->end) {
			w->all[++kept] = *e;
			continue;
		}
		if (e->end - e->start > p->end - p->start ||
		    (e->end - e->start == p->end - p->start &&
			e->score > p->score)) {
			free(p->word);
			*p = *e;
		} else {
			free(e->word);
		}
	}
	w->n_all = w->n_all > 0 ? kept + 1 : 0;
}

static int
end(struct task_run *r)
{
	struct entities *w = r->own;
	size_t i;

	if (w->rows > 1)
		settle(w);
	buf_str(r->out, r->opts.json ? "[" : "");
	for (i = 0; i < w->n_all; i++) {
		buf_str(r->out, r->opts.json && i > 0 ? ", " : "");
		(r->opts.json ? put_json : put_tsv)(r, &w->all[i]);
		free(w->all[i].word);
	}
	buf_str(r->out, r->opts.json ? "]\n" : "");
	w->n_all = w->rows = 0;
	return 0;
}

const struct task task_entities = { .head = HEAD_TOKEN, .needs_tok = true,
	.grouped = true, .open = open_task, .row = row, .end = end };
