#include "tok/tok.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/pipeline.h"
#include "tok/truncate.h"
#include "tok/unicode.h"
#include "util.h"

/* White space at the ends of the tokens, when offsets are trimmed. */
struct blanks {
	struct trim *v;
	size_t cap;
};

/* Scratch of one thread for one tokenizer. */
struct tok_work {
	const struct tok *t;
	void **normalizer;	/* each step's own */
	void **pretokenizer;
	void *model;
	void *engine;
	struct pieces segments;	/* of the record */
	struct pieces spare;	/* in which they are split on */
	struct pieces doc[2];	/* normalized; a step reads one, writes one */
	struct text part[2];	/* a segment on its way through the steps */
	struct tok_out out[2];
	struct windows windows[2];
	struct blanks blanks[2];
	struct added_not not;	/* of the text being encoded */
	bool *refused;		/* [added.size] tokens that data spelled */
};

struct tok_work *
tok_work_new(void)
{
	return xcalloc(1, sizeof(struct tok_work));
}

static void **
steps_work(const struct steps *l)
{
	void **work = xcalloc(l->n + 1, sizeof *work);
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->s[i]->work_new != NULL)
			work[i] = l->s[i]->work_new(l->s[i]);
	return work;
}

static void
steps_work_free(const struct steps *l, void **work)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->s[i]->work_free != NULL)
			l->s[i]->work_free(work[i]);
	free(work);
}

/* The parts' own scratch, made when the work first meets the tokenizer. */
static void
attach(struct tok_work *w, const struct tok *t)
{
	w->t = t;
	w->normalizer = steps_work(&t->normalizer);
	w->pretokenizer = steps_work(&t->pretokenizer);
	if (t->model->work_new != NULL)
		w->model = t->model->work_new(t->model);
	if (t->engine != NULL && t->engine->work_new != NULL)
		w->engine = t->engine->work_new(t->engine);
}

static void
detach(struct tok_work *w)
{
	const struct tok *t = w->t;

	if (t == NULL)
		return;
	steps_work_free(&t->normalizer, w->normalizer);
	steps_work_free(&t->pretokenizer, w->pretokenizer);
	if (t->model->work_free != NULL)
		t->model->work_free(w->model);
	if (t->engine != NULL && t->engine->work_free != NULL)
		t->engine->work_free(w->engine);
	free(w->refused);
	w->refused = NULL;
	w->model = w->engine = NULL;
	w->t = NULL;
}

void
tok_work_free(struct tok_work *w)
{
	int i;

	if (w == NULL)
		return;
	detach(w);
	pieces_free(&w->segments);
	pieces_free(&w->spare);
	for (i = 0; i < 2; i++) {
		pieces_free(&w->doc[i]);
		text_free(&w->part[i]);
		tok_out_free(&w->out[i]);
		free(w->windows[i].w);
		free(w->blanks[i].v);
	}
	free(w);
}

void
tok_free(struct tok *t)
{
	if (t == NULL)
		return;
	steps_free(&t->normalizer);
	steps_free(&t->pretokenizer);
	if (t->engine != NULL)
		t->engine->free(t->engine);
	if (t->model != NULL)
		t->model->free(t->model);
	added_free(&t->added);
	post_free(&t->post);
	decoders_free(&t->decoders);
	free(t);
}

static void
use(struct tok_work *w, const struct tok *t)
{
	if (w->t == t)
		return;
	detach(w);
	attach(w, t);
}

static void
text_reset(struct text *t, bool aligned)
{
	t->n = 0;
	t->aligned = aligned;
	t->full = false;
}

static int
too_large(void)
{
	return fail("the text is too large: %d bytes is the limit",
	    TOK_TEXT_MAX);
}

/* Append s[0..n), bytes at.. of the record, normalized, to out. */
static int
normalize(struct tok_work *w, const char *s, size_t n, size_t at,
    struct text *out)
{
	const struct steps *l = &w->t->normalizer;
	struct text *in, *to;
	size_t i;

