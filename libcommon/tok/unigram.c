#include "tok/unigram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/fastcache.h"
#include "tok/score.h"
#include "util.h"

/* The best way to a place in a word: its last piece. */
struct step_to {
	double score;		/* of the whole way */
	uint32_t from;		/* where the piece begins; NONE: no way */
	int32_t id;
};
#define NONE UINT32_MAX

/*
 * The pieces that begin at each of the next few characters.  A byte that is in
 * no UTF-8 ends a word, and with it every walk.
 */
#define WORD_END '\xff'
enum { WALKS = 64, LONGEST = 64, ROOM = 4 };
struct hit {
	uint32_t to;
	int32_t id;
};

struct walks {
	uint32_t from[WALKS];	/* where the characters begin */
	uint8_t len[WALKS];
	uint8_t hits[WALKS];
	uint32_t n;
	struct hit hit[WALKS][LONGEST + 1];	/* one to spare */
};

static const struct unigram *
self(const struct tok_model *m)
{
	return (const struct unigram *)m;
}

void
unigram_words_init(struct unigram_words *w)
{
	*w = (struct unigram_words){ .walks = xmalloc(sizeof *w->walks) };
}

void
unigram_words_free(struct unigram_words *w)
{
	buf_free(&w->text);
	free(w->end);
	free(w->best);
	free(w->ends);
	free(w->walks);
}

void
unigram_clear(struct unigram_words *w)
{
	w->text.n = 0;
	w->n = 0;
}

void
unigram_add(struct unigram_words *w, const char *head, size_t n_head,
    const char *s, size_t n)
{
	buf_add(&w->text, head, n_head);
	buf_add(&w->text, s, n);
	GROW(w->end, w->n, w->cap_end);
	w->end[w->n++] = (uint32_t)w->text.n;
	buf_byte(&w->text, WORD_END);
}

