#include "tok/trie.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/bpe.h"
#include "util.h"

/*
 * Units come in blocks of 256, within which an offset's XOR moves them about.
 * The first block is never used, so that offset 0 leads nowhere.
 */
enum { BLOCK = 256, OPEN = 4, MAX_BLOCKS = (1 << 24) / BLOCK };

struct set {
	uint64_t w[4];		/* one bit a unit of the block */
};

struct block {
	struct set used;	/* units */
	struct set taken;	/* offsets */
};

/* Keys lo..hi share their first depth bytes: a node, at this unit. */
struct range {
	uint32_t lo, hi, depth, at;
};

struct build {
	struct trie *t;
	const struct trie_key *key;
	struct block *block;
	size_t n_blocks, cap_blocks;
	size_t oldest;		/* that may have a hole */
	size_t cap;		/* units there is room for */
	struct range *todo;
	size_t n_todo, cap_todo;
	struct range child[BLOCK];
	unsigned char label[BLOCK];
	size_t n_labels;
};

static bool
has(const struct set *s, unsigned i)
{
	return s->w[i >> 6] >> (i & 63) & 1;
}

static void
put(struct set *s, unsigned i)
{
	s->w[i >> 6] |= (uint64_t)1 << (i & 63);
}

/* The set { i ^ by } of all i in s. */
static struct set
moved(const struct set *s, unsigned by)
{
	static const uint64_t low[] = { 0x5555555555555555u,
		0x3333333333333333u, 0x0f0f0f0f0f0f0f0fu, 0x00ff00ff00ff00ffu,
		0x0000ffff0000ffffu, 0x00000000ffffffffu };
	struct set r;
	unsigned i, b;

	for (i = 0; i < 4; i++)
		r.w[i] = s->w[i ^ by >> 6];
	for (b = 0; b < 6; b++) {
		if ((by >> b & 1) == 0)
			continue;
		for (i = 0; i < 4; i++)
			r.w[i] = (r.w[i] & low[b]) << (1u << b) |
			    (r.w[i] >> (1u << b) & low[b]);
	}
	return r;
}

/* An offset in the block at which all labels find free units, or -1. */
static int
fit(const struct block *k, const unsigned char *label, size_t n)
{
	struct set bad = k->taken, m;
	size_t i;
	unsigned j;

	for (i = 0; i < n; i++) {
		m = moved(&k->used, label[i]);
		for (j = 0; j < 4; j++)
			bad.w[j] |= m.w[j];
	}
	for (j = 0; j < 4; j++)
		if (~bad.w[j] != 0)
			return (int)(64 * j) + __builtin_ctzll(~bad.w[j]);
	return -1;
}

/* Room for n units, what is there kept. */
static void
make_room(struct build *b, size_t n)
{
	struct trie_unit *unit;
	void *memory;

	if (n <= b->cap)
		return;
	unit = bpe_table(n, sizeof *unit, &memory);
	if (b->t->n > 0)
		memcpy(unit, b->t->unit, b->t->n * sizeof *unit);
	free(b->t->memory);
	b->t->unit = unit;
	b->t->memory = memory;
	b->cap = n;
}

static void
add_block(struct build *b)
{
	size_t i, n = b->t->n;

	GROW(b->block, b->n_blocks, b->cap_blocks);
	b->block[b->n_blocks++] = (struct block){ 0 };
	if (n + BLOCK > b->cap)
		make_room(b, 2 * (n + BLOCK));
	b->t->n = n + BLOCK;
	for (i = n; i < b->t->n; i++)
		b->t->unit[i] = (struct trie_unit){ .id = -1 };
}

/* An offset in the block at which the label finds a free unit, or -1. */
static int
fit_one(const struct block *k, unsigned label)
{
	uint64_t free_units;
	unsigned i, at;

	for (i = 0; i < 4; i++)
		for (free_units = ~k->used.w[i]; free_units != 0;
		    free_units &= free_units - 1) {
			at = (64 * i + (unsigned)__builtin_ctzll(free_units)) ^
			    label;
			if (!has(&k->taken, at))
				return (int)at;
		}
	return -1;
}

/*
 * Find room for the labels' units: the offset.  Most nodes have one child, and
 * fill the holes that the others leave in the older blocks; those look no
 * further back than a few.
 */
static uint32_t
place(struct build *b)
{
	struct block *block;
	size_t i, k;
	int at = -1;

	if (b->n_labels == 1) {
		for (i = b->oldest; i < b->n_blocks && at < 0; i++) {
			at = fit_one(&b->block[i], b->label[0]);
			b->oldest = at < 0 ? i + 1 : i;
		}
	} else {
		i = b->n_blocks > OPEN ? b->n_blocks - OPEN : 1;
		for (; i < b->n_blocks && at < 0; i++)
			at = fit(&b->block[i], b->label, b->n_labels);
	}
	if (at < 0) {
		add_block(b);
		i = b->n_blocks;
		at = 0;
	}
	block = &b->block[i - 1];
	put(&block->taken, (unsigned)at);
	for (k = 0; k < b->n_labels; k++)
		put(&block->used, (unsigned)at ^ b->label[k]);
	return (uint32_t)((i - 1) * BLOCK) + (uint32_t)at;
}

