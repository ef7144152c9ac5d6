#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/patternimpl.h"
#include "tok/patternset.h"
#include "utf8.h"

/*
 * From Oniguruma's dialect (doc/RE of Oniguruma 6.9, its default syntax) to
 * PCRE2's.  Classes are worked out by patternset; the rest is rewritten where
 * the two differ:
 *
 *	(?m)		. matches a newline: (?s)
 *	a(?i)b|c	a(?i:b|c): the option's scope is the rest of the group
 *	{,n}		{0,n}
 *	a{n,m}+ a{n}?	(?:a{n,m})+ (?:a{n})?
 *	\h \v \R \O	hex digit, VT, any newline, any character
 *	\b		between \w and not \w, with Oniguruma's \w
 *
 * What PCRE2 can't say (absent operators, look-behind of no fixed length, a
 * character that is several in another case) is refused.
 */
enum { DEPTH = 100, SIZE_LIMIT = 8 << 20 };

struct tr {
	const char *p, *end;
	struct buf *out;
	struct pattern_set *unknown;	/* to PCRE2; NULL until needed */
	bool fold, dotall, spaced;	/* (?i), (?m), (?x) */
	bool names;			/* then plain groups do not capture */
	uint32_t last;			/* the literal just before, or 0, */
	size_t last_at;			/* where it is in out */
	bool paired;			/* and it is half of a pair */
	int depth;
};

static int alternatives(struct tr *t);

static bool
next_is(const struct tr *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, s, n) == 0;
}

static bool
skip(struct tr *t, const char *s)
{
	if (!next_is(t, s))
		return false;
	t->p += strlen(s);
	return true;
}

static uint32_t
character(struct tr *t)
{
	uint32_t c = 0;
	int n = utf8_decode(t->p, (size_t)(t->end - t->p), &c);

	t->p += n > 0 ? n : 1;
	return c;
}

/* Digits of a base from p on, at most max of them. */
static uint32_t
number(struct tr *t, uint32_t base, int max)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t v = 0;
	const char *d;

	for (; max > 0 && t->p < t->end && *t->p != '\0'; max--, t->p++) {
		d = strchr(digits, *t->p >= 'A' && *t->p <= 'F' ? *t->p + 32
							       : *t->p);
		if (d == NULL || (uint32_t)(d - digits) >= base)
			break;
		v = v * base + (uint32_t)(d - digits);
	}
	return v;
}

/*
 * The character that an escape stands for, t->p being behind the backslash;
 * false: it is none of these, and t->p has not moved.
 */
static int
escaped(struct tr *t, uint32_t *c)
{
	static const char from[] = "tvnrfae", to[] = "\t\v\n\r\f\a\033";
	const char *d;

	if (t->p < t->end && *t->p != '\0' &&
	    (d = strchr(from, *t->p)) != NULL) {
		*c = (unsigned char)to[d - from];
		t->p++;
	} else if (skip(t, "x{")) {
		*c = number(t, 16, 8);
		if (!skip(t, "}"))
			return fail("regex: \\x{ wants hex digits and }");
	} else if (skip(t, "x")) {
		*c = number(t, 16, 2);
	} else if (skip(t, "u")) {
		*c = number(t, 16, 4);
	} else if (next_is(t, "0")) {
		*c = number(t, 8, 3);
	} else {
		return 0;
	}
	if (*c > 0x10ffff)
		return fail("regex: \\x{%x} is no character", *c);
	return 1;
}

/* \p{name}, \p{^name}, \P{name}, t->p at the p: the set is replaced. */
static int
property(struct tr *t, struct pattern_set *s)
{
	bool not = *t->p++ == 'P';
	const char *close;

	memset(s, 0, sizeof *s);
	if (!skip(t, "{") ||
	    (close = memchr(t->p, '}', (size_t)(t->end - t->p))) == NULL)
		return fail("regex: \\p wants {name}");
	if (skip(t, "^"))
		not = !not;
	if (set_add_property(s, t->p, (size_t)(close - t->p)) < 0)
		return -1;
	t->p = close + 1;
	if (not)
		set_not(s);
	return 0;
}

