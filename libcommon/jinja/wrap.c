#include <string.h>

#include "err.h"
#include "jinja/filters.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

/*
 * wordwrap: what Python's textwrap.wrap() does, without its tabs and sentence
 * endings.  A line is cut into chunks (words, parts of hyphenated words, white
 * space) and these are laid out; s is the line's characters.
 */
struct line {
	struct jrun *r;
	uint32_t *s;
	size_t n;
	struct chunk {
		size_t at, n;
	} *chunks;
	size_t n_chunks, next;
	size_t width;
	bool break_words, hyphens;
};

static bool
white(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
letter(uint32_t c)
{
	return ju_word(c) && !ju_decimal(c);
}

static bool
in_word(uint32_t c)
{
	return ju_word(c) ||
	    (c != 0 && c < 0x80 && strchr("!\"'&.,?", (int)c) != NULL);
}

/* -- between words, at i: how many dashes, or 0. */
static size_t
dashes(const struct line *l, size_t i)
{
	size_t n = 0;

	while (i + n < l->n && l->s[i + n] == '-')
		n++;
	return n >= 2 && i > 0 && in_word(l->s[i - 1]) && i + n < l->n &&
	    ju_word(l->s[i + n]) ? n : 0;
}

/* May a line end after the hyphen at i, as in well-known? */
static bool
hyphen(const struct line *l, size_t i)
{
	const uint32_t *s = l->s + i;
	size_t after = l->n - i - 1;

	if (*s != '-' || i < 2)
		return false;
	if (!(letter(s[-1]) && letter(s[-2])) &&
	    !(i >= 3 && in_word(s[-1]) && s[-2] == '-' && letter(s[-3])))
		return false;
	return (after >= 2 && letter(s[1]) && letter(s[2])) ||
	    (after >= 3 && letter(s[1]) && s[2] == '-' && letter(s[3]));
}

static size_t
chunk_at(const struct line *l, size_t at)
{
	size_t i = at;

	if (white(l->s[i])) {
		while (i < l->n && white(l->s[i]))
			i++;
		return i - at;
	}
	if (l->hyphens && dashes(l, i) > 0)
		return dashes(l, i);
	for (i++; i < l->n && !white(l->s[i]); i++)
		if (l->hyphens && dashes(l, i) > 0)
			break;
		else if (l->hyphens && hyphen(l, i))
			return i + 1 - at;
	return i - at;
}

static void
split(struct line *l)
{
	size_t at, n;

	l->chunks = jarena_new(&l->r->mem, l->n * sizeof *l->chunks);
	for (at = 0; at < l->n; at += n) {
		n = chunk_at(l, at);
		l->chunks[l->n_chunks++] = (struct chunk){ at, n };
	}
}

/* Where to cut a word of which only room characters fit. */
static size_t
cut(const struct line *l, const struct chunk *c, size_t room)
{
	bool other = false;
	size_t i, end = room;

	if (!l->hyphens || c->n <= room)
		return room;
	for (i = 0; i < room; i++) {
		if (l->s[c->at + i] == '-' && other)
			end = i + 1;
		other |= l->s[c->at + i] != '-';
	}
	return end;
}

static bool
blank(const struct line *l, const struct chunk *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!ju_space(l->s[c->at + i]))
			return false;
	return true;
}

/* Fill one line: the characters from..to.  False: there is none. */
static bool
fill(struct line *l, bool first, size_t *from, size_t *to)
{
	struct chunk *c = &l->chunks[l->next], last = { 0 };
	size_t room = l->width, n;

	if (!first && blank(l, c)) {
		l->next++;
		c++;
	}
	*from = *to = l->next < l->n_chunks ? c->at : l->n;
	for (; l->next < l->n_chunks && c->n <= room; c++, l->next++) {
		room -= c->n;
		*to = c->at + c->n;
		last = *c;
	}
	if (l->next < l->n_chunks && c->n > l->width) {
		if (l->break_words && room > 0) {
			n = cut(l, c, room);
			c->at += n;
			c->n -= n;
			*to = c->at;
			last = (struct chunk){ *to - n, n };
		} else if (!l->break_words && *to == *from) {
			*to = c->at + c->n;
			last = *c;
			l->next++;
		}
	}
	if (last.n > 0 && blank(l, &last))
		*to = last.at;
	return *to > *from;
}

static int
wrap(struct line *l, struct jtext *t, struct jstr *between)
{
	size_t from, to;
	bool first = true;

	split(l);
	while (l->next < l->n_chunks) {
		if (jrun_step(l->r, 1) < 0)
			return -1;
		if (!fill(l, first, &from, &to))
			continue;
		if (!first)
			jtext_add(t, between->p, between->n);
		first = false;
		while (from < to)
			jtext_char(t, l->s[from++]);
	}
	return 0;
}

static void
characters(struct line *l, const struct jstr *s)
{
	size_t i;

	l->s = jarena_new(&l->r->mem, s->n * sizeof *l->s);
	for (i = 0; i < s->n; l->n++)
		i += (size_t)utf8_decode(s->p + i, s->n - i, &l->s[l->n]);
}

struct jv
jf_wordwrap(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jtext t = { .a = &r->mem };
	struct jstr *s, *between = jstr_from(&r->mem, "\n");
	struct jlist *lines;
	int64_t width;
	size_t i;

	(void)c;
	if (jarg_str(self, &s) < 0 || jarg_int(arg[0], 79, &width) < 0 ||
	    (arg[2].kind != JV_MISSING && arg[2].kind != JV_NONE &&
		jarg_str(arg[2], &between) < 0))
		return bad;
	lines = ju_lines(r, s, false);
	if (width < 1)
		return JV_FAIL("invalid width %jd (must be > 0)",
		    (intmax_t)width);
	for (i = 0; i < lines->n; i++) {
		struct line l = { .r = r, .width = (size_t)width,
			.break_words = arg[1].kind == JV_MISSING ||
			    jv_truth(arg[1]),
			.hyphens = arg[3].kind == JV_MISSING ||
			    jv_truth(arg[3]) };

		if (i > 0)
			jtext_add(&t, between->p, between->n);
		characters(&l, lines->at[i].s);
		if (wrap(&l, &t, between) < 0)
			return bad;
	}
	return jv_str(jtext_done(&t));
}
