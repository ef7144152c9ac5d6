#include <stdlib.h>
#include <string.h>

#include "tok/fast.h"
#include "tok/fastcache.h"
#include "tok/fastlanes.h"
#include "tok/patternimpl.h"
#include "tok/unicode.h"
#include "utf8.h"

/* Byte-level BPE: the words are cut out of the raw text and looked up. */

/* A piece of up to FAST_KEY bytes that is one token when it is a word. */
struct whole {
	struct fast_key key;	/* b is 0: free */
	uint64_t id;
};

struct fast {
	struct engine engine;
	struct whole *whole;	/* [1 << whole_bits] */
	int whole_bits;
	const struct bpe *bpe;
	bool nfc, prefix_space;
	struct fast_stage stage[FAST_STAGES];
	const struct pattern_matcher *matcher[FAST_STAGES];
	size_t stages;
};

enum { BATCH = LANES };

struct work {
	const struct fast *f;
	struct fast_cache cache;
	struct lane lane[LANES];
	struct bpe_scratch merge;	/* for words that no lane holds */
	struct pattern_work *pattern;
	uint32_t *byte_rank;		/* [256][256] + 2, 1: none, 0: not yet
					   looked up */
	struct buf letters;		/* a word in the bytes' alphabet */
	struct buf text;		/* normalized, or with a space before */
	const char *start, *limit;	/* of the segment */
	struct tok_out *out;
};

static void *
work_new(const struct engine *e)
{
	struct work *w = xcalloc(1, sizeof *w);

	w->f = (const struct fast *)e;
	fast_cache_init(&w->cache);
	w->pattern = pattern_work_new();
	w->byte_rank = xcalloc(1 << 16, sizeof *w->byte_rank);
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;

	if (w == NULL)
		return;
	fast_cache_free(&w->cache);
	bpe_scratch_free(&w->merge);
	pattern_work_free(w->pattern);
	free(w->byte_rank);
	buf_free(&w->letters);
	buf_free(&w->text);
	free(w);
}

static inline const struct whole *
whole_slot(const struct fast *f, struct fast_key key)
{
	return &f->whole[fast_hash(key) >> (64 - f->whole_bits)];
}

/* The ID of the word if it is one token, or BPE_NONE. */
static uint32_t
whole(struct work *w, const char *s, size_t n, struct fast_key key)
{
	const struct whole *end = w->f->whole + (1ull << w->f->whole_bits);
	const struct whole *p;
	char *o;
	size_t i;

	if (n <= FAST_KEY) {
		p = whole_slot(w->f, key);
		while (p->key.b != 0) {
			if (p->key.a == key.a && p->key.b == key.b)
				return (uint32_t)p->id;
			p = p + 1 == end ? w->f->whole : p + 1;
		}
		return BPE_NONE;
	}
	if (!w->f->bpe->flags.ignore_merges)
		return BPE_NONE;
	w->letters.n = 0;
	buf_reserve(&w->letters, 2 * n);
	o = w->letters.p;
	for (i = 0; i < n; i++)
		o += utf8_encode(unicode_of_byte[(unsigned char)s[i]], o);
	return bpe_find(&w->f->bpe->t, w->letters.p,
	    (size_t)(o - w->letters.p));
}

/* The rank of two bytes, which is looked up once. */
static uint32_t
byte_rank(struct work *w, unsigned char a, unsigned char b)
{
	const struct bpe *m = w->f->bpe;
	uint32_t *r = &w->byte_rank[(size_t)a << 8 | b];

	if (*r == 0) {
		*r = bpe_rank(&m->t, m->alpha_id[a], m->alpha_id[b]);
		*r = *r == BPE_NONE ? 1 : *r + 2;
	}
	return *r == 1 ? BPE_NONE : *r - 2;
}

/* The bytes of a word as symbols; those that have no letter are dropped. */
static void
fill(struct work *w, struct lane *l, const char *s, size_t n)
{
	const uint32_t *id = w->f->bpe->alpha_id;
	const unsigned char *p = (const unsigned char *)s;
	unsigned char kept[LANE];
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (id[p[i]] != BPE_NONE)
			kept[k++] = p[i];
	for (i = 0; i < k; i++) {
		l->id[i] = id[kept[i]];
		if (i + 1 < k)
			l->rank[i] = byte_rank(w, kept[i], kept[i + 1]);
	}
	l->n = (uint32_t)k;
}

