#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * utf8 - encoding form UTF-8 of the Unicode Standard, table 3-7: no overlong
 * forms, no surrogates, nothing above U+10FFFF.
 */

/*
 * Decode the character at s[0..n): its length in bytes, the code point in *c.
 * 0 when the bytes are not valid; then nothing is stored.
 */
int utf8_decode(const char *s, size_t n, uint32_t *c);

/* Write c at out (up to 4 bytes); the length. */
int utf8_encode(uint32_t c, char *out);

/* The offset of the first byte that is not valid UTF-8, or n. */
size_t utf8_valid(const char *s, size_t n);

/* How many characters s[0..n), valid UTF-8, holds. */
size_t utf8_count(const char *s, size_t n);

/*
 * Copy s to out, of which room bytes may be used, with control characters
 * and invalid bytes as \xNN; the length.  What does not fit is cut.
 */
size_t utf8_printable(char *out, size_t room, const char *s, size_t n);

#endif
