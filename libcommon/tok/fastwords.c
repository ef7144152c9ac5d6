#include "tok/fastwords.h"

/* A word on its way through fast_words(). */
struct seen {
	const char *s;
	size_t n;
	struct fast_key key;
	struct fast_word *bucket;
	struct lane *lane;		/* where it is merged, or NULL */
};

void
fast_words_init(struct fast_words *w)
{
	fast_cache_init(&w->cache);
}

void
fast_words_free(struct fast_words *w)
{
	fast_cache_free(&w->cache);
	bpe_scratch_free(&w->merge);
}

static inline const struct fast_whole *
vocab_slot(const struct fast_vocab *v, struct fast_key key)
{
	return &v->slot[fast_hash(key) >> (64 - v->bits)];
}

void
fast_vocab_init(struct fast_vocab *v, size_t words)
{
	v->bits = 4;
	while (1ull << v->bits < words + words / 2)
		v->bits++;
	v->own = bpe_table(1ull << v->bits, sizeof *v->own, &v->memory);
	v->slot = v->own;
}

void
fast_vocab_add(struct fast_vocab *v, struct fast_key key, uint32_t id)
{
	size_t mask = (1ull << v->bits) - 1;
	size_t i = (size_t)(vocab_slot(v, key) - v->slot);

	while (v->slot[i].key.b != 0)
		i = (i + 1) & mask;
	v->own[i] = (struct fast_whole){ key, id };
}

/* The ID of a word that is known to be one token, or BPE_NONE. */
static uint32_t
vocab_find(const struct fast_vocab *v, struct fast_key key)
{
	size_t mask = (1ull << v->bits) - 1, i;

	if (v->slot == NULL)
		return BPE_NONE;
	i = (size_t)(vocab_slot(v, key) - v->slot);
	for (; v->slot[i].key.b != 0; i = (i + 1) & mask)
		if (v->slot[i].key.a == key.a && v->slot[i].key.b == key.b)
			return (uint32_t)v->slot[i].id;
	return BPE_NONE;
}

/* Append the tokens of a word if its bucket has them. */
static inline bool
known(struct fast_words *w, const struct seen *e)
{
	struct tok_out *o = w->out;
	const int32_t *ids;
	size_t k;

	ids = fast_cache_get(&w->cache, e->bucket, e->key, e->s, e->n, &k);
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

/*
 * Append the tokens of a word that the cache does not have, or has just lost
 * to another one: then it has no lane.
 */
static void
unknown(struct fast_words *w, const struct seen *e)
{
	struct tok_out *o = w->out;
	size_t i, from = o->n;

	if (e->lane == NULL)
		w->encode(w, e->s, e->n);
	else
		for (i = 0; i < e->lane->n; i++)
			tok_out_add(o, (int32_t)e->lane->id[i], 0, 0);
	fast_cache_put(&w->cache, e->key, e->s, e->n, o->ids + from,
	    o->n - from);
}

/*
 * Fill lanes with the words that the cache does not have, and merge them.  A
 * word that is one token gets a lane with that token.
 */
static void
merge(struct fast_words *w, struct seen *seen, size_t k)
{
	struct lane *l = w->lane;
	struct seen *e;
	uint32_t id;

	for (e = seen; e < seen + k && w->vocab->slot != NULL; e++)
		if (!fast_cache_has(e->bucket, e->key))
			__builtin_prefetch(vocab_slot(w->vocab, e->key));
	for (e = seen; e < seen + k; e++) {
		if (fast_cache_has(e->bucket, e->key))
			continue;
		id = e->n <= FAST_KEY ? vocab_find(w->vocab, e->key)
		    : BPE_NONE;
		if (id != BPE_NONE) {
			l->id[0] = id;
			l->n = 1;
		} else if (!w->fill(w, l, e->s, e->n)) {
			continue;
		}
		e->lane = l++;
	}
	lanes_merge(&w->bpe->t, w->lane, (size_t)(l - w->lane));
}

/*
 * First all keys, so that the buckets are on their way from memory by the
 * time that they are looked at.
 */
void
fast_words(struct fast_words *w, const char *s, size_t at,
    const uint32_t *end, size_t k)
{
	struct seen seen[LANES], *e;
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
	for (e = seen; e < seen + k; e++)
		new |= !fast_cache_has(e->bucket, e->key);
	if (new)
		merge(w, seen, k);
	for (e = seen; e < seen + k; e++) {
		from = w->out->n;
		if (!known(w, e))
			unknown(w, e);
		if (w->out->want_at && w->spans != NULL)
			w->spans(w, e->s, from);
	}
}
