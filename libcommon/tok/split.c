#include <stdlib.h>
#include <string.h>

#include "tok/pretokenize.h"
#include "tok/unicode.h"
#include "util.h"

static void
flush(struct cutter *c)
{
	if (c->open)
		pieces_add(c->out, c->from, c->to);
	c->open = false;
}

static void
start(struct cutter *c, size_t from, size_t to)
{
	flush(c);
	c->from = from;
	c->to = to;
	c->open = true;
}

void
cutter_put(struct cutter *c, size_t from, size_t to, bool match)
{
	bool last = c->match;

	match ^= c->invert;
	c->match = match;
	switch (c->behavior) {
	case SPLIT_REMOVED:
		if (!match)
			pieces_add(c->out, from, to);
		return;
	case SPLIT_ISOLATED:
		pieces_add(c->out, from, to);
		return;
	case SPLIT_MERGED_WITH_PREVIOUS:
		if (c->open && match && !last)
			c->to = to;
		else
			start(c, from, to);
		return;
	case SPLIT_MERGED_WITH_NEXT:
		if (c->open && last && !match)
			c->to = to;
		else
			start(c, from, to);
		return;
	case SPLIT_CONTIGUOUS:
		if (c->open && match == last)
			c->to = to;
		else
			start(c, from, to);
		return;
	}
}

void
cutter_end(struct cutter *c)
{
	flush(c);
}

static void
release(struct step *s)
{
	free(s);
}

static int
class_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const struct class_split *k = (const struct class_split *)s;
	const char *p = in->p + from, *end = in->p + to, *q, *done = p;
	struct cutter c = { .behavior = k->behavior, .out = out };
	uint32_t ch;

	(void)work;
	for (; p < end; p = q) {
		q = p;
		ch = unicode_next(&q);
		if (ch != k->only && !(unicode_class(ch) & k->mask))
			continue;
		if (done < p)
			cutter_put(&c, (size_t)(done - in->p),
			    (size_t)(p - in->p), false);
		cutter_put(&c, (size_t)(p - in->p), (size_t)(q - in->p), true);
		done = q;
	}
	if (done < end)
		cutter_put(&c, (size_t)(done - in->p), to, false);
	cutter_end(&c);
	return 0;
}

struct step *
class_split_new(const char *type, uint32_t mask, uint32_t only,
    enum behavior behavior)
{
	struct class_split *k = xcalloc(1, sizeof *k);

	k->step = (struct step){ .type = type, .split = class_split,
		.free = release };
	k->mask = mask;
	k->only = only;
	k->behavior = behavior;
	return &k->step;
}

static struct step *
plain(const char *type, int (*split)(const struct step *, void *,
    const struct text *, size_t, size_t, struct pieces *))
{
	struct step *s = xcalloc(1, sizeof *s);

	*s = (struct step){ .type = type, .split = split, .free = release };
	return s;
}

/* White space parts words and is dropped; punctuation stands alone. */
static int
bert_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const char *p = in->p + from, *end = in->p + to, *q;
	size_t word = from, at;
	uint32_t class;

	(void)s;
	(void)work;
	for (; p < end; p = q) {
		q = p;
		class = unicode_class(unicode_next(&q));
		if (!(class & (UC_SPACE | UC_PUNCT)))
			continue;
		at = (size_t)(p - in->p);
		pieces_add(out, word, at);
		word = (size_t)(q - in->p);
		if (!(class & UC_SPACE))
			pieces_add(out, at, word);
	}
	pieces_add(out, word, to);
	return 0;
}

struct step *
bert_split_new(void)
{
	return plain("BertPreTokenizer", bert_split);
}

