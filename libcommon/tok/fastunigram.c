#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/fastcache.h"
#include "tok/grapheme.h"
#include "tok/precompiled.h"
#include "tok/pretokenize.h"
#include "tok/unicode.h"
#include "tok/unigram.h"
#include "util.h"

/*
 * Unigram behind Metaspace, as in T5 and XLM-RoBERTa.  A segment is cut at its
 * spaces into chunks, and a chunk's tokens are taken from the cache.  Those
 * that are not there are normalized and cut into words, each of which begins
 * with U+2581, and the words of many chunks are solved together.
 */
#define SPACE "\xe2\x96\x81"
enum { N_SPACE = 3, BATCH = 64 };

struct unigram_engine {
	struct engine engine;
	const struct unigram *u;
	const struct steps *normalizer;
	const struct precompiled *map;	/* all there is of a normalizer, and
					   one that can be applied to a chunk
					   by itself; or NULL */
	bool by_white;		/* WhitespaceSplit goes first */
};

struct chunk {
	const char *s;
	size_t n;
	struct fast_key key;
	bool first;		/* of the segment */
	bool known;		/* the cache had it when it was looked for */
	bool keep;		/* its tokens are for the cache */
	size_t words;		/* to be solved */
	size_t from, to;	/* its tokens in the output */
};

struct work {
	const struct unigram_engine *e;
	void **steps;		/* of the normalizer */
	struct text text[2];
	struct buf map;		/* a chunk, normalized */
	struct chunk chunk[BATCH];
	size_t n;
	const char *limit;	/* where the segment's memory ends */
	bool whole;		/* the segment is normalized already */
	bool joined;		/* a chunk can't be normalized by itself */
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
	buf_free(&w->map);
	unigram_words_free(&w->words);
	fast_cache_free(&w->cache);
	free(w);
}

/* The length of the mark between words at p, or 0. */
static size_t
mark(const struct unigram_engine *e, const char *p, size_t n)
{
	if (*p == ' ' && !e->by_white)
		return 1;
	return n >= N_SPACE && memcmp(p, SPACE, N_SPACE) == 0 ? N_SPACE : 0;
}

static void
add_word(struct work *w, const char *s, size_t n)
{
	unigram_add(&w->words, SPACE, N_SPACE, s, n);
}

/* The words of p..end: the first begins at p, others behind each mark. */
static void
add_words(struct work *w, const char *p, const char *end)
{
	const char *from = p;
	size_t k;

	for (; p < end; p += k > 0 ? k : 1) {
		k = *p == ' ' || *p == SPACE[0]
		    ? mark(w->e, p, (size_t)(end - p)) : 0;
		if (k == 0)
			continue;
		add_word(w, from, (size_t)(p - from));
		from = p + k;
	}
	add_word(w, from, (size_t)(end - from));
}

