#include "tok/truncate.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

const char *const tok_strategies[] = { "longest_first", "only_first",
	"only_second", NULL };

enum { ROWS_MAX = 1 << 20 };	/* of one record */

static void
window_add(struct windows *l, size_t from, size_t to)
{
	GROW(l->w, l->n, l->cap);
	l->w[l->n++] = (struct span){ (uint32_t)from, (uint32_t)to };
}

/* Windows of max tokens over n, each sharing stride with the one before. */
static int
cut(size_t n, size_t max, const struct tok_opts *o, struct windows *out)
{
	size_t from, to, step;

	out->n = 0;
	if (n <= max) {
		window_add(out, 0, n);
		return 0;
	}
	if (max == 0) {		/* nothing is kept, all of it overflows */
		window_add(out, 0, 0);
		window_add(out, 0, n);
		return 0;
	}
	if (o->stride >= max)
		return fail("a stride of %zu is not below the %zu tokens that "
		    "are kept of a text", o->stride, max);
	step = max - o->stride;
	if ((n - max) / step >= ROWS_MAX)
		return fail("the text would give more than %d rows", ROWS_MAX);
	if (o->truncate_left) {
		for (to = n; ; to -= step) {
			from = to > max ? to - max : 0;
			window_add(out, from, to);
			if (from == 0)
				return 0;
		}
	}
	for (from = 0; ; from += step) {
		to = from + max < n ? from + max : n;
		window_add(out, from, to);
		if (to == n)
			return 0;
	}
}

/*
 * Not one token at a time: the shorter text is left alone while it is below
 * half (tokenizers, utils/truncation.rs).
 */
static void
longest_first(size_t na, size_t nb, size_t max, size_t *ka, size_t *kb)
{
	size_t n1 = na < nb ? na : nb, n2;

	n2 = n1 > max ? n1 : max - n1 > n1 ? max - n1 : n1;
	if (n1 + n2 > max) {
		n1 = max / 2;
		n2 = n1 + max % 2;
	}
	*ka = na > nb ? n2 : n1;
	*kb = na > nb ? n1 : n2;
}

int
truncate_windows(size_t na, size_t nb, bool pair, size_t added,
    const struct tok_opts *o, struct windows out[2])
{
	size_t ka = na, kb = nb, max, over, *target;

	if (!o->truncate) {
		out[0].n = out[1].n = 0;
		window_add(&out[0], 0, na);
		window_add(&out[1], 0, nb);
		return 0;
	}
	if (o->max_length < added)
		return fail("max_length %zu is less than the %zu special "
		    "tokens", o->max_length, added);
	max = o->max_length - added;
	over = na + nb > max ? na + nb - max : 0;
	if (max == 0) {
		ka = kb = 0;
	} else if (over > 0 && o->strategy == TRUNC_LONGEST_FIRST) {
		if (pair)
			longest_first(na, nb, max, &ka, &kb);
		else
			ka = max;
	} else if (over > 0) {
		target = o->strategy == TRUNC_ONLY_FIRST ? &ka : &kb;
		if (target == &kb && !pair)
			return fail("only_second, but there is no second text");
		if (*target <= over)
			return fail("the %s text has %zu tokens, and %zu "
			    "would have to go", target == &ka ? "first"
			    : "second", *target, over);
		*target -= over;
	}
	if (cut(na, ka, o, &out[0]) < 0 || cut(nb, kb, o, &out[1]) < 0)
		return -1;
	return 0;
}

/* Room for n tokens. */
static void
reserve(struct encoding *e, size_t n, bool spans)
{
	if (n <= e->cap)
		return;
	e->cap = n + n / 2 + 32;
	e->ids = xrealloc(e->ids, e->cap, sizeof *e->ids);
	e->type_ids = xrealloc(e->type_ids, e->cap, sizeof *e->type_ids);
	if (!spans && e->offsets == NULL)
		return;
	e->offsets = xrealloc(e->offsets, e->cap, sizeof *e->offsets);
	e->sequence_ids =
	    xrealloc(e->sequence_ids, e->cap, sizeof *e->sequence_ids);
	e->word_ids = xrealloc(e->word_ids, e->cap, sizeof *e->word_ids);
}

