#include "tok/rows.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "frame.h"
#include "utf8.h"

const char *const rows_prints[] = { "frames", "ids", "tokens", "offsets",
	"char_offsets", "type_ids", "word_ids", "sequence_ids",
	"attention_mask", NULL };

struct tok_ids {
	int32_t *p;
	size_t n, cap;
};

void
rows_free(struct rows *r)
{
	size_t i;

	for (i = 0; i < r->cap_enc; i++)
		encoding_free(&r->enc[i]);
	free(r->enc);
	free(r->rec);
	free(r->data);
	buf_free(&r->text);
	buf_free(&r->out);
	*r = (struct rows){ 0 };
}

void
rows_reset(struct rows *r)
{
	r->n = r->n_data = r->text.n = r->out.n = 0;
}

void
rows_add(struct rows *r, const struct record *rec)
{
	struct row_text *t;
	size_t i;

	if (r->n == 0)
		r->first = rec->number;
	GROW(r->rec, r->n, r->cap);
	t = &r->rec[r->n++];
	*t = (struct row_text){ .a = r->text.n, .na = rec->na,
		.b = r->text.n + rec->na, .nb = rec->nb,
		.pair = rec->b != NULL, .data = r->n_data,
		.n_data = rec->n_data };
	for (i = 0; i < rec->n_data; i++) {
		GROW(r->data, r->n_data, r->cap_data);
		r->data[r->n_data++] = rec->data[i];
	}
	buf_add(&r->text, rec->a, rec->na);
	if (t->pair)
		buf_add(&r->text, rec->b, rec->nb);
}

static void
room(struct rows *r)
{
	size_t old = r->cap_enc;

	if (r->n <= old)
		return;
	r->cap_enc = r->n + r->n / 2;
	r->enc = xrealloc(r->enc, r->cap_enc, sizeof *r->enc);
	memset(r->enc + old, 0, (r->cap_enc - old) * sizeof *r->enc);
}

/* Numbers parted by spaces, commas and brackets, so JSON lists as well. */
static int
read_ids(const char *s, size_t n, struct encoding *e)
{
	static const int32_t none[1];
	const char *p = s, *end = s + n;
	struct tok_ids ids = { 0 };
	int64_t v;
	int r = 0;

	for (; r == 0 && p < end; p++) {
		if (strchr(" ,[]\t\r", *p) != NULL && *p != '\0')
			continue;
		for (v = 0; p < end && *p >= '0' && *p <= '9' &&
		    v <= INT32_MAX; p++)
			v = v * 10 + (*p - '0');
		if (v > INT32_MAX || (p < end && (*p == '\0' ||
		    strchr(" ,[]\t\r", *p) == NULL)))
			r = fail("byte %zu: IDs are numbers from 0 to %d",
			    (size_t)(p - s), INT32_MAX);
		GROW(ids.p, ids.n, ids.cap);
		ids.p[ids.n++] = (int32_t)v;
	}
	if (r == 0)
		encoding_set(e, ids.n > 0 ? ids.p : none, ids.n);
	free(ids.p);
	return r;
}

static int
encode(struct rows *r, const struct tok *t, const struct rows_opts *o,
    struct tok_work *w, size_t i)
{
	const char *s = r->text.p == NULL ? "" : r->text.p;
	const struct row_text *x = &r->rec[i];
	struct tok_opts opts = o->tok;

	opts.n_data = x->n_data;
	opts.data = x->n_data > 0 ? r->data + x->data : NULL;
	if (o->from_ids)
		return read_ids(s + x->a, x->na, &r->enc[i]);
	return tok_encode(t, w, s + x->a, x->na,
	    x->pair ? s + x->b : NULL, x->nb, &opts, &r->enc[i]);
}

/* Announce the texts of some records from i on; the first that is not. */
static size_t
look_ahead(const struct rows *r, const struct tok *t,
    const struct rows_opts *o, struct tok_work *w, size_t i)
{
	enum { TEXTS = 256, BYTES = 8 << 10 };
	const char *s = r->text.p == NULL ? "" : r->text.p;
	struct slice v[TEXTS];
	size_t n = 0, bytes = 0;
	const struct row_text *x;

	for (; i < r->n && n + 2 <= TEXTS && bytes < BYTES; i++) {
		x = &r->rec[i];
		if (x->na + x->nb > BYTES)	/* it is many by itself */
			continue;
		v[n++] = (struct slice){ s + x->a, x->na };
		if (x->pair)
			v[n++] = (struct slice){ s + x->b, x->nb };
		bytes += x->na + x->nb;
	}
	tok_look_ahead(t, w, v, n, &o->tok);
	return i;
}

