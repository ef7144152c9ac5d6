#include "tok/unicode.h"

#include <stdlib.h>
#include <string.h>

#include "tok/unicode_data.h"
#include "utf8.h"

/* Hangul syllables are computed: Unicode 9.0, section 3.12. */
enum {
	S_BASE = 0xac00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11a7,
	L_COUNT = 19, V_COUNT = 21, T_COUNT = 28,
	S_COUNT = L_COUNT * V_COUNT * T_COUNT
};

int
unicode_lower(uint32_t c, uint32_t out[3])
{
	const uint8_t *kind;

	out[0] = c;
	if (c >= UNICODE_PLANES)
		return 1;
	kind = unicode_lower_kind[unicode_lower_page[c >> 8]];
	out[0] = c + (uint32_t)unicode_lower_by[kind[c & 255]];
	if (c != 0x130)
		return 1;
	out[1] = 0x307;		/* I with a dot above keeps its dot */
	return 2;
}

uint8_t
unicode_script(uint32_t c)
{
	size_t lo = 0, hi = unicode_n_scripts, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (unicode_scripts[mid].first <= c)
			lo = mid;
		else
			hi = mid;
	}
	return unicode_scripts[lo].script;
}

int
unicode_to_byte(uint32_t c)
{
	uint32_t b;

	if (c < 0x100)
		return unicode_of_byte[c] == c ? (int)c : -1;
	/* U+0100 on are, in order, the bytes 0..20, 7f..a0 and ad. */
	b = c - 0x100;
	if (b > 0x20)
		b += 0x7f - 0x21;
	if (b > 0xa0)
		b += 0xad - 0xa1;
	return b < 0x100 && unicode_of_byte[b] == c ? (int)b : -1;
}

uint8_t
unicode_ccc(uint32_t c)
{
	if (c >= UNICODE_PLANES)
		return 0;
	return unicode_ccc_of[unicode_ccc_kind[unicode_ccc_page[c >> 8]]
	    [c & 255]];
}

static int
decompose_hangul(uint32_t s, uint32_t *out)
{
	out[0] = L_BASE + s / (V_COUNT * T_COUNT);
	out[1] = V_BASE + s % (V_COUNT * T_COUNT) / T_COUNT;
	out[2] = T_BASE + s % T_COUNT;
	return out[2] == T_BASE ? 2 : 3;
}

/* UTF-16 to code points; their number. */
static int
from_utf16(const uint16_t *u, size_t n, uint32_t *out)
{
	size_t i;
	int count = 0;

	for (i = 0; i < n; i++) {
		if (u[i] >= 0xd800 && u[i] < 0xdc00) {
			out[count++] = 0x10000u +
			    ((uint32_t)(u[i] & 0x3ff) << 10 |
			    (u[i + 1] & 0x3ff));
			i++;
		} else {
			out[count++] = u[i];
		}
	}
	return count;
}

int
unicode_decompose(uint32_t c, bool compat, uint32_t out[UNICODE_DECOMPOSED])
{
	const uint16_t *entry;
	size_t canon, comp;

	out[0] = c;
	if (c < 0x80 || c >= UNICODE_PLANES)
		return 1;
	if (c - S_BASE < S_COUNT)
		return decompose_hangul(c - S_BASE, out);
	entry = unicode_decomp + unicode_decomp_at[
	    unicode_decomp_page[c >> 6] * 64 + (c & 63)];
	canon = entry[0] & 0xff;
	comp = entry[0] >> 8;
	if (compat && comp != 0xff)
		return comp > 0 ? from_utf16(entry + 1 + canon, comp, out) : 1;
	return canon > 0 ? from_utf16(entry + 1, canon, out) : 1;
}

