#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/*
 * arena - memory that ends all at once.
 *
 * A loop allocates from it, resets it, and after its largest round allocates
 * nothing from the system any more.  All zero is a valid empty arena.
 */
struct arena {
	struct chunk *chunk;	/* the newest; the others hang on it */
	size_t used;		/* of the newest */
	size_t total;		/* room in all of them */
};

enum { ARENA_ALIGN = 64 };

/* n bytes, not cleared, 64-byte aligned; the program ends when memory is out.
 */
void *arena_alloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);

/* Everything allocated is gone; the memory is kept, in one piece. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
