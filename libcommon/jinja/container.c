#include <string.h>

#include "err.h"
#include "jinja/value.h"

struct jlist *
jlist_new(struct jarena *a, size_t n)
{
	struct jlist *l = jarena_new(a, sizeof *l);

	l->at = jarena_new(a, n * sizeof *l->at);
	l->n = n;
	return l;
}

/* Items of l, then room for more; as jstr_join(). */
static void
make_room(struct jarena *a, struct jlist *l, size_t more)
{
	struct jroom *room = l->room;
	size_t n = l->n * sizeof *l->at, want = n + more * sizeof *l->at;

	if (room != NULL && (char *)(l->at + l->n) == room->p + room->used &&
	    room->cap - room->used >= want - n)
		return;
	room = jarena_new(a, sizeof *room);
	room->cap = want < 256 ? 256 : 2 * want;
	room->p = jarena_grow(a, NULL, 0, room->cap);
	if (n > 0)
		memcpy(room->p, l->at, n);
	room->used = n;
	l->at = (struct jv *)(void *)room->p;
	l->room = room;
}

void
jlist_add(struct jarena *a, struct jlist *l, struct jv v)
{
	make_room(a, l, 1);
	l->at[l->n++] = v;
	l->room->used += sizeof v;
}

struct jlist *
jlist_pair(struct jarena *a, struct jv x, struct jv y)
{
	struct jlist *l = jlist_new(a, 2);

	l->at[0] = x;
	l->at[1] = y;
	return l;
}

struct jlist *
jlist_join(struct jarena *a, const struct jlist *x, const struct jlist *y)
{
	struct jlist *l = jarena_new(a, sizeof *l);

	*l = *x;
	l->group = false;
	if (y->n == 0)
		return l;
	make_room(a, l, y->n);
	memcpy(l->at + l->n, y->at, y->n * sizeof *y->at);
	l->n += y->n;
	l->room->used += y->n * sizeof *y->at;
	return l;
}

struct jlist *
jlist_cut(struct jarena *a, const struct jlist *l, size_t from, size_t to)
{
	struct jlist *c = jarena_new(a, sizeof *c);

	c->at = l->at + from;
	c->n = to - from;
	return c;
}

struct jdict *
jdict_new(struct jarena *a)
{
	return jarena_new(a, sizeof(struct jdict));
}

static void
index_pair(struct jdict *d, size_t i)
{
	size_t at = d->at[i].hash & (d->n_slots - 1);

	while (d->slots[at] != 0)
		at = (at + 1) & (d->n_slots - 1);
	d->slots[at] = (uint32_t)i + 1;
}

static void
widen(struct jarena *a, struct jdict *d)
{
	size_t i, cap = d->cap ? d->cap * 2 : 8;

	d->at = jarena_grow(a, d->at, d->cap * sizeof *d->at,
	    cap * sizeof *d->at);
	d->cap = cap;
	if (cap <= 8)
		return;
	d->n_slots = 2 * cap;
	d->slots = jarena_new(a, d->n_slots * sizeof *d->slots);
	for (i = 0; i < d->n; i++)
		index_pair(d, i);
}

static bool
is_key(const struct jpair *p, struct jv key, uint64_t hash)
{
	if (p->hash != hash)
		return false;
	if (p->key.kind == JV_STR && key.kind == JV_STR)
		return jstr_same(p->key.s, key.s);
	return jv_equal(p->key, key) == 1;
}

static struct jpair *
find(const struct jdict *d, struct jv key, uint64_t hash)
{
	size_t i;

	if (d->n_slots == 0) {
		for (i = 0; i < d->n; i++)
			if (is_key(&d->at[i], key, hash))
				return &d->at[i];
		return NULL;
	}
	for (i = hash & (d->n_slots - 1); d->slots[i] != 0;
	    i = (i + 1) & (d->n_slots - 1))
		if (is_key(&d->at[d->slots[i] - 1], key, hash))
			return &d->at[d->slots[i] - 1];
	return NULL;
}

/* A key that is there already keeps its place, as in Python. */
int
jdict_set(struct jarena *a, struct jdict *d, struct jv key, struct jv v)
{
	struct jpair *p;
	uint64_t hash;

	if (jv_hash(key, &hash) < 0)
		return -1;
	p = find(d, key, hash);
	if (p != NULL) {
		p->val = v;
		return 0;
	}
	if (d->n >= UINT32_MAX / 2)
		return fail("a dict has too many keys");
	if (d->n == d->cap)
		widen(a, d);
	d->at[d->n] = (struct jpair){ key, v, hash };
	d->n++;
	if (d->n_slots != 0)
		index_pair(d, d->n - 1);
	return 0;
}

struct jv *
jdict_get(const struct jdict *d, struct jv key)
{
	struct jpair *p;
	uint64_t hash;

	if (jv_hash(key, &hash) < 0)
		return NULL;
	p = find(d, key, hash);
	return p != NULL ? &p->val : NULL;
}

struct jv *
jdict_str(const struct jdict *d, struct jstr *key)
{
	struct jpair *p = find(d, jv_str(key), jstr_hash(key));

	return p != NULL ? &p->val : NULL;
}

struct jv *
jdict_text(const struct jdict *d, const char *key)
{
	struct jstr s = { .p = key, .n = strlen(key), .chars = SIZE_MAX };

	return jdict_str(d, &s);
}

struct jdict *
jdict_copy(struct jarena *a, const struct jdict *d)
{
	struct jdict *c = jdict_new(a);
	size_t i;

	for (i = 0; i < d->n; i++)
		jdict_set(a, c, d->at[i].key, d->at[i].val);
	return c;
}