static size_t
utf8_length(char c)
{
	unsigned char b = (unsigned char)c;

	return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

static inline void
relax(struct step_to *to, double score, uint32_t from, int32_t id)
{
	/* The first of equals stays, as in the reference. */
	if (to->from != NONE && !(score > to->score))
		return;
	*to = (struct step_to){ score, from, id };
}

/* The character s[from..to) has no piece of its own. */
static int
relax_unknown(const struct unigram *u, struct step_to *best, uint32_t from,
    uint32_t to)
{
	double score = u->unk_score + best[from].score;

	if (u->unk < 0 && (best[to].from == NONE || score > best[to].score))
		return fail("a character has no piece, and the model has no "
		    "unk_id");
	relax(&best[to], score, from, u->unk);
	return 0;
}

/* The next characters from i; where they end. */
static size_t
find_starts(struct walks *w, const char *s, size_t i, size_t n)
{
	for (w->n = 0; w->n < WALKS && i < n;) {
		if (s[i] == WORD_END) {
			i++;
			continue;
		}
		w->from[w->n] = (uint32_t)i;
		w->len[w->n] = (uint8_t)utf8_length(s[i]);
		i += w->len[w->n++];
	}
	return i;
}

/*
 * All walks a step down in turn: first memory is asked for all the units, then
 * they are looked at.
 */
static void
walk(const struct unigram *u, struct walks *w, const char *s)
{
	const struct trie_unit *unit = u->trie.unit, *t;
	uint32_t next[WALKS], at[WALKS], which[WALKS], live = w->n, i, k, x;
	unsigned char c;

	for (i = 0; i < live; i++) {
		at[i] = w->from[i];
		next[i] = u->trie.root + (unsigned char)s[at[i]];
		which[i] = i;
		w->hits[i] = 0;
	}
	for (; live > 0; live = k) {
		for (i = k = 0; i < live; i++) {
			t = &unit[next[i]];
			x = which[i];
			c = (unsigned char)s[at[i]];
			if ((t->link & 0xff) != c)
				continue;
			at[k] = at[i] + 1;
			which[k] = x;
			next[k] = (t->link >> 8) +
			    (unsigned char)s[at[k]];
			__builtin_prefetch(&unit[next[k]]);
			if (t->id >= 0) {
				w->hit[x][w->hits[x]++] =
				    (struct hit){ at[k], t->id };
				__builtin_prefetch(&u->score[t->id]);
			}
			k++;
		}
	}
}

/* Go on from all the characters of the walks, in order. */
static int
relax_walks(const struct unigram *u, const struct walks *w,
    struct step_to *best)
{
	const struct hit *h, *end;
	uint32_t i, from, to;
	double score;
	bool single;

	for (i = 0; i < w->n; i++) {
		from = w->from[i];
		to = from + w->len[i];
		score = best[from].score;
		single = false;
		end = w->hit[i] + w->hits[i];
		for (h = w->hit[i]; h < end; h++) {
			relax(&best[h->to], u->score[h->id] + score, from,
			    h->id);
			single |= h->to == to;
		}
		if (!single && relax_unknown(u, best, from, to) < 0)
			return -1;
	}
	return 0;
}

/* The same for a vocabulary with longer pieces, one character at a time. */
static int
relax_one(const struct unigram *u, struct step_to *best, const char *s,
    size_t from)
{
	const struct trie_unit *unit = u->trie.unit, *t;
	size_t i = from, to = from + utf8_length(s[from]);
	double score = best[from].score;
	uint32_t offset = u->trie.root;
	bool single = false;

	for (;; offset = t->link >> 8) {
		t = &unit[offset + (unsigned char)s[i]];
		if ((t->link & 0xff) != (unsigned char)s[i])
			break;
		i++;
		if (t->id < 0)
			continue;
		relax(&best[i], u->score[t->id] + score, (uint32_t)from, t->id);
		single |= i == to;
	}
	return single ? 0 : relax_unknown(u, best, (uint32_t)from,
	    (uint32_t)to);
}

/* Room for the text; every word begins at 0, and nothing is known yet. */
static void
begin(struct unigram_words *w)
{
	size_t need = w->text.n + ROOM, i;

	if (need > w->cap) {
		w->cap = need + need / 2;
		w->best = xrealloc(w->best, w->cap, sizeof *w->best);
		w->ends = xrealloc(w->ends, w->cap, sizeof *w->ends);
	}
	for (i = 0; i < need; i++)
		w->best[i] = (struct step_to){ 0, NONE, 0 };
}

int
unigram_solve(const struct unigram *u, struct unigram_words *w)
{
	const char *s = w->text.p;
	size_t i = 0;

	begin(w);
	while (i < w->text.n && u->longest <= LONGEST) {
		i = find_starts(w->walks, s, i, w->text.n);
		walk(u, w->walks, s);
		if (relax_walks(u, w->walks, w->best) < 0)
			return -1;
	}
	for (; i < w->text.n; i += s[i] == WORD_END ? 1 : utf8_length(s[i]))
		if (s[i] != WORD_END && relax_one(u, w->best, s, i) < 0)
			return -1;
	return 0;
}

/* Fused unknown characters, s[from..to): a piece by chance, bytes, or unk. */
static void
add_unknown(const struct unigram *u, const char *s, size_t from, size_t to,
    struct tok_out *o)
{
	int32_t id = trie_find(&u->trie, s + from, to - from);
	bool bytes = id < 0 && u->byte_fallback;
	size_t i;

	for (i = from; bytes && !u->has_bytes && i < to; i++)
		bytes = u->byte_id[(unsigned char)s[i]] >= 0;
	if (!bytes) {
		tok_out_add(o, id < 0 ? u->unk : id, from, to);
		return;
	}
	for (i = from; i < to; i++)
		tok_out_add(o, u->byte_id[(unsigned char)s[i]], from, to);
}

/* The best way's pieces; neighbouring unknowns become one. */
void
unigram_tokens(const struct unigram *u, struct unigram_words *w, size_t word,
    struct tok_out *o)
{
	size_t start = word > 0 ? w->end[word - 1] + 1 : 0, k = 0, from, to;
	const struct step_to *best = w->best + start;

	for (to = w->end[word]; to > start; to = w->best[to].from)
		w->ends[k++] = (uint32_t)(to - start);
	for (from = 0; k > 0; from = to) {
		to = w->ends[--k];
		if (best[to].id != u->unk) {
			tok_out_add(o, best[to].id, from, to);
			continue;
		}
		while (k > 0 && best[w->ends[k - 1]].id == u->unk)
			to = w->ends[--k];
		add_unknown(u, w->text.p + start, from, to, o);
	}
}

/* The model's scratch: the words seen last, for when no spans are wanted. */
struct work {
	struct unigram_words words;
	struct fast_cache cache;
};

static int
encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	const struct unigram *u = self(m);
	struct work *w = work;
	size_t start = o->n, count, i;
	struct fast_key key = { 0, 0 };
	const int32_t *ids;

	if (n == 0)
		return 0;
	if (!o->want_at && n <= FAST_LONG) {
		key = fast_key(s, n, s + n);
		ids = fast_cache_get(&w->cache, fast_bucket(&w->cache, key),
		    key, s, n, &count);
		for (i = 0; ids != NULL && i < count; i++)
			tok_out_add(o, ids[i], 0, 0);
		if (ids != NULL)
			return 0;
	}
	unigram_clear(&w->words);
	unigram_add(&w->words, "", 0, s, n);
	if (unigram_solve(u, &w->words) < 0)
		return -1;
	unigram_tokens(u, &w->words, 0, o);
	if (key.b != 0)
		fast_cache_put(&w->cache, key, s, n, o->ids + start,
		    o->n - start);
	return 0;
}

