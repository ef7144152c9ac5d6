#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

#include "chat.h"

/*
 * records - texts from files or standard input: a line each, ended by NUL, or
 * a JSON value a line; or conversations, which a chat template makes texts of.
 */
enum record_form { RECORD_LINE, RECORD_NUL, RECORD_JSON };
enum { RECORD_MAX = 1 << 30 };	/* bytes; a longer one is an error */

struct records {
	enum record_form form;
	const char *text_field;		/* of a JSON object */
	const char *pair_field;
	struct chat *chat;		/* records are conversations */
	enum chat_prompt prompt;
	char **files;			/* NULL-terminated; empty: stdin */
	const char *name;		/* of the file being read */
	int fd;				/* -1: none is open */
	bool eof;			/* of the file */
	uint64_t count;			/* records given out */
	struct buf in;
	size_t at, seen;		/* of in: next record, searched to */
	struct buf a, b;		/* decoded JSON */
};

/* Valid until the next records_next(). */
struct record {
	uint64_t number;	/* from 0, over all files */
	const char *a;
	size_t na;
	const char *b;		/* the second text, or NULL */
	size_t nb;
	const struct span *data;	/* [n_data] of a, where a chat's text
					   is from the record */
	size_t n_data;
};

void records_open(struct records *r, char **files);
void records_close(struct records *r);

/*
 * 1 a record; 0 there are no more; RECORD_WAIT when wait is false and none is
 * there yet; -1 with errstr(), which names file, record and byte.
 */
enum { RECORD_WAIT = 2 };
int records_next(struct records *r, bool wait, struct record *out);

#endif
