#ifndef HUB_PLAIN_H
#define HUB_PLAIN_H

#include <stddef.h>

#include "util.h"

/*
 * plain - text from outside, made fit for a terminal.
 *
 * What could move the cursor, colour, forge or reverse a line never gets
 * through: C0 and C1 controls, bidirectional and other invisible format
 * controls, line separators and bytes that are no UTF-8.  They come out as
 * \xNN, byte by byte.
 */

/* Append one field: a tab and a line feed are controls too. */
void plain_field(struct buf *b, const char *s, size_t n);

/* Append a text: tabs and line feeds stay, CR LF becomes LF. */
void plain_text(struct buf *b, const char *s, size_t n);

/*
 * Append a JSON document with such characters written as \uNNNN, which means
 * the same.  Invalid bytes become U+FFFD.
 */
void plain_json(struct buf *b, const char *s, size_t n);

#endif
