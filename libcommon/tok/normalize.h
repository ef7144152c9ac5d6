#ifndef TOK_NORMALIZE_H
#define TOK_NORMALIZE_H

#include "tok/part.h"
#include "tok/pattern.h"

/*
 * normalize - the normalizers of a tokenizer.json: steps that rewrite.
 */

/* Append the steps of the normalizer, which may be null.  0 or -1. */
int normalizer_load(struct pull *j, struct steps *out);

/* Each reads its object: a step, or NULL. */
struct step *lowercase_load(struct pull *j);
struct step *nmt_load(struct pull *j);
struct step *prepend_load(struct pull *j);
struct step *replace_load(struct pull *j);
struct step *strip_load(struct pull *j);
struct step *strip_accents_load(struct pull *j);

/* Prepend: only to a text that is not empty. */
struct prepend {
	struct step step;
	struct buf text;
};
const struct prepend *prepend_of(const struct step *s);	/* NULL: another */

/* Replace; its decoder shares it. */
struct replace {
	struct step step;
	struct pattern *pattern;
	struct buf literal;	/* what is replaced when it is no regular
				   expression; p is NULL when it is one */
	struct buf content;
};
const struct replace *replace_of(const struct step *s);
int replace_read(struct pull *j, struct replace *r);	/* fields: 0 or -1 */
void replace_clear(struct replace *r);

/*
 * {"String": text} or {"Regex": text}: a FIELD_CUSTOM reader of a struct
 * pattern_field, whose pattern is then the caller's.
 */
struct pattern_field {
	struct pattern *pattern;
	struct buf literal;	/* p is NULL for a regular expression */
};
int pattern_read(struct pull *j, void *field);

/* What BertNormalizer does; for vocab.txt and engines. */
struct bert_normalizer {
	struct step step;
	bool clean_text;
	bool handle_chinese_chars;
	bool strip_accents;
	bool lowercase;
};
const struct bert_normalizer *bert_normalizer_of(const struct step *s);
struct step *bert_normalizer_new(bool clean_text, bool handle_chinese_chars,
    bool strip_accents, bool lowercase);

#endif
