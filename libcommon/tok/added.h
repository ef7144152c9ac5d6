#ifndef TOK_ADDED_H
#define TOK_ADDED_H

#include "tok/part.h"
#include "tok/vocab.h"

/*
 * added - the tokens added to a model's vocabulary, and where they are in a
 * text: leftmost, then longest, in one pass however many there are.
 */
struct added_token {
	struct buf text;
	struct buf form;	/* normalized, when that differs; else empty */
	int64_t file_id;
	int32_t id;
	bool single_word;
	bool lstrip;
	bool rstrip;
	bool normalized;	/* looked for after normalization */
	bool special;
	bool control;		/* data can't spell it; special ones are */
};

struct matcher;

struct added {
	struct added_token *t;	/* [n], by ID once finished */
	size_t n, cap;
	size_t size;		/* one more than the largest ID */
	struct vocab ids;
	struct vocab specials;	/* texts of the special ones */
	struct matcher *raw;	/* found before normalization; NULL: none */
	struct matcher *normal;	/* those found after */
};
void added_free(struct added *a);

/* Read the array "added_tokens"; 0 or -1. */
int added_read(struct pull *j, struct added *a);

/*
 * Give them their IDs: the model's where it has the text, else new ones on
 * from its count; normalize writes a token's normalized form.  Then the
 * tokens can be looked for.  0, or -1 with errstr().
 */
int added_finish(struct added *a, const struct tok_model *m,
    int (*normalize)(void *arg, const char *s, size_t n, struct buf *out),
    void *arg);

/* The token of an ID, or NULL. */
const struct added_token *added_get(const struct added *a, int32_t id);

/* Is this, as decoding spells it, a special token's text? */
bool added_is_special(const struct added *a, const char *s, size_t n);

/*
 * Append to out the pieces of s[0..n): added tokens, with their IDs, and what
 * is between them.  What is to be ordinary text:
 */
struct added_not {
	bool special;			/* special tokens, anywhere */
	const struct span *data;	/* control tokens, where they begin or
					   end in these parts of the record */
	size_t n_data;
	size_t base;			/* of s in the record, or */
	const struct span *at;		/* [n] what each byte stands for */
	bool *refused;			/* [added.size] those it met there */
};
void added_split(const struct added *a, const struct matcher *m,
    const char *s, size_t n, const struct added_not *not, struct pieces *out);

#endif