	if (l->n == 0) {
		text_put_raw(out, s, n, at);
		return out->full ? too_large() : 0;
	}
	text_reset(&w->part[0], out->aligned);
	text_put_raw(&w->part[0], s, n, at);
	for (i = 0; i < l->n; i++) {
		in = &w->part[i % 2];
		to = i + 1 == l->n ? out : &w->part[(i + 1) % 2];
		if (to != out)
			text_reset(to, out->aligned);
		if (l->s[i]->change(l->s[i], w->normalizer[i], in, 0, in->n,
			to) < 0)
			return -1;
		if (to->full || in->full)
			return too_large();
	}
	return 0;
}

int
tok_normalize(const struct tok *t, struct tok_work *w, const char *s,
    size_t n, struct buf *out)
{
	struct text tmp = { 0 };
	int r;

	use(w, t);
	r = normalize(w, s, n, 0, &tmp);
	if (r == 0)
		buf_add(out, tmp.p, tmp.n);
	text_free(&tmp);
	return r;
}

static void
piece_token(struct pieces *o, size_t from, size_t to, int32_t id)
{
	if (o->n == o->cap)
		pieces_grow(o);
	o->p[o->n++] = (struct piece){ (uint32_t)from, (uint32_t)to, id };
}

/* A segment of the record into the document: normalized, and split again. */
static int
add_segment(struct tok_work *w, const char *s, const struct piece *seg,
    struct pieces *doc)
{
	size_t base = doc->text.n, first = doc->n, i;

	if (seg->id >= 0) {
		text_put_raw(&doc->text, s + seg->from, seg->to - seg->from,
		    seg->from);
		piece_token(doc, base, doc->text.n, seg->id);
		return doc->text.full ? too_large() : 0;
	}
	if (normalize(w, s + seg->from, seg->to - seg->from, seg->from,
		&doc->text) < 0)
		return -1;
	w->not.at = doc->text.aligned ? doc->text.at + base : NULL;
	added_split(&w->t->added, w->t->added.normal, doc->text.p + base,
	    doc->text.n - base, &w->not, doc);
	for (i = first; i < doc->n; i++) {
		doc->p[i].from += (uint32_t)base;
		doc->p[i].to += (uint32_t)base;
	}
	return 0;
}

/* Rewrite each piece: a new text, and each piece's place in it. */
static int
run_change(const struct step *s, void *work, struct pieces *in,
    struct pieces *out)
{
	const struct piece *p;
	size_t i, from;

	text_reset(&out->text, in->text.aligned);
	for (i = 0; i < in->n; i++) {
		p = &in->p[i];
		from = out->text.n;
		if (p->id >= 0)
			text_copy(&out->text, &in->text, p->from, p->to);
		else if (s->change(s, work, &in->text, p->from, p->to,
			&out->text) < 0)
			return -1;
		if (out->text.full)
			return too_large();
		if (p->id >= 0 || out->text.n > from)
			piece_token(out, from, out->text.n, p->id);
	}
	return 0;
}

/* Split each piece: the text goes along as it is. */
static int
run_split(const struct step *s, void *work, struct pieces *in,
    struct pieces *out)
{
	const struct piece *p;
	struct text swap;
	size_t i;

	for (i = 0; i < in->n; i++) {
		p = &in->p[i];
		if (p->id >= 0)
			piece_token(out, p->from, p->to, p->id);
		else if (s->split(s, work, &in->text, p->from, p->to,
			out) < 0)
			return -1;
	}
	swap = out->text;
	out->text = in->text;
	in->text = swap;
	return 0;
}

/* The steps of the pre-tokenizer; which of w->doc holds the result, or -1. */
static int
pretokenize(struct tok_work *w)
{
	const struct steps *l = &w->t->pretokenizer;
	struct pieces *in, *out;
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		in = &w->doc[i % 2];
		out = &w->doc[(i + 1) % 2];
		out->n = 0;
		r = l->s[i]->change != NULL
		    ? run_change(l->s[i], w->pretokenizer[i], in, out)
		    : run_split(l->s[i], w->pretokenizer[i], in, out);
		if (r < 0)
			return -1;
	}
	return (int)(l->n % 2);
}

