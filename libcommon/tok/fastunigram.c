#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/fastcache.h"
#include "tok/precompiled.h"
#include "tok/pretokenize.h"
#include "tok/unicode.h"
#include "tok/unigram.h"
#include "util.h"

/*
 * Unigram behind Metaspace, as in T5 and XLM-RoBERTa: a segment is normalized
 * and cut into words, each of which begins with U+2581; many words at a time
 * are looked up in the cache, and those that are not there solved together.
 */
#define SPACE "\xe2\x96\x81"
enum { N_SPACE = 3, BATCH = 64 };

struct unigram_engine {
	struct engine engine;
	const struct unigram *u;
	const struct steps *normalizer;
	bool by_white;		/* WhitespaceSplit goes first */
};

struct word {
	const char *s;		/* behind its U+2581 */
	size_t n;
	struct fast_key key;
	size_t at, count;	/* in known, or MISSING: the next to solve */
};
#define MISSING SIZE_MAX

struct work {
	const struct unigram_engine *e;
	void **steps;		/* of the normalizer */
	struct text text[2];
	struct word word[BATCH];
	size_t n;
	const char *limit;	/* where the segment's memory ends */
	struct tok_out known;	/* tokens from the cache */
	struct unigram_words words;
	struct fast_cache cache;
};

static void *
work_new(const struct engine *engine)
{
	struct work *w = xcalloc(1, sizeof *w);
	const struct steps *l;
	size_t i;

	w->e = (const struct unigram_engine *)engine;
	l = w->e->normalizer;
	w->steps = xcalloc(l->n + 1, sizeof *w->steps);
	for (i = 0; i < l->n; i++)
		if (l->s[i]->work_new != NULL)
			w->steps[i] = l->s[i]->work_new(l->s[i]);
	unigram_words_init(&w->words);
	fast_cache_init(&w->cache);
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;
	const struct steps *l;
	size_t i;

	if (w == NULL)
		return;
	l = w->e->normalizer;
	for (i = 0; i < l->n; i++)
		if (l->s[i]->work_free != NULL)
			l->s[i]->work_free(w->steps[i]);
	free(w->steps);
	text_free(&w->text[0]);
	text_free(&w->text[1]);
	tok_out_free(&w->known);
	unigram_words_free(&w->words);
	fast_cache_free(&w->cache);
	free(w);
}

/* Take the words' tokens from the cache, or put them down to be solved. */
static void
look_up(struct work *w)
{
	const int32_t *ids;
	struct word *x;
	size_t i, k;

	unigram_clear(&w->words);
	w->known.n = 0;
	for (i = 0; i < w->n; i++) {
		x = &w->word[i];
		ids = x->n == 0 ? NULL : fast_cache_get(&w->cache,
		    fast_bucket(&w->cache, x->key), x->key, x->s, x->n,
		    &x->count);
		if (ids == NULL) {
			x->at = MISSING;
			unigram_add(&w->words, SPACE, N_SPACE, x->s, x->n);
			continue;
		}
		x->at = w->known.n;
		for (k = 0; k < x->count; k++)
			tok_out_add(&w->known, ids[k], 0, 0);
	}
}

/* The words' tokens in their order. */
static int
flush(struct work *w, struct tok_out *o)
{
	const struct unigram *u = w->e->u;
	size_t i, k, solved = 0, start;
	struct word *x;

	look_up(w);
	if (w->words.n > 0 && unigram_solve(u, &w->words) < 0)
		return -1;
	for (i = 0; i < w->n; i++) {
		x = &w->word[i];
		if (x->at != MISSING) {
			for (k = x->at; k < x->at + x->count; k++)
				tok_out_add(o, w->known.ids[k], 0, 0);
			continue;
		}
		start = o->n;
		unigram_tokens(u, &w->words, solved++, o);
		if (x->n > 0)
			fast_cache_put(&w->cache, x->key, x->s, x->n,
			    o->ids + start, o->n - start);
	}
	w->n = 0;
	return 0;
}

static int
add_word(struct work *w, const char *s, size_t n, struct tok_out *o)
{
	struct word *x = &w->word[w->n++];

	*x = (struct word){ .s = s, .n = n };
	if (n > 0) {
		x->key = fast_key(s, n, w->limit);
		__builtin_prefetch(fast_bucket(&w->cache, x->key));
	}
	return w->n == BATCH ? flush(w, o) : 0;
}