int
rows_encode(struct rows *r, const struct tok *t, const struct rows_opts *o,
    struct tok_work *w)
{
	size_t i, seen = 0;
	int bad;

	room(r);
	for (i = 0; i < r->n; i++) {
		if (i == seen && !o->from_ids)
			seen = look_ahead(r, t, o, w, i);
		bad = encode(r, t, o, w, i);
		if (bad < 0)
			fail("record %ju: %s", (uintmax_t)(r->first + i),
			    errstr());
		else if (o->limit > 0 && r->enc[i].n > o->limit)
			bad = fail("record %ju: %zu tokens, and the limit is "
			    "%zu; use --truncation to cut",
			    (uintmax_t)(r->first + i), r->enc[i].n, o->limit);
		if (bad < 0) {
			r->n = i;
			return -1;
		}
	}
	return 0;
}

uint64_t
rows_count(const struct rows *r, const struct rows_opts *o)
{
	uint64_t n = 0;
	size_t i, k;

	for (i = 0; i < r->n; i++) {
		n += r->enc[i].n;
		for (k = 0; o->overflow && k < r->enc[i].n_overflow; k++)
			n += r->enc[i].overflow[k].n;
	}
	return n;
}

static size_t
round_up(size_t n, size_t multiple)
{
	return multiple > 0 && n % multiple > 0
	    ? n + multiple - n % multiple : n;
}

/* The length that rows are padded to, 0 for not at all. */
static size_t
padded_length(const struct rows *r, const struct rows_opts *o)
{
	size_t i, n = 0;

	if (o->pad == PAD_NONE)
		return 0;
	for (i = 0; o->pad == PAD_LONGEST && i < r->n; i++)
		if (r->enc[i].n > n)
			n = r->enc[i].n;
	if (o->pad == PAD_LENGTH)
		n = o->pad_length;
	return round_up(n, o->pad_multiple);
}

/* Lines. */

/*
 * The digits of u < 10^8 at p, where 8 bytes may be written; where they end.
 * All eight are found at once in the bytes of one number, the first of them
 * lowest, and the leading zeros then shifted out: no branch depends on how
 * many there are, which differs from ID to ID.
 */
static inline char *
eight_digits(char *p, uint32_t u)
{
	uint64_t x = u / 10000 | (uint64_t)(u % 10000) << 32, y;
	unsigned zeros;

	y = (x * 5243 >> 19) & 0x7f0000007f;		/* by 100 */
	x = y | (x - y * 100) << 16;
	y = (x * 103 >> 10) & 0x000f000f000f000f;	/* by 10 */
	x = y | (x - y * 10) << 8;
	zeros = (unsigned)__builtin_ctzll(x | 1ull << 56) / 8;
	x = (x | 0x3030303030303030) >> 8 * zeros;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	memcpy(p, &x, 8);
	return p + 8 - zeros;
}

static char *
digits(char *p, uint32_t u)
{
	if (u < 100000000)
		return eight_digits(p, u);
	p = digits(p, u / 10);
	*p = (char)('0' + u % 10);
	return p + 1;
}

/* The numbers of tokens: 32 bits, with a sign or without. */
static void
put_int(struct buf *b, int64_t v)
{
	buf_reserve(b, 12);
	if (v < 0)
		b->p[b->n++] = '-';
	b->n = (size_t)(digits(b->p + b->n, (uint32_t)(v < 0 ? -v : v)) -
	    b->p);
}

/* A piece with what parts pieces and lines spelled out. */
static void
put_piece(struct buf *b, const char *s, size_t n)
{
	static const char from[] = "\t\n\r \\", to[] = "tnrs\\";
	const char *p;
	size_t i;

	for (i = 0; i < n; i++) {
		p = s[i] == '\0' ? NULL : strchr(from, s[i]);
		if (p != NULL) {
			buf_byte(b, '\\');
			buf_byte(b, to[p - from]);
		} else {
			buf_byte(b, s[i]);
		}
	}
}

/* Counts characters of a text, from where it last was. */
struct cursor {
	const char *s;
	size_t byte, chars;
};

static size_t
chars_at(struct cursor *c, size_t byte)
{
	if (byte >= c->byte)
		c->chars += utf8_count(c->s + c->byte, byte - c->byte);
	else
		c->chars -= utf8_count(c->s + byte, c->byte - byte);
	c->byte = byte;
	return c->chars;
}

struct line {
	const struct rows_opts *o;
	const struct tok *t;
	const struct encoding *e;
	struct cursor text[2];
	struct buf *out;
};

