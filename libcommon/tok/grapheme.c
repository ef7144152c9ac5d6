#include "tok/grapheme.h"

#include <stdbool.h>

#include "tok/unicode.h"

/* What the rules with a memory need to know of the cluster so far. */
struct cluster {
	enum grapheme_kind last;
	unsigned regional;	/* GB12, GB13: how many of them at the end */
	bool picture;		/* GB11: a picture, then Extend (and ZWJ) */
	bool consonant, linker;	/* GB9c: a consonant, then only InCB marks,
				   and a linker among them */
};

static bool
extends(enum grapheme_kind k)
{
	return k == G_EXTEND || k == G_LINKER || k == G_ZWNJ;
}

static void
add(struct cluster *g, enum grapheme_kind k)
{
	bool mark = k == G_EXTEND || k == G_LINKER || k == G_ZWJ;

	g->regional = k == G_REGIONAL ? g->regional + 1 : 0;
	g->linker = g->consonant && (k == G_LINKER || (mark && g->linker));
	g->consonant = k == G_CONSONANT || (mark && g->consonant);
	/* A second ZWJ is no Extend, and ends the sequence. */
	g->picture = k == G_PICTURE || (g->picture && g->last != G_ZWJ &&
	    (extends(k) || k == G_ZWJ));
	g->last = k;
}

static bool
is_control(enum grapheme_kind k)
{
	return k == G_CR || k == G_LF || k == G_CONTROL;
}

static bool
hangul_joins(enum grapheme_kind a, enum grapheme_kind b)
{
	switch (a) {
	case G_L:
		return b == G_L || b == G_V || b == G_LV || b == G_LVT;
	case G_V:
	case G_LV:
		return b == G_V || b == G_T;
	case G_T:
	case G_LVT:
		return b == G_T;
	default:
		return false;
	}
}

/* Does k belong to the cluster?  The rules' order is UAX #29's. */
static bool
joins(const struct cluster *g, enum grapheme_kind k)
{
	if (g->last == G_CR && k == G_LF)
		return true;
	if (is_control(g->last) || is_control(k))
		return false;
	if (hangul_joins(g->last, k))
		return true;
	if (extends(k) || k == G_ZWJ || k == G_SPACING ||
	    g->last == G_PREPEND)
		return true;
	if (k == G_CONSONANT)
		return g->linker;
	if (k == G_PICTURE)
		return g->picture && g->last == G_ZWJ;
	return k == G_REGIONAL && g->regional % 2 == 1;
}

size_t
grapheme_length(const char *s, size_t n)
{
	struct cluster g = { .last = G_CONTROL };
	const char *p = s, *end = s + n, *here;
	enum grapheme_kind k;

	add(&g, grapheme_kind(unicode_next(&p)));
	for (here = p; p < end; here = p) {
		k = grapheme_kind(unicode_next(&p));
		if (!joins(&g, k))
			break;
		add(&g, k);
	}
	return (size_t)(here - s);
}
