#include "tok/vocab.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "err.h"
#include "tok/unicode.h"
#include "util.h"

enum { MIN_SLOTS = 64 };

static uint64_t
tag(uint64_t hash, int64_t id)
{
	return (hash & 0xffffffff00000000) | (uint64_t)(id + 1);
}

/* The slot of the piece, or the free one where it would go. */
static uint64_t *
find(const struct vocab *v, const char *s, size_t n, uint64_t hash)
{
	const struct vocab_piece *p;
	size_t i = hash & v->mask;
	uint64_t e;

	for (; (e = v->slot[i]) != 0; i = (i + 1) & v->mask) {
		if ((e ^ hash) >> 32 != 0)
			continue;
		p = &v->piece[(uint32_t)e - 1];
		if (p->len == n && memcmp(v->bytes + p->at, s, n) == 0)
			break;
	}
	return &v->slot[i];
}

/* A table of n slots, a power of two, at most half full. */
static void
rehash(struct vocab *v, size_t n)
{
	const struct vocab_piece *p;
	uint64_t hash;
	size_t id;

	free(v->slot);
	v->slot = xcalloc(n, sizeof *v->slot);
	v->mask = n - 1;
	for (id = 0; id < v->size; id++) {
		p = &v->piece[id];
		if (p->len == VOCAB_NONE)
			continue;
		hash = XXH3_64bits(v->bytes + p->at, p->len);
		*find(v, v->bytes + p->at, p->len, hash) =
		    tag(hash, (int64_t)id);
	}
}

void
vocab_init(struct vocab *v, size_t expect)
{
	size_t n = MIN_SLOTS;

	*v = (struct vocab){ 0 };
	while (n < 2 * expect)
		n *= 2;
	rehash(v, n);
}

void
vocab_free(struct vocab *v)
{
	if (!v->borrowed) {
		free(v->bytes);
		free(v->piece);
		free(v->slot);
	}
	*v = (struct vocab){ 0 };
}

/* IDs up to id get an entry; new ones have no piece. */
static void
widen(struct vocab *v, size_t id)
{
	size_t cap = v->cap;

	if (id >= cap) {
		while (id >= cap)
			cap = cap < 256 ? 512 : cap * 2;
		v->piece = xrealloc(v->piece, cap, sizeof *v->piece);
		v->cap = cap;
	}
	for (; v->size <= id; v->size++)
		v->piece[v->size] = (struct vocab_piece){ 0, VOCAB_NONE };
}

static void
keep(struct vocab *v, const char *s, size_t n, size_t id)
{
	struct buf b = { v->bytes, v->n_bytes, v->cap_bytes };

	v->piece[id] = (struct vocab_piece){ (uint32_t)b.n, (uint32_t)n };
	buf_add(&b, s, n);
	buf_byte(&b, '\0');
	v->bytes = b.p;
	v->n_bytes = b.n;
	v->cap_bytes = b.cap;
}

int
vocab_add(struct vocab *v, const char *s, size_t n, int64_t id)
{
	uint64_t hash = XXH3_64bits(s, n), *slot;

	if (id < 0 || id >= VOCAB_IDS)
		return fail("vocabulary: ID %lld is not in 0..%d",
		    (long long)id, VOCAB_IDS - 1);
	if (n >= UINT32_MAX - v->n_bytes)
		return fail("vocabulary: too large");
	if (2 * (v->count + 1) > v->mask)
		rehash(v, 2 * (v->mask + 1));
	widen(v, (size_t)id);
	if (v->piece[id].len != VOCAB_NONE)
		return fail("vocabulary: ID %lld is given twice",
		    (long long)id);
	slot = find(v, s, n, hash);
	if (*slot != 0)
		return fail("vocabulary: \"%.*s\" is there twice",
		    (int)(n < 100 ? n : 100), s);
	keep(v, s, n, (size_t)id);
	*slot = tag(hash, id);
	v->count++;
	return 0;
}

int
vocab_read(struct pull *j, struct vocab *v)
{
	struct buf tmp = { 0 };
	struct slice key;
	int64_t id;
	int r = 0;

	pull_object(j);
	while (r == 0 && pull_key(j, &key) && pull_i64(j, &id)) {
		if (memchr(key.p, '\\', key.n) != NULL) {
			tmp.n = 0;
			buf_reserve(&tmp, key.n);
			key.n = slice_decode(key, tmp.p);
			key.p = tmp.p;
		}
		r = vocab_add(v, key.p, key.n, id);
	}
	buf_free(&tmp);
	return j->error != NULL ? -1 : r;
}

static size_t
count_lines(const char *p, size_t n)
{
	const char *end = p + n;
	size_t lines = 0;

	for (; p < end; lines++) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
	}
	return lines;
}

/* The line's length without white space at its end. */
static size_t
trimmed(const char *p, size_t n)
{
	const char *last;
	size_t i;

	for (; n > 0; n = i) {
		for (i = n - 1; i > 0 && ((unsigned char)p[i] & 0xc0) == 0x80;)
			i--;
		last = p + i;
		if ((unicode_class(unicode_next(&last)) & UC_SPACE) == 0)
			break;
	}
	return n;
}

/* From the last line to the first, since Rust keeps the last of equals. */
int
vocab_read_lines(const char *text, size_t n, struct vocab *v)
{
	size_t id = count_lines(text, n), len;
	const char *end = text + n, *p;

	if (n > 0 && end[-1] == '\n')
		end--;
	for (; id-- > 0; end = p - 1) {
		p = memrchr(text, '\n', (size_t)(end - text));
		p = p == NULL ? text : p + 1;
		len = trimmed(p, (size_t)(end - p));
		if (vocab_id(v, p, len) >= 0)
			continue;
		if (vocab_add(v, p, len, (int64_t)id) < 0)
			return -1;
	}
	return 0;
}

int32_t
vocab_id(const struct vocab *v, const char *s, size_t n)
{
	return (int32_t)(uint32_t)*find(v, s, n, XXH3_64bits(s, n)) - 1;
}

const char *
vocab_piece(const struct vocab *v, int32_t id, size_t *n)
{
	if (id < 0 || (size_t)id >= v->size ||
	    v->piece[id].len == VOCAB_NONE)
		return NULL;
	if (n != NULL)
		*n = v->piece[id].len;
	return v->bytes + v->piece[id].at;
}
