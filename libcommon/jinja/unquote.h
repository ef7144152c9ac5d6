#ifndef JINJA_UNQUOTE_H
#define JINJA_UNQUOTE_H

#include "jinja/lex.h"

/*
 * unquote - the literals of a template: strings and numbers, as Python reads
 * them.  Each takes what stands at l->at and sets t's kind, length and value.
 */
int jlex_number(struct jlex *l, struct jtoken *t);
int jlex_string(struct jlex *l, struct jtoken *t);

/* The byte after the closing quote of the string at l->at, or NULL. */
const char *jlex_string_end(const struct jlex *l);

#endif