/* \w+|[^\w\s]+ of Rust's regex crate. */
static int
whitespace_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const char *p = in->p + from, *end = in->p + to, *q, *run = p;
	uint32_t class, kind, last = UC_SPACE;

	(void)s;
	(void)work;
	for (; p < end; p = q) {
		q = p;
		class = unicode_class(unicode_next(&q));
		kind = class & UC_WORD_CRATE ? UC_WORD_CRATE
		    : class & UC_SPACE;
		if (kind == last)
			continue;
		if (last != UC_SPACE)
			pieces_add(out, (size_t)(run - in->p),
			    (size_t)(p - in->p));
		run = p;
		last = kind;
	}
	if (last != UC_SPACE)
		pieces_add(out, (size_t)(run - in->p), to);
	return 0;
}

struct step *
whitespace_split_new(void)
{
	return plain("Whitespace", whitespace_split);
}

/*
 * Where the script changes.  What comes before the first character that has
 * one is lost, as it is in the reference.
 */
static int
script_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const char *p = in->p + from, *end = in->p + to, *q, *run = NULL;
	int script, last = SCRIPT_ANY;

	(void)s;
	(void)work;
	for (; p < end; p = q) {
		q = p;
		script = unicode_script(unicode_next(&q));
		if (script == SCRIPT_ANY || script == last)
			continue;
		if (run != NULL)
			pieces_add(out, (size_t)(run - in->p),
			    (size_t)(p - in->p));
		run = p;
		last = script;
	}
	if (run != NULL)
		pieces_add(out, (size_t)(run - in->p), to);
	return 0;
}

struct step *
script_split_new(void)
{
	return plain("UnicodeScripts", script_split);
}

static int
pattern_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const struct pattern_split *k = (const struct pattern_split *)s;
	struct cutter c = { .behavior = k->behavior, .invert = k->invert,
		.out = out };
	struct pattern_iter it;
	struct span at;
	size_t done = from;
	int got;

	pattern_start(&it, k->pattern, work, in->p + from, to - from);
	while ((got = pattern_next(&it, &at)) > 0) {
		if (done < from + at.from)
			cutter_put(&c, done, from + at.from, false);
		cutter_put(&c, from + at.from, from + at.to, true);
		done = from + at.to;
	}
	if (done < to)
		cutter_put(&c, done, to, false);
	cutter_end(&c);
	return got;
}

static void *
pattern_split_work(const struct step *s)
{
	(void)s;
	return pattern_work_new();
}

static void
pattern_split_done(void *work)
{
	pattern_work_free(work);
}

static void
pattern_split_free(struct step *s)
{
	pattern_free(((struct pattern_split *)s)->pattern);
	free(s);
}

struct step *
pattern_split_new(const char *type, struct pattern *p, enum behavior behavior,
    bool invert)
{
	struct pattern_split *k = xcalloc(1, sizeof *k);

	k->step = (struct step){ .type = type, .split = pattern_split,
		.work_new = pattern_split_work,
		.work_free = pattern_split_done, .free = pattern_split_free };
	k->pattern = p;
	k->behavior = behavior;
	k->invert = invert;
	return &k->step;
}

const struct pattern_split *
pattern_split_of(const struct step *s)
{
	return s->split == pattern_split ? (const struct pattern_split *)s
					 : NULL;
}

const struct class_split *
class_split_of(const struct step *s)
{
	return s->split == class_split ? (const struct class_split *)s : NULL;
}

bool
is_bert_split(const struct step *s)
{
	return s->split == bert_split;
}

struct fixed_split {
	struct step step;
	size_t length;		/* characters */
};

static int
fixed_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	size_t length = ((const struct fixed_split *)s)->length, n = 0;
	const char *p = in->p + from, *end = in->p + to, *run = p;

	(void)work;
	while (p < end) {
		unicode_next(&p);
		if (++n < length && p < end)
			continue;
		pieces_add(out, (size_t)(run - in->p), (size_t)(p - in->p));
		run = p;
		n = 0;
	}
	return 0;
}

struct step *
fixed_split_new(size_t length)
{
	struct fixed_split *k = xcalloc(1, sizeof *k);

	k->step = (struct step){ .type = "FixedLength", .split = fixed_split,
		.free = release };
	k->length = length;
	return &k->step;
}