/* The length of the mark between words at p, or 0. */
static size_t
mark(const struct unigram_engine *e, const char *p, size_t n)
{
	if (*p == ' ' && !e->by_white)
		return 1;
	return n >= N_SPACE && memcmp(p, SPACE, N_SPACE) == 0 ? N_SPACE : 0;
}

/* A piece for Metaspace: a word begins there, and at every mark. */
static int
add_piece(struct work *w, const char *p, const char *end, struct tok_out *o)
{
	const char *from = p + mark(w->e, p, (size_t)(end - p));
	size_t k;

	for (p = from; p < end; p += k > 0 ? k : 1) {
		k = 0;
		if (*p != ' ' && *p != SPACE[0])
			continue;
		k = mark(w->e, p, (size_t)(end - p));
		if (k > 0 && add_word(w, from, (size_t)(p - from), o) < 0)
			return -1;
		if (k > 0)
			from = p + k;
	}
	return add_word(w, from, (size_t)(end - from), o);
}

/* The length of the white space character at p, or 0. */
static size_t
white(const char *p)
{
	unsigned char c = (unsigned char)*p;
	const char *q = p;

	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	if (c != 0xc2 && (c < 0xe1 || c > 0xe3))
		return 0;
	return unicode_class(unicode_next(&q)) & UC_SPACE ? (size_t)(q - p) : 0;
}

static int
add_pieces(struct work *w, const char *s, size_t n, struct tok_out *o)
{
	const char *p = s, *end = s + n, *from;
	size_t k;

	w->limit = end;
	if (!w->e->by_white)
		return n > 0 ? add_piece(w, s, end, o) : 0;
	while (p < end) {
		while (p < end && (k = white(p)) > 0)
			p += k;
		for (from = p; p < end && white(p) == 0;)
			p++;
		if (p > from && add_piece(w, from, p, o) < 0)
			return -1;
	}
	return 0;
}

/* Run the normalizer; *s and *n are what comes out. */
static int
normalize(struct work *w, const char **s, size_t *n)
{
	const struct steps *l = w->e->normalizer;
	const struct precompiled *map;
	struct text *in, *out;
	size_t i;

	if (l->n == 0)
		return 0;
	map = precompiled_of(l->s[0]);
	if (l->n == 1 && map != NULL &&
	    precompiled_is_normal(map, *s, *n) == *n)
		return 0;
	w->text[0].n = 0;
	text_put_raw(&w->text[0], *s, *n, 0);
	for (i = 0; i < l->n; i++) {
		in = &w->text[i % 2];
		out = &w->text[(i + 1) % 2];
		out->n = 0;
		out->full = false;
		if (l->s[i]->change(l->s[i], w->steps[i], in, 0, in->n,
		    out) < 0)
			return -1;
		if (out->full)
			return fail("the text is too large");
	}
	*s = w->text[l->n % 2].p;
	*n = w->text[l->n % 2].n;
	return 0;
}

static int
encode(const struct engine *engine, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	struct work *w = work;

	(void)engine;
	w->n = 0;
	if (normalize(w, &s, &n) < 0 || add_pieces(w, s, n, o) < 0)
		return -1;
	return flush(w, o);
}

static void
release(struct engine *e)
{
	free(e);
}

/* Metaspace's two steps, which put U+2581 before every piece. */
static bool
fits(const struct steps *pre, size_t from)
{
	const struct metaspace *m = from < pre->n ? metaspace_of(pre->s[from])
						  : NULL;

	return m != NULL && m->split && m->prepend == PREPEND_ALWAYS &&
	    m->replacement == 0x2581 && pre->n == from + 2;
}

struct engine *
unigram_engine(const struct steps *normalizer, const struct steps *pretokenizer,
    const struct tok_model *m)
{
	const struct unigram *u = unigram_of(m);
	const struct class_split *white_split = pretokenizer->n > 0
	    ? class_split_of(pretokenizer->s[0]) : NULL;
	bool by_white = white_split != NULL &&
	    white_split->mask == UC_SPACE && white_split->only == UINT32_MAX &&
	    white_split->behavior == SPLIT_REMOVED;
	struct unigram_engine *e;

	if (u == NULL || !fits(pretokenizer, by_white ? 1 : 0))
		return NULL;
	e = xcalloc(1, sizeof *e);
	e->engine = (struct engine){ .encode = encode, .work_new = work_new,
		.work_free = work_free, .free = release };
	e->u = u;
	e->normalizer = normalizer;
	e->by_white = by_white;
	return &e->engine;
}
