#include <string.h>
#include <xxhash.h>

#include "jinja/value.h"
#include "utf8.h"

struct jstr *
jstr_wrap(struct jarena *a, const char *p, size_t n)
{
	struct jstr *s = jarena_new(a, sizeof *s);

	s->p = p;
	s->n = n;
	s->chars = SIZE_MAX;
	return s;
}

struct jstr *
jstr_copy(struct jarena *a, const char *p, size_t n)
{
	char *q = jarena_grow(a, NULL, 0, n + 1);

	if (n > 0)
		memcpy(q, p, n);
	q[n] = '\0';
	return jstr_wrap(a, q, n);
}

struct jstr *
jstr_from(struct jarena *a, const char *text)
{
	return jstr_wrap(a, text, strlen(text));
}

/*
 * What was appended last may be appended to without a copy: its bytes end
 * where the room's used part ends, and nobody else has written behind it.
 */
struct jstr *
jstr_join(struct jarena *a, struct jstr *x, struct jstr *y)
{
	struct jroom *room = x->room;
	size_t n = x->n + y->n;
	struct jstr *s;

	if (y->n == 0)
		return x;
	if (x->n == 0)
		return y;
	if (room == NULL || x->p + x->n != room->p + room->used ||
	    room->cap - room->used < y->n) {
		room = jarena_new(a, sizeof *room);
		room->cap = n < 128 ? n : 2 * n;
		room->p = jarena_grow(a, NULL, 0, room->cap);
		memcpy(room->p, x->p, x->n);
		room->used = x->n;
		s = jstr_wrap(a, room->p, n);
	} else {
		s = jstr_wrap(a, x->p, n);
	}
	memcpy(room->p + room->used, y->p, y->n);
	room->used += y->n;
	s->room = room;
	if (x->chars != SIZE_MAX && y->chars != SIZE_MAX)
		s->chars = x->chars + y->chars;
	return s;
}

size_t
jstr_len(struct jstr *s)
{
	if (s->chars == SIZE_MAX)
		s->chars = utf8_count(s->p, s->n);
	return s->chars;
}

bool
jstr_ascii(struct jstr *s)
{
	return jstr_len(s) == s->n;
}

static size_t
forward(const char *p, size_t at, size_t chars)
{
	while (chars-- > 0)
		for (at++; (p[at] & 0xc0) == 0x80; at++)
			continue;
	return at;
}

static size_t
backward(const char *p, size_t at, size_t chars)
{
	while (chars-- > 0)
		for (at--; (p[at] & 0xc0) == 0x80; at--)
			continue;
	return at;
}

/* Remembers where it was, so that a walk over a string is linear. */
size_t
jstr_byte(struct jstr *s, size_t i)
{
	size_t at;

	if (jstr_ascii(s) || i == 0)
		return i;
	if (i >= s->chars)
		return s->n;
	if (i >= s->near)
		at = s->chars - i < i - s->near
		    ? backward(s->p, s->n, s->chars - i)
		    : forward(s->p, s->near_byte, i - s->near);
	else
		at = i < s->near - i
		    ? forward(s->p, 0, i)
		    : backward(s->p, s->near_byte, s->near - i);
	if (!s->shared) {
		s->near = i;
		s->near_byte = at;
	}
	return at;
}

struct jstr *
jstr_cut(struct jarena *a, struct jstr *s, size_t from, size_t to)
{
	size_t b = jstr_byte(s, from), e = jstr_byte(s, to);
	struct jstr *c = jstr_wrap(a, s->p + b, e - b);

	c->chars = to - from;
	return c;
}

uint64_t
jstr_hash(struct jstr *s)
{
	uint64_t h;

	if (s->hash != 0)
		return s->hash;
	h = XXH3_64bits(s->p, s->n);
	h += h == 0;
	if (!s->shared)
		s->hash = h;
	return h;
}

bool
jstr_same(struct jstr *a, struct jstr *b)
{
	return a == b || (a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

/* Order of UTF-8 bytes is order of code points. */
int
jstr_order(const struct jstr *a, const struct jstr *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int c = n > 0 ? memcmp(a->p, b->p, n) : 0;

	if (c != 0)
		return c < 0 ? -1 : 1;
	return a->n < b->n ? -1 : a->n > b->n;
}

static void
reserve(struct jtext *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 64;

	if (t->cap - t->n >= more)
		return;
	while (cap - t->n < more)
		cap *= 2;
	t->p = jarena_grow(t->a, t->p, t->cap, cap);
	t->cap = cap;
}

void
jtext_add(struct jtext *t, const char *p, size_t n)
{
	if (n == 0)
		return;
	reserve(t, n);
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

void
jtext_byte(struct jtext *t, char c)
{
	reserve(t, 1);
	t->p[t->n++] = c;
}

void
jtext_str(struct jtext *t, const char *s)
{
	jtext_add(t, s, strlen(s));
}

void
jtext_char(struct jtext *t, uint32_t c)
{
	char tmp[4];

	jtext_add(t, tmp, (size_t)utf8_encode(c, tmp));
}

void
jtext_fill(struct jtext *t, char c, size_t n)
{
	if (n == 0)
		return;
	reserve(t, n);
	memset(t->p + t->n, c, n);
	t->n += n;
}

struct jstr *
jtext_done(struct jtext *t)
{
	return jstr_wrap(t->a, t->n > 0 ? t->p : "", t->n);
}
