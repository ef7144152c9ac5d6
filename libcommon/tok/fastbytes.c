#include <stdlib.h>
#include <string.h>

#include "tok/fast.h"
#include "tok/fastvocab.h"
#include "tok/fastwords.h"
#include "tok/patternimpl.h"
#include "tok/unicode.h"
#include "utf8.h"

/* Byte-level BPE: the words are cut out of the raw text and looked up. */

struct fast {
	struct engine engine;
	const struct bpe *bpe;
	struct bpe_bytes bytes;
	void *memory[2];	/* of bytes, unless it is the model's */
	bool nfc, prefix_space;
	struct fast_stage stage[FAST_STAGES];
	const struct pattern_matcher *matcher[FAST_STAGES];
	size_t stages;
	bool known;		/* all stages: none can take long, or fail */
};

/* A segment whose words are in the queue: see part.h. */
struct ahead {
	const char *s;
	size_t n;
	size_t from, to;	/* of the queue */
};

struct work {
	struct fast_words words;
	const struct fast *f;
	struct pattern_work *pattern;
	struct buf letters;		/* a word in the bytes' alphabet */
	struct buf text;		/* normalized, or with a space before */
	const char *start;		/* of the segment */
	struct ahead *ahead;		/* [n_ahead] to be encoded next */
	size_t n_ahead, cap_ahead, next_ahead;
	bool ahead_only;		/* tokens are not wanted yet */
	size_t base;			/* of the queue: this segment's words */
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
	fast_words_init(&w->words);
	w->words.bpe = w->f->bpe;
	w->words.vocab = &w->f->bytes;
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
	buf_free(&w->letters);
	buf_free(&w->text);
	free(w->ahead);
	free(w);
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

static bool
fill(struct fast_words *words, struct lane *l, const char *s, size_t n)
{
	struct work *w = (struct work *)words;
	const struct bpe *b = w->f->bpe;
	uint32_t id;
	size_t k;

	if (n > LANE)
		return false;
	if (b->flags.ignore_merges && n > FAST_KEY) {
		k = letters(w, s, n);
		id = bpe_find(&b->t, w->letters.p, k);
		if (id != BPE_NONE) {
			lane_start(l, 1);
			l->id[0] = id;
			return true;
		}
	}
	fast_vocab_fill(b, &w->f->bytes, l, s, n);
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

/* A long text's words are not all kept in the queue. */
static void
ask(struct work *w, const char *s, size_t at, const uint32_t *end, size_t k)
{
	fast_words_ask(&w->words, s, at, end, k);
	if (!w->ahead_only && w->words.n - w->base >= FAST_QUEUE)
		fast_words_drain(&w->words, w->base);
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
	ask(w, s, 0, &end, 1);
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
			ask(w, s, at, end, k);
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

/* The text that is split for s[0..n): in w->text if it is another one. */
static struct slice
rewrite(struct work *w, const char *s, size_t n)
{
	const struct fast *f = w->f;

	w->text.n = 0;
	if (f->prefix_space && s[0] != ' ')
		buf_byte(&w->text, ' ');
	if (f->nfc && unicode_is_normal(UNICODE_NFC, s, n) < n)
		unicode_normalize(UNICODE_NFC, s, n, &w->text, NULL);
	else if (w->text.n > 0)
		buf_add(&w->text, s, n);
	return w->text.n > 0 ? (struct slice){ w->text.p, w->text.n }
			     : (struct slice){ s, n };
}

static void
look_ahead(const struct engine *e, void *work, const struct slice *v,
    size_t n)
{
	struct work *w = work;
	struct slice s;
	size_t i, from;

	fast_words_cut(&w->words, 0);
	w->n_ahead = w->next_ahead = 0;
	if (n < 2 || !((const struct fast *)e)->known)
		return;
	w->ahead_only = true;
	for (i = 0; i < n; i++) {
		from = w->words.n;
		s = v[i].n > 0 ? rewrite(w, v[i].p, v[i].n) : v[i];
		if (s.p != v[i].p)	/* it will not be there by then */
			continue;
		w->words.limit = s.p + s.n;
		part(w, 0, s.p, s.n);
		GROW(w->ahead, w->n_ahead, w->cap_ahead);
		w->ahead[w->n_ahead++] = (struct ahead){ s.p, s.n, from,
			w->words.n };
	}
	w->ahead_only = false;
	fast_words_settle(&w->words);
}

/* The words of a segment that was looked at ahead, or NULL. */
static const struct ahead *
seen_ahead(struct work *w, const char *s, size_t n)
{
	const struct ahead *a;

	while (w->next_ahead < w->n_ahead) {
		a = &w->ahead[w->next_ahead];
		if (a->s > s)
			break;
		w->next_ahead++;
		if (a->s == s && a->n == n)
			return a;
	}
	return NULL;
}

static int
encode(const struct engine *e, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	struct work *w = work;
	const struct ahead *a;
	struct slice text;

	(void)e;
	w->words.out = o;
	if (n == 0)
		return 0;
	w->start = s;
	w->words.limit = s + n;
	if ((a = seen_ahead(w, s, n)) != NULL) {
		fast_words_take(&w->words, a->from, a->to);
		return 0;
	}
	text = rewrite(w, s, n);
	w->start = text.p;
	w->words.limit = text.p + text.n;
	w->base = w->words.n;
	if (part(w, 0, text.p, text.n) < 0) {
		fast_words_cut(&w->words, w->base);
		return -1;
	}
	fast_words_drain(&w->words, w->base);
	return 0;
}

static void
release(struct engine *e)
{
	struct fast *f = (struct fast *)e;

	free(f->memory[0]);
	free(f->memory[1]);
	free(f);
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
	    b->t.merges > LANE_MERGES || stages > FAST_STAGES)
		return NULL;
	for (i = 0; i < 256; i++)
		all &= b->alpha_id[i] != BPE_NONE;
	if (!all && b->unk_token != NULL)
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->engine = (struct engine){ encode, work_new, work_free, release,
		.spans = all && !nfc && !prefix_space,
		.look_ahead = look_ahead };
	f->bpe = b;
	f->nfc = nfc;
	f->prefix_space = prefix_space;
	f->stages = stages;
	f->known = true;
	for (i = 0; i < stages; i++) {
		f->stage[i] = stage[i];
		if (stage[i].pattern == NULL)
			continue;
		f->matcher[i] = pattern_matcher(stage[i].pattern);
		f->known &= f->matcher[i] != NULL;
	}
	f->bytes = b->bytes;
	if (f->bytes.rows == 0)
		fast_vocab_build(b, &f->bytes, f->memory);
	return &f->engine;
}

const struct bpe_bytes *
fast_bytes_of(const struct engine *e)
{
	return e != NULL && e->encode == encode
	    ? &((const struct fast *)e)->bytes : NULL;
}
