#ifndef TOK_FASTWORDS_H
#define TOK_FASTWORDS_H

#include "tok/bpe.h"
#include "tok/fastcache.h"
#include "tok/fastlanes.h"

/*
 * fastwords - from words to tokens: by the cache, or else merged many at a
 * time.  What a word is made of, the engine knows.
 */
struct fast_whole {
	struct fast_key key;	/* b is 0: free */
	uint64_t id;
};

/* Words of up to FAST_KEY bytes that are one token. */
struct fast_vocab {
	const struct fast_whole *slot;	/* [1 << bits], NULL: none are known */
	int bits;
	struct fast_whole *own;		/* the slots unless they are borrowed */
	void *memory;
};
void fast_vocab_init(struct fast_vocab *v, size_t words);
void fast_vocab_add(struct fast_vocab *v, struct fast_key key, uint32_t id);

struct fast_words {
	const struct bpe *bpe;
	const struct fast_vocab *vocab;
	struct fast_cache cache;
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

/* Append the tokens of s[at..end[0]), s[end[0]..end[1]) ...; k <= LANES. */
void fast_words(struct fast_words *w, const char *s, size_t at,
    const uint32_t *end, size_t k);

#endif
