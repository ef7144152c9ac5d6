#ifndef TOK_PRETOKENIZE_H
#define TOK_PRETOKENIZE_H

#include "tok/part.h"
#include "tok/pattern.h"

/*
 * pretokenize - the pre-tokenizers of a tokenizer.json: steps that split into
 * pieces, and for ByteLevel and Metaspace steps that rewrite as well.
 */

/* Append the steps of the pre-tokenizer, which may be null.  0 or -1. */
int pretokenizer_load(struct pull *j, struct steps *out);

/* What becomes of what a split is made at. */
enum behavior {
	SPLIT_REMOVED, SPLIT_ISOLATED, SPLIT_MERGED_WITH_PREVIOUS,
	SPLIT_MERGED_WITH_NEXT, SPLIT_CONTIGUOUS
};

/* FIELD_CUSTOM reader of an enum behavior. */
int behavior_read(struct pull *j, void *behavior);

/*
 * Matches and what is between them, given in order, become pieces:
 *
 *	struct cutter c = { .behavior = ..., .out = out };
 *	cutter_put(&c, from, to, true);
 *	...
 *	cutter_end(&c);
 */
struct cutter {
	enum behavior behavior;
	bool invert;		/* matches are what is between */
	struct pieces *out;
	size_t from, to;	/* a piece that may still grow */
	bool open;		/* there is one */
	bool match;		/* the last part was a match */
};
void cutter_put(struct cutter *c, size_t from, size_t to, bool match);
void cutter_end(struct cutter *c);

/*
 * The steps, in split.c.  A class splitter's matches are single characters:
 * those with one of the UC_ bits of mask, or the character only.
 */
struct class_split {
	struct step step;
	uint32_t mask;
	uint32_t only;		/* UINT32_MAX: none */
	enum behavior behavior;
};
struct step *class_split_new(const char *type, uint32_t mask, uint32_t only,
    enum behavior behavior);
struct step *bert_split_new(void);
struct step *whitespace_split_new(void);
struct step *script_split_new(void);
struct step *fixed_split_new(size_t length);

/* Takes the pattern over. */
struct pattern_split {
	struct step step;
	struct pattern *pattern;
	enum behavior behavior;
	bool invert;
};
struct step *pattern_split_new(const char *type, struct pattern *p,
    enum behavior behavior, bool invert);
const struct pattern_split *pattern_split_of(const struct step *s);

/* A Metaspace's fields, which its decoder shares. */
struct metaspace {
	struct step step;
	uint32_t replacement;
	enum { PREPEND_ALWAYS, PREPEND_FIRST, PREPEND_NEVER } prepend;
	bool split;
};
const struct metaspace *metaspace_of(const struct step *s);
const struct class_split *class_split_of(const struct step *s);
bool is_bert_split(const struct step *s);
int metaspace_read(struct pull *j, struct metaspace *m);

#endif
