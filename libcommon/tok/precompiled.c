#include "tok/precompiled.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "pull.h"
#include "tok/grapheme.h"
#include "tok/rewrite.h"
#include "utf8.h"

enum { CLUSTER = 6 };	/* a cluster of fewer bytes is looked up whole */

/*
 * The map: the trie's size in bytes, the trie (darts, little-endian units),
 * and the texts, each ended by NUL, to whose offsets its values point.
 */
struct precompiled {
	uint32_t *unit;
	size_t n_units;
	char *text;
	size_t n_text;
	bool keeps[128];	/* ASCII that is no key by itself */
};

/* A darts unit: bits 0-7 and 31 label, 8 has a leaf, 9 wide offset, 10-30
 * offset; a leaf's low 31 bits are the value. */
static uint32_t
offset_of(uint32_t unit)
{
	return unit >> 10 << ((unit & 1u << 9) >> 6);
}

/*
 * The value of the shortest key that s[0..n) begins with: its text in *out,
 * true.  A trie that leads out of itself holds no key there.
 */
static bool
lookup(const struct precompiled *p, const char *s, size_t n, struct slice *out)
{
	uint32_t at = offset_of(p->unit[0]), unit, value;
	unsigned char c;
	size_t i;

	for (i = 0; i < n && s[i] != '\0'; i++) {
		c = (unsigned char)s[i];
		at ^= c;
		if (at >= p->n_units)
			return false;
		unit = p->unit[at];
		if ((unit & (1u << 31 | 0xff)) != c)
			return false;
		at ^= offset_of(unit);
		if ((unit & 1u << 8) == 0)
			continue;
		if (at >= p->n_units)
			return false;
		value = p->unit[at] & ~(1u << 31);
		if (value > p->n_text ||
		    ((unsigned char)p->text[value] & 0xc0) == 0x80)
			return false;
		*out = (struct slice){ p->text + value,
			strlen(p->text + value) };
		return true;
	}
	return false;
}

struct precompiled *
precompiled_new(const void *map, size_t n)
{
	const unsigned char *b = map;
	struct precompiled *p;
	struct slice unused;
	size_t size, i;
	char c;

	if (n < 4)
		return fail("precompiled_charsmap: %zu bytes are no map", n),
		    NULL;
	size = b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 |
	    (size_t)b[3] << 24;
	size = size / 4 * 4;
	if (size < 4 || size > n - 4)
		return fail("precompiled_charsmap: a trie of %zu bytes in a "
		    "map of %zu", size, n), NULL;
	if (utf8_valid((const char *)b + 4 + size, n - 4 - size) !=
	    n - 4 - size)
		return fail("precompiled_charsmap: its texts are not UTF-8"),
		    NULL;
	p = xcalloc(1, sizeof *p);
	p->n_units = size / 4;
	p->unit = xmalloc(size);
	for (i = 0; i < p->n_units; i++, b += 4)
		p->unit[i] = b[4] | (uint32_t)b[5] << 8 |
		    (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24;
	p->n_text = n - 4 - size;
	p->text = xstrndup((const char *)b + 4, p->n_text);
	for (i = 0; i < 128; i++) {
		c = (char)i;
		p->keeps[i] = c != '\r' && !lookup(p, &c, 1, &unused);
	}
	return p;
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four digits to three bytes at out; false: they are not all digits. */
static bool
base64_three(const signed char digit[256], const char *s, char *out)
{
	const unsigned char *c = (const unsigned char *)s;
	int a = digit[c[0]], b = digit[c[1]], d = digit[c[2]], e = digit[c[3]];

	if ((a | b | d | e) < 0)
		return false;
	out[0] = (char)(a << 2 | b >> 4);
	out[1] = (char)(b << 4 | d >> 2);
	out[2] = (char)(d << 6 | e);
	return true;
}

struct precompiled *
precompiled_base64(const char *s, size_t n)
{
	struct precompiled *p = NULL;
	size_t pad = 0, i = 0;
	signed char digit[256];
	struct buf b = { 0 };
	char last[4];

	for (i = 0; i < 256; i++)
		digit[i] = (signed char)base64_digit((char)i);
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	buf_reserve(&b, n / 4 * 3 + 3);
	for (i = 0; n % 4 == 0 && i + 4 < n; i += 4, b.n += 3)
		if (!base64_three(digit, s + i, b.p + b.n))
			break;
	if (n % 4 == 0 && i + 4 == n) {
		memset(last, 'A', sizeof last);	/* for the padding */
		memcpy(last, s + i, 4 - pad);
		i += base64_three(digit, last, b.p + b.n) ? 4 : 0;
		b.n += 3;
	}
	if (n % 4 != 0 || i < n)
		fail("precompiled_charsmap: no base64");
	else
		p = precompiled_new(b.p, b.n - pad);
	buf_free(&b);
	return p;
}

void
precompiled_free(struct precompiled *p)
{
	if (p == NULL)
		return;
	free(p->unit);
	free(p->text);
	free(p);
}

/*
 * How many ASCII bytes at s[0..n) stay as they are, each a cluster by itself:
 * the last one only when nothing follows that could join it.
 */
static size_t
kept(const struct precompiled *p, const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)s[i] < 0x80 && p->keeps[(int)s[i]])
		i++;
	return i > 0 && i < n && (unsigned char)s[i] >= 0x80 ? i - 1 : i;
}