static void *
work_new(const struct tok_model *m)
{
	struct work *w = xmalloc(sizeof *w);

	(void)m;
	unigram_words_init(&w->words);
	fast_cache_init(&w->cache);
	return w;
}

static void
work_free(void *work)
{
	struct work *w = work;

	if (w == NULL)
		return;
	unigram_words_free(&w->words);
	fast_cache_free(&w->cache);
	free(w);
}

static int32_t
id_of(const struct tok_model *m, const char *piece, size_t n)
{
	return n > 0 ? trie_find(&self(m)->trie, piece, n) : -1;
}

static const char *
piece_of(const struct tok_model *m, int32_t id, size_t *len)
{
	const struct unigram *u = self(m);

	if (id < 0 || (size_t)id >= m->size)
		return NULL;
	*len = u->at[id + 1] - u->at[id] - 1;
	return u->text + u->at[id];
}

static void
release(struct tok_model *m)
{
	struct unigram *u = (struct unigram *)m;

	trie_free(&u->trie);
	free(u->text);
	free(u->at);
	free(u->score);
	free(u);
}

const struct unigram *
unigram_of(const struct tok_model *m)
{
	return m->encode == encode ? self(m) : NULL;
}

/* What loading gathers: the object's members as they come. */
struct load {
	struct buf text;
	uint32_t *at;
	size_t cap_at;
	double *score;
	size_t n, cap;
	int64_t unk;
	bool byte_fallback;
	bool exact;		/* scores are read to the nearest double */
};

/* ["piece", score] */
static bool
read_piece(struct pull *j, struct load *l)
{
	double score;

	GROW(l->at, l->n + 1, l->cap_at);
	GROW(l->score, l->n, l->cap);
	if (!pull_array(j) || !pull_item(j) || part_string(j, &l->text) < 0 ||
	    !pull_item(j) ||
	    !(l->exact ? pull_f64(j, &score) : score_read(j, &score)))
		return pull_fail(j, "has a piece that is no [text, score]");
	if (pull_item(j))
		return pull_fail(j, "has a piece with more than a score");
	buf_byte(&l->text, '\0');
	if (l->text.n > TRIE_BYTES)
		return pull_fail(j, "has more bytes of pieces than are read");
	l->score[l->n++] = score;
	l->at[l->n] = (uint32_t)l->text.n;
	return j->error == NULL;
}

