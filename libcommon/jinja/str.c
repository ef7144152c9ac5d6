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

struct jstr *
jstr_part(struct jarena *a, const struct jstr *s, size_t from, size_t n)
{
	struct jstr *c = jstr_wrap(a, s->p + from, n);

	c->origin = s->origin;
	c->data = s->data != NULL ? s->data + from : NULL;
	return c;
}

/* Say of each of n bytes of s whether it is data. */
static void
tell(const struct jstr *s, char *data)
{
	if (s->origin == JFROM_BOTH)
		memmove(data, s->data, s->n);
	else
		memset(data, s->origin != JFROM_TEMPLATE, s->n);
}

/* s is x and y, and its bytes lie in the room. */
static void
join_origin(struct jarena *a, const struct jstr *x, const struct jstr *y,
    struct jstr *s)
{
	struct jroom *room = s->room;
	size_t at = (size_t)(s->p - room->p);

	s->origin = x->origin;
	if (x->origin == y->origin && x->origin != JFROM_BOTH)
		return;
	if (room->data == NULL)
		room->data = jarena_grow(a, NULL, 0, room->cap);
	s->origin = JFROM_BOTH;
	s->data = room->data + at;
	if (x->data != s->data)
		tell(x, room->data + at);
	tell(y, room->data + at + x->n);
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
	join_origin(a, x, y, s);
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
	struct jstr *c = jstr_part(a, s, b, e - b);

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
	if (t->tracks)
		t->data = jarena_grow(t->a, t->data, t->cap, cap);
	t->cap = cap;
}

void
jtext_add(struct jtext *t, const char *p, size_t n)
{
	if (n == 0)
		return;
	reserve(t, n);
	memcpy(t->p + t->n, p, n);
	if (t->tracks)
		memset(t->data + t->n, 0, n);
	t->n += n;
}

void
jtext_put(struct jtext *t, const struct jstr *s)
{
	size_t at = t->n;

	jtext_add(t, s->p, s->n);
	if (t->tracks && s->n > 0)
		tell(s, t->data + at);
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
	struct jstr *s = jstr_wrap(t->a, t->n > 0 ? t->p : "", t->n);

	if (!t->tracks)
		return s;
	s->origin = t->n == 0 || memchr(t->data, 1, t->n) == NULL
	    ? JFROM_TEMPLATE : JFROM_BOTH;
	s->data = s->origin == JFROM_BOTH ? t->data : NULL;
	return s;
}