static void
put_special(struct encoding *e, const struct post_item *it,
    const struct tok_opts *o)
{
	size_t i = e->n++;

	e->ids[i] = it->id;
	e->type_ids[i] = it->type;
	if (!o->offsets)
		return;
	e->offsets[i] = (struct span){ 0, 0 };
	e->sequence_ids[i] = -1;
	e->word_ids[i] = -1;
}

static uint32_t
forward(const char *s, uint32_t from, uint32_t to, uint32_t chars)
{
	for (; from < to && chars > 0; chars--)
		for (from++; from < to && ((unsigned char)s[from] & 0xc0) ==
		    0x80; from++)
			continue;
	return from;
}

/* Back by that many characters, but not before low. */
static uint32_t
back(const char *s, uint32_t low, uint32_t to, uint32_t chars)
{
	for (; to > low && chars > 0; chars--)
		for (to--; to > low && ((unsigned char)s[to] & 0xc0) == 0x80;
		    to--)
			continue;
	return to;
}

/*
 * Take white space off a token's span.  One space at the start is left when
 * it was put there by the pre-tokenizer (tokenizers, process_offsets).
 */
static void
trim_span(const struct tok_part *p, struct trim t, bool first, bool prefix,
    struct span *s)
{
	if (prefix && t.lead == 1 && (first || s->from == 0))
		t.lead = 0;
	s->from = forward(p->text, s->from, s->to, t.lead);
	if (t.trail > 0 && s->to >= t.trail)
		s->to = back(p->text, s->from, s->to, t.trail);
}

static void
trim(const struct post *p, const struct tok_part *part, struct span w,
    struct span *offsets)
{
	size_t i, k;

	for (k = 0; k < p->n_trim; k++)
		for (i = 0; i < w.to - w.from; i++)
			trim_span(part, part->trim[w.from + i], i == 0,
			    p->trim_prefix[k], &offsets[i]);
}

static void
put_tokens(struct encoding *e, const struct post *p,
    const struct tok_part *part, struct span w, int seq, int32_t type,
    const struct tok_opts *opts)
{
	const struct tok_out *o = part->o;
	size_t n = w.to - w.from, at = e->n, i;

	if (n == 0)
		return;
	memcpy(e->ids + at, o->ids + w.from, n * sizeof *e->ids);
	for (i = 0; i < n && !opts->no_types; i++)
		e->type_ids[at + i] = type;
	if (opts->offsets) {
		memcpy(e->offsets + at, o->at + w.from, n * sizeof *o->at);
		memcpy(e->word_ids + at, o->word + w.from,
		    n * sizeof *o->word);
		for (i = 0; i < n; i++)
			e->sequence_ids[at + i] = seq;
		if (part->trim != NULL)
			trim(p, part, w, e->offsets + at);
	}
	e->n += n;
}

/*
 * One row: for each item that is a sequence, which of its windows.  Types of
 * an overflowing window are the sequence's number, whatever the template says.
 */
static void
row(const struct post *p, const struct post_list *l,
    const struct tok_part part[2], const struct windows w[2],
    const uint32_t *pick, const struct tok_opts *o, struct encoding *e)
{
	bool keeps = p->keeps_types && o->special;
	const struct post_item *it;
	size_t i, k, n = 0;
	int32_t type;

	for (i = k = 0; i < l->n; i++) {
		it = &l->item[i];
		n += it->seq < 0 ? 1
		    : w[it->seq].w[pick[k]].to - w[it->seq].w[pick[k]].from;
		k += it->seq >= 0;
	}
	e->n = 0;
	reserve(e, n, o->offsets);
	for (i = k = 0; i < l->n; i++) {
		it = &l->item[i];
		if (it->seq < 0) {
			put_special(e, it, o);
			continue;
		}
		type = pick[k] > 0 && !keeps ? it->seq : it->type;
		put_tokens(e, p, &part[it->seq], w[it->seq].w[pick[k]],
		    it->seq, type, o);
		k++;
	}
}

