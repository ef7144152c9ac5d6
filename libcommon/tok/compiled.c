#include "tok/compiled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "err.h"
#include "hub/env.h"
#include "map.h"
#include "tok/bpe.h"
#include "tok/fast.h"
#include "tok/fastvocab.h"
#include "tok/shelf.h"

enum section {
	REST,			/* JSON without the model */
	AFFIXES,		/* unk_token, prefix, suffix: see put_text() */
	TEXT, PIECES, BY_ID, VOCAB, PAIRS, MERGED, RANKS, WHOLE,
	SECTIONS
};

enum {
	LAYOUT = 2,		/* to be raised when anything here changes */
	SMALL = 4000		/* with fewer pieces parsing is fast enough */
};

struct head {
	char magic[8], version[24];
	uint64_t layout;	/* LAYOUT, in this machine's order of bytes */
	uint64_t key[2], json;	/* hash and length of the tokenizer.json */
	uint64_t sum;		/* of all else in the file */
	uint64_t length;	/* of the file */
	uint64_t at[SECTIONS], len[SECTIONS];	/* in bytes */
	uint64_t unique, id_bits, flags;
};

static const char magic[8] = "hftok\r\n";

static size_t
align(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

static void
make_key(struct head *h, const char *text, size_t n)
{
	XXH128_hash_t x = XXH3_128bits(text, n);

	memset(h, 0, sizeof *h);
	memcpy(h->magic, magic, sizeof magic);
	snprintf(h->version, sizeof h->version, "%s", HF_VERSION);
	h->layout = LAYOUT;
	h->key[0] = x.high64;
	h->key[1] = x.low64;
	h->json = n;
}

static char *
file_name(const struct head *h)
{
	struct env e;
	char *path;

	env_read(&e);
	path = xprintf("%s/hftools/tokenizers/%016llx%016llx", e.home,
	    (unsigned long long)h->key[0], (unsigned long long)h->key[1]);
	env_free(&e);
	return path;
}

/* The sum of what follows the head begins with that of the head. */
static uint64_t
sum_of_head(const struct head *h)
{
	struct head tmp = *h;

	tmp.sum = 0;
	return XXH3_64bits(&tmp, sizeof tmp);
}

/* Is it the file that was asked for, undamaged, its parts where they may be?
 */
static bool
is_sound(const struct map *m, const struct head *want)
{
	const struct head *h = (const struct head *)m->p;
	size_t i, n = m->n;

	if (n < sizeof *h || (m->owner != geteuid() && m->owner != 0) ||
	    memcmp(h, want, offsetof(struct head, sum)) != 0 ||
	    h->length != n || h->sum != XXH3_64bits_withSeed(h + 1,
	    n - sizeof *h, sum_of_head(h)))
		return false;
	for (i = 0; i < SECTIONS; i++)
		if (h->at[i] % 64 != 0 || h->at[i] > n ||
		    h->len[i] > n - h->at[i])
			return false;
	return true;
}

/* The section as a table, and how many entries it has. */
static const void *
table(const unsigned char *p, enum section s, size_t size, size_t *n)
{
	const struct head *h = (const struct head *)p;

	*n = (size_t)h->len[s] / size;
	return p + h->at[s];
}

/*
 * The sum is no proof against somebody who means it, so that no number in the
 * tables is believed either: indexes lie within what they index, or are
 * compared where they are used, as ranks are; all hash tables have a free
 * place, where a search ends.  These loops run at every start and have no
 * branches.
 */
static bool
pieces_hold(const struct bpe_tables *t)
{
	const struct bpe_piece *p;
	bool bad = false;
	size_t i, used = 0;

	for (p = t->pieces; p < t->pieces + t->count; p++)
		bad |= (uint64_t)p->at + p->len > t->text_len ||
		    p->id >= t->size;
	for (i = 0; i < t->size; i++)	/* BPE_NONE + 1 is 0 */
		bad |= t->by_id[i] + 1 > t->count;
	for (i = 0; i <= t->vocab_mask; i++) {
		used += t->vocab[i] != 0;
		bad |= (uint32_t)t->vocab[i] > t->count;
	}
	return !bad && used <= t->vocab_mask && used == t->unique;
}

static bool
merges_hold(const struct bpe_tables *t)
{
	size_t i;

	if (t->merges == 0)
		return false;
	for (i = 0; i < t->pair_rows; i++)
		if (t->pairs[i * BPE_ROW + BPE_ROW - 1] == 0)
			return true;
	return false;
}

static bool
bytes_hold(const struct bpe_bytes *v, size_t ranks)
{
	size_t i;

	if (v->rows == 0)	/* the model has no use for them */
		return true;
	for (i = 0; i < v->rows && ranks == 1 << 16; i++)
		if (v->whole[i].key[FAST_ROW - 1].b == 0)
			return true;
	return false;
}

/* Tables as they lie in the file. */
static bool
set_tables(struct bpe *b, const unsigned char *p)
{
	const struct head *h = (const struct head *)p;
	struct bpe_tables *t = &b->t;
	size_t slots, ranks;

	t->text = table(p, TEXT, 1, &t->text_len);
	t->pieces = table(p, PIECES, sizeof *t->pieces, &t->count);
	t->by_id = table(p, BY_ID, sizeof *t->by_id, &t->size);
	t->vocab = table(p, VOCAB, sizeof *t->vocab, &slots);
	t->vocab_mask = slots - 1;
	t->pairs = table(p, PAIRS, BPE_ROW * sizeof *t->pairs, &t->pair_rows);
	t->merged = table(p, MERGED, sizeof *t->merged, &t->merges);
	b->bytes.rank = table(p, RANKS, sizeof *b->bytes.rank, &ranks);
	b->bytes.whole = table(p, WHOLE, sizeof *b->bytes.whole,
	    &b->bytes.rows);
	t->unique = (size_t)h->unique;
	t->id_bits = (uint32_t)h->id_bits;
	return slots >= 2 && (slots & (slots - 1)) == 0 &&
	    h->id_bits >= 1 && h->id_bits <= 24 &&
	    t->size <= 1ull << h->id_bits && pieces_hold(t) &&
	    merges_hold(t) && bytes_hold(&b->bytes, ranks);
}

/* A string that may be NULL: '-', or '+' and the string, and a NUL. */
static void
put_text(struct buf *b, const char *s)
{
	buf_byte(b, s == NULL ? '-' : '+');
	buf_add(b, s == NULL ? "" : s, s == NULL ? 1 : strlen(s) + 1);
}

static bool
get_text(const char **p, const char *end, char **out)
{
	const char *nul = *p < end ? memchr(*p, '\0', (size_t)(end - *p))
	    : NULL;

	if (nul == NULL || nul == *p)
		return false;
	*out = **p == '+' ? xstrdup(*p + 1) : NULL;
	*p = nul + 1;
	return true;
}

static bool
set_rest(struct bpe *b, const unsigned char *p)
{
	const struct head *h = (const struct head *)p;
	const char *s = (const char *)p + h->at[AFFIXES];
	const char *end = s + h->len[AFFIXES];

	b->flags.fuse_unk = h->flags & 1;
	b->flags.byte_fallback = h->flags & 2;
	b->flags.ignore_merges = h->flags & 4;
	return get_text(&s, end, &b->unk_token) &&
	    get_text(&s, end, &b->prefix) && get_text(&s, end, &b->suffix);
}

bool
compiled_read(const char *text, size_t n, struct tok_model **model,
    struct buf *rest)
{
	struct head want;
	const struct head *h;
	struct bpe *b = bpe_new();
	char *path;
	bool ok;

	make_key(&want, text, n);
	path = file_name(&want);
	ok = map_open(&b->map, path) == 0;
	free(path);
	if (ok)
		map_populate(&b->map);
	h = (const struct head *)b->map.p;
	if (!ok || !is_sound(&b->map, &want) ||
	    !set_tables(b, b->map.p) || !set_rest(b, b->map.p)) {
		b->model.free(&b->model);
		return false;
	}
	bpe_ready(b);
	buf_add(rest, b->map.p + h->at[REST], (size_t)h->len[REST]);
	*model = &b->model;
	return true;
}

struct part {
	const void *p;
	size_t n;
};

static void
place_parts(struct head *h, const struct part part[SECTIONS])
{
	size_t i, at = align(sizeof *h);

	for (i = 0; i < SECTIONS; i++) {
		h->at[i] = at;
		h->len[i] = part[i].n;
		at = align(at + part[i].n);
	}
	h->length = at;
}

/*
 * The head, each part, and zeros up to where the next one begins, as they lie
 * in memory: copying them together would take longer than all of the rest.
 */
enum { PIECES_OF_FILE = 2 * SECTIONS + 2 };

static int
gather(const struct head *h, const struct part part[SECTIONS],
    struct iovec v[PIECES_OF_FILE])
{
	static const char zeros[64];
	union {
		const void *in;
		void *out;
	} p = { .in = h }, zero = { .in = zeros };
	size_t end = sizeof *h, next, i;
	int k = 0;

	v[k++] = (struct iovec){ p.out, sizeof *h };
	for (i = 0; i <= SECTIONS; i++) {
		next = i < SECTIONS ? (size_t)h->at[i] : (size_t)h->length;
		if (next > end)
			v[k++] = (struct iovec){ zero.out, next - end };
		if (i == SECTIONS || part[i].n == 0)
			continue;
		p.in = part[i].p;
		v[k++] = (struct iovec){ p.out, part[i].n };
		end = next + part[i].n;
	}
	return k;
}

static uint64_t
sum_of(const struct head *h, const struct iovec *v, int k)
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t sum;
	int i;

	if (state == NULL)
		die("out of memory");
	XXH3_64bits_reset_withSeed(state, sum_of_head(h));
	for (i = 1; i < k; i++)		/* behind the head */
		XXH3_64bits_update(state, v[i].iov_base, v[i].iov_len);
	sum = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return sum;
}

