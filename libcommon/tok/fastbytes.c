#include <stdlib.h>
#include <string.h>

#include "tok/fast.h"
#include "tok/fastwords.h"
#include "tok/patternimpl.h"
#include "tok/unicode.h"
#include "utf8.h"

/* Byte-level BPE: the words are cut out of the raw text and looked up. */

struct fast {
	struct engine engine;
	struct fast_vocab vocab;
	const struct bpe *bpe;
	bool nfc, prefix_space;
	struct fast_stage stage[FAST_STAGES];
	const struct pattern_matcher *matcher[FAST_STAGES];
	size_t stages;
};

struct work {
	struct fast_words words;
	const struct fast *f;
	struct pattern_work *pattern;
	uint32_t *byte_rank;		/* [256][256] + 2, 1: none, 0: not yet
					   looked up */
	struct buf letters;		/* a word in the bytes' alphabet */
	struct buf text;		/* normalized, or with a space before */
	const char *start;		/* of the segment */
};

static bool fill(struct fast_words *w, struct lane *l, const char *s,
    size_t n);
static void encode_word(struct fast_words *w, const char *s, size_t n);
static void spans(struct fast_words *w, const char *s, size_t from);

static void *
work_new(const struct engine *e)
{
	struct work *w = xcalloc(1, sizeof *w);

	w->f = (const struct fast *)e;
	w->pattern = pattern_work_new();
	w->byte_rank = xcalloc(1 << 16, sizeof *w->byte_rank);
	fast_words_init(&w->words);
	w->words.bpe = w->f->bpe;
	w->words.vocab = &w->f->vocab;
	w->words.fill = fill;
	w->words.encode = encode_word;
	w->words.spans = spans;
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;

	if (w == NULL)
		return;
	fast_words_free(&w->words);
	pattern_work_free(w->pattern);
	free(w->byte_rank);
	buf_free(&w->letters);
	buf_free(&w->text);
	free(w);
}

/* The rank of two bytes, which is looked up once. */
static uint32_t
byte_rank(struct work *w, unsigned char a, unsigned char b)
{
	const struct bpe *m = w->f->bpe;
	uint32_t *r = &w->byte_rank[(size_t)a << 8 | b];

	if (*r == 0) {
		*r = bpe_rank(&m->t, m->alpha_id[a], m->alpha_id[b]);
		*r = *r == BPE_NONE ? 1 : *r + 2;
	}
	return *r == 1 ? BPE_NONE : *r - 2;
}

/* The word as the model gets it elsewhere: in the bytes' letters. */
static size_t
letters(struct work *w, const char *s, size_t n)
{
	char *o;
	size_t i;

	w->letters.n = 0;
	buf_reserve(&w->letters, 2 * n);
	o = w->letters.p;
	for (i = 0; i < n; i++)
		o += utf8_encode(unicode_of_byte[(unsigned char)s[i]], o);
	return (size_t)(o - w->letters.p);
}

/* The bytes of a word as symbols; those that have no letter are dropped. */
static bool
fill(struct fast_words *words, struct lane *l, const char *s, size_t n)
{
	struct work *w = (struct work *)words;
	const struct bpe *b = w->f->bpe;
	const unsigned char *p = (const unsigned char *)s;
	unsigned char kept[LANE];
	size_t i, k;

	if (n > LANE)
		return false;
	if (b->flags.ignore_merges && n > FAST_KEY) {
		l->n = 1;
		k = letters(w, s, n);
		l->id[0] = bpe_find(&b->t, w->letters.p, k);
		if (l->id[0] != BPE_NONE)
			return true;
	}
	for (i = k = 0; i < n; i++)
		if (b->alpha_id[p[i]] != BPE_NONE)
			kept[k++] = p[i];
	for (i = 0; i < k; i++) {
		l->id[i] = b->alpha_id[kept[i]];
		if (i + 1 < k)
			l->rank[i] = byte_rank(w, kept[i], kept[i + 1]);
	}
	l->n = (uint32_t)k;
	return true;
}