/* \w \W \d \D \s \S \h \H \p \P: 1 with the set, 0: it is none of these. */
static int
class_escape(struct tr *t, struct pattern_set *s, bool in_brackets)
{
	char c = t->p < t->end ? *t->p : '\0';

	if (c == 'p' || c == 'P')
		return property(t, s) < 0 ? -1 : 1;
	if (c == '\0' || strchr("wdshWDSH", c) == NULL)
		return 0;
	t->p++;
	memset(s, 0, sizeof *s);
	set_add_letter(s, (char)(c | 0x20), in_brackets);
	if (c < 'a')
		set_not(s);
	return 1;
}

/* [:name:] or [:^name:]; 0: it is no such thing. */
static int
posix(struct tr *t, struct pattern_set *s)
{
	const char *p = t->p + 2, *q = p;
	bool not;

	if (!next_is(t, "[:"))
		return 0;
	not = p < t->end && *p == '^';
	if (not)
		p++;
	for (q = p; q < t->end && *q >= 'a' && *q <= 'z'; q++)
		continue;
	if (q == p || t->end - q < 2 || q[0] != ':' || q[1] != ']')
		return 0;
	memset(s, 0, sizeof *s);
	if (set_add_property(s, p, (size_t)(q - p)) < 0)
		return -1;
	if (not)
		set_not(s);
	t->p = q + 2;
	return 1;
}

/* One character of a class, perhaps escaped. */
static int
class_char(struct tr *t, uint32_t *c)
{
	int r;

	if (!skip(t, "\\")) {
		*c = character(t);
		return 0;
	}
	if (t->p == t->end)
		return fail("regex: ends in a backslash");
	if (skip(t, "b")) {
		*c = '\b';
		return 0;
	}
	r = escaped(t, c);
	if (r == 0)
		*c = character(t);
	return r < 0 ? -1 : 0;
}

/* A character or a range of them. */
static int
class_range(struct tr *t, struct pattern_set *s)
{
	const char *mark;
	uint32_t from, to;

	if (class_char(t, &from) < 0)
		return -1;
	to = from;
	mark = t->p;
	if (skip(t, "-")) {
		if (t->p == t->end || *t->p == ']' || *t->p == '[' ||
		    next_is(t, "&&") || (*t->p == '\\' && t->end - t->p > 1 &&
		    strchr("wdshWDSHpP", t->p[1]) != NULL))
			t->p = mark;	/* a plain - after all */
		else if (class_char(t, &to) < 0)
			return -1;
	}
	if (from > to)
		return fail("regex: a range of a class runs backwards");
	set_add(s, from, to);
	return 0;
}

static int class(struct tr *t, struct pattern_set *s);

/* What lies between two && of a class. */
static int
class_items(struct tr *t, struct pattern_set *s, bool first)
{
	struct pattern_set *sub = xmalloc(sizeof *sub);
	const char *mark;
	int r = 0;

	memset(s, 0, sizeof *s);
	for (; r >= 0 && t->p < t->end; first = false) {
		if ((*t->p == ']' && !first) || next_is(t, "&&"))
			break;
		r = posix(t, sub);
		if (r == 0 && skip(t, "[")) {
			r = class(t, sub) < 0 ? -1 : 1;
		} else if (r == 0 && *t->p == '\\') {
			mark = t->p++;
			r = class_escape(t, sub, true);
			if (r == 0)
				t->p = mark;
		}
		if (r > 0)
			set_or(s, sub);
		else if (r == 0)
			r = class_range(t, s);
	}
	free(sub);
	return r < 0 ? -1 : 0;
}

/* t->p is behind the bracket that opens; the set is replaced. */
static int
class(struct tr *t, struct pattern_set *s)
{
	struct pattern_set *part;
	bool not = skip(t, "^"), first;
	int r;

