#ifndef TOK_NORMALIZE_H
#define TOK_NORMALIZE_H

#include "tok/part.h"

/*
 * normalize - the normalizers of a tokenizer.json: steps that rewrite.
 */

/* Append the steps of the normalizer, which may be null.  0 or -1. */
int normalizer_load(struct pull *j, struct steps *out);

/* What BertNormalizer does; for vocab.txt and engines. */
struct bert_normalizer {
	struct step step;
	bool clean_text;
	bool handle_chinese_chars;
	bool strip_accents;
	bool lowercase;
};
struct step *bert_normalizer_new(bool clean_text, bool handle_chinese_chars,
    bool strip_accents, bool lowercase);

#endif
