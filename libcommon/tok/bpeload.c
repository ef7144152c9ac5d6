#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/bpe.h"

/* The "model" object of a tokenizer.json. */

struct load {
	struct bpe *bpe;
	struct bpe_build build;
	struct pull merges;	/* where they stand when they must wait */
	bool has_vocab, has_merges, has_prefix;
	bool merged;		/* the merges have been read */
	struct buf left, right;
};

static void
decode(struct slice s, struct buf *out)
{
	out->n = 0;
	buf_reserve(out, s.n);
	out->n = slice_decode(s, out->p);
	out->p[out->n] = '\0';
}

/* A string, or NULL for null. */
static bool
text_or_null(struct pull *j, char **out)
{
	struct slice s;
	struct buf b = { 0 };

	free(*out);
	*out = NULL;
	if (pull_null(j))
		return true;
	if (!pull_string(j, &s))
		return false;
	decode(s, &b);
	*out = b.p;
	return true;
}

static bool
flag(struct pull *j, bool *out)
{
	return pull_null(j) || pull_bool(j, out);
}

/* Chance has no place in a filter: only no dropout at all is taken. */
static bool
dropout(struct pull *j)
{
	double p;

	if (pull_null(j))
		return true;
	if (!pull_f64(j, &p))
		return false;
	return p == 0 || pull_fail(j, "model: dropout other than 0 would make "
	    "the result a matter of chance; set it to null");
}

static int
read_vocab(struct load *l, struct pull *j)
{
	struct slice key;
	uint64_t id;

	if (!pull_object(j))
		return -1;
	while (pull_key(j, &key)) {
		if (!pull_u64(j, &id))
			break;
		decode(key, &l->left);
		if (bpe_build_piece(&l->build, l->left.p, l->left.n, id) < 0)
			return -1;
	}
	l->has_vocab = true;
	return 0;
}

/* "left right", the older spelling. */
static int
read_line(struct load *l, struct slice s)
{
	const char *p, *sp;
	size_t n;

	decode(s, &l->left);
	p = l->left.p;
	n = l->left.n;
	if (n >= 8 && memcmp(p, "#version", 8) == 0)
		return 0;
	sp = memchr(p, ' ', n);
	if (sp == NULL || memchr(sp + 1, ' ', n - (size_t)(sp + 1 - p)))
		return fail("model: merges: \"%.100s\" is not two pieces with "
		    "one space between", p);
	return bpe_build_merge(&l->build, p, (size_t)(sp - p), sp + 1,
	    n - (size_t)(sp + 1 - p));
}

/* ["left", "right"] */
static int
read_two(struct load *l, struct pull *j)
{
	struct slice a, b;

	pull_array(j);
	if (!pull_item(j) || !pull_string(j, &a) || !pull_item(j) ||
	    !pull_string(j, &b) || pull_item(j)) {
		pull_fail(j, "model: merges: wants lists of two pieces");
		return 0;
	}
	decode(a, &l->left);
	decode(b, &l->right);
	return bpe_build_merge(&l->build, l->left.p, l->left.n, l->right.p,
	    l->right.n);
}

static int
read_merges(struct load *l, struct pull *j)
{
	struct slice s;
	int r = 0;

	if (l->bpe->prefix != NULL)
		l->build.prefix_len = strlen(l->bpe->prefix);
	/* Most vocabularies have about as many merges as pieces. */
	if (bpe_build_merges(&l->build, l->build.t.count) < 0)
		return -1;
	if (!pull_array(j))
		return 0;
	while (r == 0 && pull_item(j))
		if (pull_peek(j) == '[')
			r = read_two(l, j);
		else if (pull_string(j, &s))
			r = read_line(l, s);
	return r;
}

static int
read_key(struct load *l, struct pull *j, struct slice key)
{
	struct bpe *b = l->bpe;

	if (slice_is(key, "vocab"))
		return l->has_vocab ? fail("model: vocab is there twice")
				    : read_vocab(l, j);
	if (slice_is(key, "merges")) {
		/* They want the vocab and the prefix: else at the end. */
		if (l->has_merges)
			return fail("model: merges are there twice");
		l->has_merges = true;
		l->merged = l->has_vocab && l->has_prefix;
		if (l->merged)
			return read_merges(l, j);
		l->merges = *j;
		pull_skip(j);
	} else if (slice_is(key, "dropout"))
		dropout(j);
	else if (slice_is(key, "unk_token"))
		text_or_null(j, &b->unk_token);
	else if (slice_is(key, "continuing_subword_prefix")) {
		if (l->has_prefix)
			return fail("model: continuing_subword_prefix is "
			    "there twice");
		l->has_prefix = text_or_null(j, &b->prefix);
	} else if (slice_is(key, "end_of_word_suffix"))
		text_or_null(j, &b->suffix);
	else if (slice_is(key, "fuse_unk"))
		flag(j, &b->flags.fuse_unk);
	else if (slice_is(key, "byte_fallback"))
		flag(j, &b->flags.byte_fallback);
	else if (slice_is(key, "ignore_merges"))
		flag(j, &b->flags.ignore_merges);
	else
		pull_skip(j);
	return 0;
}

static int
read_model(struct load *l, struct pull *j)
{
	struct slice key;

	pull_object(j);
	while (pull_key(j, &key))
		if (read_key(l, j, key) < 0)
			return -1;
	if (j->error != NULL)
		return 0;	/* the reader of the file reports it */
	if (!l->has_vocab || !l->has_merges)
		return fail("model: has no vocab or no merges");
	if (!l->merged && read_merges(l, &l->merges) < 0)
		return -1;
	if (l->merges.error != NULL)
		pull_fail(j, l->merges.error);
	return 0;
}

struct tok_model *
bpe_load(struct pull *j)
{
	struct load l = { .bpe = bpe_new() };
	int r;

	r = read_model(&l, j);
	if (r == 0 && j->error != NULL)
		r = fail("%s at byte %zu", j->error,
		    (size_t)(j->at - j->start));
	if (r == 0)
		r = bpe_build_end(&l.build, l.bpe);
	if (r == 0)
		bpe_ready(l.bpe);
	bpe_build_free(&l.build);
	buf_free(&l.left);
	buf_free(&l.right);
	if (r == 0)
		return &l.bpe->model;
	l.bpe->model.free(&l.bpe->model);
	return NULL;
}
