#include <string.h>

#include "tok/patternimpl.h"
#include "tok/unicode.h"

/*
 * The patterns that most tokenizers use, by hand.  All are alternatives of
 * which the first one or two characters pick one; a run of ASCII letters goes
 * eight bytes at a time.  What needs thought:
 *
 *	\s+(?!\S)	a run of white space before something else leaves its
 *			last character to the next match, unless it has one
 *			only: then \s+ takes that.
 *	\s*[\r\n]+	up to the last line end of the run.
 *	(?i:'s)		folds as Unicode does: 'S and 'ſ too.
 */
#define TEXT const char *s, size_t i, size_t n

const char pattern_gpt2_text[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
    "\\s+(?!\\S)|\\s+";

/* The UC_ bits of ASCII that matter here, one lookup. */
#define W (UC_SPACE)
#define P (UC_P)
#define S (UC_S)
#define N (UC_N | UC_ND)
#define U (UC_LU)
#define L (UC_LL)
static const uint32_t ascii[128] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, W, W, W, W, W, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	W, P, P, P, S, P, P, P, P, P, P, S, P, P, P, P,
	N, N, N, N, N, N, N, N, N, N, P, P, S, S, S, P,
	P, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, P, P, P, S, P,
	S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, P, S, P, S, 0,
};
#undef W
#undef P
#undef S
#undef N
#undef U
#undef L

/* The class of the character at s[i] and its length. */
static inline uint32_t
class_at(const char *s, size_t i, size_t *len)
{
	const char *p = s + i;
	uint32_t c;

	if ((unsigned char)*p < 0x80) {
		*len = 1;
		return ascii[(unsigned char)*p];
	}
	c = unicode_next(&p);
	*len = (size_t)(p - (s + i));
	return unicode_class(c);
}

static inline bool
is_newline(char c)
{
	return c == '\n' || c == '\r';
}

/* How many of the 8 bytes at p are letters from the start; fold: A-Z too. */
static inline size_t
letters8(const char *p, bool fold)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t x, low, other;

	memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	low = (fold ? x | ones << 5 : x) & ~tops;
	/* Each top bit: at least 'a', above 'z'. */
	other = ~(low + ones * (0x80 - 'a')) | (low + ones * (0x7f - 'z')) | x;
	other &= tops;
	return other == 0 ? 8 : (size_t)__builtin_ctzll(other) / 8;
}

static inline size_t
ascii_letters(TEXT, bool fold)
{
	size_t k;

	while (n - i >= 8) {
		k = letters8(s + i, fold);
		i += k;
		if (k < 8)
			return i;
	}
	while (i < n && (unsigned char)s[i] < 0x80 && ascii[(unsigned char)s[i]]
	    & (fold ? UC_LU | UC_LL : UC_LL))
		i++;
	return i;
}

/* The end of a run of characters with one of these bits, which has UC_LL. */
static inline size_t
letters(TEXT, uint32_t bits)
{
	size_t len;

	for (;;) {
		i = ascii_letters(s, i, n, (bits & UC_LU) != 0);
		if (i == n || (unsigned char)s[i] < 0x80)
			return i;
		do {
			if (!(class_at(s, i, &len) & bits))
				return i;
			i += len;
		} while (i < n && (unsigned char)s[i] >= 0x80);
	}
}

/* The end of a run of up to max characters with one of these bits. */
static inline size_t
run(TEXT, uint32_t bits, size_t max)
{
	size_t len;

	for (; i < n && max > 0 && class_at(s, i, &len) & bits; max--)
		i += len;
	return i;
}

/* The end of a run of characters with none of these bits. */
static inline size_t
others(TEXT, uint32_t bits)
{
	size_t len;

	while (i < n && !(class_at(s, i, &len) & bits))
		i += len;
	return i;
}

static inline size_t
newlines(TEXT)
{
	while (i < n && is_newline(s[i]))
		i++;
	return i;
}

/* \s+(?!\S)|\s+, and with lines \s*[\r\n]+ before; s[i] is white space. */
static inline size_t
spaces(TEXT, bool lines)
{
	size_t from = i, last = i, line = 0, len;

	while (i < n && class_at(s, i, &len) & UC_SPACE) {
		last = i;
		i += len;
		if (is_newline(s[last]))
			line = i;
	}
	if (lines && line > 0)
		return line;
	return i == n || last == from ? i : last;
}

