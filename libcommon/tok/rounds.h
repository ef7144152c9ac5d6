#ifndef TOK_ROUNDS_H
#define TOK_ROUNDS_H

#include "tok/rows.h"

/*
 * rounds - batches encoded by several threads, in order.  The calling thread
 * alone reads and gives out; where it has several batches waiting the others
 * help to encode them.
 */
struct rounds {
	const struct tok *tok;
	const struct rows_opts *o;
	size_t threads;
	bool lines;		/* make rows_lines() of each batch, too */

	/*
	 * Fill an empty batch, waiting for its first record if wait is set:
	 * 1 there is one, 0 the end, RECORD_WAIT, -1 errstr(); what was read
	 * before that is in the batch.
	 */
	int (*fill)(void *arg, struct rows *r, bool wait);

	/*
	 * Take an encoded batch; error is what went wrong with the record
	 * after r's last, or NULL.  -1 with errstr() ends all.
	 */
	int (*take)(void *arg, struct rows *r, const char *error);
	void *arg;
};

/* 0, or -1 with errstr(). */
int rounds_run(const struct rounds *r);

#endif
