#include "tok/trie.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/bpe.h"
#include "util.h"

/*
 * Bitmaps say which units are in use, and which offsets have a node.  All the
 * offsets at which a node's labels find free units are read off 64 at a time:
 * those where no label's bit, so far on, is set.
 */
enum {
	FIRST = 256,		/* units before it belong to offset 0 */
	WINDOW = 1024,		/* a node with several children is put among
				   this many last units; one with one child
				   looks at as many from the lowest hole on */
	MAX_UNITS = 1 << 24,
	AHEAD = 8,		/* keys that memory is asked for in advance */
	NO_BYTE = 0xfe		/* in no UTF-8: the label of a free unit */
};

/* Keys lo..hi share their first depth bytes: a node, at this unit. */
struct range {
	uint32_t lo, hi, depth, at;
};

/* A key's first eight bytes as a number, and which key. */
struct first {
	uint64_t bytes;
	uint32_t key;
};

struct build {
	struct trie *t;
	struct trie_key *key;	/* in order */
	struct first *first;	/* of each key in order */
	size_t n;
	uint32_t *same;		/* bytes that a key shares with the one before
				 */
	uint64_t *used, *taken;	/* bits of units, of offsets */
	size_t low;		/* multiple of 64; units before it are left */
	size_t cap;		/* units there is room for, a multiple of 64 */
	struct range *todo;
	size_t n_todo, cap_todo;
	struct range child[256];
	unsigned char label[256];
	size_t n_labels;
};

/* The 64 bits from i on. */
static inline uint64_t
bits_at(const uint64_t *w, size_t i)
{
	return w[i / 64] >> i % 64 | w[i / 64 + 1] << 1 << (63 - i % 64);
}

static inline void
set_bit(uint64_t *w, size_t i)
{
	w[i / 64] |= (uint64_t)1 << i % 64;
}

static uint64_t *
more_bits(uint64_t *w, size_t old, size_t cap)
{
	w = xrealloc(w, cap / 64, sizeof *w);
	memset(w + old / 64, 0, (cap - old) / 64 * sizeof *w);
	return w;
}

/*
 * Room for n units, what is there kept, and for the bits that are looked at
 * behind them.
 */
static void
make_room(struct build *b, size_t n)
{
	size_t cap = (n + n / 8 + 4 * FIRST) / 64 * 64, i;
	struct trie_unit *unit;
	void *memory;

	if (n + 2 * FIRST <= b->cap)
		return;
	unit = bpe_table(cap, sizeof *unit, &memory);
	if (b->cap > 0)
		memcpy(unit, b->t->unit, b->cap * sizeof *unit);
	for (i = b->cap; i < cap; i++)
		unit[i] = (struct trie_unit){ NO_BYTE, -1 };
	free(b->t->memory);
	b->t->unit = unit;
	b->t->memory = memory;
	b->used = more_bits(b->used, b->cap, cap);
	b->taken = more_bits(b->taken, b->cap, cap);
	b->cap = cap;
}

/* The first offset in from..to that fits the labels, or where it gave up. */
static size_t
fit(const struct build *b, size_t from, size_t to)
{
	uint64_t bad;
	size_t i;

	for (; from < to; from += 64) {
		bad = bits_at(b->taken, from);
		for (i = 0; i < b->n_labels; i++)
			bad |= bits_at(b->used, from + b->label[i]);
		if (~bad != 0)
			return from + (size_t)__builtin_ctzll(~bad);
	}
	return from;
}

/*
 * An offset for the only label.  Where none is found among some holes these
 * are given up, so that the search does not take longer and longer.
 */
static size_t
fit_one(struct build *b)
{
	size_t from, to, at;

	while (b->low < b->t->n && b->used[b->low / 64] == UINT64_MAX)
		b->low += 64;
	for (; b->low < b->t->n; b->low += WINDOW / 2) {
		from = b->low - b->label[0];
		from = from < FIRST ? FIRST : from;
		to = from + WINDOW < b->t->n ? from + WINDOW : b->t->n;
		at = fit(b, from, to);
		if (at < to || to == b->t->n)
			return at;
	}
	return b->t->n;
}