/* A word too long for a lane, or one that the cache has just lost. */
static void
merge_long(struct work *w, const char *s, size_t n)
{
	const struct bpe *b = w->f->bpe;
	struct bpe_scratch *m = &w->merge;
	size_t i, k;

	for (m->n = i = 0; i < n; i++) {
		if (b->alpha_id[(unsigned char)s[i]] == BPE_NONE)
			continue;
		GROW(m->syms, m->n, m->cap);
		m->syms[m->n++] = (struct bpe_sym){
			b->alpha_id[(unsigned char)s[i]], 1 };
	}
	k = bpe_merge(&b->t, m, m->syms, m->n);
	for (i = 0; i < k; i++)
		tok_out_add(w->out, (int32_t)m->syms[i].id, 0, 0);
}

/* Append the tokens of a word that the cache does not have. */
static void
new_word(struct work *w, const char *s, size_t n, struct fast_key key,
    const struct lane *l)
{
	struct tok_out *o = w->out;
	size_t i, from = o->n;
	uint32_t id;

	if (l != NULL)
		for (i = 0; i < l->n; i++)
			tok_out_add(o, (int32_t)l->id[i], 0, 0);
	else if ((id = whole(w, s, n, key)) != BPE_NONE)
		tok_out_add(o, (int32_t)id, 0, 0);
	else
		merge_long(w, s, n);
	fast_cache_put(&w->cache, key, s, n, o->ids + from, o->n - from);
}

/* How many bytes a token stands for: as many as its piece has letters. */
static size_t
bytes_of(const struct bpe *b, int32_t id)
{
	size_t n;
	const char *p = b->model.piece(&b->model, id, &n);

	return p == NULL ? 0 : utf8_count(p, n);
}

static bool
inside(const struct work *w, size_t i)
{
	return w->start + i < w->limit &&
	    ((unsigned char)w->start[i] & 0xc0) == 0x80;
}

/*
 * Fill in what the tokens from.. of the word at s stand for: a token that is
 * part of a character stands for all of it.
 */
static void
spans(struct work *w, const char *s, size_t from)
{
	struct tok_out *o = w->out;
	size_t at = (size_t)(s - w->start), a, b;

	for (; from < o->n; from++) {
		a = at;
		at += bytes_of(w->f->bpe, o->ids[from]);
		b = at;
		while (inside(w, a))
			a--;
		while (inside(w, b))
			b++;
		o->at[from] = (struct span){ (uint32_t)a, (uint32_t)b };
		o->word[from] = o->next_word;
	}
	o->next_word++;
}

/* Append the tokens of a word if its bucket has them. */
static inline bool
seen_word(struct work *w, const char *s, size_t n, struct fast_key key,
    const struct fast_word *bucket)
{
	struct tok_out *o = w->out;
	const int32_t *ids;
	size_t k;

	ids = fast_cache_get(&w->cache, bucket, key, s, n, &k);
	if (ids == NULL)
		return false;
	while (o->cap - o->n < k + FAST_IDS)
		tok_out_grow(o);
	memcpy(o->ids + o->n, ids, FAST_IDS * sizeof *ids);
	if (k > FAST_IDS)
		memcpy(o->ids + o->n, ids, k * sizeof *ids);
	o->n += k;
	return true;
}

/* A word on its way through words(). */
struct seen {
	const char *s;
	size_t n;
	struct fast_key key;
	const struct fast_word *bucket;
	struct lane *lane;		/* where it is merged, or NULL */
};

/*
 * Fill lanes with the words that the cache does not have, and merge them.  A
 * word that is one token gets a lane with that token.
 */