/* White space, and the letter that is a space in byte-level BPE. */
static bool
blank(uint32_t c)
{
	return c == unicode_of_byte[' '] || (unicode_class(c) & UC_SPACE);
}

static struct trim
count_blanks(struct slice s)
{
	const char *p = s.p, *end = s.p + s.n, *q;
	struct trim t = { 0, 0 };
	bool all = true;

	for (; p < end; p = q) {
		q = p;
		if (blank(unicode_next(&q))) {
			t.trail++;
			t.lead += all;
		} else {
			t.trail = 0;
			all = false;
		}
	}
	return t;
}

/*
 * Tokens from.. of o were made of the text s, and are still placed in it: what
 * is white space at their ends.  An added token may have taken some along.
 */
static void
find_blanks(struct tok_work *w, const struct tok_out *o, size_t from,
    const char *s, bool added)
{
	struct blanks *b = &w->blanks[o == &w->out[1]];
	const struct tok_model *m = w->t->model;
	struct span at;
	struct slice v;
	size_t i;

	if (o->n > b->cap) {
		b->cap = o->n + o->n / 2;
		b->v = xrealloc(b->v, b->cap, sizeof *b->v);
	}
	for (i = from; i < o->n; i++) {
		at = o->at[i];
		if (added || (m->as_in_text != NULL &&
		    m->as_in_text(m, o->ids[i])))
			v = (struct slice){ s + at.from, at.to - at.from };
		else if ((v.p = m->piece(m, o->ids[i], &v.n)) == NULL)
			v.n = 0;
		b->v[i] = count_blanks(v);
	}
}

/*
 * Tokens from.. of o are the model's own.  Is none of them a control token
 * that data spelled?  The unknown token says nothing.
 */
static int
check_made(const struct tok_work *w, const struct tok_out *o, size_t from)
{
	const struct added_token *a;
	int32_t id;

	for (; w->not.n_data > 0 && from < o->n; from++) {
		id = o->ids[from];
		if ((size_t)id >= w->t->added.size || !w->refused[id] ||
		    id == w->t->unk)
			continue;
		a = added_get(&w->t->added, id);
		return fail("a message spells \"%.*s\", of which the model "
		    "itself makes the control token", (int)a->text.n,
		    a->text.p);
	}
	return 0;
}

static int
run_model(struct tok_work *w, const struct pieces *doc, struct tok_out *o)
{
	const struct tok_model *m = w->t->model;
	const struct piece *p;
	size_t i, from;

	for (i = 0; i < doc->n; i++, o->next_word++) {
		p = &doc->p[i];
		from = o->n;
		if (p->id >= 0)
			tok_out_add(o, p->id, 0, p->to - p->from);
		else if (m->encode(m, w->model, doc->text.p + p->from,
			p->to - p->from, o) < 0 || check_made(w, o, from) < 0)
			return -1;
		if (!o->want_at)
			continue;
		if (w->t->post.n_trim > 0)
			find_blanks(w, o, from, doc->text.p + p->from,
			    p->id >= 0);
		tok_out_place(o, from, &doc->text, p);
	}
	return 0;
}

static int
run_steps(struct tok_work *w, const char *s, struct tok_out *o)
{
	const struct pieces *l = &w->segments;
	size_t i;
	int last;

	w->doc[0].n = 0;
	text_reset(&w->doc[0].text, o->want_at || w->t->asks_start ||
	    w->not.n_data > 0);
	for (i = 0; i < l->n; i++)
		if (add_segment(w, s, &l->p[i], &w->doc[0]) < 0)
			return -1;
	last = pretokenize(w);
	return last < 0 ? -1 : run_model(w, &w->doc[last], o);
}

