#include <stdlib.h>
#include <string.h>

#include "tok/bpe.h"

/*
 * Merging, in three ways by the word's length: a scan for the lowest rank
 * (nearly all words), a heap, and for the longest words a heap over windows
 * that are then joined.
 *
 * Why windows give the same as the whole: call two neighbouring tokens
 * settled when merging their own symbols alone gives just these two tokens.
 * If all neighbours in a row of tokens are settled, the row is what merging
 * the whole gives.  For suppose some merge of the whole crossed a border, and
 * take the first that does.  Up to then each token's symbols were merged
 * apart from all others, so the two tokens at that border went through the
 * very steps they go through alone, and alone the crossing merge would be the
 * next one too: the pair would not be settled.  Conversely, neighbours in a
 * result of merging are settled, since no merge crossed their borders.
 */
enum { SHORT = 24, WINDOW = 2048 };

struct bpe_token {
	struct bpe_sym sym;
	uint32_t count;		/* how many of the word's first symbols */
};

/* Two-way list of the symbols of a window. */
struct bpe_window {
	struct bpe_token token;	/* count 0: joined to the one on its left */
	uint32_t prev, next;
	uint32_t rank;		/* of this symbol and the next */
};

void
bpe_scratch_free(struct bpe_scratch *w)
{
	free(w->syms);
	free(w->done);
	free(w->window);
	free(w->heap);
}

static void *
room(void *p, size_t *cap, size_t n, size_t size)
{
	if (n <= *cap)
		return p;
	*cap = n > *cap * 2 ? n : *cap * 2;
	return xrealloc(p, *cap, size);
}

static size_t
lowest(const uint32_t *rank, size_t n)
{
	size_t i, best = 0;

	for (i = 1; i < n; i++)
		if (rank[i] < rank[best])
			best = i;
	return best;
}

static size_t
merge_short(const struct bpe_tables *t, struct bpe_sym *v, size_t n)
{
	uint32_t rank[SHORT];
	size_t i;

	for (i = 0; i + 1 < n; i++)
		rank[i] = bpe_rank(t, v[i].id, v[i + 1].id);
	while (n > 1) {
		i = lowest(rank, n - 1);
		if (rank[i] == BPE_NONE)
			break;
		v[i].id = bpe_merged(t, rank[i]);
		v[i].len += v[i + 1].len;
		n--;
		memmove(v + i + 1, v + i + 2, (n - i - 1) * sizeof *v);
		memmove(rank + i, rank + i + 1, (n - i) * sizeof *rank);
		if (i + 1 < n)
			rank[i] = bpe_rank(t, v[i].id, v[i + 1].id);
		if (i > 0)
			rank[i - 1] = bpe_rank(t, v[i - 1].id, v[i].id);
	}
	return n;
}

static void
heap_push(uint64_t *h, size_t *n, uint64_t e)
{
	size_t i = (*n)++, up;

	for (; i > 0 && h[up = (i - 1) / 2] > e; i = up)
		h[i] = h[up];
	h[i] = e;
}

static uint64_t
heap_pop(uint64_t *h, size_t *n)
{
	uint64_t top = h[0], e = h[--*n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < *n) {
		if (down + 1 < *n && h[down + 1] < h[down])
			down++;
		if (h[down] >= e)
			break;
		h[i] = h[down];
		i = down;
	}
	h[i] = e;
	return top;
}

/* Rank the pair that begins at x[i] and queue it. */
static void
queue(const struct bpe_tables *t, struct bpe_window *x, size_t n, uint32_t i,
    uint64_t *heap, size_t *queued)
{
	uint32_t next = x[i].next;

	x[i].rank = next >= n ? BPE_NONE
	    : bpe_rank(t, x[i].token.sym.id, x[next].token.sym.id);
	if (x[i].rank != BPE_NONE)
		heap_push(heap, queued, (uint64_t)x[i].rank << 32 | i);
}

static void
join(const struct bpe_tables *t, struct bpe_window *x, size_t n, uint32_t i)
{
	struct bpe_window *a = &x[i], *b = &x[a->next];

	a->token.sym.id = bpe_merged(t, a->rank);
	a->token.sym.len += b->token.sym.len;
	a->token.count += b->token.count;
	a->next = b->next;
	b->token.count = 0;
	b->rank = BPE_NONE;
	if (a->next < n)
		x[a->next].prev = i;
}