/* The end of 's 't 're 've 'm 'll 'd, s[i] being the apostrophe, or i. */
static inline size_t
contraction(TEXT, bool fold)
{
	char a = i + 1 < n ? s[i + 1] : '\0', b = i + 2 < n ? s[i + 2] : '\0';

	if (fold && a == '\xc5' && b == '\xbf')
		return i + 3;
	if (fold) {
		a |= 0x20;
		b |= 0x20;
	}
	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return i + 2;
	if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
	    (a == 'l' && b == 'l'))
		return i + 3;
	return i;
}

static inline size_t
gpt2(TEXT)
{
	size_t j = i + (s[i] == ' ' && i + 1 < n), len;
	uint32_t class;

	if (s[i] == '\'' && (len = contraction(s, i, n, false)) > i)
		return len;
	class = class_at(s, j, &len);
	if (class & UC_L)
		return letters(s, j + len, n, UC_L);
	if (class & UC_N)
		return run(s, j + len, n, UC_N, SIZE_MAX);
	if (class & UC_SPACE)
		return spaces(s, i, n, false);
	return others(s, j + len, n, UC_L | UC_N | UC_SPACE);
}

/*
 * cl100k and what came of it: digits at most that many in a row, word are the
 * bits of what words are made of.
 */
static inline size_t
cl100k(TEXT, size_t digits, uint32_t word)
{
	size_t j, len;
	uint32_t class, next = UC_SPACE;

	if (s[i] == '\'' && (j = contraction(s, i, n, true)) > i)
		return j;
	class = class_at(s, i, &len);
	j = i + len;
	if (class & word)
		return letters(s, j, n, word);
	if (class & UC_N)
		return run(s, j, n, UC_N, digits - 1);
	if (j < n && !is_newline(s[i])) {
		next = class_at(s, j, &len);
		if (next & word)
			return letters(s, j + len, n, word);
	}
	if (!(class & UC_SPACE))
		return newlines(s, others(s, j, n, word | UC_N | UC_SPACE), n);
	if (s[i] == ' ' && !(next & (word | UC_N | UC_SPACE)))
		return newlines(s, others(s, j, n, word | UC_N | UC_SPACE), n);
	return spaces(s, i, n, true);
}

static inline size_t
llama3(TEXT)
{
	return cl100k(s, i, n, 3, UC_L);
}

static inline size_t
qwen2(TEXT)
{
	return cl100k(s, i, n, 1, UC_L);
}

static inline size_t
qwen35(TEXT)
{
	return cl100k(s, i, n, 1, UC_L | UC_M);
}

enum {
	BOTH = UC_LM | UC_LO | UC_M,	/* either case */
	UPPER = UC_LU | UC_LT | BOTH,
	LOWER = UC_LL | BOTH
};

/*
 * UPPER*LOWER+ at s[i], or else UPPER+ LOWER* unless strict; i: neither.
 * UPPER* is greedy and gives back the least, up to the last that is LOWER as
 * well.
 */
static inline size_t
cased(TEXT, bool strict)
{
	size_t from = i, back = 0, len;
	uint32_t class = 0;

	for (; i < n; i += len) {
		class = class_at(s, i, &len);
		if (!(class & UPPER))
			break;
		if (class & BOTH)
			back = i + len;
	}
	if (i < n && class & LOWER)
		return letters(s, i, n, LOWER);
	if (back > 0)
		return back;
	return strict ? from : i;
}

/* o200k and tekken: words change where their case does. */
static inline size_t
o200k(TEXT, size_t digits, bool suffix)
{
	uint32_t class;
	size_t j, len;

	class = class_at(s, i, &len);
	if (class & UC_L) {
		j = cased(s, i, n, false);
	} else if (class & UC_N) {
		return run(s, i + len, n, UC_N, digits - 1);
	} else if (is_newline(s[i])) {
		return spaces(s, i, n, true);
	} else if (class & UC_M) {
		/* As the first of a word, or else as the word itself. */
		j = cased(s, i + len, n, true);
		if (j == i + len)
			j = cased(s, i, n, true);
	} else {
		j = cased(s, i + len, n, false);
		if (j == i + len)
			j = i;
	}
	if (j > i)
		return suffix && j < n && s[j] == '\''
		    ? contraction(s, j, n, true) : j;
	j = s[i] == ' ' ? i + 1 : i;
	if (j < n && !(class_at(s, j, &len) & (UC_L | UC_N | UC_SPACE))) {
		j = others(s, j, n, UC_L | UC_N | UC_SPACE);
		while (j < n && (is_newline(s[j]) || s[j] == '/'))
			j++;
		return j;
	}
	return spaces(s, i, n, true);
}

