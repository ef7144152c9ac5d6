#include <stdlib.h>
#include <string.h>

#include "tok/fastcache.h"
#include "tok/normalize.h"
#include "tok/pretokenize.h"
#include "tok/unicode.h"
#include "tok/wordpiece.h"
#include "util.h"

/*
 * BERT's stack in one pass: the text is cut into chunks where the steps would
 * cut it in any case (white space, punctuation, CJK), a chunk is looked up in
 * the cache of those seen before, and only a new one goes through the steps,
 * or, when it is ASCII, lower case and the model.
 */
enum {
	PART = 0,		/* ASCII, as it is */
	UPPER = 1,		/* ASCII, becomes lower case */
	DROP = 2,		/* ASCII, vanishes */
	HIGH = 4,		/* not ASCII: look closer */
	SPACE = 8,
	MARK = 16,		/* ASCII, stands alone */
	CUT = SPACE		/* from here on a chunk ends */
};

struct bert_engine {
	struct engine engine;
	const struct bert_normalizer *normalizer;	/* NULL: none */
	struct step *split;
	const struct tok_model *model;
	unsigned char kind[256];
	int32_t mark[128];	/* the token of a byte that stands alone */
	size_t prefix;		/* bytes of the mark of pieces inside a word */
};

/* A chunk whose bucket is on its way from memory, or a token. */
struct waiting {
	const char *s;
	size_t n;		/* 0: the token of the byte at s */
	struct fast_key key;
	int32_t id;
	int seen;
};

enum { WAITING = 16 };

struct bert_work {
	const struct bert_engine *e;
	struct waiting queue[WAITING];
	size_t queued;
	const char *start, *limit;	/* of the text */
	struct fast_cache cache;
	void *normalizer;
	struct text in, text;
	struct pieces pieces;
	struct buf lower;
};

static void *
work_new(const struct engine *engine)
{
	const struct bert_engine *e = (const struct bert_engine *)engine;
	struct bert_work *w = xcalloc(1, sizeof *w);

	w->e = e;
	fast_cache_init(&w->cache);
	if (e->normalizer != NULL)
		w->normalizer =
		    e->normalizer->step.work_new(&e->normalizer->step);
	return w;
}

static void
work_free(void *work)
{
	struct bert_work *w = work;

	fast_cache_free(&w->cache);
	if (w->e->normalizer != NULL)
		w->e->normalizer->step.work_free(w->normalizer);
	text_free(&w->in);
	text_free(&w->text);
	pieces_free(&w->pieces);
	buf_free(&w->lower);
	free(w);
}

/* A chunk as the steps do it. */
static int
by_steps(struct bert_work *w, const char *s, size_t n, struct tok_out *o)
{
	const struct bert_engine *e = w->e;
	const struct text *t = &w->in;
	const struct piece *p;
	size_t i, from;

	w->in.n = w->text.n = w->pieces.n = 0;
	w->in.aligned = w->text.aligned = o->want_at;
	text_put_raw(&w->in, s, n, (size_t)(s - w->start));
	if (e->normalizer != NULL) {
		if (e->normalizer->step.change(&e->normalizer->step,
			w->normalizer, &w->in, 0, n, &w->text) < 0)
			return -1;
		t = &w->text;
	}
	e->split->split(e->split, NULL, t, 0, t->n, &w->pieces);
	for (i = 0; i < w->pieces.n; i++, o->next_word++) {
		p = &w->pieces.p[i];
		from = o->n;
		if (e->model->encode(e->model, NULL, t->p + p->from,
			p->to - p->from, o) < 0)
			return -1;
		if (o->want_at)
			tok_out_place(o, from, t, p);
	}
	return 0;
}

/* Eight ASCII bytes in lower case. */
static inline uint64_t
lower8(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t from_a = x + (0x80 - 'A') * ones;
	uint64_t past_z = x + (0x80 - 'Z' - 1) * ones;

	return x | ((from_a & ~past_z & 0x80 * ones) >> 2);
}

static const char *
lower_copy(struct bert_work *w, const char *s, size_t n)
{
	size_t i;

	w->lower.n = 0;
	buf_reserve(&w->lower, n);
	for (i = 0; i < n; i++)
		w->lower.p[i] = (char)(s[i] >= 'A' && s[i] <= 'Z'
		    ? s[i] + 32 : s[i]);
	return w->lower.p;
}

/* A chunk that is not in the cache. */
static int __attribute__((noinline))
miss(struct bert_work *w, const char *s, size_t n, int seen,
    struct fast_key key, struct tok_out *o)
{
	const struct tok_model *m = w->e->model;
	size_t from = o->n;
	int r;