static int
read_vocab(struct pull *j, void *member)
{
	struct load *l = member;

	GROW(l->at, 0, l->cap_at);
	l->at[0] = 0;
	l->n = 0;
	pull_array(j);
	while (pull_item(j))
		if (!read_piece(j, l))
			return -1;
	return j->error == NULL ? 0 : -1;
}

static int
read_unk(struct pull *j, void *member)
{
	int64_t *unk = member;
	uint64_t v;

	if (pull_null(j))
		return 0;
	if (!pull_u64(j, &v))
		return -1;
	*unk = v < INT32_MAX ? (int64_t)v : INT32_MAX;
	return 0;
}

static int
build(struct unigram *u, struct load *l)
{
	struct trie_key *keys = xmalloc((l->n + 1) * sizeof *keys);
	double least = (double)INFINITY;
	char name[8];
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		keys[i] = (struct trie_key){ l->text.p + l->at[i],
			l->at[i + 1] - l->at[i] - 1, (int32_t)i };
		if (l->score[i] < least)
			least = l->score[i];
		if (keys[i].n > u->longest)
			u->longest = keys[i].n;
	}
	r = trie_build(&u->trie, keys, l->n);
	free(keys);
	if (r < 0)
		return -1;
	u->unk_score = least - 10;
	u->has_bytes = true;
	for (i = 0; i < 256; i++) {
		snprintf(name, sizeof name, "<0x%02X>", (unsigned)i);
		u->byte_id[i] = trie_find(&u->trie, name, 6);
		u->has_bytes = u->has_bytes && u->byte_id[i] >= 0;
	}
	return 0;
}

static bool
as_in_text(const struct tok_model *m, int32_t id)
{
	return id == ((const struct unigram *)m)->unk;
}

static struct tok_model *
finish(struct load *l)
{
	struct unigram *u = xcalloc(1, sizeof *u);

	if (l->unk >= 0 && (size_t)l->unk >= l->n) {
		fail("unk_id %lld is not one of %zu pieces", (long long)l->unk,
		    l->n);
		goto bad;
	}
	if (build(u, l) < 0)
		goto bad;
	u->unk = (int32_t)l->unk;
	u->byte_fallback = l->byte_fallback;
	u->text = l->text.p;
	u->at = l->at;
	u->score = l->score;
	u->model = (struct tok_model){ .encode = encode,
		.work_new = work_new, .work_free = work_free,
		.id = id_of, .piece = piece_of, .free = release,
		.as_in_text = as_in_text,
		.size = l->n, .count = l->n };
	return &u->model;
bad:
	free(l->text.p);
	free(l->at);
	free(l->score);
	free(u);
	return NULL;
}

struct tok_model *
unigram_load(struct pull *j)
{
	static const struct field fields[] = {
		{ "vocab", FIELD_CUSTOM, NEEDED, 0, read_vocab },
		{ "unk_id", FIELD_CUSTOM, 0, offsetof(struct load, unk),
		    read_unk },
		{ "byte_fallback", FIELD_BOOL, 0,
		    offsetof(struct load, byte_fallback), NULL },
		/* Ours, before "vocab": the scores come from a SentencePiece
		   model, not through serde_json. */
		{ "exact_scores", FIELD_BOOL, 0, offsetof(struct load, exact),
		    NULL },
		{ 0 }
	};
	struct load l = { .unk = -1 };
	struct tok_model *m = NULL;

	if (fields_read(j, fields, &l) < 0) {
		buf_free(&l.text);
		free(l.at);
		free(l.score);
	} else {
		m = finish(&l);
		if (m == NULL)
			pull_fail(j, "");
	}
	return m;
}
