#ifndef TOK_RENUMBER_H
#define TOK_RENUMBER_H

#include "tok/part.h"
#include "tok/vocab.h"

/*
 * renumber - a model whose pieces have their IDs in a vocabulary of their own,
 * as where SentencePiece cuts and vocab.json numbers (Marian, M2M100).
 *
 * A piece that the vocabulary lacks is unk, and so is the model's own unknown
 * piece (inner_unk) unless the text that it stands for is in the vocabulary.
 * The model and the vocabulary, which is zeroed, are taken over.
 */
struct tok_model *renumber_new(struct tok_model *inner, int32_t inner_unk,
    struct vocab *v, int32_t unk);

#endif
