#include "tok/part.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"
#include "util.h"

enum { FIELDS_MAX = 32 };

/* Room for more bytes; what would pass the limit sets full instead. */
void
text_grow(struct text *t, size_t more)
{
	size_t want = t->n + more, cap = t->cap;

	if (more > TOK_TEXT_MAX || want > TOK_TEXT_MAX) {
		t->full = true;
		return;
	}
	if (want > cap) {
		cap = want + want / 2 + 256;
		t->p = xrealloc(t->p, cap, 1);
		if (t->at != NULL)
			t->at = xrealloc(t->at, cap, sizeof *t->at);
		t->cap = cap;
	}
	if (t->aligned && t->at == NULL)
		t->at = xrealloc(NULL, t->cap, sizeof *t->at);
}

/* Can n more bytes be stored? */
static bool
room(struct text *t, size_t n)
{
	if (n > t->cap - t->n || (t->aligned && t->at == NULL))
		text_grow(t, n);
	return !t->full;
}

void
text_free(struct text *t)
{
	free(t->p);
	free(t->at);
	*t = (struct text){ 0 };
}

void
text_put(struct text *t, const char *s, size_t n, struct span at)
{
	size_t i;

	if (n == 0 || !room(t, n))
		return;
	memcpy(t->p + t->n, s, n);
	if (t->aligned)
		for (i = 0; i < n; i++)
			t->at[t->n + i] = at;
	t->n += n;
}

void
text_put_raw(struct text *t, const char *s, size_t n, size_t from)
{
	size_t i, j, len;
	uint32_t c;

	if (n == 0 || !room(t, n))
		return;
	memcpy(t->p + t->n, s, n);
	for (i = 0; t->aligned && i < n; i += len) {
		len = (size_t)utf8_decode(s + i, n - i, &c);
		if (len == 0)
			len = 1;
		for (j = i; j < i + len; j++)
			t->at[t->n + j] = (struct span){ (uint32_t)(from + i),
				(uint32_t)(from + i + len) };
	}
	t->n += n;
}

void
text_copy(struct text *t, const struct text *in, size_t from, size_t to)
{
	size_t n = to - from;

	if (n == 0 || !room(t, n))
		return;
	memcpy(t->p + t->n, in->p + from, n);
	if (t->aligned)
		memcpy(t->at + t->n, in->at + from, n * sizeof *t->at);
	t->n += n;
}

void
pieces_grow(struct pieces *o)
{
	GROW(o->p, o->n, o->cap);
}

void
pieces_free(struct pieces *o)
{
	text_free(&o->text);
	free(o->p);
	*o = (struct pieces){ 0 };
}

void
steps_add(struct steps *l, struct step *s)
{
	GROW(l->s, l->n, l->cap);
	l->s[l->n++] = s;
}

void
steps_free(struct steps *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->s[i]->free(l->s[i]);
	free(l->s);
	*l = (struct steps){ 0 };
}

void
tok_out_grow(struct tok_out *o)
{
	size_t cap = o->cap < 32 ? 64 : o->cap * 2;

	o->ids = xrealloc(o->ids, cap, sizeof *o->ids);
	o->at = xrealloc(o->at, cap, sizeof *o->at);
	o->word = xrealloc(o->word, cap, sizeof *o->word);
	o->cap = cap;
}

void
tok_out_place(struct tok_out *o, size_t from, const struct text *t,
    const struct piece *p)
{
	size_t n = p->to - p->from, i;
	struct span *s;

	for (i = from; i < o->n; i++) {
		s = &o->at[i];
		if (s->from == s->to)
			continue;
		/* BPE's byte_fallback counts a prefix's bytes as the text's. */
		if (s->to > n)
			s->to = (uint32_t)n;
		if (s->from >= s->to)
			s->from = s->to - 1;
		*s = (struct span){ t->at[p->from + s->from].from,
			t->at[p->from + s->to - 1].to };
	}
}

void
tok_out_free(struct tok_out *o)
{
	free(o->ids);
	free(o->at);
	free(o->word);
	*o = (struct tok_out){ 0 };
}

int
part_type(struct pull *j, const char *what, const struct part_hint *hints,
    struct slice *type)
{
	struct pull at = *j;	/* a copy reads ahead */
	size_t n = 0, best, i;
	struct slice key;

