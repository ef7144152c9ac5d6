#include "tok/fastwords.h"

#include <stdlib.h>

#include "tok/fastvocab.h"

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
	free(w->queue);
}

/* Append the tokens of a word if its bucket has them. */
static inline bool
known(struct fast_words *w, const struct fast_seen *e)
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

/* Append the tokens of a word that is too long for a lane or the cache, or
 * that has lost its place there. */
static void
unknown(struct fast_words *w, const struct fast_seen *e)
{
	struct tok_out *o = w->out;
	size_t from = o->n;

	w->encode(w, e->s, e->n);
	fast_cache_put(&w->cache, e->key, e->s, e->n, o->ids + from,
	    o->n - from);
}

/* A new word may have been in the queue twice. */
static void
keep(struct fast_words *w, const struct fast_seen *e, const int32_t *ids,
    size_t k)
{
	if (!fast_cache_has(e->bucket, e->key))
		fast_cache_put(&w->cache, e->key, e->s, e->n, ids, k);
}

static void
keep_lane(struct fast_words *w, const struct fast_seen *e,
    const struct lane *l)
{
	int32_t ids[LANE];
	uint64_t bits;
	size_t k = 0;

	for (bits = l->there; bits != 0; bits &= bits - 1)
		ids[k++] = (int32_t)l->id[__builtin_ctzll(bits)];
	keep(w, e, ids, k);
}

/*
 * The new words into the cache: at once those that are known to be one token,
 * then the others.
 */
static void
merge(struct fast_words *w)
{
	const struct fast_seen *in[LANES], *e;
	size_t i, k = 0;
	uint32_t id;

	for (i = 0; i < w->n_new; i++) {
		e = &w->queue[w->new[i]];
		id = e->n <= FAST_KEY && w->vocab != NULL
		    ? fast_vocab_find(w->vocab, e->key) : BPE_NONE;
		if (id != BPE_NONE) {
			keep(w, e, &(int32_t){ (int32_t)id }, 1);
		} else if (w->fill(w, &w->lane[k], e->s, e->n)) {
			in[k++] = e;
		}
	}
	lanes_merge(&w->bpe->t, w->lane, k);
	for (i = 0; i < k; i++)
		keep_lane(w, in[i], &w->lane[i]);
	w->n_new = 0;
}

/* Which of queue[checked..to) are new? */
static inline void
check(struct fast_words *w, size_t to)
{
	const struct fast_seen *e;

	for (; w->checked < to; w->checked++) {
		e = &w->queue[w->checked];
		if (fast_cache_has(e->bucket, e->key))
			continue;
		if (w->vocab != NULL)
			__builtin_prefetch(w->vocab->whole +
			    fast_row_of(w->vocab->rows, e->key));
		w->new[w->n_new++] = (uint32_t)w->checked;
		if (w->n_new == LANES)
			merge(w);
	}
}

void
fast_words_ask(struct fast_words *w, const char *s, size_t at,
    const uint32_t *end, size_t k)
{
	struct fast_seen *e;
	size_t i;

	if (w->cap - w->n < k) {
		w->cap = 2 * w->cap + FAST_QUEUE + k;
		w->queue = xrealloc(w->queue, w->cap, sizeof *w->queue);
	}
	e = w->queue + w->n;
	for (i = 0; i < k; at = end[i++], e++) {
		e->s = s + at;
		e->n = end[i] - at;
		e->key = fast_key(e->s, e->n, w->limit);
		e->bucket = fast_bucket(&w->cache, e->key);
		__builtin_prefetch(e->bucket);
	}
	w->n += k;
	if (w->n > w->checked + FAST_LAG)
		check(w, w->n - FAST_LAG);
}

void
fast_words_settle(struct fast_words *w)
{
	check(w, w->n);
	merge(w);
}

void
fast_words_take(struct fast_words *w, size_t from, size_t to)
{
	const struct fast_seen *e = w->queue + from, *end = w->queue + to;
	size_t at;

	for (; e < end; e++) {
		at = w->out->n;
		if (!known(w, e))
			unknown(w, e);
		if (w->out->want_at && w->spans != NULL)
			w->spans(w, e->s, at);
	}
}

void
fast_words_drain(struct fast_words *w, size_t from)
{
	fast_words_settle(w);
	fast_words_take(w, from, w->n);
	fast_words_cut(w, from);
}

void
fast_words_cut(struct fast_words *w, size_t from)
{
	w->n = w->checked = from;
	w->n_new = 0;
}