	if (seen & (HIGH | DROP))
		r = by_steps(w, s, n, o);
	else
		r = m->encode(m, NULL, seen & UPPER && n <= FAST_KEY
		    ? lower_copy(w, s, n) : s, n, o);
	if (r == 0)
		fast_cache_put(&w->cache, key, s, n, o->ids + from,
		    o->n - from);
	return r;
}

static inline void
append(struct tok_out *o, const int32_t *ids, size_t n)
{
	while (o->cap - o->n < n + FAST_IDS)
		tok_out_grow(o);
	if (n <= FAST_IDS)
		memcpy(o->ids + o->n, ids, FAST_IDS * sizeof *ids);
	else
		memcpy(o->ids + o->n, ids, n * sizeof *ids);
	o->n += n;
}

/* Is the chunk ASCII that becomes lower case? */
static inline bool
lowers(int seen)
{
	return (seen & (UPPER | HIGH | DROP)) == UPPER;
}

/* The tokens of a chunk. */
static inline int __attribute__((always_inline))
give(struct bert_work *w, const struct waiting *q, struct tok_out *o)
{
	struct fast_key key = q->key;
	const char *s = q->s;
	struct fast_word *b;
	const int32_t *ids;
	size_t n_ids;

	if (q->n > FAST_KEY) {
		if (lowers(q->seen))
			s = lower_copy(w, s, q->n);
		key = fast_key(s, q->n, s + q->n);
	}
	b = fast_bucket(&w->cache, key);
	ids = fast_cache_get(&w->cache, b, key, s, q->n, &n_ids);
	if (ids == NULL)
		return miss(w, s, q->n, q->seen, key, o);
	append(o, ids, n_ids);
	return 0;
}

/* Tokens from.. of o are those of an ASCII chunk, or of a byte: their spans. */
static void
locate(const struct bert_work *w, const struct waiting *q, size_t from,
    struct tok_out *o)
{
	const struct tok_model *m = w->e->model;
	size_t at = (size_t)(q->s - w->start), n = q->n + (q->n == 0), len, i;

	for (i = from; i < o->n; i++) {
		m->piece(m, o->ids[i], &len);
		len -= i > from ? w->e->prefix : 0;
		if (o->n - from == 1)
			len = n;	/* it may be the unknown token */
		o->at[i] = (struct span){ (uint32_t)at, (uint32_t)(at + len) };
		o->word[i] = o->next_word;
		at += len;
	}
	o->next_word++;
}

/* The cache has no spans: what is not ASCII goes through the steps for them. */
static int
give_spans(struct bert_work *w, const struct waiting *q, struct tok_out *o)
{
	size_t from = o->n;

	if (q->seen & (HIGH | DROP))
		return by_steps(w, q->s, q->n, o);
	if (q->n == 0)
		tok_out_add(o, q->id, 0, 0);
	else if (give(w, q, o) < 0)
		return -1;
	locate(w, q, from, o);
	return 0;
}

static int
drain(struct bert_work *w, struct tok_out *o)
{
	const struct waiting *q = w->queue, *end = q + w->queued;

	w->queued = 0;
	for (; q < end && o->want_at; q++)
		if (give_spans(w, q, o) < 0)
			return -1;
	for (; q < end; q++)
		if (q->n == 0)
			tok_out_add(o, q->id, 0, 0);
		else if (give(w, q, o) < 0)
			return -1;
	return 0;
}

/* Take in a chunk, and let go of those before when there are enough. */
static inline int
put(struct bert_work *w, const char *s, size_t n, int seen, struct tok_out *o)
{
	struct waiting *q;

	if (w->queued == WAITING && drain(w, o) < 0)
		return -1;
	q = &w->queue[w->queued++];
	q->s = s;
	q->n = n;
	q->seen = seen;
	if (n > FAST_KEY)
		return 0;
	q->key = fast_key(s, n, w->limit);
	if (lowers(seen)) {
		q->key.a = lower8(q->key.a);
		q->key.b = lower8(q->key.b);
	}
	__builtin_prefetch(fast_bucket(&w->cache, q->key));
	return 0;
}

/* A byte that stands alone. */
static inline int
put_mark(struct bert_work *w, const char *s, struct tok_out *o)
{
	struct waiting *q;

	if (w->queued == WAITING && drain(w, o) < 0)
		return -1;
	q = &w->queue[w->queued++];
	q->s = s;
	q->n = 0;
	q->seen = 0;
	q->id = w->e->mark[(unsigned char)*s];
	return 0;
}