static int
run_engine(struct tok_work *w, const char *s, struct tok_out *o)
{
	const struct engine *e = w->t->engine;
	const struct pieces *l = &w->segments;
	const struct piece *p;
	size_t i, k, from;

	for (i = 0; i < l->n; i++) {
		p = &l->p[i];
		from = o->n;
		if (p->id >= 0) {
			tok_out_add(o, p->id, 0, p->to - p->from);
			o->next_word++;
		} else if (e->encode(e, w->engine, s + p->from,
			p->to - p->from, o) < 0 || check_made(w, o, from) < 0) {
			return -1;
		}
		if (o->want_at && w->t->post.n_trim > 0)
			find_blanks(w, o, from, s + p->from, p->id >= 0);
		for (k = from; o->want_at && k < o->n; k++) {
			o->at[k].from += p->from;
			o->at[k].to += p->from;
		}
	}
	return 0;
}

/*
 * Without a normalizer the second lot of added tokens, those that are looked
 * for in normalized text, is found in the text as it is.
 */
static void
split_normal(struct tok_work *w, const char *s)
{
	const struct added *a = &w->t->added;
	struct pieces *out = &w->segments, raw = *out;
	size_t i, k;

	*out = w->spare;
	out->n = 0;
	for (i = 0; i < raw.n; i++) {
		k = out->n;
		if (raw.p[i].id >= 0) {
			piece_token(out, raw.p[i].from, raw.p[i].to,
			    raw.p[i].id);
			continue;
		}
		w->not.base = raw.p[i].from;
		added_split(a, a->normal, s + raw.p[i].from,
		    raw.p[i].to - raw.p[i].from, &w->not, out);
		for (; k < out->n; k++) {
			out->p[k].from += raw.p[i].from;
			out->p[k].to += raw.p[i].from;
		}
	}
	w->spare = raw;
}

/* Can the engine do it, or must the steps? */
static bool
engine_fits(const struct tok *t, const struct tok_opts *o)
{
	return t->engine != NULL && (!o->offsets || t->engine->spans) &&
	    (t->added.normal == NULL || t->normalizer.n == 0);
}

void
tok_look_ahead(const struct tok *t, struct tok_work *w,
    const struct slice *texts, size_t n, const struct tok_opts *o)
{
	use(w, t);
	if (engine_fits(t, o) && t->engine->look_ahead != NULL)
		t->engine->look_ahead(t->engine, w->engine, texts, n);
}

static int
encode_text(struct tok_work *w, const char *s, size_t n,
    const struct tok_opts *opts, struct tok_out *o)
{
	const struct tok *t = w->t;

	o->n = 0;
	o->want_at = opts->offsets;
	o->next_word = 0;
	if (n > TOK_TEXT_MAX)
		return too_large();
	w->segments.n = 0;
	added_split(&t->added, t->added.raw, s, n, &w->not, &w->segments);
	if (engine_fits(t, opts)) {
		if (t->added.normal != NULL)
			split_normal(w, s);
		return run_engine(w, s, o);
	}
	return run_steps(w, s, o);
}

/* What is to be plain text, of the first text or the second. */
static void
set_not(struct tok_work *w, const struct tok_opts *o, bool first)
{
	size_t n = w->t->added.size;

	w->not = (struct added_not){ .special = o->plain };
	if (!first || o->n_data == 0)
		return;
	if (w->refused == NULL)
		w->refused = xmalloc((n + 1) * sizeof *w->refused);
	memset(w->refused, 0, n * sizeof *w->refused);
	w->not.refused = w->refused;
	w->not.data = o->data;
	w->not.n_data = o->n_data;
}