static inline size_t
gpt4o(TEXT)
{
	return o200k(s, i, n, 3, true);
}

static inline size_t
tekken(TEXT)
{
	return o200k(s, i, n, 1, false);
}

/* The last of DeepSeek V3's three; digits are left over. */
static inline size_t
deepseek(TEXT)
{
	const uint32_t word = UC_L | UC_M, marks = UC_P | UC_S;
	uint32_t class, next = 0;
	size_t j, len;

	class = class_at(s, i, &len);
	j = i + len;
	if (class & word)
		return letters(s, j, n, word);
	if (j < n)
		next = class_at(s, j, &len);
	if (class & marks) {
		if ((unsigned char)s[i] < 0x80 &&
		    ascii_letters(s, j, n, true) > j)
			return ascii_letters(s, j, n, true);
		return newlines(s, run(s, j, n, marks, SIZE_MAX), n);
	}
	if (next & word && !is_newline(s[i]))
		return letters(s, j, n, word);
	if (s[i] == ' ' && next & marks)
		return newlines(s, run(s, j, n, marks, SIZE_MAX), n);
	return class & UC_SPACE ? spaces(s, i, n, true) : i;
}

static inline size_t
three_digits(TEXT)
{
	return run(s, i, n, UC_N, 3);
}

static inline size_t
one_digit(TEXT)
{
	return run(s, i, n, UC_N, 1);
}

static inline size_t
white(TEXT)
{
	return run(s, i, n, UC_SPACE, SIZE_MAX);
}

static inline size_t
black(TEXT)
{
	return others(s, i, n, UC_SPACE);
}

static inline size_t
one_newline(TEXT)
{
	return i + (i < n && is_newline(s[i]));
}

/* A run of characters in one of two ranges of code points. */
static inline size_t
ranges(TEXT, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const char *p = s + i, *end = s + n, *q;
	uint32_t ch;

	for (; p < end; p = q) {
		q = p;
		ch = unicode_next(&q);
		if ((ch < a || ch > b) && (ch < c || ch > d))
			break;
	}
	return (size_t)(p - s);
}

static inline size_t
cjk_kana(TEXT)
{
	return ranges(s, i, n, 0x4e00, 0x9fa5, 0x3040, 0x30ff);
}

static inline size_t
cjk_hangul(TEXT)
{
	return ranges(s, i, n, 0x800, 0x9fa5, 0xac00, 0xd7ff);
}

/* \s? and a run of these. */
static inline size_t
after_space(TEXT, uint32_t bits)
{
	size_t j = i, len;

	if (class_at(s, i, &len) & UC_SPACE)
		j += len;
	len = run(s, j, n, bits, SIZE_MAX);
	return len > j ? len : i;
}

static inline size_t
spaced_letters(TEXT)
{
	return after_space(s, i, n, UC_L);
}

static inline size_t
spaced_marks(TEXT)
{
	return after_space(s, i, n, UC_P);
}

/* The part of s[i..n) that BLOOM's class with its stops allows. */
static inline size_t
bloom(TEXT)
{
	static const char stops[] = "(|.,!?)";
	static const uint32_t more[] = { 0x2026, 0x3002, 0xff0c, 0x3001, 0x964,
		0x6d4, 0x60c };
	size_t from = i + (s[i] == ' '), j = from, k;
	const char *p;
	uint32_t c;

	while (j < n) {
		p = s + j;
		c = unicode_next(&p);
		if (c < 0x80 ? c != 0 && strchr(stops, (int)c) != NULL : false)
			break;
		for (k = 0; k < sizeof more / sizeof *more && c != more[k]; k++)
			continue;
		if (k < sizeof more / sizeof *more ||
		    unicode_class(c) & UC_SPACE)
			break;
		j = (size_t)(p - s);
	}
	return j > from ? j : i;
}

