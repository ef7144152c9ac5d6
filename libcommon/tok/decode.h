#ifndef TOK_DECODE_H
#define TOK_DECODE_H

#include "tok/part.h"

/*
 * decode - the decoders of a tokenizer.json: from tokens back to text.
 *
 * Each maps a list of strings to another; in the end they are joined.
 */
struct strings {
	struct buf text;	/* all of them, one after another */
	size_t *end;		/* [n]: string i is text[end[i - 1]..end[i]) */
	size_t n, cap;
};
void strings_free(struct strings *l);

/* What was appended to text since the last string's end is a string. */
void strings_close(struct strings *l);

static inline struct slice
strings_at(const struct strings *l, size_t i)
{
	size_t from = i > 0 ? l->end[i - 1] : 0;

	return (struct slice){ l->text.p + from, l->end[i] - from };
}

/*
 * What of a text may still change when further tokens come.  Each decoder
 * says so, given whether an earlier one has joined the tokens to one.
 */
enum {
	HOLD_CHAR = 1,		/* a U+FFFD at the end */
	HOLD_BYTES = 2,		/* tokens <0xNN> at the end */
	HOLD_TOKEN = 4,		/* what the last token adds */
	HOLD_ALL = 8
};

/* One decoder: the first member of its own struct. */
struct decoder {
	int hold;
	int hold_joined;
	bool joins;
	/* Append to out what in becomes: 0, or -1 with errstr(). */
	int (*apply)(const struct decoder *d, const struct strings *in,
	    struct strings *out);
	void (*free)(struct decoder *d);
};

struct decoders {
	struct decoder **d;
	size_t n, cap;
	bool none;		/* null in the file: join with spaces */
};

/* Append the decoder, which may be null.  0 or -1. */
int decoder_load(struct pull *j, struct decoders *out);
void decoders_free(struct decoders *l);

/* The HOLD_ bits of all of them. */
int decoders_hold(const struct decoders *l);

/* Is it <0xNN>? */
bool decode_is_byte(struct slice token);

/* Run in, which is used up, through all of them and append the text to out. */
int decoders_run(const struct decoders *l, struct strings *in,
    struct buf *out);

/* What the WordPiece decoder does to each token. */
void decode_cleanup(struct buf *s, size_t from);

#endif
