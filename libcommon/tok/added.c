#include "tok/added.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/matcher.h"
#include "tok/unicode.h"

void
added_free(struct added *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		buf_free(&a->t[i].text);
		buf_free(&a->t[i].form);
	}
	free(a->t);
	vocab_free(&a->ids);
	vocab_free(&a->specials);
	matcher_free(a->raw);
	matcher_free(a->normal);
	*a = (struct added){ 0 };
}

/* Append one; the text is copied. */
static struct added_token *
added_new(struct added *a, const char *text, size_t n)
{
	struct added_token *t;

	GROW(a->t, a->n, a->cap);
	t = &a->t[a->n++];
	*t = (struct added_token){ .id = -1, .normalized = true };
	buf_add(&t->text, text, n);
	return t;
}

static int
read_id(struct pull *j, void *id)
{
	if (!pull_i64(j, id))
		return -1;
	if (*(int64_t *)id < 0 || *(int64_t *)id > UINT32_MAX) {
		pull_fail(j, "has an added token's ID that is none");
		return -1;
	}
	return 0;
}

int
added_read(struct pull *j, struct added *a)
{
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct added_token, m)
		{ "content", FIELD_STRING, NEEDED, MEMBER(text), NULL },
		{ "id", FIELD_CUSTOM, NEEDED, MEMBER(file_id), read_id },
		{ "single_word", FIELD_BOOL, NEEDED, MEMBER(single_word),
		    NULL },
		{ "lstrip", FIELD_BOOL, NEEDED, MEMBER(lstrip), NULL },
		{ "rstrip", FIELD_BOOL, NEEDED, MEMBER(rstrip), NULL },
		{ "normalized", FIELD_BOOL, NEEDED, MEMBER(normalized), NULL },
		{ "special", FIELD_BOOL, NEEDED, MEMBER(special), NULL },
#undef MEMBER
		{ 0 }
	};

	pull_array(j);
	while (pull_item(j))
		if (fields_read(j, fields, added_new(a, "", 0)) < 0)
			return -1;
	return j->error == NULL ? 0 : -1;
}

/* The ID of a token: an earlier one's, the model's, or the next new one. */
static int
number(struct added *a, struct added_token *t, const struct tok_model *m,
    int32_t *next)
{
	t->id = vocab_id(&a->ids, t->text.p, t->text.n);
	if (t->id >= 0)
		return 0;
	t->id = m->id(m, t->text.p, t->text.n);
	if (t->id < 0)
		t->id = (*next)++;
	return vocab_add(&a->ids, t->text.p, t->text.n, t->id);
}

static int
compare(const void *a, const void *b)
{
	const struct added_token *s = a, *t = b;

	if (s->id != t->id)
		return s->id < t->id ? -1 : 1;
	return s->file_id < t->file_id ? -1 : s->file_id > t->file_id;
}

/* By ID; of several with one ID the last in the file is kept. */
static void
sort(struct added *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++)
		a->t[i].file_id = (int64_t)i;
	if (a->n > 0)
		qsort(a->t, a->n, sizeof *a->t, compare);
	for (i = 0; i < a->n; i++) {
		if (a->t[i].id < 0 ||
		    (i + 1 < a->n && a->t[i + 1].id == a->t[i].id)) {
			buf_free(&a->t[i].text);
			buf_free(&a->t[i].form);
		} else {
			a->t[n++] = a->t[i];
		}
	}
	a->n = n;
	a->size = n > 0 ? (size_t)a->t[n - 1].id + 1 : 0;
}

static void
look_for(struct matcher **m, const struct buf *s, int32_t id)
{
	if (*m == NULL)
		*m = matcher_new();
	matcher_add(*m, s->p, s->n, id);
}

/* The text to look for in normalized text; sets form when it differs. */
static int
spell(struct added_token *t,
    int (*normalize)(void *, const char *, size_t, struct buf *), void *arg)
{
	if (normalize(arg, t->text.p, t->text.n, &t->form) < 0)
		return -1;
	if (t->form.n == t->text.n &&
	    memcmp(t->form.p, t->text.p, t->text.n) == 0)
		buf_free(&t->form);
	else if (t->form.p == NULL)
		buf_add(&t->form, "", 0);	/* nothing is left of it */
	return 0;
}

static int
index_token(struct added *a, struct added_token *t,
    int (*normalize)(void *, const char *, size_t, struct buf *), void *arg)
{
	const struct buf *form;

	if (!t->normalized) {
		look_for(&a->raw, &t->text, t->id);
		return 0;
	}
	if (normalize != NULL && spell(t, normalize, arg) < 0)
		return -1;
	form = t->form.p != NULL ? &t->form : &t->text;
	if (form->n > 0)
		look_for(&a->normal, form, t->id);
	return 0;
}

