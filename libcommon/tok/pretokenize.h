#ifndef TOK_PRETOKENIZE_H
#define TOK_PRETOKENIZE_H

#include "tok/part.h"

/*
 * pretokenize - the pre-tokenizers of a tokenizer.json: steps that split into
 * pieces, and for ByteLevel and Metaspace steps that rewrite as well.
 */

/* Append the steps of the pre-tokenizer, which may be null.  0 or -1. */
int pretokenizer_load(struct pull *j, struct steps *out);

struct step *bert_pretokenizer_new(void);

#endif