static void
put_chars(struct line *l, size_t i)
{
	struct span s = l->e->offsets[i];
	int seq = l->e->sequence_ids[i];
	struct cursor *c = seq < 0 ? NULL : &l->text[seq];

	put_int(l->out, c == NULL ? 0 : (int64_t)chars_at(c, s.from));
	buf_byte(l->out, ' ');
	put_int(l->out, c == NULL ? 0 : (int64_t)chars_at(c, s.to));
}

static void
put_token(struct line *l, size_t i)
{
	const char *s;
	size_t n;

	switch (l->o->print) {
	case PRINT_FRAMES:
	case PRINT_IDS:
		put_int(l->out, l->e->ids[i]);
		break;
	case PRINT_TOKENS:
		s = tok_piece(l->t, l->e->ids[i], &n);
		put_piece(l->out, s == NULL ? "" : s, s == NULL ? 0 : n);
		break;
	case PRINT_OFFSETS:
		put_int(l->out, l->e->offsets[i].from);
		buf_byte(l->out, ' ');
		put_int(l->out, l->e->offsets[i].to);
		break;
	case PRINT_CHAR_OFFSETS:
		put_chars(l, i);
		break;
	case PRINT_TYPE_IDS:
		put_int(l->out, l->e->type_ids[i]);
		break;
	case PRINT_WORD_IDS:
		put_int(l->out, l->e->word_ids[i]);
		break;
	case PRINT_SEQUENCE_IDS:
		put_int(l->out, l->e->sequence_ids[i]);
		break;
	case PRINT_MASK:
		buf_byte(l->out, '1');
		break;
	}
}

static void
put_pad(const struct line *l)
{
	const char *s;
	size_t n;

	switch (l->o->print) {
	case PRINT_FRAMES:
	case PRINT_IDS:
		put_int(l->out, l->o->pad_id);
		break;
	case PRINT_TOKENS:
		s = tok_piece(l->t, l->o->pad_id, &n);
		put_piece(l->out, s == NULL ? "" : s, s == NULL ? 0 : n);
		break;
	case PRINT_OFFSETS:
	case PRINT_CHAR_OFFSETS:
		buf_str(l->out, "0 0");
		break;
	case PRINT_TYPE_IDS:
		put_int(l->out, l->o->pad_type);
		break;
	case PRINT_WORD_IDS:
	case PRINT_SEQUENCE_IDS:
		buf_str(l->out, "-1");
		break;
	case PRINT_MASK:
		buf_byte(l->out, '0');
		break;
	}
}

/* The usual line, which is most of the work of --print: IDs, no padding. */
static void
line_ids(const struct encoding *e, struct buf *out)
{
	enum { LONGEST = 11 };	/* ten digits and a space */
	char *p;
	size_t i;

	buf_reserve(out, e->n * LONGEST + 1);
	p = out->p + out->n;
	for (i = 0; i < e->n; i++) {
		p = digits(p, (uint32_t)e->ids[i]);
		*p++ = ' ';
	}
	p -= e->n > 0;
	*p++ = '\n';
	*p = '\0';
	out->n = (size_t)(p - out->p);
}

static void
line(struct line *l, size_t pad)
{
	size_t i, from, n = l->e->n > pad ? l->e->n : pad;

	if (l->o->print == PRINT_IDS && n == l->e->n) {
		line_ids(l->e, l->out);
		return;
	}
	from = l->o->pad_left ? n - l->e->n : 0;
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(l->out, ' ');
		if (i < from || i >= from + l->e->n)
			put_pad(l);
		else
			put_token(l, i - from);
	}
	buf_byte(l->out, '\n');
}

void
rows_lines(struct rows *r, const struct tok *t, const struct rows_opts *o)
{
	struct line l = { .o = o, .t = t, .out = &r->out };
	size_t pad = padded_length(r, o), i, k;

	for (i = 0; i < r->n; i++) {
		l.text[0] = (struct cursor){ r->text.p + r->rec[i].a, 0, 0 };
		l.text[1] = (struct cursor){ r->text.p + r->rec[i].b, 0, 0 };
		l.e = &r->enc[i];
		line(&l, pad);
		for (k = 0; o->overflow && k < r->enc[i].n_overflow; k++) {
			l.e = &r->enc[i].overflow[k];
			line(&l, pad);
		}
	}
}

/* Frames. */

struct table {
	struct frame *f;
	size_t B, T;
	int32_t *ids;		/* [B,T], as all but the last */
	int32_t *mask;
	int32_t *types;		/* NULL: the model has none */
	int32_t *positions;	/* NULL: not padded on the left */
	int32_t *offsets;	/* [B,T,2]; NULL: without texts */
	int32_t *sequences;	/* likewise, -1 where there is no text */
	int32_t *words;		/* likewise */
	int64_t *rows;		/* [B] */
};

