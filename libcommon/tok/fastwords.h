#ifndef TOK_FASTWORDS_H
#define TOK_FASTWORDS_H

#include "tok/bpe.h"
#include "tok/fastcache.h"
#include "tok/fastlanes.h"

/*
 * fastwords - from words to tokens: by the cache, or else merged many at a
 * time.  What a word is made of, the engine knows.
 *
 * Words queue up.  They are asked for long before they are taken, so that the
 * memory they need is there in time, and what the cache does not have can be
 * merged LANES words at a time.
 */
enum {
	FAST_QUEUE = 1024,	/* words that fast_words() lets queue up */
	FAST_LAG = 24		/* a bucket comes while so many words do */
};

struct fast_seen {
	const char *s;
	size_t n;
	struct fast_key key;
	struct fast_word *bucket;
};

struct fast_words {
	const struct bpe *bpe;
	const struct bpe_bytes *vocab;	/* NULL: no words are known */
	struct fast_cache cache;
	struct fast_seen *queue;
	size_t n, cap;
	size_t checked;		/* of queue: they are in the cache or in new */
	uint32_t new[LANES];	/* [n_new] words to merge */
	size_t n_new;
	struct lane lane[LANES];
	struct bpe_scratch merge;
	struct tok_out *out;
	const char *limit;		/* what may be read of the text */

	/* Put the symbols of a word into a lane; false: there are too many. */
	bool (*fill)(struct fast_words *w, struct lane *l, const char *s,
	    size_t n);

	/* Append the tokens of any word. */
	void (*encode)(struct fast_words *w, const char *s, size_t n);

	/* Called behind each word, whose tokens are out->ids[from..); or NULL.
	 */
	void (*spans)(struct fast_words *w, const char *s, size_t from);
};
void fast_words_init(struct fast_words *w);
void fast_words_free(struct fast_words *w);

/* Queue the words s[at..end[0]), s[end[0]..end[1]) ...; k of them. */
void fast_words_ask(struct fast_words *w, const char *s, size_t at,
    const uint32_t *end, size_t k);

/* All that was asked for is to be taken now. */
void fast_words_settle(struct fast_words *w);

/* Append the tokens of queue[from..to). */
void fast_words_take(struct fast_words *w, size_t from, size_t to);

/* The same from there to the queue's end, which is then cut off. */
void fast_words_drain(struct fast_words *w, size_t from);

/* Cut the queue off there; what is before it was settled. */
void fast_words_cut(struct fast_words *w, size_t from);

#endif
