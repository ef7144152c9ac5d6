#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/fast.h"
#include "tok/fastwords.h"
#include "tok/unicode.h"
#include "utf8.h"

/*
 * BPE on whole texts, as SentencePiece's, with U+2581 for a space.
 *
 * A text can be cut between two characters if no merge can ever join what is
 * on the left with what is on the right.  A merge that does has a left piece
 * that ends in the one character and a right piece that begins with the
 * other, so a look through all merges tells at which pairs of characters a
 * text must not be cut.  Characters that are no pieces themselves come out as
 * bytes or as unk, one depending on the next; there it is not cut either.
 */
enum {
	SPACE = 0x2581,
	/* what a character may be, in kind[] */
	KNOWN = 1,		/* it is a piece */
	LEFT = 2, RIGHT = 4	/* it is on a side of some merge */
};

struct sent {
	struct engine engine;
	const struct bpe *bpe;
	enum fast_prefix prefix;
	uint8_t *kind;		/* [0x10000]; others are never KNOWN */
	uint64_t *joined;	/* [mask + 1] left << 32 | right; 0: free */
	size_t mask;
	bool ascii[128][128];	/* must not be cut between these */
};

struct work {
	struct fast_words words;
	const struct sent *f;
	struct buf first;	/* the first word with its space */
	struct buf mapped;	/* a word with U+2581 for its spaces */
	bool failed;
};

static bool fill(struct fast_words *w, struct lane *l, const char *s,
    size_t n);
static void encode_word(struct fast_words *w, const char *s, size_t n);

static void *
work_new(const struct engine *e)
{
	struct work *w = xcalloc(1, sizeof *w);

	w->f = (const struct sent *)e;
	fast_words_init(&w->words);
	w->words.bpe = w->f->bpe;
	w->words.fill = fill;
	w->words.encode = encode_word;
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;

	if (w == NULL)
		return;
	fast_words_free(&w->words);
	buf_free(&w->first);
	buf_free(&w->mapped);
	free(w);
}

static void
map(struct work *w, const char *s, size_t n)
{
	char *o;
	size_t i;

	w->mapped.n = 0;
	buf_reserve(&w->mapped, 3 * n);
	o = w->mapped.p;
	for (i = 0; i < n; i++)
		if (s[i] == ' ')
			o += utf8_encode(SPACE, o);
		else
			*o++ = s[i];
	w->mapped.n = (size_t)(o - w->mapped.p);
}

static bool
fill(struct fast_words *words, struct lane *l, const char *s, size_t n)
{
	struct work *w = (struct work *)words;
	const struct bpe *b = w->f->bpe;
	struct bpe_scratch *m = &words->merge;
	size_t i;

	if (n > LANE)
		return false;
	map(w, s, n);
	m->n = 0;
	if (bpe_symbols(b, m, w->mapped.p, w->mapped.n) < 0) {
		w->failed = true;
		return false;
	}
	if (m->n > LANE)
		return false;
	lane_start(l, m->n);
	for (i = 0; i < m->n; i++) {
		l->id[i] = m->syms[i].id;
		if (i > 0)
			lane_rank(l, i - 1, bpe_rank(&b->t, l->id[i - 1],
			    l->id[i]));
	}
	return true;
}

static void
encode_word(struct fast_words *words, const char *s, size_t n)
{
	struct work *w = (struct work *)words;
	const struct tok_model *m = &w->f->bpe->model;

	map(w, s, n);
	if (m->encode(m, &words->merge, w->mapped.p, w->mapped.n,
		words->out) < 0)
		w->failed = true;
}

static size_t
joined_slot(const struct sent *f, uint64_t pair)
{
	size_t i = (size_t)(pair * 0x9e3779b97f4a7c15u >> 32) & f->mask;

	while (f->joined[i] != 0 && f->joined[i] != pair)
		i = (i + 1) & f->mask;
	return i;
}

static inline uint8_t
kind_of(const struct sent *f, uint32_t c)
{
	return c < 0x10000 ? f->kind[c] : 0;
}

/* Can a text be cut between a and b?  A space is U+2581 here. */
static bool
may_cut(const struct sent *f, uint32_t a, uint32_t b)
{
	uint8_t ka = kind_of(f, a), kb = kind_of(f, b);

	if (!(ka & kb & KNOWN))
		return false;
	if (!(ka & LEFT) || !(kb & RIGHT))
		return true;
	return f->joined[joined_slot(f, (uint64_t)a << 32 | b)] == 0;
}

static inline uint32_t
next_char(const char **p)
{
	uint32_t c = unicode_next(p);

	return c == ' ' ? SPACE : c;
}

/*
 * The end of the word that begins at s[i], whose first character is at or
 * follows *last.  *last becomes the word's last character.
 */
static size_t
word_end(const struct sent *f, const char *s, size_t i, size_t n,
    uint32_t *last)
{
	const char *p = s + i, *end = s + n, *q;
	uint32_t a = *last, b;

	for (; p < end; p = q, a = b) {
		q = p;
		if ((unsigned char)*p < 0x80 && (a < 0x80 || a == SPACE)) {
			b = (unsigned char)*q++;
			if (!f->ascii[a == SPACE ? ' ' : a][b])
				break;
			b = b == ' ' ? SPACE : b;
		} else {
			b = next_char(&q);
			if (may_cut(f, a, b))
				break;
		}
	}
	*last = a;
	return (size_t)(p - s);
}

/* The space before the text and what it can't be cut off from: its end. */
static size_t
first_word(struct work *w, const char *s, size_t n)
{
	uint32_t last = SPACE, end;
	size_t i = word_end(w->f, s, 0, n, &last);

	w->first.n = 0;
	buf_byte(&w->first, ' ');
	buf_add(&w->first, s, i);
	w->words.limit = w->first.p + w->first.n;
	end = (uint32_t)w->first.n;
	fast_words_ask(&w->words, w->first.p, 0, &end, 1);
	return i;
}