int
tok_encode(const struct tok *t, struct tok_work *w, const char *a, size_t na,
    const char *b, size_t nb, const struct tok_opts *o, struct encoding *e)
{
	struct tok_part part[2] = { { &w->out[0], a, NULL },
		{ &w->out[1], b, NULL } };
	bool pair = b != NULL;

	use(w, t);
	w->out[1].n = 0;
	set_not(w, o, true);
	if (encode_text(w, a, na, o, &w->out[0]) < 0)
		return -1;
	set_not(w, o, false);
	if (pair && encode_text(w, b, nb, o, &w->out[1]) < 0)
		return -1;
	if (truncate_windows(w->out[0].n, w->out[1].n, pair,
		o->special ? t->post.added[pair] : 0, o, w->windows) < 0)
		return -1;
	if (o->offsets && t->post.n_trim > 0) {
		part[0].trim = w->blanks[0].v;
		part[1].trim = w->blanks[1].v;
	}
	return encoding_build(&t->post, part, w->windows, pair, o, e);
}

static bool
all_space(const struct buf *b)
{
	const char *p = b->p, *end = p + b->n;

	while (p < end)
		if ((unicode_class(unicode_next(&p)) & UC_SPACE) == 0)
			return false;
	return true;
}

void
tok_control(struct tok *t, bool (*says)(const void *arg, const char *s,
    size_t n), const void *arg)
{
	struct added_token *a;
	size_t i;

	for (i = 0; i < t->added.n; i++) {
		a = &t->added.t[i];
		if (!a->control && !all_space(&a->text) &&
		    says(arg, a->text.p, a->text.n))
			a->control = true;
	}
}

bool
tok_spelling(const struct tok *t, int32_t id, struct slice *s)
{
	const struct added_token *a = added_get(&t->added, id);

	if (a != NULL) {
		s->p = a->form.p != NULL ? a->form.p : a->text.p;
		s->n = a->form.p != NULL ? a->form.n : a->text.n;
		return true;
	}
	s->p = t->model->piece(t->model, id, &s->n);
	return s->p != NULL;
}

int
tok_decode(const struct tok *t, const int32_t *ids, size_t n,
    bool skip_special, struct buf *out)
{
	struct strings l = { 0 };
	struct slice s;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if (!tok_spelling(t, ids[i], &s))
			continue;
		if (skip_special && added_is_special(&t->added, s.p, s.n))
			continue;
		buf_add(&l.text, s.p, s.n);
		strings_close(&l);
	}
	r = decoders_run(&t->decoders, &l, out);
	strings_free(&l);
	return r;
}

int
tok_join(const struct tok *t, const struct slice *pieces, size_t n,
    struct buf *out)
{
	struct strings l = { 0 };
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		buf_add(&l.text, pieces[i].p, pieces[i].n);
		strings_close(&l);
	}
	r = decoders_run(&t->decoders, &l, out);
	strings_free(&l);
	return r;
}

bool
tok_marks_subwords(const struct tok *t)
{
	return t->model->marks_subwords;
}

const char *
tok_piece(const struct tok *t, int32_t id, size_t *len)
{
	const struct added_token *a = added_get(&t->added, id);

	if (a == NULL)
		return t->model->piece(t->model, id, len);
	if (len != NULL)
		*len = a->text.n;
	return a->text.p;
}

int32_t
tok_id(const struct tok *t, const char *piece, size_t len)
{
	int32_t id = vocab_id(&t->added.ids, piece, len);

	return id >= 0 ? id : t->model->id(t->model, piece, len);
}

bool
tok_is_special(const struct tok *t, int32_t id)
{
	struct slice s;

	return tok_spelling(t, id, &s) && added_is_special(&t->added, s.p, s.n);
}

size_t
tok_vocab_size(const struct tok *t)
{
	return t->added.size > t->model->size ? t->added.size
					      : t->model->size;
}

int32_t
tok_unk_id(const struct tok *t)
{
	return t->unk;
}

int32_t
tok_pad_id(const struct tok *t)
{
	return t->pad;
}

int32_t
tok_mask_id(const struct tok *t)
{
	return t->mask;
}

size_t
tok_max_length(const struct tok *t)
{
	return t->max_length;
}

bool
tok_pads_left(const struct tok *t)
{
	return t->pads_left;
}

bool
tok_wants_clean_up(const struct tok *t)
{
	return t->cleanup && !t->bpe;
}

bool
tok_has_type_ids(const struct tok *t)
{
	return t->type_ids;
}