/* Choices of windows, k numbers each: the first is the row, all 0. */
struct picks {
	uint32_t *p;
	size_t n, k;
};

/*
 * Add an item with w windows: each overflow so far with each of them, then the
 * row so far with each but the first (tokenizers, Encoding::merge_with).
 */
static int
picks_add(struct picks *x, size_t w)
{
	size_t n, i, v, m = 1, k = x->k;
	uint32_t *new;

	if (__builtin_mul_overflow(x->n, w, &n) || n > ROWS_MAX)
		return fail("the text would give more than %d rows", ROWS_MAX);
	new = xcalloc(n * (k + 1), sizeof *new);
	for (i = 1; i < x->n; i++)
		for (v = 0; v < w; v++, m++) {
			memcpy(new + m * (k + 1), x->p + i * k,
			    k * sizeof *new);
			new[m * (k + 1) + k] = (uint32_t)v;
		}
	for (v = 1; v < w; v++, m++)
		new[m * (k + 1) + k] = (uint32_t)v;
	free(x->p);
	*x = (struct picks){ new, n, k + 1 };
	return 0;
}

static int
build_all(const struct post *p, const struct post_list *l,
    const struct tok_part part[2], const struct windows w[2],
    const struct tok_opts *o, struct encoding *e)
{
	struct picks x = { .n = 1 };
	struct encoding *over;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->item[i].seq >= 0 &&
		    picks_add(&x, w[l->item[i].seq].n) < 0) {
			free(x.p);
			return -1;
		}
	row(p, l, part, w, x.p, o, e);
	for (i = 1; i < x.n; i++) {
		if (e->n_overflow == e->cap_overflow) {
			e->overflow = grow(e->overflow, e->n_overflow,
			    &e->cap_overflow, sizeof *e->overflow);
			memset(e->overflow + e->n_overflow, 0,
			    (e->cap_overflow - e->n_overflow) *
			    sizeof *e->overflow);
		}
		over = &e->overflow[e->n_overflow++];
		row(p, l, part, w, x.p + i * x.k, o, over);
	}
	free(x.p);
	return 0;
}

int
encoding_build(const struct post *p, const struct tok_part part[2],
    const struct windows w[2], bool pair, const struct tok_opts *o,
    struct encoding *e)
{
	static const uint32_t first[64];
	const struct post_list *l = &p->list[pair][o->special];

	e->n_overflow = 0;
	if (w[0].n == 1 && (!pair || w[1].n == 1) && l->n <= 64) {
		row(p, l, part, w, first, o, e);
		return 0;
	}
	return build_all(p, l, part, w, o, e);
}

void
encoding_set(struct encoding *e, const int32_t *ids, size_t n)
{
	size_t i;

	e->n = 0;
	e->n_overflow = 0;
	reserve(e, n, true);
	for (i = 0; i < n; i++) {
		e->ids[i] = ids[i];
		e->type_ids[i] = 0;
		e->offsets[i] = (struct span){ 0, 0 };
		e->sequence_ids[i] = 0;
		e->word_ids[i] = -1;
	}
	e->n = n;
}

void
encoding_free(struct encoding *e)
{
	size_t i;

	for (i = 0; i < e->cap_overflow; i++)
		encoding_free(&e->overflow[i]);
	free(e->overflow);
	free(e->ids);
	free(e->type_ids);
	free(e->offsets);
	free(e->sequence_ids);
	free(e->word_ids);
	*e = (struct encoding){ 0 };
}
