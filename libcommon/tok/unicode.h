#ifndef TOK_UNICODE_H
#define TOK_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/*
 * unicode - characters as Python's tokenizers sees them, which is not one
 * version of Unicode: normal forms are 9.0's, Bert's and Punctuation's
 * categories about 8.0's, the regular expressions' classes 16.0's, case and
 * numbers 17.0's.  The tables are written by scripts/unicode-tables.
 *
 * Code points are anything up to U+10FFFF; texts are valid UTF-8.
 */
enum {
	/* Oniguruma's \p{..}, for Split, Replace and the built-in patterns */
	UC_LU = 1 << 0,
	UC_LL = 1 << 1,
	UC_LT = 1 << 2,
	UC_LM = 1 << 3,
	UC_LO = 1 << 4,
	UC_M = 1 << 5,
	UC_ND = 1 << 6,
	UC_N = 1 << 7,
	UC_P = 1 << 8,
	UC_S = 1 << 9,
	UC_Z = 1 << 10,
	UC_SPACE = 1 << 11,	/* \s; also Rust's is_whitespace, Strip's */
	UC_WORD = 1 << 12,	/* \w */
	UC_HAN = 1 << 13,	/* \p{Han} */

	/* The regex crate's \w, for Whitespace and single_word */
	UC_WORD_CRATE = 1 << 14,
	UC_NUMERIC = 1 << 15,	/* Digits: Rust's is_numeric */
	UC_PUNCT = 1 << 16,	/* Punctuation, BertPreTokenizer */

	/* BertNormalizer */
	UC_BERT_GONE = 1 << 17,	/* clean_text drops it */
	UC_BERT_SPACE = 1 << 18,	/* clean_text makes it a space */
	UC_BERT_MN = 1 << 19,	/* strip_accents drops it */
	UC_CJK = 1 << 20,	/* handle_chinese_chars sets it apart */

	UC_MARK = 1 << 21,	/* StripAccents drops it */
	UC_NMT_GONE = 1 << 22,	/* Nmt drops it */
	UC_NMT_SPACE = 1 << 23,	/* Nmt makes it a space */
	UC_CASED = 1 << 24,	/* Lowercase changes it */

	/* It changes in this form, or may compose with what is before */
	UC_NOT_NFC = 1 << 25,
	UC_NOT_NFD = 1 << 26,
	UC_NOT_NFKC = 1 << 27,
	UC_NOT_NFKD = 1 << 28,
	UC_CCC = 1 << 29,	/* its combining class is not 0 */

	UC_L = UC_LU | UC_LL | UC_LT | UC_LM | UC_LO
};

/* Two stages of bytes give a code point's kind; its bits are the third. */
extern const uint8_t unicode_page[0x110000 >> 8];
extern const uint8_t unicode_kind[][256];
extern const uint32_t unicode_bits[128];

/* The UC_ bits of a code point. */
static inline uint32_t
unicode_class(uint32_t c)
{
	return unicode_bits[unicode_kind[unicode_page[c >> 8]][c & 255]];
}

/*
 * The next character of valid UTF-8 at p, without checks; *p moves on.  The
 * text comes from utf8_valid().
 */
static inline uint32_t
unicode_next(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	uint32_t c = s[0];

	if (c < 0x80) {
		*p += 1;
		return c;
	}
	if (c < 0xe0) {
		*p += 2;
		return (c & 0x1f) << 6 | (s[1] & 0x3f);
	}
	if (c < 0xf0) {
		*p += 3;
		return (c & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 |
		    (s[2] & 0x3f);
	}
	*p += 4;
	return (c & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
	    (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
}

/* Lower case without regard to the neighbours: 1 to 3 code points in out. */
int unicode_lower(uint32_t c, uint32_t out[3]);

/*
 * The script as the pre-tokenizer UnicodeScripts compares it: equal numbers
 * are one script; Hiragana, Katakana and U+30FC are Han.  SCRIPT_ANY (a
 * space, or no script known) joins either side.
 */
enum { SCRIPT_ANY = 0 };
uint8_t unicode_script(uint32_t c);

/* The printable character that stands for a byte in byte-level BPE. */
extern const uint16_t unicode_of_byte[256];

/* The byte that a character of that alphabet stands for, or -1. */
int unicode_to_byte(uint32_t c);

/*
 * Where the bytes of a changed text come from: p[i] is the offset, in the
 * text before the change, of the character that byte i is aligned to (the
 * first byte of that character), or UNICODE_NOWHERE.
 */
#define UNICODE_NOWHERE UINT32_MAX
struct unicode_from {
	uint32_t *p;
	size_t n, cap;
};
void unicode_from_free(struct unicode_from *f);

/*
 * Append character c to out; in from, when it is not NULL, as aligned to
 * offset at.
 */
void unicode_put(struct buf *out, struct unicode_from *from, uint32_t c,
    uint32_t at);

/* Append s[at..to) as it is. */
void unicode_copy(struct buf *out, struct unicode_from *from, const char *s,
    size_t at, size_t to);

/*
 * The same for a stream of changes, as tokenizers' NormalizedString aligns
 * them: each character of the new text adds one (change 1, aligned to the
 * one before), takes the place of the old text's next one (0), or of the next
 * one and swallows k more (-k), whatever really became of what.
 */
struct unicode_aligner {
	struct buf *out;
	struct unicode_from *from;	/* may be NULL */
	const char *s;			/* the old text */
	size_t at, end;			/* what is left of it */
	uint32_t last;			/* the character before at */
};
void unicode_align_start(struct unicode_aligner *a, struct buf *out,
    struct unicode_from *from, const char *s, size_t n);
void unicode_align(struct unicode_aligner *a, uint32_t c, int32_t change);

/* Normal forms, Unicode 9.0. */
enum unicode_form { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD };

/*
 * How many bytes at the start of s[0..n) the form certainly leaves as they
 * are, whatever follows; n means that the whole text is in that form.
 */
size_t unicode_is_normal(enum unicode_form form, const char *s, size_t n);

/* Append the form of s[0..n) to out; from may be NULL. */
void unicode_normalize(enum unicode_form form, const char *s, size_t n,
    struct buf *out, struct unicode_from *from);

/* Canonical combining class (9.0), as the normal forms use it. */
uint8_t unicode_ccc(uint32_t c);

/*
 * The full decomposition of one code point (9.0), canonical or with
 * compatibility: its code points in out, their number; 1 and c itself when it
 * has none.
 */
enum { UNICODE_DECOMPOSED = 18 };
int unicode_decompose(uint32_t c, bool compat,
    uint32_t out[UNICODE_DECOMPOSED]);

#endif
