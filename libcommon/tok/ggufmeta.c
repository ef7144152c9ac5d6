#include "tok/ggufmeta.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

enum { MAX_KEYS = 65536 };

/* Bytes of a number of each type; 0: no number. */
static const unsigned char width[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
enum { TYPES = sizeof width };

struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

static uint64_t
number(struct cursor *c, size_t n)
{
	uint64_t v = 0;
	size_t i;

	if ((size_t)(c->end - c->p) < n) {
		c->bad = true;
		return 0;
	}
	for (i = 0; i < n; i++)
		v |= (uint64_t)c->p[i] << 8 * i;
	c->p += n;
	return v;
}

static void
skip(struct cursor *c, uint64_t n)
{
	if (n > (uint64_t)(c->end - c->p))
		c->bad = true;
	else
		c->p += n;
}

static struct slice
string(struct cursor *c)
{
	uint64_t n = number(c, 8);
	const unsigned char *p = c->p;

	skip(c, n);
	return c->bad ? (struct slice){ "", 0 }
		      : (struct slice){ (const char *)p, n };
}

/* The key and the extent of its value. */
static void
read_value(struct cursor *c, struct gguf_value *v)
{
	uint64_t type, i;

	*v = (struct gguf_value){ .key = string(c), .n = 1 };
	type = number(c, 4);
	if (type == GGUF_ARRAY) {
		v->array = true;
		type = number(c, 4);
		v->n = number(c, 8);
	}
	if (type >= TYPES || type == GGUF_ARRAY)
		c->bad = true;	/* arrays of arrays: nobody writes them */
	if (c->bad)
		return;
	v->type = (enum gguf_type)type;
	v->p = c->p;
	if (type == GGUF_STRING)
		for (i = 0; i < v->n && !c->bad; i++)
			string(c);
	else if (v->n > (uint64_t)(c->end - c->p))
		c->bad = true;
	else
		skip(c, v->n * width[type]);
	v->end = c->p;
}

static int
read_all_keys(struct gguf_meta *g, const char *path)
{
	struct cursor c = { g->map.p, g->map.p + g->map.n, false };
	uint64_t version, keys, i;

	if (g->map.n < 24 || memcmp(g->map.p, "GGUF", 4) != 0)
		return fail("%s: no GGUF file", path);
	skip(&c, 4);
	version = number(&c, 4);
	if (version != 2 && version != 3)
		return fail("%s: GGUF version %llu is not read, only 2 and 3",
		    path, (unsigned long long)version);
	skip(&c, 8);	/* how many tensors */
	keys = number(&c, 8);
	if (keys > MAX_KEYS)
		return fail("%s: %llu keys are more than %d", path,
		    (unsigned long long)keys, MAX_KEYS);
	for (i = 0; i < keys && !c.bad; i++) {
		GROW(g->v, g->n, g->cap);
		read_value(&c, &g->v[g->n++]);
	}
	if (c.bad)
		return fail("%s: key %llu is cut or damaged", path,
		    (unsigned long long)i);
	return 0;
}

int
gguf_open(struct gguf_meta *g, const char *path)
{
	*g = (struct gguf_meta){ .n = 0 };
	if (map_open(&g->map, path) < 0)
		return -1;
	if (read_all_keys(g, path) == 0)
		return 0;
	gguf_close(g);
	return -1;
}

void
gguf_close(struct gguf_meta *g)
{
	map_close(&g->map);
	free(g->v);
	g->v = NULL;
	g->n = g->cap = 0;
}

const struct gguf_value *
gguf_find(const struct gguf_meta *g, const char *key)
{
	size_t n = strlen(key), i;

	for (i = 0; i < g->n; i++)
		if (g->v[i].key.n == n && memcmp(g->v[i].key.p, key, n) == 0)
			return &g->v[i];
	return NULL;
}

int64_t
gguf_int(const struct gguf_meta *g, const char *key, int64_t otherwise)
{
	const struct gguf_value *v = gguf_find(g, key);
	struct cursor c;
	uint64_t x;

	if (v == NULL || v->array || width[v->type] == 0 ||
	    v->type == GGUF_F32 || v->type == GGUF_F64)
		return otherwise;
	c = (struct cursor){ v->p, v->end, false };
	x = number(&c, width[v->type]);
	if (v->type == GGUF_I32)
		return (int32_t)x;
	return x > INT64_MAX ? otherwise : (int64_t)x;
}

bool
gguf_bool(const struct gguf_meta *g, const char *key, bool otherwise)
{
	return gguf_int(g, key, otherwise) != 0;
}

struct slice
gguf_string(const struct gguf_meta *g, const char *key, const char *otherwise)
{
	const struct gguf_value *v = gguf_find(g, key);
	struct cursor c;

	if (v == NULL || v->array || v->type != GGUF_STRING)
		return (struct slice){ otherwise, strlen(otherwise) };
	c = (struct cursor){ v->p, v->end, false };
	return string(&c);
}

bool
gguf_next_string(struct gguf_value *v, struct slice *s)
{
	struct cursor c = { v->p, v->end, false };

	if (v->type != GGUF_STRING || v->n == 0)
		return false;
	*s = string(&c);
	v->p = c.p;
	v->n--;
	return !c.bad;
}

bool
gguf_next_number(struct gguf_value *v, double *x)
{
	struct cursor c = { v->p, v->end, false };
	uint64_t bits;
	uint32_t low;
	float f;

	if (v->n == 0 || width[v->type] == 0)
		return false;
	bits = number(&c, width[v->type]);
	low = (uint32_t)bits;
	v->p = c.p;
	v->n--;
	if (v->type == GGUF_F32) {
		memcpy(&f, &low, 4);
		*x = (double)f;
	} else if (v->type == GGUF_F64) {
		memcpy(x, &bits, 8);
	} else if (v->type == GGUF_I8) {
		*x = (int8_t)bits;
	} else if (v->type == GGUF_I16) {
		*x = (int16_t)bits;
	} else if (v->type == GGUF_I32) {
		*x = (int32_t)bits;
	} else if (v->type == GGUF_I64) {
		*x = (double)(int64_t)bits;
	} else {
		*x = (double)bits;
	}
	return !c.bad;
}
