#ifndef TOK_PATTERNIMPL_H
#define TOK_PATTERNIMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "util.h"

/* Between the files of pattern.h. */

/* Append an Oniguruma pattern in PCRE2's dialect: 0, or -1 with errstr(). */
int pattern_translate(const char *text, size_t n, struct buf *out);

#endif