/* Split the range by its next byte into child[] and label[]. */
static void
split(struct build *b, struct range r)
{
	unsigned char c;
	uint32_t i;

	b->n_labels = 0;
	for (i = r.lo; i < r.hi; i++) {
		c = (unsigned char)b->key[i].s[r.depth];
		if (b->n_labels == 0 || b->label[b->n_labels - 1] != c) {
			b->label[b->n_labels] = c;
			b->child[b->n_labels++] = (struct range){ i, i,
				r.depth + 1, 0 };
		}
		b->child[b->n_labels - 1].hi = i + 1;
	}
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
	for (i = 0; i < b->n_labels; i++) {
		b->child[i].at = offset ^ b->label[i];
		b->t->unit[b->child[i].at].link = b->label[i];
		GROW(b->todo, b->n_todo, b->cap_todo);
		b->todo[b->n_todo++] = b->child[i];
	}
	return offset;
}

static int
make_nodes(struct build *b)
{
	struct trie_unit *u;
	struct range r;
	uint32_t offset;

	while (b->n_todo > 0) {
		r = b->todo[--b->n_todo];
		u = &b->t->unit[r.at];
		for (; r.lo < r.hi && b->key[r.lo].n == r.depth; r.lo++)
			u->id = b->key[r.lo].id;
		offset = grow_node(b, r);
		b->t->unit[r.at].link |= offset << 8;
		if (b->n_blocks > MAX_BLOCKS)
			return fail("the pieces are too many");
	}
	return 0;
}

/* A free unit's label is one that no node of its block asks for. */
static void
close_blocks(struct build *b)
{
	unsigned i, never;
	size_t k;

	for (k = 0; k < b->n_blocks; k++) {
		for (never = 0; never < BLOCK - 1 &&
		    has(&b->block[k].taken, never); never++)
			;
		if (k == 0)
			never = 1;	/* all childless nodes ask at 0 */
		for (i = 0; i < BLOCK; i++)
			if (!has(&b->block[k].used, i))
				b->t->unit[k * BLOCK + i].link = i ^ never;
	}
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

/* A key's first eight bytes as a number, and which key. */
struct first {
	uint64_t bytes;
	uint32_t key;
};

/* Stable, a byte at a time from the last: the result is in v again. */
static void
radix(struct first *v, struct first *tmp, size_t n)
{
	struct first *from = v, *to = tmp, *swap;
	size_t at[256], i, sum, count;
	int shift;

	for (shift = 0; shift < 64; shift += 8) {
		memset(at, 0, sizeof at);
		for (i = 0; i < n; i++)
			at[from[i].bytes >> shift & 255]++;
		for (i = sum = 0; i < 256; i++) {
			count = at[i];
			at[i] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			to[at[from[i].bytes >> shift & 255]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
}

/* By their first eight bytes at once, and where these are equal one by one. */
static void
sort(struct trie_key *keys, size_t n)
{
	struct first *v = xmalloc((n + 1) * sizeof *v);
	struct first *tmp = xmalloc((n + 1) * sizeof *tmp);
	struct trie_key *sorted = xmalloc((n + 1) * sizeof *sorted);
	size_t i, k;

	for (i = 0; i < n; i++) {
		v[i] = (struct first){ 0, (uint32_t)i };
		for (k = 0; k < 8; k++)
			v[i].bytes = v[i].bytes << 8 | (k < keys[i].n ?
			    (unsigned char)keys[i].s[k] : 0);
	}
	radix(v, tmp, n);
	for (i = 0; i < n; i++)
		sorted[i] = keys[v[i].key];
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && v[k].bytes == v[i].bytes; k++)
			;
		if (k - i > 1)
			qsort(sorted + i, k - i, sizeof *sorted, compare);
	}
	if (n > 0)
		memcpy(keys, sorted, n * sizeof *keys);
	free(v);
	free(tmp);
	free(sorted);
}

/* How many nodes the trie of sorted keys will have, the root apart. */
static size_t
nodes(const struct trie_key *keys, size_t n)
{
	size_t sum = 0, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; i > 0 && k < keys[i].n && k < keys[i - 1].n &&
		    keys[i].s[k] == keys[i - 1].s[k]; k++)
			;
		sum += keys[i].n - k;
	}
	return sum;
}

int
trie_build(struct trie *t, struct trie_key *keys, size_t n)
{
	struct build b = { .t = t, .key = keys, .oldest = 1 };
	size_t i, bytes = 0;
	int r;

	*t = (struct trie){ 0 };
	for (i = 0; i < n; i++) {
		if (keys[i].n > TRIE_BYTES || bytes + keys[i].n > TRIE_BYTES)
			return fail("the pieces have more than %d bytes",
			    TRIE_BYTES);
		bytes += keys[i].n;
	}
	sort(keys, n);
	for (i = 0; i < n && keys[i].n == 0; i++)
		;
	make_room(&b, nodes(keys, n) / 7 * 8 + 4 * BLOCK);
	add_block(&b);
	t->root = grow_node(&b, (struct range){ (uint32_t)i, (uint32_t)n,
	    0, 0 });
	r = make_nodes(&b);
	close_blocks(&b);
	free(b.block);
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
		u = &t->unit[offset ^ (unsigned char)s[i]];
		if ((u->link & 0xff) != (unsigned char)s[i])
			return -1;
		offset = u->link >> 8;
	}
	return u != NULL ? u->id : -1;
}
