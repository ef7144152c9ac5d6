#include <stdlib.h>
#include <string.h>

#include "tok/spm.h"
#include "tok/vocab.h"
#include "utf8.h"

enum { LONGEST = 512 };		/* a piece of more bytes is not merged */

struct merge {
	const char *left;
	uint32_t n_left, n_right;	/* bytes */
	uint32_t c_left, c_right;	/* characters */
	uint32_t piece;
	int32_t id_left, id_right;
	double score;
};

struct merges {
	struct merge *v;
	size_t n, cap;
};

/* As transformers orders those of GGUF files: longer left parts first. */
static int
usual_order(const void *a, const void *b)
{
	const struct merge *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->c_left != y->c_left)
		return x->c_left > y->c_left ? -1 : 1;
	if (x->c_right != y->c_right)
		return x->c_right > y->c_right ? -1 : 1;
	if (x->piece != y->piece)
		return x->piece < y->piece ? -1 : 1;
	return (x->id_left > y->id_left) - (x->id_left < y->id_left);
}

/* Best score first, then the piece's ID, then the shorter left part. */
static int
plain_order(const void *a, const void *b)
{
	const struct merge *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->piece != y->piece)
		return x->piece < y->piece ? -1 : 1;
	return (x->n_left > y->n_left) - (x->n_left < y->n_left);
}

/* All ways to cut the piece into two pieces. */
static void
add(struct merges *l, const struct vocab *v, const struct spm_piece *pieces,
    uint32_t piece)
{
	struct slice s = pieces[piece].text;
	struct merge m = { .left = s.p, .piece = piece,
		.score = pieces[piece].score };
	uint32_t cut;

	for (cut = 1; cut < s.n && s.n <= LONGEST; cut++) {
		if (((unsigned char)s.p[cut] & 0xc0) == 0x80)
			continue;
		m.id_left = vocab_id(v, s.p, cut);
		m.id_right = m.id_left < 0 ? -1 :
		    vocab_id(v, s.p + cut, s.n - cut);
		if (m.id_right < 0)
			continue;
		m.n_left = cut;
		m.n_right = (uint32_t)s.n - cut;
		m.c_left = (uint32_t)utf8_count(s.p, cut);
		m.c_right = (uint32_t)utf8_count(s.p + cut, s.n - cut);
		GROW(l->v, l->n, l->cap);
		l->v[l->n++] = m;
	}
}

/* The last of equal pieces counts, as in a Python dict. */
static void
find_all(struct merges *l, const struct spm_piece *pieces, size_t n,
    enum spm_merges order)
{
	bool all = order != MERGES_NORMAL;
	struct vocab v = { 0 };
	size_t i;

	vocab_init(&v, n);
	for (i = n; i-- > 0;)
		if ((all || pieces[i].type == SPM_NORMAL) &&
		    vocab_id(&v, pieces[i].text.p, pieces[i].text.n) < 0)
			vocab_add(&v, pieces[i].text.p, pieces[i].text.n,
			    (int64_t)i);
	for (i = 0; i < n; i++)
		if ((all || pieces[i].type == SPM_NORMAL) &&
		    vocab_id(&v, pieces[i].text.p, pieces[i].text.n) ==
			(int32_t)i)
			add(l, &v, pieces, (uint32_t)i);
	vocab_free(&v);
}

void
spm_put_merges(const struct spm_piece *pieces, size_t n,
    enum spm_merges order, struct buf *out)
{
	struct merges l = { 0 };
	const struct merge *m;
	size_t i;

	find_all(&l, pieces, n, order);
	for (i = 0; order == MERGES_BY_ID && i < l.n; i++)
		l.v[i].score = 0;
	if (l.n > 1)
		qsort(l.v, l.n, sizeof *l.v, order == MERGES_BY_SCORE
		    ? usual_order : plain_order);
	buf_byte(out, '[');
	for (i = 0; i < l.n; i++) {
		m = &l.v[i];
		buf_str(out, i > 0 ? ",[" : "[");
		json_put_string(out, m->left, m->n_left);
		buf_byte(out, ',');
		json_put_string(out, m->left + m->n_left, m->n_right);
		buf_byte(out, ']');
	}
	buf_byte(out, ']');
	free(l.v);
}

void
spm_put_base64(struct buf *out, const char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = (const unsigned char *)p;
	uint32_t bits;
	size_t i, k, left;

	buf_reserve(out, n / 3 * 4 + 4);
	for (i = 0; i < n; i += 3) {
		left = n - i < 3 ? n - i : 3;
		bits = (uint32_t)b[i] << 16;
		if (left > 1)
			bits |= (uint32_t)b[i + 1] << 8;
		if (left > 2)
			bits |= b[i + 2];
		for (k = 0; k < 4; k++)
			buf_byte(out, k > left ? '=' :
			    digit[bits >> (18 - 6 * k) & 63]);
	}
}