/*
 * Merge the window v[0..n) with a heap of rank << 32 | position.  The tokens
 * are left in w->window[0..], the result is their number.
 */
static size_t
merge_window(const struct bpe_tables *t, struct bpe_scratch *w,
    const struct bpe_sym *v, size_t n)
{
	struct bpe_window *x;
	size_t queued = 0, k;
	uint64_t e;
	uint32_t i;

	x = w->window = room(w->window, &w->window_cap, n, sizeof *x);
	/* One pair a place to start with; each merge takes one, adds two. */
	w->heap = room(w->heap, &w->heap_cap, 2 * n, sizeof *w->heap);
	for (i = 0; i < n; i++)
		x[i] = (struct bpe_window){ { v[i], 1 }, i - 1, i + 1, 0 };
	for (i = 0; i < n; i++)
		queue(t, x, n, i, w->heap, &queued);
	while (queued > 0) {
		e = heap_pop(w->heap, &queued);
		i = (uint32_t)e;
		if (x[i].rank != e >> 32)
			continue;	/* one of the two has changed since */
		join(t, x, n, i);
		queue(t, x, n, i, w->heap, &queued);
		if (i > 0)
			queue(t, x, n, x[i].prev, w->heap, &queued);
	}
	for (k = i = 0; i < n; i++)
		if (x[i].token.count > 0)
			x[k++].token = x[i].token;
	return k;
}

/* Does merging the symbols of two neighbours give just these two again? */
static bool
settled(const struct bpe_tables *t, const struct bpe_sym *v, size_t left,
    size_t right)
{
	struct bpe_scratch w = { 0 };
	bool ok;

	ok = merge_window(t, &w, v, left + right) == 2 &&
	    w.window[0].token.count == left;
	bpe_scratch_free(&w);
	return ok;
}

/* How many tokens of a window lie before its last quarter. */
static size_t
sure(const struct bpe_window *x, size_t k, size_t n, size_t *count)
{
	size_t i;

	*count = 0;
	for (i = 0; i < k && *count + x[i].token.count <= n - n / 4; i++)
		*count += x[i].token.count;
	return i;
}

/*
 * One window after another, each from a border of tokens on.  Where a window
 * does not settle with what is before, step back and take a longer one; what
 * it costs is in proportion to what it then gains.
 */
static size_t
merge_long(const struct bpe_tables *t, struct bpe_scratch *w,
    struct bpe_sym *v, size_t n)
{
	size_t at = 0, done = 0, span = WINDOW, back = 1, m, k, i, count;
	struct bpe_token *d = NULL;

	while (at < n) {
		m = span < n - at ? span : n - at;
		k = merge_window(t, w, v + at, m);
		if (done > 0 && !settled(t, v + at - d[done - 1].count,
		    d[done - 1].count, w->window[0].token.count)) {
			for (i = 0; i < back && done > 0; i++) {
				at -= d[--done].count;
				span += 3 * (size_t)d[done].count;
			}
			back *= 2;
			continue;
		}
		count = m;
		if (at + m < n)
			k = sure(w->window, k, m, &count);
		if (k == 0) {
			span *= 2;
			continue;
		}
		d = w->done = room(w->done, &w->done_cap, done + k, sizeof *d);
		for (i = 0; i < k; i++)
			d[done++] = w->window[i].token;
		at += count;
		span = WINDOW;
		back = 1;
	}
	for (i = 0; i < done; i++)
		v[i] = d[i].sym;
	return done;
}

size_t
bpe_merge(const struct bpe_tables *t, struct bpe_scratch *w,
    struct bpe_sym *v, size_t n)
{
	size_t i, k;

	if (n <= SHORT)
		return merge_short(t, v, n);
	if (n > WINDOW)
		return merge_long(t, w, v, n);
	k = merge_window(t, w, v, n);
	for (i = 0; i < k; i++)
		v[i] = w->window[i].token.sym;
	return k;
}
