#ifndef TOK_PATTERN_H
#define TOK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tok/tok.h"

/*
 * pattern - the regular expressions of Split, Replace and ByteLevel.
 *
 * Their dialect is Oniguruma's, over Unicode 16.  Those that real tokenizers
 * use are known by their text and have matchers written by hand; any other is
 * translated for PCRE2's JIT and bounded: one that takes too long is an error.
 *
 * A pattern is read-only, so threads share it.  What matching needs as
 * scratch is in a pattern_work each, which serves any pattern.
 */
struct pattern;
struct pattern_work;

/* The {"Regex": text} of a tokenizer.json; NULL with errstr(). */
struct pattern *pattern_regex(const char *text, size_t n);

/* The same, always through PCRE2. */
struct pattern *pattern_pcre2(const char *text, size_t n);

/* The {"String": text}: these very bytes. */
struct pattern *pattern_literal(const char *text, size_t n);

/* What ByteLevel splits by. */
struct pattern *pattern_gpt2(void);

void pattern_free(struct pattern *p);

struct pattern_work *pattern_work_new(void);
void pattern_work_free(struct pattern_work *w);

/*
 * The matches in s[0..n), valid UTF-8, from left to right:
 *
 *	pattern_start(&it, p, w, s, n);
 *	while ((r = pattern_next(&it, &at)) > 0)
 *		...
 *
 * A match may be empty, but no empty one begins where the last one ended.
 */
struct pattern_iter {
	const struct pattern *p;
	struct pattern_work *w;
	const char *s;
	size_t n;
	size_t from;		/* where to look on */
	size_t last;		/* the end of the last match, or SIZE_MAX */
};
void pattern_start(struct pattern_iter *it, const struct pattern *p,
    struct pattern_work *w, const char *s, size_t n);

/* 1 with the match, 0 when there are no more, -1 with errstr(). */
int pattern_next(struct pattern_iter *it, struct span *at);

/*
 * Do the matches always follow one another without a gap from start to end,
 * as those of GPT-2's pattern and its descendants do?
 */
bool pattern_covers(const struct pattern *p);

/* Is it made by pattern_literal() of this text? */
bool pattern_is_literal(const struct pattern *p, const char *text);

/* The matcher written by hand, NULL when there is none: see patternimpl.h. */
struct pattern_matcher;
const struct pattern_matcher *pattern_matcher(const struct pattern *p);

#endif