static void
merge_new(struct work *w, struct seen *seen, size_t k)
{
	struct lane *l = w->lane;
	size_t i;
	uint32_t id;

	for (i = 0; i < k; i++)
		if (!fast_cache_has(seen[i].bucket, seen[i].key))
			__builtin_prefetch(whole_slot(w->f, seen[i].key));
	for (i = 0; i < k; i++) {
		seen[i].lane = NULL;
		if (seen[i].n > LANE ||
		    fast_cache_has(seen[i].bucket, seen[i].key))
			continue;
		id = whole(w, seen[i].s, seen[i].n, seen[i].key);
		seen[i].lane = l;
		if (id == BPE_NONE) {
			fill(w, l, seen[i].s, seen[i].n);
		} else {
			l->id[0] = id;
			l->n = 1;
		}
		l++;
	}
	lanes_merge(&w->f->bpe->t, w->lane, (size_t)(l - w->lane));
}

/*
 * Many words, s[at..end[0]) and so on: first all keys, so that the buckets
 * are on their way from memory by the time that they are looked at.
 */
static void
words(struct work *w, const char *s, size_t at, const uint32_t *end, size_t k)
{
	struct seen seen[BATCH], *e;
	bool new = false;
	size_t i, from;

	for (i = 0; i < k; at = end[i++]) {
		e = &seen[i];
		e->s = s + at;
		e->n = end[i] - at;
		e->key = fast_key(e->s, e->n, w->limit);
		e->bucket = fast_bucket(&w->cache, e->key);
		e->lane = NULL;
		__builtin_prefetch(e->bucket);
	}
	for (i = 0; i < k; i++)
		new |= !fast_cache_has(seen[i].bucket, seen[i].key);
	if (new)
		merge_new(w, seen, k);
	for (e = seen; e < seen + k; e++) {
		from = w->out->n;
		if (!seen_word(w, e->s, e->n, e->key, e->bucket))
			new_word(w, e->s, e->n, e->key, e->lane);
		if (w->out->want_at)
			spans(w, e->s, from);
	}
}

static int split(struct work *w, size_t stage, const char *s, size_t n);

static int
part(struct work *w, size_t stage, const char *s, size_t n)
{
	uint32_t end;

	if (n == 0)
		return 0;
	if (stage < w->f->stages)
		return split(w, stage, s, n);
	end = (uint32_t)n;
	words(w, s, 0, &end, 1);
	return 0;
}

/* By a matcher that is known, many parts at a time. */
static int
split_known(struct work *w, size_t stage, const char *s, size_t n)
{
	const struct pattern_matcher *m = w->f->matcher[stage];
	uint32_t end[BATCH];
	size_t i, k, at = 0;

	while (at < n) {
		k = m->cut(s, at, n, end, BATCH);
		if (stage + 1 == w->f->stages)
			words(w, s, at, end, k);
		for (i = 0; i < k; at = end[i++])
			if (stage + 1 < w->f->stages &&
			    part(w, stage + 1, s + at, end[i] - at) < 0)
				return -1;
	}
	return 0;
}

static int
split_regex(struct work *w, size_t stage, const char *s, size_t n)
{
	struct pattern_iter it;
	struct span at;
	size_t done = 0;
	int r;

	pattern_start(&it, w->f->stage[stage].pattern, w->pattern, s, n);
	while ((r = pattern_next(&it, &at)) > 0) {
		if (part(w, stage + 1, s + done, at.from - done) < 0 ||
		    part(w, stage + 1, s + at.from, at.to - at.from) < 0)
			return -1;
		done = at.to;
	}
	return r < 0 ? -1 : part(w, stage + 1, s + done, n - done);
}

static int
split_class(struct work *w, size_t stage, const char *s, size_t n)
{
	uint32_t class = w->f->stage[stage].class;
	const char *p = s, *end = s + n, *q, *done = s;

	for (; p < end; p = q) {
		q = p;
		if (!(unicode_class(unicode_next(&q)) & class))
			continue;
		if (part(w, stage + 1, done, (size_t)(p - done)) < 0 ||
		    part(w, stage + 1, p, (size_t)(q - p)) < 0)
			return -1;
		done = q;
	}
	return part(w, stage + 1, done, (size_t)(end - done));
}

