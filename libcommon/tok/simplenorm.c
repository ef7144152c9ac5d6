#include <stdlib.h>
#include <string.h>

#include "tok/bytelevel.h"
#include "tok/normalize.h"
#include "tok/unicode.h"
#include "utf8.h"
#include "util.h"

/*
 * The normalizers that are a few lines each: Lowercase, StripAccents and Nmt,
 * which look at one character at a time, Strip and Prepend.
 */
struct each {
	struct step step;
	uint32_t mask;		/* UC_ bits of the characters it changes */
	void (*put)(struct text *out, uint32_t c, uint32_t class,
	    struct span at);
};

static void
put_char(struct text *t, uint32_t c, struct span at)
{
	char tmp[4];

	text_put(t, tmp, (size_t)utf8_encode(c, tmp), at);
}

static void
put_lower(struct text *out, uint32_t c, uint32_t class, struct span at)
{
	uint32_t l[3];
	int i, n = unicode_lower(c, l);

	(void)class;
	for (i = 0; i < n; i++)
		put_char(out, l[i], at);
}

static void
put_nothing(struct text *out, uint32_t c, uint32_t class, struct span at)
{
	(void)out, (void)c, (void)class, (void)at;
}

static void
put_nmt(struct text *out, uint32_t c, uint32_t class, struct span at)
{
	(void)c;
	if (!(class & UC_NMT_GONE))
		text_put(out, " ", 1, at);
}

static int
each_change(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct text *out)
{
	const struct each *e = (const struct each *)s;
	const char *p = in->p + from, *end = in->p + to, *q, *run = p;
	uint32_t c, class;

	(void)work;
	for (; p < end; p = q) {
		q = p;
		c = unicode_next(&q);
		class = unicode_class(c);
		if (!(class & e->mask))
			continue;
		text_copy(out, in, (size_t)(run - in->p), (size_t)(p - in->p));
		e->put(out, c, class, text_at(in, (size_t)(p - in->p)));
		run = q;
	}
	text_copy(out, in, (size_t)(run - in->p), to);
	return 0;
}

static void
release(struct step *s)
{
	free(s);
}

static struct step *
each_load(struct pull *j, const char *type, uint32_t mask,
    void (*put)(struct text *, uint32_t, uint32_t, struct span))
{
	struct each *e;

	if (!pull_skip(j))
		return NULL;
	e = xcalloc(1, sizeof *e);
	e->step = (struct step){ .type = type, .change = each_change,
		.free = release };
	e->mask = mask;
	e->put = put;
	return &e->step;
}

struct step *
lowercase_load(struct pull *j)
{
	return each_load(j, "Lowercase", UC_CASED, put_lower);
}

struct step *
strip_accents_load(struct pull *j)
{
	return each_load(j, "StripAccents", UC_MARK, put_nothing);
}

struct step *
nmt_load(struct pull *j)
{
	return each_load(j, "Nmt", UC_NMT_GONE | UC_NMT_SPACE, put_nmt);
}

struct strip {
	struct step step;
	bool left, right;
};

static bool
space_before(const char *start, const char **p)
{
	const char *q = *p - 1, *c;

	while (q > start && ((unsigned char)*q & 0xc0) == 0x80)
		q--;
	c = q;
	if (!(unicode_class(unicode_next(&c)) & UC_SPACE))
		return false;
	*p = q;
	return true;
}

static int
strip_change(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct text *out)
{
	const struct strip *k = (const struct strip *)s;
	const char *p = in->p + from, *end = in->p + to, *q = p;

	(void)work;
	while (k->left && q < end && (unicode_class(unicode_next(&q)) &
	    UC_SPACE))
		p = q;
	while (k->right && end > p && space_before(p, &end))
		continue;
	text_copy(out, in, (size_t)(p - in->p), (size_t)(end - in->p));
	return 0;
}

struct step *
strip_load(struct pull *j)
{
	static const struct field fields[] = {
		{ "strip_left", FIELD_BOOL, NEEDED,
		    offsetof(struct strip, left), NULL },
		{ "strip_right", FIELD_BOOL, NEEDED,
		    offsetof(struct strip, right), NULL },
		{ 0 }
	};
	struct strip *k = xcalloc(1, sizeof *k);

	k->step = (struct step){ .type = "Strip", .change = strip_change,
		.free = release };
	if (fields_read(j, fields, k) < 0) {
		free(k);
		return NULL;
	}
	return &k->step;
}

static int
prepend_change(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct text *out)
{
	const struct prepend *k = (const struct prepend *)s;

	(void)work;
	if (from == to)
		return 0;
	text_put(out, k->text.p, k->text.n, text_at(in, from));
	text_copy(out, in, from, to);
	return 0;
}

static void
prepend_release(struct step *s)
{
	struct prepend *k = (struct prepend *)s;

	buf_free(&k->text);
	free(k);
}

const struct prepend *
prepend_of(const struct step *s)
{
	return s->change == prepend_change ? (const struct prepend *)s : NULL;
}

struct step *
prepend_load(struct pull *j)
{
	static const struct field fields[] = {
		{ "prepend", FIELD_STRING, NEEDED,
		    offsetof(struct prepend, text), NULL },
		{ 0 }
	};
	struct prepend *k = xcalloc(1, sizeof *k);

	k->step = (struct step){ .type = "Prepend", .change = prepend_change,
		.free = prepend_release };
	if (fields_read(j, fields, k) < 0) {
		prepend_release(&k->step);
		return NULL;
	}
	return &k->step;
}
