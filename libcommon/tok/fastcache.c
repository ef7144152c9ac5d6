#include "tok/fastcache.h"

#include <stdlib.h>

#include "tok/bpe.h"

void
fast_cache_init(struct fast_cache *c)
{
	/* Large pages save a miss of the address cache with each word. */
	c->bucket = bpe_table(FAST_BUCKETS, sizeof *c->bucket, &c->memory);
	c->pool = xmalloc(FAST_POOL * sizeof *c->pool);
	c->used = 0;
}

struct fast_key
fast_key_exact(const char *s, size_t n)
{
	uint64_t x[2] = { 0, 0 };

	memcpy(x, s, n);
	return (struct fast_key){ le64toh(x[0]),
		le64toh(x[1]) | (uint64_t)n << 56 };
}

void
fast_cache_free(struct fast_cache *c)
{
	free(c->memory);
	free(c->pool);
}

/* Tokens, and a long word's bytes, to the pool: where they are. */
static int32_t
pool_put(struct fast_cache *c, const char *s, size_t n, const int32_t *ids,
    size_t n_ids)
{
	size_t bytes = n > FAST_KEY ? n : 0, at;

	/* FAST_IDS are read even where there are fewer. */
	if (c->used + n_ids + FAST_IDS + (bytes + 3) / 4 > FAST_POOL) {
		memset(c->bucket, 0, FAST_BUCKETS * sizeof *c->bucket);
		c->used = 0;
	}
	at = c->used;
	memcpy(c->pool + at, ids, n_ids * sizeof *ids);
	memcpy(c->pool + at + n_ids, s, bytes);
	c->used += n_ids + (bytes + 3) / 4;
	return (int32_t)at;
}

void
fast_cache_put(struct fast_cache *c, struct fast_key key, const char *s,
    size_t n, const int32_t *ids, size_t n_ids)
{
	struct fast_word new = { .key = key, .ids = { -1, -1, -1, -1 } };
	struct fast_word *bucket = fast_bucket(c, key);

	if (n > FAST_LONG || n_ids == 0)
		return;
	if (n > FAST_KEY || n_ids > FAST_IDS) {
		new.ids[0] = ~pool_put(c, s, n, ids, n_ids);
		new.ids[1] = (int32_t)n_ids;
	} else {
		memcpy(new.ids, ids, n_ids * sizeof *ids);
	}
	bucket[1] = bucket[0];
	bucket[0] = new;
}
