#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

enum { CHUNK_MIN = 64 * 1024 };

/* The memory follows the chunk's head, which takes one unit of alignment. */
struct chunk {
	struct chunk *next;
	size_t room;
};

static void
add_chunk(struct arena *a, size_t room)
{
	struct chunk *c;

	if (room > SIZE_MAX / 2)
		die("out of memory");
	c = xmalloc_large(room + ARENA_ALIGN);
	c->next = a->chunk;
	c->room = room;
	a->chunk = c;
	a->used = 0;
	a->total += room;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	unsigned char *p;

	if (n > SIZE_MAX / 4)
		die("out of memory");
	n = (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (a->chunk == NULL || a->chunk->room - a->used < n)
		add_chunk(a, n > CHUNK_MIN ? n : CHUNK_MIN);
	p = (unsigned char *)a->chunk + ARENA_ALIGN + a->used;
	a->used += n;
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(arena_alloc(a, n), s, n);
}

/* Several chunks become one that holds as much: the next round needs no more.
 */
void
arena_reset(struct arena *a)
{
	size_t total = a->total;

	a->used = 0;
	if (a->chunk == NULL || a->chunk->next == NULL)
		return;
	arena_free(a);
	add_chunk(a, total);
}

void
arena_free(struct arena *a)
{
	struct chunk *c, *next;

	for (c = a->chunk; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){ 0 };
}
