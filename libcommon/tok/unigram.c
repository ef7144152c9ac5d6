#include "tok/unigram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/score.h"
#include "util.h"

/* The best way to the end of a prefix of the word: its last piece. */
struct step_to {
	double score;		/* of the whole way */
	uint32_t from;		/* where the piece begins; NONE: no way */
	int32_t id;
};
#define NONE UINT32_MAX

/* Short words, their tokens at hand: a table without chains, the last wins. */
enum { WORDS = 1 << 13, KEY = 32, IDS = 6 };
struct word {
	char key[KEY];		/* padded with NULs */
	uint8_t n, count;	/* bytes, tokens */
	int32_t ids[IDS];
};

struct unigram_work {
	struct step_to *best;	/* [cap] */
	uint32_t *ends;		/* [cap] of the pieces, last first */
	size_t cap;
	struct word *words;	/* [WORDS] */
};

static const struct unigram *
self(const struct tok_model *m)
{
	return (const struct unigram *)m;
}

static size_t
utf8_length(char c)
{
	unsigned char b = (unsigned char)c;

	return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

static inline void
relax(struct step_to *to, double score, size_t from, int32_t id)
{
	/* The first of equals stays, as in the reference. */
	if (to->from != NONE && !(score > to->score))
		return;
	*to = (struct step_to){ score, (uint32_t)from, id };
}

/* Relax all pieces that begin at i; is there one of just len bytes? */
static bool
relax_from(const struct unigram *u, struct step_to *best, const char *s,
    size_t i, size_t n, size_t len)
{
	const struct trie_unit *unit = u->trie.unit, *t;
	uint32_t offset = u->trie.root;
	double score = best[i].score;
	bool single = false;
	size_t j;

	for (j = i; j < n; offset = t->link >> 8) {
		t = &unit[offset ^ (unsigned char)s[j]];
		if ((t->link & 0xff) != (unsigned char)s[j])
			break;
		j++;
		if (t->id < 0)
			continue;
		relax(&best[j], t->score + score, i, t->id);
		single |= j == i + len;
	}
	return single;
}

/* Fill best[0..n]: 0, or -1 when a character has no piece and no unk. */
static int
viterbi(const struct unigram *u, struct step_to *best, const char *s, size_t n)
{
	size_t i, len;

	best[0] = (struct step_to){ 0, NONE, 0 };
	for (i = 1; i <= n; i++)
		best[i].from = NONE;
	for (i = 0; i < n; i += len) {
		len = utf8_length(s[i]);
		if (len > n - i)
			return fail("the text is not UTF-8");
		if (relax_from(u, best, s, i, n, len))
			continue;
		if (u->unk < 0 && (best[i + len].from == NONE ||
		    best[i].score + u->unk_score > best[i + len].score))
			return fail("a character has no piece, and the model "
			    "has no unk_id");
		relax(&best[i + len], u->unk_score + best[i].score, i, u->unk);
	}
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

/* The best way's tokens; neighbouring unknowns become one. */
static void
add_path(const struct unigram *u, struct unigram_work *w, const char *s,
    size_t n, struct tok_out *o)
{
	size_t k = 0, from = 0, to;
	const struct step_to *b;

	for (to = n; to > 0; to = w->best[to].from)
		w->ends[k++] = (uint32_t)to;
	while (k > 0) {
		to = w->ends[--k];
		b = &w->best[to];
		if (b->id != u->unk) {
			tok_out_add(o, b->id, from, to);
		} else {
			while (k > 0 && w->best[w->ends[k - 1]].id == u->unk)
				to = w->ends[--k];
			add_unknown(u, s, from, to, o);
		}
		from = to;
	}
}

static int
encode(const struct unigram *u, struct unigram_work *w, const char *s,
    size_t n, struct tok_out *o)
{
	if (n >= w->cap) {
		w->cap = n + n / 2 + 64;
		w->best = xrealloc(w->best, w->cap, sizeof *w->best);
		w->ends = xrealloc(w->ends, w->cap, sizeof *w->ends);
	}
	if (viterbi(u, w->best, s, n) < 0)
		return -1;
	add_path(u, w, s, n, o);
	return 0;
}

/* The word's place in the table, its key made. */
static struct word *
slot(const struct unigram_work *w, const char *s, size_t n, char key[KEY])
{
	uint64_t part[4], h;

	memset(key, 0, KEY);
	memcpy(key, s, n);
	memcpy(part, key, KEY);
	h = (part[0] ^ n) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 32 ^ part[1]) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 29 ^ part[2]) * 0x94d049bb133111ebu;
	h = (h ^ h >> 32 ^ part[3]) * 0x9e3779b97f4a7c15u;
	return &w->words[h >> 51];
}

int
unigram_word(const struct unigram *u, struct unigram_work *w, const char *s,
    size_t n, struct tok_out *o)
{
	size_t start = o->n, i;
	struct word *e;
	char key[KEY];

	if (n > KEY || o->want_at)
		return encode(u, w, s, n, o);
	e = slot(w, s, n, key);
	if (e->n == n && memcmp(e->key, key, KEY) == 0) {
		for (i = 0; i < e->count; i++)
			tok_out_add(o, e->ids[i], 0, 0);
		return 0;
	}
	if (encode(u, w, s, n, o) < 0)
		return -1;
	if (o->n - start > IDS)
		return 0;
	memcpy(e->key, key, KEY);
	e->n = (uint8_t)n;
	e->count = (uint8_t)(o->n - start);
	memcpy(e->ids, o->ids + start, e->count * sizeof *e->ids);
	return 0;
}

static int
model_encode(const struct tok_model *m, void *work, const char *s, size_t n,
    struct tok_out *o)
{
	return unigram_word(self(m), work, s, n, o);
}

void *
unigram_work_new(const struct tok_model *m)
{
	struct unigram_work *w = xcalloc(1, sizeof *w);

	(void)m;
	w->words = xcalloc(WORDS, sizeof *w->words);
	return w;
}

void
unigram_work_free(void *work)
{
	struct unigram_work *w = work;

	if (w == NULL)
		return;
	free(w->best);
	free(w->ends);
	free(w->words);
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
	free(u);
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
	double least = INFINITY;
	char name[8];
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		keys[i] = (struct trie_key){ l->text.p + l->at[i],
			l->at[i + 1] - l->at[i] - 1, (int32_t)i, l->score[i] };
		if (l->score[i] < least)
			least = l->score[i];
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
	u->model = (struct tok_model){ .encode = model_encode,
		.work_new = unigram_work_new, .work_free = unigram_work_free,
		.id = id_of, .piece = piece_of, .free = release,
		.size = l->n, .count = l->n };
	return &u->model;
bad:
	free(l->text.p);
	free(l->at);
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
	} else {
		m = finish(&l);
		if (m == NULL)
			pull_fail(j, "");
	}
	free(l.score);
	return m;
}
