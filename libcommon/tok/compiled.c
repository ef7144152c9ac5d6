#include "tok/compiled.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "err.h"
#include "hub/env.h"
#include "hub/place.h"
#include "tok/bpe.h"
#include "tok/fast.h"
#include "tok/fastwords.h"

enum section {
	REST,			/* JSON without the model */
	AFFIXES,		/* unk_token, prefix, suffix: see put_text() */
	TEXT, PIECES, BY_ID, VOCAB, PAIRS, MERGED, WHOLE,
	SECTIONS
};

enum {
	LAYOUT = 1,		/* to be raised when anything here changes */
	SMALL = 4000,		/* with fewer pieces parsing is fast enough */
	MAX = 1 << 30
};

struct head {
	char magic[8], version[24];
	uint64_t layout;	/* LAYOUT, in this machine's order of bytes */
	uint64_t key[2], json;	/* hash and length of the tokenizer.json */
	uint64_t sum;		/* of all else in the file */
	uint64_t length;	/* of the file */
	uint64_t at[SECTIONS], len[SECTIONS];	/* in bytes */
	uint64_t unique, id_bits, whole_bits, flags;
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

static uint64_t
sum_of(const struct head *h, const void *body, size_t n)
{
	struct head tmp = *h;

	tmp.sum = 0;
	return XXH3_64bits_withSeed(body, n, XXH3_64bits(&tmp, sizeof tmp));
}

/* Read the file whole: its bytes from the head on, or NULL. */
static char *
slurp(const char *path, size_t *n, void **memory)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *p = NULL;

	*memory = NULL;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == geteuid() || st.st_uid == 0) &&
	    (size_t)st.st_size > sizeof(struct head) && st.st_size < MAX) {
		*n = (size_t)st.st_size;
		p = bpe_table(*n, 1, memory);
		if (read_all(fd, p, *n) != st.st_size) {
			free(*memory);
			p = NULL;
		}
	}
	close(fd);
	return p;
}

/* Is it the file that was asked for, undamaged, its parts where they may be?
 */
static bool
is_sound(const char *p, size_t n, const struct head *want)
{
	const struct head *h = (const struct head *)p;
	size_t i;

	if (memcmp(h, want, offsetof(struct head, sum)) != 0 ||
	    h->length != n || h->sum != sum_of(h, h + 1, n - sizeof *h))
		return false;
	for (i = 0; i < SECTIONS; i++)
		if (h->at[i] % 64 != 0 || h->at[i] > n ||
		    h->len[i] > n - h->at[i])
			return false;
	return true;
}

static bool
is_mask(size_t bytes, size_t size)
{
	size_t n = bytes / size;

	return bytes % size == 0 && n >= 2 && (n & (n - 1)) == 0;
}

/* The section as a table, and how many entries it has. */
static const void *
table(const char *p, enum section s, size_t size, size_t *n)
{
	const struct head *h = (const struct head *)p;

	*n = (size_t)h->len[s] / size;
	return p + h->at[s];
}

/*
 * The sum is no proof against somebody who means it, so that no number in the
 * tables is believed either: all indexes lie within what they index, and all
 * hash tables have a free place, where a search ends.
 */
static bool
pieces_hold(const struct bpe_tables *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->pieces[i].at > t->text_len ||
		    t->pieces[i].len > t->text_len - t->pieces[i].at ||
		    t->pieces[i].id >= t->size)
			return false;
	for (i = 0; i < t->size; i++)
		if (t->by_id[i] != BPE_NONE && t->by_id[i] >= t->count)
			return false;
	for (i = 0; i < t->merges; i++)
		if (t->merged[i] >= t->size || t->by_id[t->merged[i]] ==
		    BPE_NONE)
			return false;
	return true;
}

static bool
hashes_hold(const struct bpe_tables *t)
{
	uint64_t low = (1ull << (64 - 2 * t->id_bits)) - 1;
	size_t i, used = 0;

	for (i = 0; i <= t->vocab_mask; i++)
		if (t->vocab[i] != 0) {
			used++;
			if ((uint32_t)t->vocab[i] - 1 >= t->count)
				return false;
		}
	if (used > t->vocab_mask || used != t->unique)
		return false;
	for (i = used = 0; i <= t->pair_mask; i++)
		if (t->pairs[i] != 0) {
			used++;
			if ((t->pairs[i] & low) - 1 >= t->merges)
				return false;
		}
	return used <= t->pair_mask;
}

static bool
whole_holds(const struct bpe *b)
{
	size_t i, n = b->whole == NULL ? 0 : (size_t)1 << b->whole_bits;
	size_t used = 0;

	for (i = 0; i < n; i++)
		if (b->whole[i].key.b != 0) {
			used++;
			if (b->whole[i].id >= b->t.size)
				return false;
		}
	return n == 0 || used < n;
}