static void
put_file(struct head *h, const struct part part[SECTIONS])
{
	struct iovec v[PIECES_OF_FILE];
	char *path;
	int k;

	place_parts(h, part);
	k = gather(h, part, v);
	h->sum = sum_of(h, v, k);
	path = file_name(h);
	shelf_put(path, v, k);
	free(path);
}

void
compiled_write(const char *text, size_t n, size_t from, size_t to,
    const struct tok_model *model, const struct engine *engine)
{
	const struct bpe *b = bpe_of(model);
	const struct bpe_bytes *v = fast_bytes_of(engine);
	const struct bpe_tables *t;
	struct buf rest = { 0 }, affixes = { 0 };
	struct head h;

	if (b == NULL || b->t.unique < SMALL || b->t.merges == 0 || from > to ||
	    to > n)
		return;
	t = &b->t;
	make_key(&h, text, n);
	h.unique = t->unique;
	h.id_bits = t->id_bits;
	h.flags = (uint64_t)b->flags.fuse_unk | b->flags.byte_fallback << 1 |
	    b->flags.ignore_merges << 2;
	buf_add(&rest, text, from);
	buf_str(&rest, "{}");
	buf_add(&rest, text + to, n - to);
	put_text(&affixes, b->unk_token);
	put_text(&affixes, b->prefix);
	put_text(&affixes, b->suffix);
	put_file(&h, (const struct part[SECTIONS]){
		[REST] = { rest.p, rest.n },
		[AFFIXES] = { affixes.p, affixes.n },
		[TEXT] = { t->text, t->text_len },
		[PIECES] = { t->pieces, t->count * sizeof *t->pieces },
		[BY_ID] = { t->by_id, t->size * sizeof *t->by_id },
		[VOCAB] = { t->vocab, (t->vocab_mask + 1) * sizeof *t->vocab },
		[PAIRS] = { t->pairs,
		    t->pair_rows * BPE_ROW * sizeof *t->pairs },
		[MERGED] = { t->merged, t->merges * sizeof *t->merged },
		[RANKS] = { v != NULL ? v->rank : NULL,
		    v != NULL ? sizeof *v->rank << 16 : 0 },
		[WHOLE] = { v != NULL ? v->whole : NULL,
		    v != NULL ? v->rows * sizeof *v->whole : 0 },
	});
	buf_free(&rest);
	buf_free(&affixes);
}
