#ifndef TOK_PRECOMPILED_H
#define TOK_PRECOMPILED_H

#include <stddef.h>

#include "tok/part.h"
#include "tok/unicode.h"

/*
 * precompiled - SentencePiece's compiled character map, applied as
 * tokenizers' Precompiled does: to a whole grapheme cluster where it is
 * shorter than six bytes and the map has a prefix of it, else to each of its
 * characters.
 */
struct precompiled;

/*
 * From the map itself, or from its base64 as tokenizer.json has it.  Nothing
 * is borrowed.  NULL with errstr().
 */
struct precompiled *precompiled_new(const void *map, size_t n);
struct precompiled *precompiled_base64(const char *s, size_t n);
void precompiled_free(struct precompiled *p);

/* How many bytes at the start of s[0..n) the map certainly leaves alone. */
size_t precompiled_is_normal(const struct precompiled *p, const char *s,
    size_t n);

/* Append the text that s[0..n), valid UTF-8, becomes; from may be NULL. */
void precompiled_apply(const struct precompiled *p, const char *s, size_t n,
    struct buf *out, struct unicode_from *from);

/* The map of a step made by precompiled_load(); NULL: it is another step. */
const struct precompiled *precompiled_of(const struct step *s);

#endif