/* Does the map change the cluster s[0..n)? */
static bool
changes(const struct precompiled *p, const char *s, size_t n)
{
	const char *at = s, *end = s + n, *here;
	struct slice by;

	if (n < CLUSTER && lookup(p, s, n, &by))
		return true;
	while (at < end) {
		here = at;
		unicode_next(&at);
		if (lookup(p, here, (size_t)(at - here), &by))
			return true;
	}
	return false;
}

size_t
precompiled_is_normal(const struct precompiled *p, const char *s, size_t n)
{
	size_t i = 0, k;

	while (i < n) {
		i += kept(p, s + i, n - i);
		if (i == n)
			break;
		k = grapheme_length(s + i, n - i);
		if (changes(p, s + i, k))
			return i;
		i += k;
	}
	return n;
}

/*
 * The stream of changes.  The last character is held back, since what is
 * dropped after it counts as swallowed by it.
 */
struct stream {
	struct unicode_aligner to;
	bool held;
	uint32_t c;
	int32_t change;
};

static void
put(struct stream *w, uint32_t c, int32_t change)
{
	if (w->held)
		unicode_align(&w->to, w->c, w->change);
	w->held = true;
	w->c = c;
	w->change = change;
}

/* s[at..at+n) stays. */
static void
keep(struct stream *w, size_t at, size_t n)
{
	const char *p = w->to.s + at, *end = p + n;

	if (w->to.from == NULL && n > 0) {
		if (w->held)
			unicode_align(&w->to, w->c, w->change);
		w->held = false;
		buf_add(w->to.out, p, n);
		return;
	}
	while (p < end)
		put(w, unicode_next(&p), 0);
}

/*
 * Replace the text of `old` characters: the new ones beyond that number are
 * added, a lack of them swallowed by the last one; at the very start, where
 * there is none, tokenizers forgets them, and so do we.
 */
static void
replace(struct stream *w, size_t old, struct slice by)
{
	size_t count = utf8_count(by.p, by.n), i;
	const char *q = by.p;

	for (i = 0; i < count; i++)
		put(w, unicode_next(&q), i >= old);
	if (count < old && w->held)
		w->change -= (int32_t)(old - count);
}

/* One cluster, s[0..n) at offset i of the text. */
static void
apply_cluster(const struct precompiled *p, struct stream *w, size_t i, size_t n)
{
	const char *at = w->to.s + i, *stop = at + n, *here;
	struct slice by;
	uint32_t c;

	if (n < CLUSTER && lookup(p, at, n, &by)) {
		replace(w, utf8_count(at, n), by);
		return;
	}
	while (at < stop) {
		here = at;
		c = unicode_next(&at);
		if (lookup(p, here, (size_t)(at - here), &by))
			replace(w, 1, by);
		else
			put(w, c, 0);
	}
}

void
precompiled_apply(const struct precompiled *p, const char *s, size_t n,
    struct buf *out, struct unicode_from *from)
{
	struct stream w = { .held = false };
	size_t i = 0, k;

	unicode_align_start(&w.to, out, from, s, n);
	while (i < n) {
		k = precompiled_is_normal(p, s + i, n - i);
		keep(&w, i, k);
		i += k;
		if (i == n)
			break;
		k = grapheme_length(s + i, n - i);
		apply_cluster(p, &w, i, k);
		i += k;
	}
	if (w.held)
		unicode_align(&w.to, w.c, w.change);
}

struct map_step {
	struct step step;
	struct precompiled *map;
};

static int
change(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	const struct precompiled *p = ((const struct map_step *)s)->map;
	size_t same = precompiled_is_normal(p, in->p + from, to - from);
	struct unicode_from *align;
	struct rewrite *w = work;

	/* What is dropped first counts as swallowed by the one before. */
	if (from + same < to)
		same = 0;
	text_copy(out, in, from, from + same);
	from += same;
	if (from == to)
		return 0;
	align = rewrite_start(w, in);
	precompiled_apply(p, in->p + from, to - from, &w->out, align);
	rewrite_end(w, in, from, out);
	return 0;
}

static void
release(struct step *s)
{
	precompiled_free(((struct map_step *)s)->map);
	free(s);
}

static int
read_map(struct pull *j, void *member)
{
	struct precompiled **map = member;
	struct buf text = { 0 };
	int r = part_string(j, &text);

	if (r == 0) {
		*map = precompiled_base64(text.p, text.n);
		r = *map != NULL ? 0 : -1;
	}
	buf_free(&text);
	return r;
}

struct step *
precompiled_load(struct pull *j)
{
	static const struct field fields[] = {
		{ "precompiled_charsmap", FIELD_CUSTOM, NEEDED,
		    offsetof(struct map_step, map), read_map },
		{ 0 }
	};
	struct map_step *m = xcalloc(1, sizeof *m);

	m->step = (struct step){ .type = "Precompiled", .change = change,
		.work_new = rewrite_new, .work_free = rewrite_free,
		.free = release };
	if (fields_read(j, fields, m) < 0) {
		release(&m->step);
		return NULL;
	}
	return &m->step;
}

const struct precompiled *
precompiled_of(const struct step *s)
{
	return s->change == change ? ((const struct map_step *)s)->map : NULL;
}
