#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/normalize.h"
#include "util.h"

int
pattern_read(struct pull *j, void *field)
{
	struct pattern_field *f = field;
	struct buf text = { 0 };
	struct slice key;
	bool regex;

	pull_object(j);
	if (!pull_key(j, &key) || f->pattern != NULL)
		goto bad;
	regex = slice_is(key, "Regex");
	if (!regex && !slice_is(key, "String"))
		goto bad;
	if (part_string(j, &text) < 0 || pull_key(j, &key))
		goto bad;
	f->pattern = regex ? pattern_regex(text.p, text.n)
			   : pattern_literal(text.p, text.n);
	if (f->pattern == NULL) {
		pull_fail(j, "");
		buf_free(&text);
		return -1;
	}
	if (regex)
		buf_free(&text);
	f->literal = text;
	return 0;
bad:
	buf_free(&text);
	pull_fail(j, "has a pattern that is neither String nor Regex");
	return -1;
}

int
replace_read(struct pull *j, struct replace *r)
{
	struct both {
		struct pattern_field f;
		struct buf content;
	} b = { .f = { .pattern = NULL } };
	static const struct field fields[] = {
		{ "pattern", FIELD_CUSTOM, NEEDED, offsetof(struct both, f),
		    pattern_read },
		{ "content", FIELD_STRING, NEEDED,
		    offsetof(struct both, content), NULL },
		{ 0 }
	};
	int bad = fields_read(j, fields, &b);

	r->pattern = b.f.pattern;
	r->literal = b.f.literal;
	r->content = b.content;
	if (bad < 0)
		replace_clear(r);
	return bad;
}

void
replace_clear(struct replace *r)
{
	pattern_free(r->pattern);
	buf_free(&r->literal);
	buf_free(&r->content);
	r->pattern = NULL;
}

/* What a text put at i..to stands for: the character before to. */
static struct span
end_of(const struct text *in, size_t from, size_t to)
{
	return to > from ? text_at(in, to - 1) : (struct span){ 0, 0 };
}

static int
change(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	const struct replace *r = (const struct replace *)s;
	struct pattern_iter it;
	struct span at;
	size_t done = from;
	int got;

	if (from == to)
		return 0;
	pattern_start(&it, r->pattern, work, in->p + from, to - from);
	while ((got = pattern_next(&it, &at)) > 0) {
		text_copy(out, in, done, from + at.from);
		text_put(out, r->content.p, r->content.n,
		    end_of(in, from, from + at.to));
		done = from + at.to;
		if (out->full)
			return 0;
	}
	text_copy(out, in, done, to);
	return got;
}

static void *
work_new(const struct step *s)
{
	(void)s;
	return pattern_work_new();
}

static void
work_free(void *work)
{
	pattern_work_free(work);
}

static void
release(struct step *s)
{
	struct replace *r = (struct replace *)s;

	replace_clear(r);
	free(r);
}

const struct replace *
replace_of(const struct step *s)
{
	return s->change == change ? (const struct replace *)s : NULL;
}

struct step *
replace_load(struct pull *j)
{
	struct replace *r = xcalloc(1, sizeof *r);

	r->step = (struct step){ .type = "Replace", .change = change,
		.work_new = work_new, .work_free = work_free,
		.free = release };
	if (replace_read(j, r) < 0) {
		free(r);
		return NULL;
	}
	return &r->step;
}