static inline size_t
clip(TEXT)
{
	static const char start[] = "<|startoftext|>", end[] = "<|endoftext|>";
	uint32_t class;
	size_t j, len;

	if (n - i >= sizeof start - 1 &&
	    memcmp(s + i, start, sizeof start - 1) == 0)
		return i + sizeof start - 1;
	if (n - i >= sizeof end - 1 && memcmp(s + i, end, sizeof end - 1) == 0)
		return i + sizeof end - 1;
	if (s[i] == '\'' && (j = contraction(s, i, n, false)) > i)
		return j;
	class = class_at(s, i, &len);
	if (class & UC_L)
		return letters(s, i + len, n, UC_L);
	if (class & UC_N)
		return i + len;
	return others(s, i, n, UC_L | UC_N | UC_SPACE);
}

/* A matcher over and over; what no match begins with goes into one part. */
#define CUT(matcher)                                                          \
	static size_t                                                         \
	matcher##_match(TEXT)                                                 \
	{                                                                     \
		return matcher(s, i, n);                                      \
	}                                                                     \
                                                                              \
	static size_t                                                         \
	matcher##_cut(TEXT, uint32_t *end, size_t max)                        \
	{                                                                     \
		size_t k = 0, from = i, to, len;                              \
                                                                              \
		while (i < n && k < max) {                                    \
			to = matcher(s, i, n);                                \
			if (to == i) {                                        \
				class_at(s, i, &len);                         \
				i += len;                                     \
				continue;                                     \
			}                                                     \
			if (i > from) {                                       \
				end[k++] = (uint32_t)i;                       \
				from = i;                                     \
				continue;                                     \
			}                                                     \
			end[k++] = (uint32_t)to;                              \
			from = i = to;                                        \
		}                                                             \
		if (i == n && i > from && k < max)                            \
			end[k++] = (uint32_t)i;                               \
		return k;                                                     \
	}
#define MATCHER(name, covers, text) { text, name##_match, name##_cut, covers }

CUT(gpt2)
CUT(llama3)
CUT(qwen2)
CUT(qwen35)
CUT(gpt4o)
CUT(tekken)
CUT(deepseek)
CUT(three_digits)
CUT(one_digit)
CUT(white)
CUT(black)
CUT(one_newline)
CUT(cjk_kana)
CUT(cjk_hangul)
CUT(spaced_letters)
CUT(spaced_marks)
CUT(bloom)
CUT(clip)

#define SUFFIX "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define END "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define WORD "[^\\r\\n\\p{L}\\p{N}]?"
#define UP "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOW "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define SLASH "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const struct pattern_matcher known[] = {
	MATCHER(gpt2, true, pattern_gpt2_text),
	MATCHER(llama3, true, SUFFIX "|" WORD "\\p{L}+|\\p{N}{1,3}" END),
	MATCHER(qwen2, true, SUFFIX "|" WORD "\\p{L}+|\\p{N}" END),
	MATCHER(qwen35, true, SUFFIX "|" WORD "[\\p{L}\\p{M}]+|\\p{N}"
	    "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
	    "\\s+(?!\\S)|\\s+"),
	MATCHER(gpt4o, true, WORD UP "*" LOW "+" SUFFIX "?|" WORD UP "+" LOW
	    "*" SUFFIX "?|\\p{N}{1,3}" SLASH),
	MATCHER(tekken, true, WORD UP "*" LOW "+|" WORD UP "+" LOW "*|\\p{N}"
	    SLASH),
	MATCHER(deepseek, false, "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]"
	    "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
	    " ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
	MATCHER(three_digits, false, "\\p{N}{1,3}"),
	MATCHER(one_digit, false, "\\p{N}"),
	MATCHER(white, false, "\\s+"),
	MATCHER(black, false, "[^\\s]+"),
	MATCHER(black, false, "\\S+"),
	MATCHER(one_newline, false, "[\\r\\n]"),
	MATCHER(cjk_kana, false, "[一-龥぀-ゟ゠-ヿ]+"),
	MATCHER(cjk_hangul, false, "[一-龥ࠀ-一가-퟿]+"),
	MATCHER(spaced_letters, false, "\\s?\\p{L}+"),
	MATCHER(spaced_marks, false, "\\s?\\p{P}+"),
	MATCHER(bloom, false, " ?[^(\\s|.,!?…。，、।۔،)]+"),
	MATCHER(clip, false, "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|"
	    "'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"),
};

const struct pattern_matcher *
pattern_known(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].text) == n &&
		    memcmp(known[i].text, text, n) == 0)
			return &known[i];
	return NULL;
}

const struct pattern_matcher *
pattern_known_at(size_t i)
{
	return i < sizeof known / sizeof *known ? &known[i] : NULL;
}