/* Tables as they lie in the file. */
static bool
set_tables(struct bpe *b, const char *p)
{
	const struct head *h = (const struct head *)p;
	struct bpe_tables *t = &b->t;
	size_t n;

	if (h->id_bits < 1 || h->id_bits > 24 || h->whole_bits > 26 ||
	    !is_mask(h->len[VOCAB], sizeof *t->vocab) ||
	    !is_mask(h->len[PAIRS], sizeof *t->pairs))
		return false;
	t->text = table(p, TEXT, 1, &t->text_len);
	t->pieces = table(p, PIECES, sizeof *t->pieces, &t->count);
	t->by_id = table(p, BY_ID, sizeof *t->by_id, &t->size);
	t->vocab = table(p, VOCAB, sizeof *t->vocab, &n);
	t->vocab_mask = n - 1;
	t->pairs = table(p, PAIRS, sizeof *t->pairs, &n);
	t->pair_mask = n - 1;
	t->merged = table(p, MERGED, sizeof *t->merged, &t->merges);
	t->unique = (size_t)h->unique;
	t->id_bits = (uint32_t)h->id_bits;
	if (t->size > 1ull << t->id_bits)
		return false;
	if (h->whole_bits > 0) {
		b->whole = table(p, WHOLE, sizeof *b->whole, &n);
		b->whole_bits = (int)h->whole_bits;
		if (n != 1ull << h->whole_bits)
			return false;
	}
	return pieces_hold(t) && hashes_hold(t) && whole_holds(b);
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
set_rest(struct bpe *b, const char *p)
{
	const struct head *h = (const struct head *)p;
	const char *s = p + h->at[AFFIXES], *end = s + h->len[AFFIXES];

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
	struct bpe *b;
	void *memory;
	char *path, *p;
	size_t len = 0;

	make_key(&want, text, n);
	path = file_name(&want);
	p = slurp(path, &len, &memory);
	free(path);
	if (p == NULL)
		return false;
	b = bpe_new();
	b->owned[0] = memory;
	h = (const struct head *)p;
	if (!is_sound(p, len, &want) || !set_tables(b, p) || !set_rest(b, p)) {
		b->model.free(&b->model);
		return false;
	}
	bpe_ready(b);
	buf_add(rest, p + h->at[REST], (size_t)h->len[REST]);
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

/* Write all of it beside the name and rename it; nothing on failure. */
static void
store(const char *path, const char *p, size_t n)
{
	char *tmp = xprintf("%s.XXXXXX", path);
	int fd;
	bool ok;

	if (place_parents(path) < 0 || (fd = mkostemp(tmp, O_CLOEXEC)) < 0) {
		free(tmp);
		return;
	}
	ok = write_all(fd, p, n) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || rename(tmp, path) < 0)
		unlink(tmp);
	free(tmp);
}

static void
assemble(struct head *h, const struct part part[SECTIONS])
{
	char *file, *path;
	size_t i;

	place_parts(h, part);
	file = xcalloc(1, (size_t)h->length);
	for (i = 0; i < SECTIONS; i++)
		if (part[i].n > 0)
			memcpy(file + h->at[i], part[i].p, part[i].n);
	h->sum = sum_of(h, file + sizeof *h, (size_t)h->length - sizeof *h);
	memcpy(file, h, sizeof *h);
	path = file_name(h);
	store(path, file, (size_t)h->length);
	free(path);
	free(file);
}

void
compiled_write(const char *text, size_t n, size_t from, size_t to,
    const struct tok_model *model, const struct engine *engine)
{
	const struct bpe *b = bpe_of(model);
	const struct fast_vocab *v = fast_vocab_of(engine);
	const struct bpe_tables *t;
	struct buf rest = { 0 }, affixes = { 0 };
	struct head h;

	if (b == NULL || b->t.unique < SMALL || from > to || to > n)
		return;
	t = &b->t;
	make_key(&h, text, n);
	h.unique = t->unique;
	h.id_bits = t->id_bits;
	h.whole_bits = v != NULL ? (uint64_t)v->bits : 0;
	h.flags = (uint64_t)b->flags.fuse_unk | b->flags.byte_fallback << 1 |
	    b->flags.ignore_merges << 2;
	buf_add(&rest, text, from);
	buf_str(&rest, "{}");
	buf_add(&rest, text + to, n - to);
	put_text(&affixes, b->unk_token);
	put_text(&affixes, b->prefix);
	put_text(&affixes, b->suffix);
	assemble(&h, (const struct part[SECTIONS]){
		[REST] = { rest.p, rest.n },
		[AFFIXES] = { affixes.p, affixes.n },
		[TEXT] = { t->text, t->text_len },
		[PIECES] = { t->pieces, t->count * sizeof *t->pieces },
		[BY_ID] = { t->by_id, t->size * sizeof *t->by_id },
		[VOCAB] = { t->vocab, (t->vocab_mask + 1) * sizeof *t->vocab },
		[PAIRS] = { t->pairs, (t->pair_mask + 1) * sizeof *t->pairs },
		[MERGED] = { t->merged, t->merges * sizeof *t->merged },
		[WHOLE] = { v != NULL ? v->slot : NULL,
		    v != NULL ? sizeof *v->slot << v->bits : 0 },
	});
	buf_free(&rest);
	buf_free(&affixes);
}