	if (++t->depth > DEPTH)
		return fail("regex: is nested too deeply");
	/* A bracket that closes nothing yet is a character, if one follows. */
	first = next_is(t, "]") &&
	    memchr(t->p + 1, ']', (size_t)(t->end - t->p - 1)) != NULL;
	if (next_is(t, "]") && !first)
		return fail("regex: a class is empty");
	r = class_items(t, s, first);
	part = xmalloc(sizeof *part);
	while (r == 0 && skip(t, "&&")) {
		r = class_items(t, part, false);
		set_and(s, part);
	}
	free(part);
	if (r == 0 && !skip(t, "]"))
		r = fail("regex: a class has no end");
	if (not)
		set_not(s);
	t->depth--;
	return r;
}

static void
put_class(struct tr *t, const struct pattern_set *s, struct buf *out)
{
	if (t->unknown == NULL) {
		t->unknown = xcalloc(1, sizeof *t->unknown);
		set_add_unknown(t->unknown);
	}
	set_write(s, t->unknown, out);
}

/* A class written in brackets folds under (?i), \w and \p do not. */
static void
put_set(struct tr *t, const struct pattern_set *s, bool fold)
{
	bool guard = t->fold && !fold;

	if (guard)
		buf_str(t->out, "(?-i:");
	put_class(t, s, t->out);
	if (guard)
		buf_byte(t->out, ')');
}

static void
put_char(struct tr *t, uint32_t c)
{
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 128)
		buf_byte(t->out, (char)c);
	else
		buf_printf(t->out, "\\x{%x}", c);
}

/*
 * Characters that are several in another case, as U+00DF is "ss" (F in
 * Unicode's CaseFolding.txt), with the first of those.
 */
static const struct wide {
	uint32_t from, to, first;
} wide[] = {
	{ 0xdf, 0xdf, 's' }, { 0x130, 0x130, 'i' }, { 0x149, 0x149, 0x2bc },
	{ 0x1f0, 0x1f0, 'j' }, { 0x390, 0x390, 0x3b9 },
	{ 0x3b0, 0x3b0, 0x3c5 }, { 0x587, 0x587, 0x565 },
	{ 0x1e96, 0x1e96, 'h' }, { 0x1e97, 0x1e97, 't' },
	{ 0x1e98, 0x1e98, 'w' }, { 0x1e99, 0x1e99, 'y' },
	{ 0x1e9a, 0x1e9a, 'a' }, { 0x1e9e, 0x1e9e, 's' },
	{ 0x1f50, 0x1f57, 0x3c5 }, { 0x1f80, 0x1faf, 0x1f00 },
	{ 0x1fb2, 0x1fb7, 0x3b1 }, { 0x1fc2, 0x1fc7, 0x3b7 },
	{ 0x1fd2, 0x1fd7, 0x3b9 }, { 0x1fe2, 0x1fe7, 0x3c5 },
	{ 0x1ff2, 0x1ff7, 0x3c9 }, { 0xfb00, 0xfb04, 'f' },
	{ 0xfb05, 0xfb06, 's' }, { 0xfb13, 0xfb17, 0x574 },
	{ 0, 0, 0 }
};

/* Pairs of letters that are one character in another case as well. */
static const struct narrow {
	char pair[3];
	const char *also;
} narrow[] = {
	{ "ss", "\\x{df}|\\x{1e9e}" }, { "ff", "\\x{fb00}" },
	{ "fi", "\\x{fb01}" }, { "fl", "\\x{fb02}" },
	{ "st", "\\x{fb05}|\\x{fb06}" }, { "", NULL }
};

static const struct narrow *
find_narrow(uint32_t a, uint32_t b)
{
	const struct narrow *n;

	for (n = narrow; n->also != NULL; n++)
		if ((a | 32) == (uint32_t)n->pair[0] &&
		    (b | 32) == (uint32_t)n->pair[1])
			return n;
	return NULL;
}

/* May b after a be the end of another such pair? */
static bool
ends_wide(uint32_t a, uint32_t b)
{
	return a > 0 && ((b >= 0x307 && b <= 0x342) || b == 0x2be ||
	    b == 0x3b9 || (a == 0x2bc && (b | 32) == 'n') ||
	    (a >= 0x531 && a <= 0x587 && b >= 0x531 && b <= 0x587));
}