static int
split(struct work *w, size_t stage, const char *s, size_t n)
{
	if (w->f->stage[stage].pattern == NULL)
		return split_class(w, stage, s, n);
	if (w->f->matcher[stage] != NULL)
		return split_known(w, stage, s, n);
	return split_regex(w, stage, s, n);
}

static int
encode(const struct engine *e, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct fast *f = (const struct fast *)e;
	struct work *w = work;

	if (n == 0)
		return 0;
	w->text.n = 0;
	if (f->prefix_space && s[0] != ' ')
		buf_byte(&w->text, ' ');
	if (f->nfc && unicode_is_normal(UNICODE_NFC, s, n) < n)
		unicode_normalize(UNICODE_NFC, s, n, &w->text, NULL);
	else if (w->text.n > 0)
		buf_add(&w->text, s, n);
	if (w->text.n > 0) {
		s = w->text.p;
		n = w->text.n;
	}
	w->start = s;
	w->limit = s + n;
	w->out = o;
	return part(w, 0, s, n);
}

static void
release(struct engine *e)
{
	free(((struct fast *)e)->whole);
	free(e);
}

/* The bytes that a piece's letters stand for: their number, 0: too many. */
static size_t
raw_bytes(const char *p, size_t n, char out[FAST_KEY])
{
	const char *end = p + n;
	size_t k = 0;
	int c;

	while (p < end) {
		c = unicode_to_byte(unicode_next(&p));
		if (c < 0 || k == FAST_KEY)
			return 0;
		out[k++] = (char)c;
	}
	return k;
}

static void
add_whole(struct fast *f, struct fast_key key, uint32_t id)
{
	size_t mask = (1ull << f->whole_bits) - 1;
	size_t i = (size_t)(whole_slot(f, key) - f->whole);

	while (f->whole[i].key.b != 0)
		i = (i + 1) & mask;
	f->whole[i] = (struct whole){ key, id };
}

/*
 * Find the pieces that as words are one token: with ignore_merges all are,
 * else those which merging their bytes leads to.
 */
static void
find_whole(struct fast *f)
{
	const struct bpe_tables *t = &f->bpe->t;
	struct work w = { .f = f };
	const struct bpe_piece *p;
	char raw[FAST_KEY];
	size_t id, n;
	struct lane *l = w.lane;

	w.byte_rank = xcalloc(1 << 16, sizeof *w.byte_rank);
	f->whole_bits = 4;
	while (1ull << f->whole_bits < t->unique + t->unique / 2)
		f->whole_bits++;
	f->whole = bpe_table(1ull << f->whole_bits, sizeof *f->whole);
	for (id = 0; id < t->size; id++) {
		if (t->by_id[id] == BPE_NONE)
			continue;
		p = &t->pieces[t->by_id[id]];
		n = raw_bytes(t->text + p->at, p->len, raw);
		if (n == 0)
			continue;
		if (!f->bpe->flags.ignore_merges) {
			fill(&w, l, raw, n);
			lanes_merge(t, l, 1);
			if (l->n != 1 || l->id[0] != (uint32_t)id)
				continue;
		}
		add_whole(f, fast_key(raw, n, raw), (uint32_t)id);
	}
	free(w.byte_rank);
}

struct engine *
fast_bytes(const struct tok_model *m, bool nfc, bool prefix_space,
    const struct fast_stage *stage, size_t stages)
{
	const struct bpe *b = bpe_of(m);
	bool all = true;
	struct fast *f;
	size_t i;

	if (b == NULL || b->prefix != NULL || b->suffix != NULL ||
	    stages > FAST_STAGES)
		return NULL;
	for (i = 0; i < 256; i++)
		all &= b->alpha_id[i] != BPE_NONE;
	if (!all && b->unk_token != NULL)
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->engine = (struct engine){ encode, work_new, work_free, release,
		.spans = all && !nfc && !prefix_space };
	f->bpe = b;
	f->nfc = nfc;
	f->prefix_space = prefix_space;
	f->stages = stages;
	for (i = 0; i < stages; i++) {
		f->stage[i] = stage[i];
		if (stage[i].pattern != NULL)
			f->matcher[i] = pattern_matcher(stage[i].pattern);
	}
	find_whole(f);
	return &f->engine;
}