static int
encode(const struct engine *e, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct sent *f = (const struct sent *)e;
	struct work *w = work;
	size_t i = 0, from, k;
	uint32_t end[LANES], last;
	const char *p;

	if (n == 0)
		return 0;
	w->failed = false;
	w->words.out = o;
	p = s;
	if (f->prefix == FAST_ALWAYS ||
	    (f->prefix == FAST_UNLESS && next_char(&p) != SPACE))
		i = first_word(w, s, n);
	w->words.limit = s + n;
	while (i < n) {
		from = i;
		for (k = 0; k < LANES && i < n; k++) {
			p = s + i;
			last = next_char(&p);
			i = word_end(f, s, (size_t)(p - s), n, &last);
			end[k] = (uint32_t)i;
		}
		fast_words_ask(&w->words, s, from, end, k);
		if (w->words.n >= FAST_QUEUE)
			fast_words_drain(&w->words, 0);
	}
	fast_words_drain(&w->words, 0);
	return w->failed ? -1 : 0;
}

static void
release(struct engine *e)
{
	struct sent *f = (struct sent *)e;

	free(f->kind);
	free(f->joined);
	free(f);
}

static uint32_t
last_char(const char *s, size_t n)
{
	size_t i = n - 1;
	uint32_t c = 0;

	while (i > 0 && ((unsigned char)s[i] & 0xc0) == 0x80)
		i--;
	utf8_decode(s + i, n - i, &c);
	return c;
}

/* The pieces of one character, of which a word can be made. */
static void
find_known(struct sent *f)
{
	const struct bpe_tables *t = &f->bpe->t;
	const struct bpe_piece *p;
	uint32_t c;
	size_t i;

	for (i = 0; i < t->count; i++) {
		p = &t->pieces[i];
		if (p->len > 0 && p->len <= 3 && (size_t)utf8_decode(t->text +
		    p->at, p->len, &c) == p->len && c < 0x10000)
			f->kind[c] |= KNOWN;
	}
}

/* Note where this merge joins; false: it is of a sort that spoils the rule. */
static bool
note(struct sent *f, uint32_t left, uint32_t right)
{
	const struct bpe_tables *t = &f->bpe->t;
	const struct bpe_piece *a = bpe_piece(t, left);
	const struct bpe_piece *b = bpe_piece(t, right);
	uint32_t x, y = 0;
	uint64_t pair;

	if (a == NULL || b == NULL || a->len == 0 || b->len == 0 ||
	    left == f->bpe->unk || right == f->bpe->unk)
		return false;
	x = last_char(t->text + a->at, a->len);
	utf8_decode(t->text + b->at, b->len, &y);
	pair = (uint64_t)x << 32 | y;
	f->joined[joined_slot(f, pair)] = pair;
	if (x < 0x10000)
		f->kind[x] |= LEFT;
	if (y < 0x10000)
		f->kind[y] |= RIGHT;
	return pair != 0;
}

static bool
find_joined(struct sent *f)
{
	const struct bpe_tables *t = &f->bpe->t;
	uint32_t shift = 64 - 2 * t->id_bits, mask = (1u << t->id_bits) - 1;
	size_t i, left, right;

	f->mask = 15;
	while (f->mask < 2 * t->merges)
		f->mask = f->mask * 2 + 1;
	f->joined = xcalloc(f->mask + 1, sizeof *f->joined);
	for (i = 0; i < t->pair_rows * BPE_ROW; i++) {
		if (t->pairs[i] == 0)
			continue;
		left = t->pairs[i] >> shift >> t->id_bits;
		right = t->pairs[i] >> shift & mask;
		if (!note(f, (uint32_t)left, (uint32_t)right))
			return false;
	}
	return true;
}

/* Does any merge take a byte token? */
static bool
merges_bytes(const struct bpe *b)
{
	const struct bpe_tables *t = &b->t;
	uint32_t shift = 64 - 2 * t->id_bits, mask = (1u << t->id_bits) - 1;
	bool *byte = xcalloc((size_t)mask + 1, sizeof *byte), found = false;
	size_t i;

	for (i = 0; i < 256; i++)
		if (b->byte_id[i] != BPE_NONE)
			byte[b->byte_id[i]] = true;
	for (i = 0; i < t->pair_rows * BPE_ROW && b->flags.byte_fallback; i++)
		if (t->pairs[i] != 0)
			found |= byte[t->pairs[i] >> shift >> t->id_bits] ||
			    byte[t->pairs[i] >> shift & mask];
	free(byte);
	return found;
}

static void
fill_ascii(struct sent *f)
{
	uint32_t a, b;

	for (a = 0; a < 128; a++)
		for (b = 0; b < 128; b++)
			f->ascii[a][b] = !may_cut(f, a == ' ' ? SPACE : a,
			    b == ' ' ? SPACE : b);
}

struct engine *
fast_sentences(const struct tok_model *m, enum fast_prefix prefix)
{
	const struct bpe *b = bpe_of(m);
	struct sent *f;

	if (b == NULL || b->prefix != NULL || b->suffix != NULL ||
	    b->flags.ignore_merges || b->t.merges > LANE_MERGES ||
	    merges_bytes(b))
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->engine = (struct engine){ encode, work_new, work_free, release,
		.spans = false };
	f->bpe = b;
	f->prefix = prefix;
	f->kind = xcalloc(0x10000, sizeof *f->kind);
	find_known(f);
	if (!find_joined(f)) {
		release(&f->engine);
		return NULL;
	}
	fill_ascii(f);
	return &f->engine;
}