static void
encode_word(struct fast_words *words, const char *s, size_t n)
{
	struct work *w = (struct work *)words;
	const struct tok_model *m = &w->f->bpe->model;

	n = letters(w, s, n);
	m->encode(m, &words->merge, w->letters.p, n, words->out);
}

/* How many bytes a token stands for: as many as its piece has letters. */
static size_t
bytes_of(const struct bpe *b, int32_t id)
{
	size_t n;
	const char *p = b->model.piece(&b->model, id, &n);

	return p == NULL ? 0 : utf8_count(p, n);
}

static bool
inside(const struct work *w, size_t i)
{
	return w->start + i < w->words.limit &&
	    ((unsigned char)w->start[i] & 0xc0) == 0x80;
}

/*
 * Fill in what the tokens from.. of the word at s stand for: a token that is
 * part of a character stands for all of it.
 */
static void
spans(struct fast_words *words, const char *s, size_t from)
{
	struct work *w = (struct work *)words;
	struct tok_out *o = words->out;
	size_t at = (size_t)(s - w->start), a, b;

	for (; from < o->n; from++) {
		a = at;
		at += bytes_of(w->f->bpe, o->ids[from]);
		b = at;
		while (inside(w, a))
			a--;
		while (inside(w, b))
			b++;
		o->at[from] = (struct span){ (uint32_t)a, (uint32_t)b };
		o->word[from] = o->next_word;
	}
	o->next_word++;
}

static int split(struct work *w, size_t stage, const char *s, size_t n);

static int
part(struct work *w, size_t stage, const char *s, size_t n)
{
	uint32_t end;

	if (n == 0)
		return 0;
	if (stage < w->f->stages)
		return split(w, stage, s, n);
	end = (uint32_t)n;
	fast_words(&w->words, s, 0, &end, 1);
	return 0;
}

/* By a matcher that is known, many parts at a time. */
static int
split_known(struct work *w, size_t stage, const char *s, size_t n)
{
	const struct pattern_matcher *m = w->f->matcher[stage];
	uint32_t end[LANES];
	size_t i, k, at = 0;

	while (at < n) {
		k = m->cut(s, at, n, end, LANES);
		if (stage + 1 == w->f->stages)
			fast_words(&w->words, s, at, end, k);
		for (i = 0; i < k; at = end[i++])
			if (stage + 1 < w->f->stages &&
			    part(w, stage + 1, s + at, end[i] - at) < 0)
				return -1;
	}
	return 0;
}

static int
split_regex(struct work *w, size_t stage, const char *s, size_t n)
{
	struct pattern_iter it;
	struct span at;
	size_t done = 0;
	int r;

	pattern_start(&it, w->f->stage[stage].pattern, w->pattern, s, n);
	while ((r = pattern_next(&it, &at)) > 0) {
		if (part(w, stage + 1, s + done, at.from - done) < 0 ||
		    part(w, stage + 1, s + at.from, at.to - at.from) < 0)
			return -1;
		done = at.to;
	}
	return r < 0 ? -1 : part(w, stage + 1, s + done, n - done);
}

static int
split_class(struct work *w, size_t stage, const char *s, size_t n)
{
	uint32_t class = w->f->stage[stage].class;
	const char *p = s, *end = s + n, *q, *done = s;

	for (; p < end; p = q) {
		q = p;
		if (!(unicode_class(unicode_next(&q)) & class))
			continue;
		if (part(w, stage + 1, done, (size_t)(p - done)) < 0 ||
		    part(w, stage + 1, p, (size_t)(q - p)) < 0)
			return -1;
		done = q;
	}
	return part(w, stage + 1, done, (size_t)(end - done));
}

static int
split(struct work *w, size_t stage, const char *s, size_t n)
{
	if (w->f->stage[stage].pattern == NULL)
		return split_class(w, stage, s, n);
	if (w->f->matcher[stage] != NULL)
		return split_known(w, stage, s, n);
	return split_regex(w, stage, s, n);
}