/* Take an offset for a node with the labels; behind all units any fits. */
static uint32_t
place(struct build *b)
{
	size_t n = b->t->n, at, i;

	if (b->n_labels == 1)
		at = fit_one(b);
	else
		at = fit(b, n > FIRST + WINDOW ? n - WINDOW : FIRST, n);
	set_bit(b->taken, at);
	for (i = 0; i < b->n_labels; i++)
		set_bit(b->used, at + b->label[i]);
	n = at + b->label[b->n_labels - 1] + 1;
	if (n > b->t->n)
		b->t->n = n;
	make_room(b, b->t->n);
	return (uint32_t)at;
}

/* A byte of a key; the first ones are nearer than the key itself. */
static inline unsigned char
byte_of(const struct build *b, size_t i, size_t depth)
{
	return (unsigned char)(depth < 8
	    ? b->first[i].bytes >> (56 - 8 * depth)
	    : (unsigned char)b->key[i].s[depth]);
}

/* Split the range by its next byte into child[] and label[]. */
static void
split(struct build *b, struct range r)
{
	uint32_t i;
	size_t n = 0;

	if (r.lo + AHEAD < b->n)
		__builtin_prefetch(b->key[r.lo + AHEAD].s + r.depth);
	for (i = r.lo; i < r.hi; i++) {
		if (i > r.lo && b->same[i] > r.depth)
			continue;
		if (n > 0)
			b->child[n - 1].hi = i;
		b->label[n] = byte_of(b, i, r.depth);
		b->child[n++] = (struct range){ i, r.hi, r.depth + 1, 0 };
	}
	b->n_labels = n;
}

/* Give the node its children; its offset. */
static uint32_t
grow_node(struct build *b, struct range r)
{
	uint32_t offset;
	size_t i;

	split(b, r);
	if (b->n_labels == 0)
		return 0;
	offset = place(b);
	for (i = b->n_labels; i-- > 0;) {	/* the first is done first */
		b->child[i].at = offset + b->label[i];
		b->t->unit[b->child[i].at].link = b->label[i];
		GROW(b->todo, b->n_todo, b->cap_todo);
		b->todo[b->n_todo++] = b->child[i];
	}
	return offset;
}

static int
make_nodes(struct build *b)
{
	struct range r;
	uint32_t offset;

	while (b->n_todo > 0) {
		r = b->todo[--b->n_todo];
		for (; r.lo < r.hi && b->key[r.lo].n == r.depth; r.lo++)
			b->t->unit[r.at].id = b->key[r.lo].id;
		offset = grow_node(b, r);
		b->t->unit[r.at].link |= offset << 8;
		if (b->t->n > MAX_UNITS)
			return fail("the pieces are too many");
	}
	return 0;
}

/* Order of bytes; of equal keys the later ID last. */
static int
compare(const void *a, const void *b)
{
	const struct trie_key *x = a, *y = b;
	int r = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);

	if (r != 0)
		return r;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Histograms of all eight bytes of the numbers. */
static void
count_bytes(const struct first *v, size_t n, size_t at[8][256])
{
	size_t i, k;

	memset(at, 0, 8 * sizeof *at);
	for (i = 0; i < n; i++)
		for (k = 0; k < 8; k++)
			at[k][v[i].bytes >> 8 * k & 255]++;
}

