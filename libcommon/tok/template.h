#ifndef TOK_TEMPLATE_H
#define TOK_TEMPLATE_H

#include "tok/part.h"

/*
 * template - post-processors: where special tokens go around the sequences.
 *
 * All of them are compiled into one list of items for each case: a special
 * token, or all of the first or the second sequence.
 */
struct post_item {
	int seq;		/* 0 first text, 1 second, -1 a special token */
	int32_t id;		/* the special token's */
	int32_t type;		/* token_type_id */
};

struct post_list {
	struct post_item *item;
	size_t n, cap;
};

enum { POST_TRIMS = 4 };

struct post {
	struct post_list list[2][2];	/* [pair][add special tokens] */
	size_t added[2];		/* special tokens counted for [pair] */
	bool trim_prefix[POST_TRIMS];	/* white space is trimmed off offsets,
					   as often; a space put before the
					   first word is left */
	size_t n_trim;
	bool keeps_types;	/* RobertaProcessing's type 0 does not reach
				   overflowing rows without special tokens */
};

/* What there is without a post-processor: the sequences one after another. */
void post_init(struct post *p);
void post_free(struct post *p);

/* Read a post-processor, which may be null, into p: 0 or -1. */
int post_load(struct pull *j, struct post *p);

#endif