static int
encode(const struct engine *e, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct fast *f = (const struct fast *)e;
	struct work *w = work;

	if (n == 0)
		return 0;
	w->text.n = 0;
	if (f->prefix_space && s[0] != ' ')
		buf_byte(&w->text, ' ');
	if (f->nfc && unicode_is_normal(UNICODE_NFC, s, n) < n)
		unicode_normalize(UNICODE_NFC, s, n, &w->text, NULL);
	else if (w->text.n > 0)
		buf_add(&w->text, s, n);
	if (w->text.n > 0) {
		s = w->text.p;
		n = w->text.n;
	}
	w->start = s;
	w->words.limit = s + n;
	w->words.out = o;
	return part(w, 0, s, n);
}

static void
release(struct engine *e)
{
	free(((struct fast *)e)->vocab.memory);
	free(e);
}

/* The bytes that a piece's letters stand for: their number, 0: too many. */
static size_t
raw_bytes(const char *p, size_t n, char out[FAST_KEY])
{
	const char *end = p + n;
	size_t k = 0;
	int c;

	while (p < end) {
		c = unicode_to_byte(unicode_next(&p));
		if (c < 0 || k == FAST_KEY)
			return 0;
		out[k++] = (char)c;
	}
	return k;
}

/*
 * Find the pieces that as words are one token: with ignore_merges all are,
 * else those which merging their bytes leads to.
 */
static void
find_whole(struct fast *f)
{
	const struct bpe_tables *t = &f->bpe->t;
	struct work *w = xcalloc(1, sizeof *w);
	struct lane *l = w->words.lane;
	const struct bpe_piece *p;
	char raw[FAST_KEY];
	size_t id, n;

	w->f = f;
	w->byte_rank = xcalloc(1 << 16, sizeof *w->byte_rank);
	fast_vocab_init(&f->vocab, t->unique);
	for (id = 0; id < t->size; id++) {
		if (t->by_id[id] == BPE_NONE)
			continue;
		p = &t->pieces[t->by_id[id]];
		n = raw_bytes(t->text + p->at, p->len, raw);
		if (n == 0)
			continue;
		if (!f->bpe->flags.ignore_merges) {
			fill(&w->words, l, raw, n);
			lanes_merge(t, l, 1);
			if (l->n != 1 || l->id[0] != (uint32_t)id)
				continue;
		}
		fast_vocab_add(&f->vocab, fast_key(raw, n, raw), (uint32_t)id);
	}
	free(w->byte_rank);
	free(w);
}

struct engine *
fast_bytes(const struct tok_model *m, bool nfc, bool prefix_space,
    const struct fast_stage *stage, size_t stages)
{
	const struct bpe *b = bpe_of(m);
	bool all = true;
	struct fast *f;
	size_t i;

	if (b == NULL || b->prefix != NULL || b->suffix != NULL ||
	    stages > FAST_STAGES)
		return NULL;
	for (i = 0; i < 256; i++)
		all &= b->alpha_id[i] != BPE_NONE;
	if (!all && b->unk_token != NULL)
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->engine = (struct engine){ encode, work_new, work_free, release,
		.spans = all && !nfc && !prefix_space };
	f->bpe = b;
	f->nfc = nfc;
	f->prefix_space = prefix_space;
	f->stages = stages;
	for (i = 0; i < stages; i++) {
		f->stage[i] = stage[i];
		if (stage[i].pattern != NULL)
			f->matcher[i] = pattern_matcher(stage[i].pattern);
	}
	f->vocab.slot = b->whole;
	f->vocab.bits = b->whole_bits;
	if (b->whole == NULL)
		find_whole(f);
	return &f->engine;
}

const struct fast_vocab *
fast_vocab_of(const struct engine *e)
{
	return e != NULL && e->encode == encode
	    ? &((const struct fast *)e)->vocab : NULL;
}