/* What a and b compose to, or 0. */
static uint32_t
compose(uint32_t a, uint32_t b)
{
	size_t lo = 0, hi = unicode_n_pairs, mid;
	const struct unicode_pair *p;

	if (a - L_BASE < L_COUNT && b - V_BASE < V_COUNT)
		return S_BASE + ((a - L_BASE) * V_COUNT + b - V_BASE) * T_COUNT;
	if (a - S_BASE < S_COUNT && b - T_BASE - 1 < T_COUNT - 1)
		return (a - S_BASE) % T_COUNT == 0 ? a + b - T_BASE : 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		p = &unicode_pairs[mid];
		if (p->a == a && p->b == b)
			return p->ab;
		if (p->a < a || (p->a == a && p->b < b))
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

void
unicode_from_free(struct unicode_from *f)
{
	free(f->p);
	*f = (struct unicode_from){ 0 };
}

static void
from_reserve(struct unicode_from *f, size_t more)
{
	while (f->cap - f->n < more)
		GROW(f->p, f->cap, f->cap);
}

void
unicode_put(struct buf *out, struct unicode_from *from, uint32_t c, uint32_t at)
{
	char text[4];
	int n = utf8_encode(c, text), i;

	buf_add(out, text, (size_t)n);
	if (from == NULL)
		return;
	from_reserve(from, 4);
	for (i = 0; i < n; i++)
		from->p[from->n++] = at;
}

void
unicode_copy(struct buf *out, struct unicode_from *from, const char *s,
    size_t at, size_t to)
{
	uint32_t start = 0;
	size_t i;

	buf_add(out, s + at, to - at);
	if (from == NULL)
		return;
	from_reserve(from, to - at);
	for (i = at; i < to; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			start = (uint32_t)i;
		from->p[from->n++] = start;
	}
}

void
unicode_align_start(struct unicode_aligner *a, struct buf *out,
    struct unicode_from *from, const char *s, size_t n)
{
	*a = (struct unicode_aligner){ .out = out, .from = from, .s = s,
		.end = n, .last = UNICODE_NOWHERE };
}

static void
swallow(struct unicode_aligner *a)
{
	const char *p = a->s + a->at;

	if (a->at >= a->end)
		return;
	a->last = (uint32_t)a->at;
	unicode_next(&p);
	a->at = (size_t)(p - a->s);
}

void
unicode_align(struct unicode_aligner *a, uint32_t c, int32_t change)
{
	if (change > 0) {
		unicode_put(a->out, a->from, c, a->last);
		return;
	}
	unicode_put(a->out, a->from, c, (uint32_t)a->at);
	if (a->from != NULL)
		for (; change <= 0; change++)
			swallow(a);
}

/*
 * The length of the run at s[0..n) that no form changes whatever follows,
 * eight bytes at a time: ASCII, or for the composed canonical form all below
 * U+0300, whose first byte is below 0xcc.
 */
static size_t
plain_run(enum unicode_form form, const char *s, size_t n)
{
	const uint64_t high = 0x8080808080808080u;
	const uint64_t add = form == UNICODE_NFC ? 0x3434343434343434u : high;
	size_t i = 0;
	uint64_t w;

	for (; n - i >= 8; i += 8) {
		memcpy(&w, s + i, 8);
		if ((w & high & ((w & ~high) + add)) != 0)
			break;
	}
	while (i > 0 && i < n && ((unsigned char)s[i] & 0xc0) == 0x80)
		i--;
	return i;
}

size_t
unicode_is_normal(enum unicode_form form, const char *s, size_t n)
{
	const uint32_t not = (uint32_t)UC_NOT_NFC << form;
	const char *p = s, *end = s + n, *starter = s, *here;
	uint32_t c, bits;
	uint8_t ccc, last = 0;
	bool settled = true;	/* nothing but starters since the run began */
	size_t run;

	while (p < end) {
		if (settled &&
		    (run = plain_run(form, p, (size_t)(end - p))) > 0) {
			p += run;
			starter = p - 1;
			while (((unsigned char)*starter & 0xc0) == 0x80)
				starter--;
			if (p == end)
				break;
		}
		here = p;
		c = unicode_next(&p);
		bits = unicode_class(c);
		if (bits & not)
			return (size_t)(starter - s);
		ccc = bits & UC_CCC ? unicode_ccc(c) : 0;
		if (ccc != 0 && ccc < last)
			return (size_t)(starter - s);
		last = ccc;
		settled = ccc == 0;
		if (settled)
			starter = here;
	}
	return n;
}

/* A character on its way; its change is unicode_align()'s. */
struct item {
	uint32_t c;
	int32_t change;
	uint8_t ccc;
};

struct items {
	struct item *v;
	size_t n, cap;
};

struct norm {
	struct unicode_aligner to;
	bool compose;
	bool based;		/* base is set */
	struct item base;	/* a starter that may still compose */
	int blocked;		/* class of the last mark after it, or -1 */
	struct items marks;	/* kept after base */
	struct items queue;	/* non-starters not yet in canonical order */
};

static void
push(struct items *l, struct item x)
{
	if (l->n == l->cap)
		GROW(l->v, l->n, l->cap);
	l->v[l->n++] = x;
}

static void
put(struct norm *w, struct item x)
{
	unicode_align(&w->to, x.c, x.change);
}

static void
put_base(struct norm *w)
{
	size_t i;

	if (w->based)
		put(w, w->base);
	for (i = 0; i < w->marks.n; i++)
		put(w, w->marks.v[i]);
	w->marks.n = 0;
	w->blocked = -1;
	w->based = false;
}

/* Take the next character in canonical order. */
static void
take(struct norm *w, struct item x)
{
	uint32_t ab;

	if (!w->compose || (!w->based && x.ccc != 0)) {
		put(w, x);
		return;
	}
	if (w->based && w->blocked < x.ccc &&
	    (ab = compose(w->base.c, x.c)) != 0) {
		w->base.c = ab;
		w->base.change += x.change - 1;
		return;
	}
	if (x.ccc != 0) {
		push(&w->marks, x);
		w->blocked = x.ccc;
		return;
	}
	put_base(w);
	w->base = x;
	w->based = true;
}

/* Stable, and linear for a long run of marks in no order. */
static void
sort_marks(struct item *v, size_t n)
{
	size_t at[256] = { 0 }, i, j, sum = 0, count;
	struct item *copy, x;

	if (n <= 16) {
		for (i = 1; i < n; i++) {
			x = v[i];
			for (j = i; j > 0 && v[j - 1].ccc > x.ccc; j--)
				v[j] = v[j - 1];
			v[j] = x;
		}
		return;
	}
	copy = xmalloc(n * sizeof *copy);
	memcpy(copy, v, n * sizeof *copy);
	for (i = 0; i < n; i++)
		at[v[i].ccc]++;
	for (i = 0; i < 256; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		v[at[copy[i].ccc]++] = copy[i];
	free(copy);
}

static void
take_queue(struct norm *w)
{
	size_t i;

	if (w->queue.n > 1)
		sort_marks(w->queue.v, w->queue.n);
	for (i = 0; i < w->queue.n; i++)
		take(w, w->queue.v[i]);
	w->queue.n = 0;
}

static void
decompose_into(struct norm *w, uint32_t c, bool compat)
{
	uint32_t part[UNICODE_DECOMPOSED];
	int n = unicode_decompose(c, compat, part), i;
	struct item x;

	for (i = 0; i < n; i++) {
		x = (struct item){ part[i], i > 0, unicode_ccc(part[i]) };
		if (x.ccc != 0) {
			push(&w->queue, x);
			continue;
		}
		take_queue(w);
		take(w, x);
	}
}

void
unicode_normalize(enum unicode_form form, const char *s, size_t n,
    struct buf *out, struct unicode_from *from)
{
	const uint32_t not = (uint32_t)UC_NOT_NFC << form | UC_CCC;
	struct norm w = {
		.blocked = -1,
		.compose = form == UNICODE_NFC || form == UNICODE_NFKC,
	};
	const char *p, *here;
	uint32_t c;
	size_t i = 0, k;

	unicode_align_start(&w.to, out, from, s, n);
	while (i < n) {
		k = unicode_is_normal(form, s + i, n - i);
		unicode_copy(out, from, s, i, i + k);
		i += k;
		w.to.at = i;
		/* To the next character that nothing before can touch. */
		for (p = here = s + i; p < s + n; here = p) {
			c = unicode_next(&p);
			if (here > s + i && (unicode_class(c) & not) == 0)
				break;
			decompose_into(&w, c,
			    form == UNICODE_NFKC || form == UNICODE_NFKD);
		}
		take_queue(&w);
		put_base(&w);
		i = (size_t)(here - s);
	}
	free(w.marks.v);
	free(w.queue.v);
}
