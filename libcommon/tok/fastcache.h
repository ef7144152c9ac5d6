#ifndef TOK_FASTCACHE_H
#define TOK_FASTCACHE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xxhash.h>

#include "tok/part.h"

/*
 * fastcache - the tokens of the words seen last, one cache a thread.
 *
 * A bucket is one cache line with two words, of which the first is what was
 * used last.  A word of up to 15 bytes is its own key, a longer one
 * has a hash as its key and its bytes in the pool; up to 4 tokens lie beside
 * the key, more of them in the pool.  The size is bounded: what is new takes
 * the place of what is old.
 */
enum {
	FAST_BITS = 17, FAST_BUCKETS = 1 << FAST_BITS, FAST_WAYS = 2,
	FAST_KEY = 15,		/* bytes of a short word */
	FAST_LONG = 256,	/* longer words are not kept */
	FAST_IDS = 4,
	FAST_POOL = 1 << 21	/* numbers in the pool */
};

struct fast_key {
	uint64_t a, b;		/* the bytes and zeros, or the hash; the length
				   is in the top byte of b, 255: a long word */
};

struct fast_word {
	struct fast_key key;
	int32_t ids[FAST_IDS];	/* -1 behind the last; or ids[0] is ~ the place
				   in the pool, ids[1] the number of tokens */
};

struct fast_cache {
	struct fast_word (*bucket)[FAST_WAYS];	/* [FAST_BUCKETS] */
	void *memory;
	int32_t *pool;		/* a word: tokens, then its bytes if long */
	size_t used;
};
void fast_cache_init(struct fast_cache *c);
void fast_cache_free(struct fast_cache *c);

/* Remember the tokens of the word s[0..n), whose key this is. */
void fast_cache_put(struct fast_cache *c, struct fast_key key, const char *s,
    size_t n, const int32_t *ids, size_t n_ids);

/* The key of a short word, behind whose end nothing may be read. */
struct fast_key fast_key_exact(const char *s, size_t n);

/* The key of s[0..n), n > 0; 16 bytes from s may be read up to limit. */
static inline struct fast_key
fast_key(const char *s, size_t n, const char *limit)
{
	uint64_t a, b;

	if (n > FAST_KEY) {
		if (n > FAST_LONG)
			return (struct fast_key){ 0, ~0ull };
		return (struct fast_key){ XXH3_64bits(s, n),
			0xffull << 56 | n };
	}
	if (limit - s < 16)
		return fast_key_exact(s, n);
	memcpy(&a, s, 8);
	memcpy(&b, s + 8, 8);
	a = le64toh(a) & ~0ull >> (n < 8 ? 64 - 8 * n : 0);
	b = le64toh(b) & ((1ull << (n > 8 ? 8 * n - 64 : 0)) - 1);
	return (struct fast_key){ a, b | (uint64_t)n << 56 };
}

static inline uint64_t
fast_hash(struct fast_key key)
{
	return (key.a ^ key.b * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
}

static inline struct fast_word *
fast_bucket(const struct fast_cache *c, struct fast_key key)
{
	return c->bucket[fast_hash(key) >> (64 - FAST_BITS)];
}

static inline bool
fast_is(const struct fast_word *w, struct fast_key key)
{
	return w->key.a == key.a && w->key.b == key.b;
}

/* Has the bucket w this word?  Then it comes first. */
static inline bool
fast_cache_has(struct fast_word *w, struct fast_key key)
{
	struct fast_word first = w[0];

	if (fast_is(&w[0], key))
		return true;
	if (!fast_is(&w[1], key))
		return false;
	w[0] = w[1];
	w[1] = first;
	return true;
}

/*
 * The tokens of the word s[0..n) if w, its bucket, has them: their number in
 * *n_ids; FAST_IDS of them may be read whatever it is.
 */
static inline const int32_t *
fast_cache_get(const struct fast_cache *c, struct fast_word *w,
    struct fast_key key, const char *s, size_t n, size_t *n_ids)
{
	const int32_t *ids;

	if (!fast_cache_has(w, key))
		return NULL;
	ids = w->ids;
	if (ids[0] >= 0) {
		*n_ids = 1 + (size_t)((ids[1] >= 0) + (ids[2] >= 0) +
		    (ids[3] >= 0));
		return ids;
	}
	*n_ids = (size_t)ids[1];
	ids = c->pool + ~ids[0];
	if (n > FAST_KEY && memcmp(ids + *n_ids, s, n) != 0)
		return NULL;
	return ids;
}

#endif