	for (; hints[n].key != NULL; n++)
		continue;
	best = n;
	pull_object(&at);
	while (pull_key(&at, &key)) {
		if (slice_is(key, "type") && pull_string(&at, type))
			return 0;
		for (i = 0; i < best; i++)
			if (slice_is(key, hints[i].key))
				best = i;
		pull_skip(&at);
	}
	if (at.error == NULL && best < n) {
		*type = (struct slice){ hints[best].type,
			strlen(hints[best].type) };
		return 0;
	}
	pull_fail(j, "");
	return fail("has a %s without a type", what);
}

int
part_choice(struct pull *j, const char *what, const char *const *names,
    size_t n)
{
	struct slice s;
	size_t i;

	if (!pull_string(j, &s))
		return -1;
	for (i = 0; i < n; i++)
		if (slice_is(s, names[i]))
			return (int)i;
	return part_unknown(j, what, s);
}

/* What a Sequence's list is read with. */
struct sequence {
	int (*load)(struct pull *j, void *out);
	void *out;
};

static int
read_sequence(struct pull *j, void *sequence)
{
	const struct sequence *s = sequence;

	pull_array(j);
	while (pull_item(j))
		if (pull_peek(j) != '{')
			pull_fail(j, "has no component where one is wanted");
		else if (s->load(j, s->out) < 0)
			return -1;
	return j->error == NULL ? 0 : -1;
}

int
part_sequence(struct pull *j, const char *key,
    int (*load)(struct pull *j, void *out), void *out)
{
	struct sequence s = { load, out };
	const struct field fields[] = {
		{ key, FIELD_CUSTOM, NEEDED, 0, read_sequence }, { 0 }
	};

	return fields_read(j, fields, &s);
}

int
part_unknown(struct pull *j, const char *what, struct slice type)
{
	pull_fail(j, "");
	return fail("%s type \"%.*s\" is not known", what,
	    (int)(type.n < 100 ? type.n : 100), type.p);
}

int
part_string(struct pull *j, struct buf *b)
{
	struct slice s;

	if (!pull_string(j, &s))
		return -1;
	buf_reserve(b, s.n);
	b->n += slice_decode(s, b->p + b->n);
	b->p[b->n] = '\0';
	return 0;
}

static int
character(struct pull *j, uint32_t *c)
{
	char tmp[16];
	struct slice s;
	size_t n;

	if (!pull_string(j, &s))
		return -1;
	n = s.n <= sizeof tmp ? slice_decode(s, tmp) : 0;
	if (n == 0 || (size_t)utf8_decode(tmp, n, c) != n) {
		pull_fail(j, "has no single character where one is wanted");
		return -1;
	}
	return 0;
}

static void
size(struct pull *j, size_t *out)
{
	uint64_t v;

	if (pull_u64(j, &v))
		*out = v;
}

static void
member(struct pull *j, const struct field *f, char *to)
{
	if ((f->flags & NULLABLE) && pull_null(j))
		return;
	switch (f->kind) {
	case FIELD_BOOL:
		pull_bool(j, (void *)to);
		break;
	case FIELD_SIZE:
		size(j, (void *)to);
		break;
	case FIELD_STRING:
		part_string(j, (void *)to);
		break;
	case FIELD_CHAR:
		character(j, (void *)to);
		break;
	case FIELD_CUSTOM:
		if (f->read(j, to) < 0)	/* whose errstr() then counts */
			pull_fail(j, "");
		break;
	}
}

int
fields_read(struct pull *j, const struct field *f, void *object)
{
	bool seen[FIELDS_MAX] = { false };
	struct slice key;
	size_t i;

	pull_object(j);
	while (pull_key(j, &key)) {
		for (i = 0; f[i].name != NULL; i++)
			if (slice_is(key, f[i].name))
				break;
		if (f[i].name == NULL && !(f[i].flags & CLOSED)) {
			pull_skip(j);
			continue;
		}
		if (f[i].name == NULL) {
			pull_fail(j, "");
			return fail("has an unknown key \"%.*s\"",
			    (int)(key.n < 100 ? key.n : 100), key.p);
		}
		if (seen[i]) {
			pull_fail(j, "has a key twice");
			break;
		}
		seen[i] = true;
		member(j, &f[i], (char *)object + f[i].at);
	}
	if (j->error != NULL)
		return -1;
	for (i = 0; f[i].name != NULL; i++)
		if ((f[i].flags & NEEDED) && !seen[i]) {
			pull_fail(j, "");
			return fail("lacks \"%s\"", f[i].name);
		}
	return 0;
}