/* What a character that is not ASCII does: HIGH, SPACE or MARK (alone). */
static int
closer(const struct bert_engine *e, const char *p, const char **next)
{
	const struct bert_normalizer *b = e->normalizer;
	uint32_t class = unicode_class(unicode_next(next));

	if (b != NULL && b->clean_text && (class & UC_BERT_GONE))
		return HIGH;
	if ((class & UC_SPACE) ||
	    (b != NULL && b->clean_text && (class & UC_BERT_SPACE)))
		return SPACE;
	if (b != NULL && b->handle_chinese_chars && (class & UC_CJK))
		return MARK;
	/* a mark whose decomposition may be no mark is left to the steps */
	if ((class & UC_PUNCT) && unicode_is_normal(UNICODE_NFD, p,
	    (size_t)(*next - p)) == (size_t)(*next - p))
		return MARK;
	return HIGH;
}

/* One chunk from p on, and what ends it: where the next begins, or NULL. */
static inline const char *
scan(struct bert_work *w, const char *p, const char *end, struct tok_out *o)
{
	const struct bert_engine *e = w->e;
	const char *q, *next = p;
	int kind = SPACE, seen = 0;

	for (q = p; q < end; q = next) {
		kind = e->kind[(unsigned char)*q];
		next = q + 1;
		if (kind == HIGH) {
			next = q;
			kind = closer(e, q, &next);
		}
		if (kind >= CUT)
			break;
		seen |= kind;
	}
	if (q > p && put(w, p, (size_t)(q - p), seen, o) < 0)
		return NULL;
	if (q == end || kind != MARK)
		return next;
	if ((*q >= 0 ? put_mark(w, q, o)
	    : put(w, q, (size_t)(next - q), HIGH, o)) < 0)
		return NULL;
	return next;
}

static int
encode(const struct engine *engine, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	struct bert_work *w = work;
	const char *p = s;

	(void)engine;
	w->start = s;
	w->limit = s + n;
	w->queued = 0;
	while (p < s + n)
		if ((p = scan(w, p, s + n, o)) == NULL)
			return -1;
	return drain(w, o);
}

static void
release(struct engine *engine)
{
	struct bert_engine *e = (struct bert_engine *)engine;

	e->split->free(e->split);
	free(e);
}

/* What becomes of each byte. */
static void
classify(struct bert_engine *e)
{
	const struct bert_normalizer *b = e->normalizer;
	bool cleans = b != NULL && b->clean_text;
	uint32_t c, class;

	for (c = 0; c < 256; c++) {
		class = c < 128 ? unicode_class(c) : 0;
		if (c >= 128)
			e->kind[c] = HIGH;
		else if (cleans && (class & UC_BERT_GONE))
			e->kind[c] = DROP;
		else if ((class & UC_SPACE) ||
		    (cleans && (class & UC_BERT_SPACE)))
			e->kind[c] = SPACE;
		else if (class & UC_PUNCT)
			e->kind[c] = MARK;
		else if (b != NULL && b->lowercase && c >= 'A' && c <= 'Z')
			e->kind[c] = UPPER;
	}
}

static void
marks(struct bert_engine *e)
{
	struct tok_out o = { 0 };
	char s;
	int i;

	for (i = 0; i < 128; i++) {
		if (e->kind[i] != MARK)
			continue;
		s = (char)i;
		o.n = 0;
		e->model->encode(e->model, NULL, &s, 1, &o);
		e->mark[i] = o.ids[0];
	}
	tok_out_free(&o);
}

/* BertPreTokenizer, or the two that it is made of. */
static bool
splits(const struct steps *l)
{
	const struct class_split *a, *b;

	if (l->n == 1)
		return is_bert_split(l->s[0]);
	if (l->n != 2)
		return false;
	a = class_split_of(l->s[0]);
	b = class_split_of(l->s[1]);
	return a != NULL && b != NULL && a->mask == UC_SPACE &&
	    a->behavior == SPLIT_REMOVED && b->mask == UC_PUNCT &&
	    b->behavior == SPLIT_ISOLATED && a->only == UINT32_MAX &&
	    b->only == UINT32_MAX;
}

struct engine *
wordpiece_engine(const struct steps *normalizer,
    const struct steps *pretokenizer, const struct tok_model *m)
{
	const struct bert_normalizer *b = NULL;
	struct bert_engine *e;

	if (!wordpiece_knows_unk(m) || !splits(pretokenizer) ||
	    normalizer->n > 1)
		return NULL;
	if (normalizer->n == 1) {
		b = bert_normalizer_of(normalizer->s[0]);
		if (b == NULL)
			return NULL;
	}
	e = xcalloc(1, sizeof *e);
	e->engine = (struct engine){ .encode = encode, .work_new = work_new,
		.work_free = work_free, .free = release, .spans = true };
	e->normalizer = b;
	e->prefix = ((const struct wordpiece *)m)->prefix.n;
	e->split = bert_split_new();
	e->model = m;
	classify(e);
	marks(e);
	return &e->engine;
}
