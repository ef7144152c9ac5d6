#ifndef TOK_ROWS_H
#define TOK_ROWS_H

#include "records.h"
#include "tok/tok.h"

/*
 * rows - a batch of records on its way to a frame or to lines of text.
 */
struct frame;

enum rows_print {
	PRINT_FRAMES, PRINT_IDS, PRINT_TOKENS, PRINT_OFFSETS,
	PRINT_CHAR_OFFSETS, PRINT_TYPE_IDS, PRINT_WORD_IDS, PRINT_SEQUENCE_IDS,
	PRINT_MASK
};
extern const char *const rows_prints[];	/* their names, then NULL */

enum rows_pad { PAD_NONE, PAD_LONGEST, PAD_LENGTH };

struct rows_opts {
	struct tok_opts tok;
	size_t limit;		/* a longer row is an error; 0: none is */
	enum rows_pad pad;	/* frames are padded in any case */
	size_t pad_length;	/* of PAD_LENGTH */
	size_t pad_multiple;	/* 0: of 1 */
	bool pad_left;
	int32_t pad_id, pad_type;
	bool text;		/* frames have the texts, offsets ... */
	bool overflow;		/* rows that overflow follow the record's */
	bool from_ids;		/* records are lists of IDs, not texts */
	enum rows_print print;
};

/* A record kept: byte ranges of rows.text. */
struct row_text {
	size_t a, na, b, nb;
	bool pair;
	size_t data, n_data;	/* spans of rows.data */
};

struct rows {
	uint64_t first;		/* the number of the first record */
	struct buf text;
	struct row_text *rec;
	size_t n, cap;
	struct span *data;	/* records' texts that are from a message */
	size_t n_data, cap_data;
	struct encoding *enc;	/* [n] */
	size_t cap_enc;
	struct buf out;		/* what rows_lines() made */
};

void rows_free(struct rows *r);
void rows_reset(struct rows *r);

/* Keep a copy of the record. */
void rows_add(struct rows *r, const struct record *rec);

/*
 * Encode all.  0, or -1 with errstr(), which names the record; r->n is then
 * the number of those before it.
 */
int rows_encode(struct rows *r, const struct tok *t,
    const struct rows_opts *o, struct tok_work *w);

/* The tokens of all rows that would be written. */
uint64_t rows_count(const struct rows *r, const struct rows_opts *o);

/* One line a row, appended to r->out. */
void rows_lines(struct rows *r, const struct tok *t,
    const struct rows_opts *o);

/* Fill an empty frame. */
void rows_frame(const struct rows *r, const struct tok *t,
    const struct rows_opts *o, struct frame *f);

#endif
