#include <stdlib.h>
#include <string.h>

#include "tok/normalize.h"
#include "tok/unicode.h"
#include "utf8.h"
#include "util.h"

/*
 * BertNormalizer: clean -> set CJK apart -> NFD without accents -> lower case.
 * The first two need no neighbours and are one pass, so are the last two.
 */
struct work {
	struct text clean;
	struct buf nfd;
	struct unicode_from from;
};

static void *
work_new(const struct step *s)
{
	(void)s;
	return xcalloc(1, sizeof(struct work));
}

static void
work_free(void *work)
{
	struct work *w = work;

	text_free(&w->clean);
	buf_free(&w->nfd);
	unicode_from_free(&w->from);
	free(w);
}

static void
put_char(struct text *t, uint32_t c, struct span at)
{
	char tmp[4];

	text_put(t, tmp, (size_t)utf8_encode(c, tmp), at);
}

/* in[from..to) without control characters, CJK set apart, onto out. */
static void
clean(const struct bert_normalizer *b, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	const char *p = in->p + from, *end = in->p + to, *q;
	struct span at;
	uint32_t c, class;

	for (; p < end; p = q) {
		q = p;
		c = unicode_next(&q);
		class = unicode_class(c);
		at = text_at(in, (size_t)(p - in->p));
		if (b->clean_text && (class & UC_BERT_GONE))
			continue;
		if (b->clean_text && (class & UC_BERT_SPACE))
			c = ' ';
		if (b->handle_chinese_chars && (class & UC_CJK)) {
			put_char(out, ' ', at);
			put_char(out, c, at);
			c = ' ';
		}
		put_char(out, c, at);
	}
}

static void
put_lower(struct text *t, uint32_t c, struct span at)
{
	uint32_t l[3];
	int i, n = unicode_lower(c, l);

	for (i = 0; i < n; i++)
		put_char(t, l[i], at);
}

/* What s[i] of a text made from in is aligned to. */
static struct span
origin(const struct text *in, const struct unicode_from *from, size_t i)
{
	if (!in->aligned)
		return (struct span){ 0, 0 };
	if (from == NULL)
		return in->at[i];
	return from->p[i] == UNICODE_NOWHERE ? (struct span){ 0, 0 }
					     : in->at[from->p[i]];
}

/*
 * s[0..n), made from in as from says (NULL: it is in), without accents if they
 * are to go, in lower case if wanted.
 */
static void
fold(const struct bert_normalizer *b, const struct text *in,
    const struct unicode_from *from, const char *s, size_t n,
    struct text *out)
{
	const char *p = s, *q;
	struct span at;
	uint32_t c;

	for (; p < s + n; p = q) {
		q = p;
		c = unicode_next(&q);
		at = origin(in, from, (size_t)(p - s));
		if (b->strip_accents && (unicode_class(c) & UC_BERT_MN))
			continue;
		if (b->lowercase)
			put_lower(out, c, at);
		else
			put_char(out, c, at);
	}
}

static int
change(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	const struct bert_normalizer *b = (const struct bert_normalizer *)s;
	struct unicode_from *map = NULL;
	struct work *w = work;

	w->clean.n = 0;
	w->clean.aligned = in->aligned;
	clean(b, in, from, to, &w->clean);
	if (!b->strip_accents) {
		fold(b, &w->clean, NULL, w->clean.p, w->clean.n, out);
		return 0;
	}
	w->nfd.n = 0;
	w->from.n = 0;
	if (in->aligned)
		map = &w->from;
	unicode_normalize(UNICODE_NFD, w->clean.p, w->clean.n, &w->nfd, map);
	fold(b, &w->clean, map, w->nfd.p, w->nfd.n, out);
	return 0;
}

static void
release(struct step *s)
{
	free(s);
}

const struct bert_normalizer *
bert_normalizer_of(const struct step *s)
{
	return s->change == change ? (const struct bert_normalizer *)s : NULL;
}

struct step *
bert_normalizer_new(bool clean_text, bool handle_chinese_chars,
    bool strip_accents, bool lowercase)
{
	struct bert_normalizer *b = xcalloc(1, sizeof *b);

	b->step = (struct step){ .type = "BertNormalizer", .change = change,
		.work_new = work_new, .work_free = work_free,
		.free = release };
	b->clean_text = clean_text;
	b->handle_chinese_chars = handle_chinese_chars;
	b->strip_accents = strip_accents;
	b->lowercase = lowercase;
	return &b->step;
}
