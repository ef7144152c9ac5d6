#ifndef TOK_TRIE_H
#define TOK_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * trie - a double array over bytes, which finds every piece that a text begins
 * with, one cache line a byte.
 *
 * A unit's link is an offset << 8 | label: the child for byte c of a node with
 * this offset is unit[offset + c], if its label is c.  No two nodes share an
 * offset, so nothing but the label need be compared; offset 0 has no children.
 * The array has no pointers and can be kept in a file as it is.
 */
struct trie_unit {
	uint32_t link;
	int32_t id;		/* of the piece that ends here, or -1 */
};

struct trie {
	struct trie_unit *unit;	/* [n] in memory */
	size_t n;
	void *memory;
	uint32_t root;		/* the root's offset */
};

/* Unit offsets have 24 bits, and with them the bytes of all pieces. */
enum { TRIE_BYTES = 1 << 23 };

/* A piece to put in; empty ones are left out, the last of equal ones counts.
 */
struct trie_key {
	const char *s;
	size_t n;
	int32_t id;
};

/* Build from keys[0..n).  0, or -1 with errstr(). */
int trie_build(struct trie *t, const struct trie_key *keys, size_t n);
void trie_free(struct trie *t);

/* The ID of the piece s[0..n), or -1. */
int32_t trie_find(const struct trie *t, const char *s, size_t n);

#endif
