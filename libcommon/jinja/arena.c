#include <stdlib.h>
#include <string.h>

#include "jinja/value.h"

enum { BLOCK = 64 << 10, ALIGN = 16 };

struct jblock {
	struct jblock *below;
	size_t used, cap;
};

/* Bytes before the first one given out, aligned as the rest. */
#define HEAD ((sizeof(struct jblock) + ALIGN - 1) / ALIGN * ALIGN)

static char *
base(struct jblock *b)
{
	return (char *)b + HEAD;
}

static struct jblock *
push(struct jarena *a, size_t n)
{
	size_t cap = n > BLOCK - HEAD ? n : BLOCK - HEAD;
	struct jblock *b = xmalloc(HEAD + cap);

	*b = (struct jblock){ a->top, 0, cap };
	a->top = b;
	a->used += HEAD + cap;
	return b;
}

static size_t
rounded(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void *
take(struct jarena *a, size_t n)
{
	struct jblock *b = a->top;
	char *p;

	n = rounded(n ? n : 1);
	if (b == NULL || b->cap - b->used < n)
		b = push(a, n);
	p = base(b) + b->used;
	b->used += n;
	return p;
}

void *
jarena_new(struct jarena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

/* In place when p is the last thing given out, else a copy. */
void *
jarena_grow(struct jarena *a, void *p, size_t old, size_t n)
{
	struct jblock *b = a->top;
	size_t had = rounded(old ? old : 1), want = rounded(n);
	void *q;

	if (p != NULL && (char *)p + had == base(b) + b->used &&
	    want - had <= b->cap - b->used) {
		b->used += want - had;
		return p;
	}
	q = take(a, n);
	if (old > 0)
		memcpy(q, p, old);
	return q;
}

void
jarena_reset(struct jarena *a)
{
	struct jblock *b;

	while ((b = a->top) != NULL && b->below != NULL) {
		a->top = b->below;
		free(b);
	}
	a->used = 0;
	if (b != NULL) {
		b->used = 0;
		a->used = HEAD + b->cap;
	}
}

void
jarena_free(struct jarena *a)
{
	struct jblock *b;

	while ((b = a->top) != NULL) {
		a->top = b->below;
		free(b);
	}
	a->used = 0;
}