/* Under (?i); alone: it is repeated, and so not part of a pair. */
static int
folded(struct tr *t, uint32_t c, uint32_t last, bool alone)
{
	const struct narrow *n = alone ? NULL : find_narrow(last, c);
	const struct wide *w;

	for (w = wide; w->from != 0; w++)
		if (c >= w->from && c <= w->to)
			return fail("regex: U+%04X is several characters in "
			    "another case, which is not supported", c);
	if ((!alone && ends_wide(last, c)) || (n != NULL && t->paired))
		return fail("regex: U+%04X U+%04X is one character in another "
		    "case, which is not supported", last, c);
	t->paired = n != NULL;
	if (n == NULL) {
		t->last_at = t->out->n;
		put_char(t, c);
		return 0;
	}
	t->out->n = t->last_at;
	buf_printf(t->out, "(?:%s|%s)", n->pair, n->also);
	return 0;
}

static int
literal(struct tr *t, uint32_t c)
{
	bool alone = t->p < t->end && *t->p != '\0' &&
	    strchr("*+?{", *t->p) != NULL;
	uint32_t last = t->last;

	t->last = alone ? 0 : c;
	if (t->fold)
		return folded(t, c, last, alone);
	put_char(t, c);
	return 0;
}

/* Does a class that folds have one, and not what that begins with? */
static int
check_class(const struct tr *t, const struct pattern_set *s)
{
	const struct wide *w;
	uint32_t c;

	for (w = wide; t->fold && w->from != 0; w++)
		for (c = w->from; c <= w->to; c++)
			if (set_has(s, c) && !set_has(s, w->first))
				return fail("regex: U+%04X in a class is "
				    "several characters in another case, "
				    "which is not supported", c);
	return 0;
}

static void
boundary(struct tr *t, bool is)
{
	struct pattern_set *w = xcalloc(1, sizeof *w);
	struct buf set = { 0 };

	set_add_letter(w, 'w', false);
	put_class(t, w, &set);
	buf_printf(t->out, is ? "(?-i:(?<=%s)(?!%s)|(?<!%s)(?=%s))"
			      : "(?-i:(?<=%s)(?=%s)|(?<!%s)(?!%s))",
	    set.p, set.p, set.p, set.p);
	buf_free(&set);
	free(w);
}

/* \k<name> and \g<name>, or with quotes. */
static int
reference(struct tr *t)
{
	char what = *t->p++, close = next_is(t, "<") ? '>' : '\'';
	const char *e;

	if (t->p == t->end || (*t->p != '<' && *t->p != '\'') ||
	    (e = memchr(t->p + 1, close, (size_t)(t->end - t->p - 1))) == NULL)
		return fail("regex: \\%c wants <name>", what);
	buf_printf(t->out, "\\%c", what);
	buf_add(t->out, t->p, (size_t)(e + 1 - t->p));
	t->p = e + 1;
	return 0;
}

static int
escape(struct tr *t)
{
	struct pattern_set *s;
	uint32_t c;
	int r;

	if (t->p == t->end)
		return fail("regex: ends in a backslash");
	switch (*t->p) {
	case 'A': case 'z': case 'Z': case 'G': case 'K': case 'R': case 'X':
		buf_printf(t->out, "\\%c", *t->p++);
		return 0;
	case 'N':
		t->p++;
		buf_str(t->out, "(?-s:.)");
		return 0;
	case 'O':
		t->p++;
		buf_str(t->out, "(?s:.)");
		return 0;
	case 'b': case 'B':
		boundary(t, *t->p++ == 'b');
		return 0;
	case 'k': case 'g':
		return reference(t);
	}
	if (*t->p >= '1' && *t->p <= '9') {
		buf_printf(t->out, "\\g{%u}", number(t, 10, 3));
		return 0;
	}
	s = xmalloc(sizeof *s);
	r = class_escape(t, s, false);
	if (r > 0)
		put_set(t, s, false);
	else if (r == 0 && (r = escaped(t, &c)) >= 0) {
		c = r > 0 ? c : character(t);
		r = literal(t, c);
	}
	free(s);
	return r < 0 ? -1 : 0;
}