static void
table_new(struct table *x, const struct tok *t, const struct rows_opts *o)
{
	const size_t d[3] = { x->B, x->T, 2 };

	x->ids = frame_add(x->f, "input_ids", DT_I32, 2, d);
	x->mask = frame_add(x->f, "attention_mask", DT_I32, 2, d);
	x->rows = frame_add(x->f, "rows", DT_I64, 1, d);
	if (tok_has_type_ids(t))
		x->types = frame_add(x->f, "token_type_ids", DT_I32, 2, d);
	if (o->pad_left)
		x->positions = frame_add(x->f, "position_ids", DT_I32, 2, d);
	if (o->text) {
		x->offsets = frame_add(x->f, "offsets", DT_I32, 3, d);
		x->sequences = frame_add(x->f, "sequence_ids", DT_I32, 2, d);
		x->words = frame_add(x->f, "word_ids", DT_I32, 2, d);
	}
}

static void
table_pads(struct table *x, const struct rows_opts *o, size_t at, size_t n)
{
	size_t i;

	for (i = at; i < at + n; i++) {
		x->ids[i] = o->pad_id;
		if (x->types != NULL)
			x->types[i] = o->pad_type;
		if (x->sequences != NULL)
			x->sequences[i] = x->words[i] = -1;
	}
}

static void
table_row(struct table *x, const struct rows_opts *o, size_t b,
    const struct encoding *e, uint64_t number)
{
	size_t at = b * x->T, left = o->pad_left ? x->T - e->n : 0, i;

	x->rows[b] = (int64_t)number;
	table_pads(x, o, at, left);
	table_pads(x, o, at + left + e->n, x->T - left - e->n);
	at += left;
	for (i = 0; i < e->n; i++) {
		x->ids[at + i] = e->ids[i];
		x->mask[at + i] = 1;
		if (x->types != NULL)
			x->types[at + i] = e->type_ids[i];
		if (x->positions != NULL)
			x->positions[at + i] = (int32_t)i;
		if (x->offsets == NULL)
			continue;
		x->offsets[2 * (at + i)] = (int32_t)e->offsets[i].from;
		x->offsets[2 * (at + i) + 1] = (int32_t)e->offsets[i].to;
		x->sequences[at + i] = e->sequence_ids[i];
		x->words[at + i] = e->word_ids[i];
	}
}

/* The source texts of the frame's rows, one after another, and their ends. */
static void
add_texts(const struct rows *r, const struct rows_opts *o, struct table *x,
    bool second)
{
	const char *name = second ? "text_pair" : "text";
	const char *splits = second ? "text_pair_splits" : "text_splits";
	size_t i, k, row = 0, n = 0, d = x->B + 1, rows;
	const struct row_text *t;
	int64_t *end;
	char *text;

	end = frame_add(x->f, splits, DT_I64, 1, &d);
	for (i = 0; i < r->n; i++) {
		rows = 1 + (o->overflow ? r->enc[i].n_overflow : 0);
		for (k = 0; k < rows; k++) {
			n += second ? r->rec[i].nb : r->rec[i].na;
			end[++row] = (int64_t)n;
		}
	}
	text = frame_add(x->f, name, DT_U8, 1, &n);
	for (i = row = 0; i < r->n; i++) {
		t = &r->rec[i];
		rows = 1 + (o->overflow ? r->enc[i].n_overflow : 0);
		for (k = 0; k < rows; k++, row++)
			memcpy(text + end[row],
			    r->text.p + (second ? t->b : t->a),
			    second ? t->nb : t->na);
	}
}

static bool
any_pair(const struct rows *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->rec[i].pair)
			return true;
	return false;
}

void
rows_frame(const struct rows *r, const struct tok *t,
    const struct rows_opts *o, struct frame *f)
{
	struct table x = { .f = f, .B = 0 };
	size_t i, k, b = 0, over;

	x.T = padded_length(r, o);
	for (i = 0; i < r->n; i++) {
		over = o->overflow ? r->enc[i].n_overflow : 0;
		x.B += 1 + over;
		if (r->enc[i].n > x.T)
			x.T = r->enc[i].n;
		for (k = 0; k < over; k++)
			if (r->enc[i].overflow[k].n > x.T)
				x.T = r->enc[i].overflow[k].n;
	}
	table_new(&x, t, o);
	for (i = 0; i < r->n; i++) {
		over = o->overflow ? r->enc[i].n_overflow : 0;
		table_row(&x, o, b++, &r->enc[i], r->first + i);
		for (k = 0; k < over; k++)
			table_row(&x, o, b++, &r->enc[i].overflow[k],
			    r->first + i);
	}
	if (!o->text)
		return;
	add_texts(r, o, &x, false);
	if (any_pair(r))
		add_texts(r, o, &x, true);
}
