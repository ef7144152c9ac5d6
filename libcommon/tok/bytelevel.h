#ifndef TOK_BYTELEVEL_H
#define TOK_BYTELEVEL_H

#include "tok/part.h"

/*
 * bytelevel - bytes as the letters of an alphabet of 256 printable characters,
 * and what else the pre-tokenizer ByteLevel does.
 */
struct step *byte_letters_new(void);	/* rewrites each byte as its letter */
struct step *space_before_new(void);	/* a space first, if there is none */

bool is_byte_letters(const struct step *s);
bool is_space_before(const struct step *s);

#endif