/* The options of (?imx-imx) or (?imx-imx: to the flags; 0 or -1. */
static int
options(struct tr *t)
{
	bool on = true;

	for (; t->p < t->end && *t->p != ')' && *t->p != ':'; t->p++)
		switch (*t->p) {
		case '-':
			on = false;
			break;
		case 'i':
			t->fold = on;
			break;
		case 'm':
			t->dotall = on;
			break;
		case 'x':
			t->spaced = on;
			break;
		default:
			return fail("regex: (?%c is not known here", *t->p);
		}
	if (t->p == t->end)
		return fail("regex: a group has no end");
	buf_printf(t->out, "(?%s%s%s%s%s:", t->fold ? "i" : "",
	    t->dotall ? "s" : "", t->fold && t->dotall ? "" : "-",
	    t->fold ? "" : "i", t->dotall ? "" : "s");
	return 0;
}

/* Copy (?<name> or (?'name' through. */
static int
group_name(struct tr *t, char close)
{
	const char *e = memchr(t->p, close, (size_t)(t->end - t->p));

	if (e == NULL || e - t->p > 32)
		return fail("regex: a group's name has no end");
	buf_printf(t->out, "(?<%.*s>", (int)(e - t->p), t->p);
	t->p = e + 1;
	return 0;
}

/* What follows the bracket that opens; *isolated: an option without end. */
static int
group_head(struct tr *t, bool *isolated)
{
	static const char *const same[] = { "?:", "?=", "?!", "?>", "?<=",
		"?<!" };
	size_t i;
	int r;

	*isolated = false;
	for (i = 0; i < sizeof same / sizeof *same; i++)
		if (skip(t, same[i])) {
			buf_printf(t->out, "(%s", same[i]);
			return 0;
		}
	if (skip(t, "?<"))
		return group_name(t, '>');
	if (skip(t, "?'"))
		return group_name(t, '\'');
	if (skip(t, "?")) {
		r = options(t);
		if (r == 0)
			*isolated = *t->p++ == ')';
		return r;
	}
	buf_str(t->out, t->names ? "(?:" : "(");
	return 0;
}

/* t->p is behind the bracket that opens. */
static int
group(struct tr *t)
{
	bool fold = t->fold, dotall = t->dotall, spaced = t->spaced;
	const char *e;
	bool isolated;

	if (skip(t, "?#")) {
		e = memchr(t->p, ')', (size_t)(t->end - t->p));
		if (e == NULL)
			return fail("regex: a comment has no end");
		t->p = e + 1;
		return 0;
	}
	if (++t->depth > DEPTH)
		return fail("regex: is nested too deeply");
	if (group_head(t, &isolated) < 0 || alternatives(t) < 0)
		return -1;
	if (!isolated && !skip(t, ")"))
		return fail("regex: a group has no end");
	buf_byte(t->out, ')');
	t->depth--;
	t->fold = fold;
	t->dotall = dotall;
	t->spaced = spaced;
	t->last = 0;
	return 0;
}

/*
 * {n} {n,} {n,m} {,m} from t->p on, into lo and hi (-1: no end).  false, and
 * nothing is read, when it is no quantifier but a brace.
 */
static bool
interval(struct tr *t, int64_t *lo, int64_t *hi)
{
	const char *mark = t->p, *d;

	t->p++;
	d = t->p;
	*lo = number(t, 10, 6);
	*hi = *lo;
	if (skip(t, ",")) {
		if (d + 1 == t->p && next_is(t, "}")) {
			t->p = mark;
			return false;
		}
		d = t->p;
		*hi = number(t, 10, 6);
		if (d == t->p)
			*hi = -1;
	} else if (d == t->p) {
		t->p = mark;
		return false;
	}
	if (skip(t, "}"))
		return true;
	t->p = mark;
	return false;
}