/* Stable, a byte at a time from the last: which of v and tmp is in order. */
static struct first *
radix(struct first *v, struct first *tmp, size_t n)
{
	struct first *from = v, *to = tmp, *swap;
	size_t at[8][256], i, k, sum, count;

	count_bytes(v, n, at);
	for (k = 0; k < 8; k++) {
		if (n == 0 || at[k][from[0].bytes >> 8 * k & 255] == n)
			continue;
		for (i = sum = 0; i < 256; i++) {
			count = at[k][i];
			at[k][i] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			to[at[k][from[i].bytes >> 8 * k & 255]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	return from;
}

static struct first
first_of(const struct trie_key *k, size_t i)
{
	struct first f = { 0, (uint32_t)i };
	size_t x;

	for (x = 0; x < 8; x++)
		f.bytes = f.bytes << 8 |
		    (x < k->n ? (unsigned char)k->s[x] : 0);
	return f;
}

/* By their first eight bytes at once, and where these are equal one by one. */
static void
sort(struct build *b, const struct trie_key *keys, size_t n)
{
	struct first *v = xmalloc((n + 1) * sizeof *v);
	struct first *tmp = xmalloc((n + 1) * sizeof *tmp);
	size_t i, k;

	for (i = 0; i < n; i++)
		v[i] = first_of(&keys[i], i);
	b->first = radix(v, tmp, n);
	free(b->first == v ? tmp : v);
	b->key = xmalloc((n + 1) * sizeof *b->key);
	for (i = 0; i < n; i++)
		b->key[i] = keys[b->first[i].key];
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n &&
		    b->first[k].bytes == b->first[i].bytes; k++)
			;
		if (k - i > 1)
			qsort(b->key + i, k - i, sizeof *b->key, compare);
	}
}

/* How many bytes keys i - 1 and i begin with in common. */
static size_t
common(const struct build *b, size_t i)
{
	const struct trie_key *p = &b->key[i - 1], *q = &b->key[i];
	size_t n = p->n < q->n ? p->n : q->n, x = 8;
	uint64_t differ = b->first[i - 1].bytes ^ b->first[i].bytes;

	if (differ != 0)
		x = (size_t)__builtin_clzll(differ) / 8;
	else
		while (x < n && p->s[x] == q->s[x])
			x++;
	return x < n ? x : n;
}

/* Fill in same; how many nodes there will be, the root apart. */
static size_t
compare_all(struct build *b, size_t n)
{
	size_t nodes = 0, i;

	b->same = xmalloc((n + 1) * sizeof *b->same);
	b->same[0] = 0;
	for (i = 0; i < n; i++) {
		if (i > 0)
			b->same[i] = (uint32_t)common(b, i);
		nodes += b->key[i].n - b->same[i];
	}
	return nodes;
}

static bool
too_many(const struct trie_key *keys, size_t n)
{
	size_t bytes = 0, i;

	for (i = 0; i < n; i++) {
		if (keys[i].n > TRIE_BYTES || bytes + keys[i].n > TRIE_BYTES)
			return true;
		bytes += keys[i].n;
	}
	return false;
}

int
trie_build(struct trie *t, const struct trie_key *keys, size_t n)
{
	struct build b = { .t = t, .n = n, .low = FIRST };
	size_t i;
	int r;

	*t = (struct trie){ .n = FIRST };
	if (too_many(keys, n))
		return fail("the pieces have more than %d bytes", TRIE_BYTES);
	sort(&b, keys, n);
	for (i = 0; i < n && b.key[i].n == 0; i++)
		;
	make_room(&b, FIRST + compare_all(&b, n));
	t->root = grow_node(&b, (struct range){ (uint32_t)i, (uint32_t)n,
	    0, 0 });
	r = make_nodes(&b);
	t->n += FIRST;		/* what any offset leads to is there */
	free(b.first);
	free(b.key);
	free(b.same);
	free(b.used);
	free(b.taken);
	free(b.todo);
	if (r < 0)
		trie_free(t);
	return r;
}

void
trie_free(struct trie *t)
{
	free(t->memory);
	*t = (struct trie){ 0 };
}

int32_t
trie_find(const struct trie *t, const char *s, size_t n)
{
	uint32_t offset = t->root;
	const struct trie_unit *u = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		u = &t->unit[offset + (unsigned char)s[i]];
		if ((u->link & 0xff) != (unsigned char)s[i])
			return -1;
		offset = u->link >> 8;
	}
	return u != NULL ? u->id : -1;
}