int
added_finish(struct added *a, const struct tok_model *m,
    int (*normalize)(void *, const char *, size_t, struct buf *), void *arg)
{
	int32_t next = (int32_t)m->count, special = 0;
	size_t i;

	vocab_init(&a->ids, a->n);
	vocab_init(&a->specials, 0);
	for (i = 0; i < a->n; i++) {
		struct added_token *t = &a->t[i];

		if (t->text.n == 0)	/* the reference ignores it */
			continue;
		if (number(a, t, m, &next) < 0)
			return -1;
		if (t->special &&
		    vocab_id(&a->specials, t->text.p, t->text.n) < 0 &&
		    vocab_add(&a->specials, t->text.p, t->text.n,
			special++) < 0)
			return -1;
	}
	sort(a);
	for (i = 0; i < a->n; i++)
		a->t[i].control = added_is_special(a, a->t[i].text.p,
		    a->t[i].text.n);
	for (i = 0; i < a->n; i++)
		if (index_token(a, &a->t[i], normalize, arg) < 0)
			return -1;
	if (a->raw != NULL)
		matcher_finish(a->raw);
	if (a->normal != NULL)
		matcher_finish(a->normal);
	return 0;
}

const struct added_token *
added_get(const struct added *a, int32_t id)
{
	size_t lo = 0, hi = a->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (a->t[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->n && a->t[lo].id == id ? &a->t[lo] : NULL;
}

bool
added_is_special(const struct added *a, const char *s, size_t n)
{
	return vocab_id(&a->specials, s, n) >= 0;
}

/* The character that ends at p, which is after start. */
static uint32_t
before(const char *start, const char **p)
{
	const char *q = *p - 1;

	while (q > start && ((unsigned char)*q & 0xc0) == 0x80)
		q--;
	*p = q;
	return unicode_next(&q);
}

static bool
inside_word(const char *s, size_t n, const struct match *at)
{
	const char *p = s + at->from, *q = s + at->to;

	return (p > s && (unicode_class(before(s, &p)) & UC_WORD_CRATE)) ||
	    (q < s + n && (unicode_class(unicode_next(&q)) & UC_WORD_CRATE));
}

static size_t
spaces_before(const char *s, size_t at)
{
	const char *p = s + at, *q = p;

	while (q > s && (unicode_class(before(s, &q)) & UC_SPACE))
		p = q;
	return (size_t)(p - s);
}

static size_t
spaces_after(const char *s, size_t n, size_t at)
{
	const char *p = s + at, *q = p, *end = s + n;

	while (q < end && (unicode_class(unicode_next(&q)) & UC_SPACE))
		p = q;
	return (size_t)(p - s);
}

static void
add_token(struct pieces *out, size_t from, size_t to, int32_t id)
{
	if (out->n == out->cap)
		pieces_grow(out);
	out->p[out->n++] = (struct piece){ (uint32_t)from, (uint32_t)to, id };
}

/* Is byte i of the record data? */
static bool
is_data(const struct added_not *not, uint32_t i)
{
	size_t lo = 0, hi = not->n_data, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (not->data[mid].to <= i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < not->n_data && not->data[lo].from <= i;
}

/*
 * A control token that begins or ends in data is only text.  One that the
 * template writes around data, "<|" ~ role ~ "|>", is its own.
 */
static bool
is_forged(const struct added_not *not, const struct added_token *t,
    const struct match *m)
{
	uint32_t from = (uint32_t)(not->base + m->from);
	uint32_t to = (uint32_t)(not->base + m->to);

	if (not->n_data == 0 || !t->control)
		return false;
	if (not->at != NULL) {
		from = not->at[m->from].from;
		to = not->at[m->to - 1].to;
	}
	return is_data(not, from) || (to > from && is_data(not, to - 1));
}

void
added_split(const struct added *a, const struct matcher *m, const char *s,
    size_t n, const struct added_not *not, struct pieces *out)
{
	const struct added_token *t;
	struct match at;
	size_t done = 0, next = 0;

	while (m != NULL && matcher_next(m, s, n, next, &at)) {
		next = at.to;
		t = added_get(a, at.value);
		if (not->special && added_is_special(a, t->text.p, t->text.n))
			continue;
		if (is_forged(not, t, &at)) {
			not->refused[t->id] = true;
			next = at.from + 1;	/* the template's may begin */
			continue;
		}
		if (t->single_word && inside_word(s, n, &at))
			continue;
		if (t->lstrip)
			at.from = spaces_before(s, at.from);
		if (t->lstrip && at.from < done)
			at.from = done;
		if (t->rstrip)
			at.to = spaces_after(s, n, at.to);
		/* The token before may have taken all of this one's spaces. */
		if (at.from >= at.to)
			continue;
		if (done < at.from)
			pieces_add(out, done, at.from);
		add_token(out, at.from, at.to, t->id);
		done = at.to;
	}
	pieces_add(out, done, n);
}