/* Wrap what was written from offset at on into a group of its own. */
static void
wrap(struct buf *out, size_t at)
{
	buf_str(out, "(?:)");
	memmove(out->p + at + 3, out->p + at, out->n - 4 - at);
	memcpy(out->p + at, "(?:", 3);
	out->p[out->n - 1] = ')';
}

/*
 * A quantifier, if there is one, for the atom written from offset atom on;
 * again: that atom has one already.  1: there was one.
 */
static int
quantifier(struct tr *t, size_t atom, bool again)
{
	int64_t lo = 0, hi = 0;
	char c = t->p < t->end ? *t->p : '\0';

	if (c != '*' && c != '+' && c != '?' && c != '{')
		return 0;
	if (c == '{' && !interval(t, &lo, &hi))
		return 0;
	if (again)
		wrap(t->out, atom);
	if (c != '{') {
		buf_byte(t->out, *t->p++);
		if (next_is(t, "?") || next_is(t, "+"))
			buf_byte(t->out, *t->p++);
		return 1;
	}
	if (hi >= 0 && lo > hi)
		return fail("regex: {%lld,%lld} runs backwards", (long long)lo,
		    (long long)hi);
	buf_printf(t->out, hi < 0 ? "{%lld,}" : "{%lld,%lld}", (long long)lo,
	    (long long)hi);
	if (lo != hi && skip(t, "?"))
		buf_byte(t->out, '?');
	return 1;
}

static int
atom(struct tr *t)
{
	struct pattern_set *s;
	bool negated;
	uint32_t c;
	int r;

	if (strchr("([.^$\\", *t->p) != NULL)
		t->last = 0;
	if (skip(t, "\\"))
		return escape(t);
	if (skip(t, "("))
		return group(t);
	if (skip(t, "[")) {
		negated = next_is(t, "^");
		s = xmalloc(sizeof *s);
		r = class(t, s);
		if (r == 0 && !negated)
			r = check_class(t, s);
		if (r == 0)
			put_set(t, s, true);
		free(s);
		return r;
	}
	c = character(t);
	if (c == '.' || c == '^' || c == '$')
		buf_byte(t->out, (char)c);
	else
		return literal(t, c);
	return 0;
}

/* White space and comments under (?x). */
static bool
blank(struct tr *t)
{
	if (!t->spaced || t->p == t->end)
		return false;
	if (*t->p != '\0' && strchr(" \t\n\r\f\v", *t->p) != NULL) {
		t->p++;
		return true;
	}
	if (*t->p != '#')
		return false;
	while (t->p < t->end && *t->p != '\n')
		t->p++;
	return true;
}

/* Up to the bracket that closes the group, which is left, or the end. */
static int
alternatives(struct tr *t)
{
	bool again;
	size_t at;
	int r;

	while (t->p < t->end && *t->p != ')') {
		if (blank(t))
			continue;
		if (skip(t, "|")) {
			t->last = 0;
			buf_byte(t->out, '|');
			continue;
		}
		if (strchr("*+?", *t->p) != NULL && *t->p != '\0')
			return fail("regex: nothing to repeat before %c",
			    *t->p);
		at = t->out->n;
		if (atom(t) < 0)
			return -1;
		if (t->out->n > SIZE_LIMIT)
			return fail("regex: is too large");
		for (again = false; (r = quantifier(t, at, again)) > 0; )
			again = true;
		if (r < 0)
			return -1;
	}
	return 0;
}

/* Is there a group with a name? */
static bool
named(const char *p, const char *end)
{
	for (; end - p > 3; p++)
		if (memcmp(p, "(?'", 3) == 0 || (memcmp(p, "(?<", 3) == 0 &&
		    p[3] != '=' && p[3] != '!'))
			return true;
	return false;
}

int
pattern_translate(const char *text, size_t n, struct buf *out)
{
	struct tr t = { .p = text, .end = text + n, .out = out };
	int r;

	if (utf8_valid(text, n) != n)
		return fail("regex: is not UTF-8");
	t.names = named(t.p, t.end);
	buf_str(out, "");
	r = alternatives(&t);
	free(t.unknown);
	if (r == 0 && t.p != t.end)
		return fail("regex: a ) closes no group");
	return r;
}