/* A piece for Metaspace, which puts no mark before one that has it. */
static void
add_piece(struct work *w, const char *p, const char *end)
{
	add_words(w, p + mark(w->e, p, (size_t)(end - p)), end);
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

static void
add_pieces(struct work *w, const char *p, const char *end)
{
	const char *from;
	size_t k;

	while (p < end) {
		while (p < end && (k = white(p)) > 0)
			p += k;
		for (from = p; p < end && white(p) == 0;)
			p++;
		if (p > from)
			add_piece(w, from, p);
	}
}

/* Could a grapheme cluster reach over the space at either end of s[0..n)? */
static bool
joins(const char *s, size_t n)
{
	const char *last = s + n - 1;

	while (last > s && ((unsigned char)*last & 0xc0) == 0x80)
		last--;
	switch (grapheme_kind(unicode_next(&s))) {
	case G_EXTEND: case G_LINKER: case G_ZWNJ: case G_ZWJ: case G_SPACING:
		return true;
	default:
		return grapheme_kind(unicode_next(&last)) == G_PREPEND;
	}
}

/*
 * A chunk as the normalizer makes it.  By itself it can become another one
 * than behind a space if it is empty then, or begins with a mark: the first
 * chunk's mark is the one put before the text.
 */
static struct slice
normalized(struct work *w, struct chunk *x)
{
	const struct unigram_engine *e = w->e;
	struct slice s = { x->s, x->n };

	if (e->map != NULL && !w->whole && x->n > 0) {
		w->joined |= joins(x->s, x->n);
		if (precompiled_is_normal(e->map, x->s, x->n) < x->n) {
			w->map.n = 0;
			buf_reserve(&w->map, x->n);
			precompiled_apply(e->map, x->s, x->n, &w->map, NULL);
			s = (struct slice){ w->map.p, w->map.n };
		}
	}
	x->keep = x->n > 0 && (e->map == NULL || !w->whole) &&
	    (e->by_white || (s.n > 0 && mark(e, s.p, s.n) == 0));
	return s;
}

/* Put down the words of a chunk that is not in the cache. */
static void
prepare(struct work *w, struct chunk *x)
{
	struct slice s = normalized(w, x);
	size_t before = w->words.n;

	if (w->e->by_white)
		add_pieces(w, s.p, s.p + s.n);
	else if (!x->first)
		add_words(w, s.p, s.p + s.n);
	else if (s.n > 0)
		add_piece(w, s.p, s.p + s.n);
	x->words = w->words.n - before;
}

/* The tokens that the cache has for a chunk, FAST_IDS of them or more. */
static inline const int32_t *
look_up(const struct work *w, const struct chunk *x, size_t *n)
{
	if (x->key.b == 0)
		return NULL;
	return fast_cache_get(&w->cache, fast_bucket(&w->cache, x->key),
	    x->key, x->s, x->n, n);
}

static inline bool
give_known(const struct work *w, const struct chunk *x, struct tok_out *o)
{
	size_t n;
	const int32_t *ids = look_up(w, x, &n);

	if (ids == NULL)
		return false;
	while (o->cap - o->n < n + FAST_IDS)
		tok_out_grow(o);
	memcpy(o->ids + o->n, ids, FAST_IDS * sizeof *ids);
	if (n > FAST_IDS)
		memcpy(o->ids + o->n, ids, n * sizeof *ids);
	o->n += n;
	return true;
}

/*
 * Chunks i.. of the batch, some of which are new.  The cache is not changed
 * before all that it has of them are given out.
 */
static int
solve(struct work *w, size_t i, struct tok_out *o)
{
	size_t first = i, solved = 0, unused, k;
	struct chunk *x;

	unigram_clear(&w->words);
	for (; i < w->n; i++) {
		x = &w->chunk[i];
		x->known = look_up(w, x, &unused) != NULL;
		if (!x->known)
			prepare(w, x);
	}
	if (w->joined || unigram_solve(w->e->u, &w->words) < 0)
		return -1;
	for (i = first; i < w->n; i++) {
		x = &w->chunk[i];
		x->from = o->n;
		if (x->known)
			give_known(w, x, o);
		else
			for (k = 0; k < x->words; k++)
				unigram_tokens(w->e->u, &w->words, solved++,
				    o);
		x->to = o->n;
	}
	for (x = &w->chunk[first]; x < &w->chunk[w->n]; x++)
		if (!x->known && x->keep &&
		    !fast_cache_has(fast_bucket(&w->cache, x->key), x->key))
			fast_cache_put(&w->cache, x->key, x->s, x->n,
			    o->ids + x->from, x->to - x->from);
	return 0;
}

static int
flush(struct work *w, struct tok_out *o)
{
	size_t i = 0;
	int r = 0;

	while (i < w->n && give_known(w, &w->chunk[i], o))
		i++;
	if (i < w->n)
		r = solve(w, i, o);
	w->n = 0;
	return r;
}

/* Eight bytes at a time: the lowest high bit that is set is of a space. */
static inline const char *
next_space(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t x;

	for (; end - p >= 8; p += 8) {
		memcpy(&x, p, 8);
		x = le64toh(x) ^ ' ' * ones;
		x = (x - ones) & ~x & 0x80 * ones;
		if (x != 0)
			return p + __builtin_ctzll(x) / 8;
	}
	while (p < end && *p != ' ')
		p++;
	return p;
}

/* The tokens of s[0..n), by the chunk. */
static int
chunks(struct work *w, const char *s, size_t n, struct tok_out *o)
{
	const char *p = s, *end = s + n, *to;
	bool cached = w->e->map == NULL || !w->whole;
	struct chunk *x;

	w->limit = end;
	w->n = 0;
	for (; n > 0; p = to + 1) {
		to = next_space(p, end);
		x = &w->chunk[w->n];
		x->s = p;
		x->n = (size_t)(to - p);
		x->first = p == s;
		x->key.b = 0;
		if (x->n > 0 && cached) {
			x->key = fast_key(p, x->n, end);
			__builtin_prefetch(fast_bucket(&w->cache, x->key));
		}
		w->n += x->n > 0 || !w->e->by_white;
		if (w->n == BATCH && flush(w, o) < 0)
			return -1;
		if (to == end)
			break;
	}
	return flush(w, o);
}

/* Run the normalizer over the segment; *s and *n are what comes out. */
static int
normalize(struct work *w, const char **s, size_t *n)
{
	const struct steps *l = w->e->normalizer;
	struct text *in, *out;
	size_t i;

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
	const struct unigram_engine *e = (const struct unigram_engine *)engine;
	struct work *w = work;
	size_t start = o->n;
	int r;

	w->whole = w->joined = false;
	if (e->map != NULL || e->normalizer->n == 0) {
		r = chunks(w, s, n, o);
		if (!w->joined)
			return r;
	}
	o->n = start;
	w->whole = true;
	w->joined = false;
	return normalize(w, &s, &n) < 0 ? -1 : chunks(w, s, n, o);
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

/* The map that is all there is of a normalizer, if it leaves spaces alone. */
static const struct precompiled *
only_map(const struct steps *normalizer)
{
	const struct precompiled *map = normalizer->n == 1
	    ? precompiled_of(normalizer->s[0]) : NULL;

	return map != NULL && precompiled_is_normal(map, " ", 1) == 1 ? map
								      : NULL;
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
	e->map = only_map(normalizer);
	e->by_white = by_white;
	return &e->engine;
}
