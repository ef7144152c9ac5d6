#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "head.h"
#include "model.h"
#include "tok/tok.h"
#include "util.h"

/*
 * task - from a head's outputs to answers, as transformers' pipelines give
 * them.
 *
 * A task is one file that defines a struct task; task.c lists them.  It is
 * shown the rows of a record one after the other (a long text may come as
 * several overlapping rows) and then writes the record's answers.
 */
enum apply { APPLY_DEFAULT, APPLY_SOFTMAX, APPLY_SIGMOID, APPLY_NONE };

enum aggregation {
	AGGREGATE_NONE, AGGREGATE_SIMPLE, AGGREGATE_FIRST, AGGREGATE_AVERAGE,
	AGGREGATE_MAX
};

struct task_opts {
	size_t top_k;			/* 0: the task's default */
	bool json;
	enum apply apply;		/* text-classification */
	enum aggregation aggregation;	/* token-classification */
	const char *const *ignore_labels;	/* NULL-terminated; NULL: "O" */
	const char *const *targets;	/* fill-mask; NULL: the vocabulary */
	size_t max_answer_len;		/* question-answering; 0: 15 */
	bool handle_impossible_answer;
};

/* A row of a frame: its record, and the tensors that tasks share. */
struct row {
	struct frame *f;
	size_t i, width;	/* row i of [B,T] */
	int64_t record;
	const int32_t *ids;	/* [T] */
	const int32_t *mask;	/* [T], or NULL: all real */
};

struct task_run {
	const struct task *task;
	struct task_opts opts;
	struct model *model;
	struct tok *tok;	/* NULL when the task needs none */
	struct buf *out;	/* what is written for the record */
	int64_t record;		/* the one being read, -1 before the first */
	void *own;
};

struct task {
	enum head head;
	bool needs_tok;
	bool grouped;		/* rows of one record give one answer */
	int (*open)(struct task_run *r);
	int (*row)(struct task_run *r, const struct row *x);
	int (*end)(struct task_run *r);
};

extern const struct task task_classify, task_fill_mask, task_entities,
    task_spans;

/*
 * Start the task of this head for a model; out collects the text.  The model
 * and out stay the caller's.  0, or -1 with errstr().
 */
int task_open(struct task_run *r, enum head h, const struct task_opts *o,
    struct model *m, struct buf *out);

/* Answer a frame's rows; after the last frame end what is pending. */
int task_frame(struct task_run *r, struct frame *f);
int task_finish(struct task_run *r);

/*
 * Row i of an F32 tensor whose first dimensions are [B] or [B,T]; NULL with
 * errstr().  *width is what one row holds in the last dimension.
 */
const float *row_floats(const struct row *x, const char *name, int rank,
    size_t *width);
const int32_t *row_ints(const struct row *x, const char *name, int rank);

/* The source text that hf-tokenize --text put beside row i; NULL, errstr(). */
const char *row_text(const struct row *x, const char *name, size_t *n);

/* Are all n values finite?  0, or -1 with errstr() naming the record. */
int row_finite(const struct row *x, const float *v, size_t n);

/* p[0..n) = softmax(v) */
void task_softmax(const float *v, size_t n, float *p);

/*
 * The k largest of v[0..n), best first, the lower index first where equal,
 * into best; the count, min(k, n).
 */
size_t task_top(const float *v, size_t n, size_t k, size_t *best);

/* A TSV field: tab, newline and backslash as \t, \n, \\. */
void put_field(struct buf *b, const char *s, size_t n);

/* "0.960172" */
void put_score(struct buf *b, float score);

/* The record's number and a tab. */
void put_record(struct task_run *r);

#endif
