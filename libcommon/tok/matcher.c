#include "tok/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { NONE = -1, STARTS = 3 };

/*
 * A trie with a node for each prefix.  fail is the node of the longest proper
 * suffix that is in the trie too; hit the nearest node on the way along the
 * fails, itself included, where a string ends.
 */
struct node {
	int32_t value;
	uint32_t depth;
	uint32_t fail;
	uint32_t hit;		/* 0: none */
	uint32_t child, sibling;	/* 0: none */
	unsigned char byte;
	bool ends;
};

struct matcher {
	struct node *node;	/* node[0] is the root */
	size_t n, cap;
	uint64_t *edge;		/* hash table: parent and byte, child */
	size_t mask;
	uint32_t root[256];	/* children of the root */
	unsigned char start[STARTS];	/* bytes that a string starts with */
	int n_start;		/* more than STARTS: too many to list */
};

struct matcher *
matcher_new(void)
{
	struct matcher *m = xcalloc(1, sizeof *m);

	GROW(m->node, m->n, m->cap);
	m->node[m->n++] = (struct node){ .value = NONE };
	return m;
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	free(m->node);
	free(m->edge);
	free(m);
}

static size_t
edge_hash(uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15) >> 24);
}

/* Key and child share a word: 24 + 8 bits of key, 32 of child. */
static uint32_t
edge_get(const struct matcher *m, uint32_t node, unsigned char byte)
{
	uint64_t key = (uint64_t)node << 8 | byte, e;
	size_t i = edge_hash(key) & m->mask;

	if (node == 0)
		return m->root[byte];
	for (; (e = m->edge[2 * i]) != 0; i = (i + 1) & m->mask)
		if (e == key + 1)
			return (uint32_t)m->edge[2 * i + 1];
	return 0;
}

static void
edge_set(struct matcher *m, uint32_t node, unsigned char byte, uint32_t child)
{
	uint64_t key = (uint64_t)node << 8 | byte;
	size_t i = edge_hash(key) & m->mask;

	while (m->edge[2 * i] != 0)
		i = (i + 1) & m->mask;
	m->edge[2 * i] = key + 1;
	m->edge[2 * i + 1] = child;
}

/* While strings are added the children are lists: no table to outgrow. */
static uint32_t
child(const struct matcher *m, uint32_t node, unsigned char byte)
{
	uint32_t c = m->node[node].child;

	if (node == 0)
		return m->root[byte];
	while (c != 0 && m->node[c].byte != byte)
		c = m->node[c].sibling;
	return c;
}

static uint32_t
child_new(struct matcher *m, uint32_t node, unsigned char byte)
{
	uint32_t c = (uint32_t)m->n;

	GROW(m->node, m->n, m->cap);
	m->node[m->n++] = (struct node){ .value = NONE, .byte = byte,
		.depth = m->node[node].depth + 1,
		.sibling = m->node[node].child };
	m->node[node].child = c;
	if (node == 0)
		m->root[byte] = c;
	return c;
}

void
matcher_add(struct matcher *m, const char *s, size_t n, int32_t value)
{
	uint32_t at = 0, c;
	size_t i;

	for (i = 0; i < n; i++) {
		c = child(m, at, (unsigned char)s[i]);
		at = c != 0 ? c : child_new(m, at, (unsigned char)s[i]);
	}
	m->node[at].value = value;
	m->node[at].ends = true;
}

static void
edges(struct matcher *m)
{
	size_t slots = 64, i;
	uint32_t c;

	while (slots < 2 * m->n)
		slots *= 2;
	m->mask = slots - 1;
	m->edge = xcalloc(slots, 2 * sizeof *m->edge);
	for (i = 1; i < m->n; i++)
		for (c = m->node[i].child; c != 0; c = m->node[c].sibling)
			edge_set(m, (uint32_t)i, m->node[c].byte, c);
}

/* The node after byte, from node or the nearest of its suffixes. */
static uint32_t
step(const struct matcher *m, uint32_t node, unsigned char byte)
{
	uint32_t c;

	while ((c = edge_get(m, node, byte)) == 0 && node != 0)
		node = m->node[node].fail;
	return c;
}

/* Breadth first, so that a suffix's fail is known before it is asked for. */
static void
fails(struct matcher *m)
{
	uint32_t *queue = xcalloc(m->n, sizeof *queue), at, c;
	struct node *node = m->node;
	size_t head = 0, tail = 0;

	queue[tail++] = 0;
	while (head < tail) {
		at = queue[head++];
		for (c = node[at].child; c != 0; c = node[c].sibling) {
			node[c].fail = at == 0 ? 0
			    : step(m, node[at].fail, node[c].byte);
			node[c].hit = node[c].ends ? c
						   : node[node[c].fail].hit;
			queue[tail++] = c;
		}
	}
	free(queue);
}

void
matcher_finish(struct matcher *m)
{
	int i;

	edges(m);
	fails(m);
	for (i = 0; i < 256; i++) {
		if (m->root[i] == 0)
			continue;
		if (m->n_start < STARTS)
			m->start[m->n_start] = (unsigned char)i;
		m->n_start++;
	}
}

/* The first place at or after i where a string may begin. */
static size_t
skip(const struct matcher *m, const char *s, size_t n, size_t i)
{
	const char *best = s + n, *p;
	int k;

	if (m->n_start > STARTS) {
		while (i < n && m->root[(unsigned char)s[i]] == 0)
			i++;
		return i;
	}
	for (k = 0; k < m->n_start; k++) {
		p = memchr(s + i, m->start[k], (size_t)(best - s) - i);
		best = p == NULL ? best : p;
	}
	return (size_t)(best - s);
}

bool
matcher_next(const struct matcher *m, const char *s, size_t n, size_t from,
    struct match *out)
{
	const struct node *node = m->node;
	bool found = false;
	uint32_t at = 0, hit;
	size_t i, begin;

	for (i = from; i < n; i++) {
		if (at == 0 && (i = skip(m, s, n, i)) == n)
			break;
		at = step(m, at, (unsigned char)s[i]);
		if (found && i + 1 - node[at].depth > out->from)
			break;	/* nothing that begins there is left */
		hit = node[at].hit;
		if (hit == 0)
			continue;
		begin = i + 1 - node[hit].depth;
		if (found && begin > out->from)
			continue;
		*out = (struct match){ begin, i + 1, node[hit].value };
		found = true;
	}
	return found;
}
