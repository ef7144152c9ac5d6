#include "tok/old.h"

#include <string.h>

#include "err.h"

static bool
bytes(const struct old *o)
{
	return o->c->plain ? o->m->byte_fallback : o->c->bytes;
}

/* "model" of a Unigram: scores are floats, and stay so: unigram_load(). */
static void
put_unigram(struct old *o)
{
	size_t i;

	buf_printf(o->out, "{\"type\":\"Unigram\",\"exact_scores\":true,"
	    "\"unk_id\":%d,\"byte_fallback\":%s,\"vocab\":[",
	    o->file_unk, bytes(o) ? "true" : "false");
	for (i = 0; i < o->n; i++) {
		buf_str(o->out, i > 0 ? ",[" : "[");
		json_put_string(o->out, o->v[i].text.p, o->v[i].text.n);
		buf_byte(o->out, ',');
		json_put_f64(o->out, o->v[i].score);
		buf_byte(o->out, ']');
	}
	buf_str(o->out, "]}");
}

static void
put_unk(struct old *o, const char *s, size_t n)
{
	buf_str(o->out, ",\"unk_token\":");
	json_put_string(o->out, s, n);
}

/* The pieces as {"piece": ID}. */
static void
put_vocab(struct old *o)
{
	struct vocab known = { 0 };
	const char *s;
	size_t i;

	vocab_init(&known, o->n);
	buf_str(o->out, ",\"vocab\":{");
	for (i = o->n; i-- > 0;) {
		s = o->v[i].text.p;
		if (vocab_id(&known, s, o->v[i].text.n) >= 0)
			continue;	/* twice in the file */
		vocab_add(&known, s, o->v[i].text.n, (int64_t)i);
		buf_str(o->out, old_comma(o->out));
		json_put_string(o->out, s, o->v[i].text.n);
		buf_printf(o->out, ":%zu", i);
	}
	buf_byte(o->out, '}');
	vocab_free(&known);
}

/* A SentencePiece file as BPE, whose merges follow from its pieces. */
static void
put_spm_bpe(struct old *o)
{
	const struct spm_piece *unk = &o->v[o->file_unk];
	const char *s = o->c->plain ? NULL : old_role(o, ROLE_UNK);
	bool whole = false;
	size_t i;

	for (i = 0; o->c->plain && i < o->n; i++)
		whole = whole || o->v[i].type == SPM_USER;
	buf_printf(o->out, "{\"type\":\"BPE\",\"dropout\":null,"
	    "\"fuse_unk\":true,\"byte_fallback\":%s,\"ignore_merges\":%s",
	    bytes(o) ? "true" : "false", whole ? "true" : "false");
	if (s != NULL && !o->c->no_unk)
		put_unk(o, s, strlen(s));
	else if (!o->c->no_unk)
		put_unk(o, unk->text.p, unk->text.n);
	put_vocab(o);
	buf_str(o->out, ",\"merges\":");
	spm_put_merges(o->v, o->n, o->c->plain ? MERGES_NORMAL
	    : o->c->model == 'b' ? MERGES_BY_ID : MERGES_BY_SCORE, o->out);
	buf_byte(o->out, '}');
}

/* "a b" a line, after a first line that names the version. */
static int
put_merges(struct old *o)
{
	const char *p = o->merges.p, *end = p + o->merges.n, *q, *space;
	struct buf *b = o->out;
	size_t line;

	buf_str(b, ",\"merges\":[");
	for (line = 1; p < end; line++, p = q + 1) {
		q = memchr(p, '\n', (size_t)(end - p));
		q = q == NULL ? end : q;
		if (q == p || (q - p >= 8 && memcmp(p, "#version", 8) == 0))
			continue;
		space = memchr(p, ' ', (size_t)(q - p));
		if (space == NULL)
			return fail("merges.txt: line %zu is no pair of two "
			    "pieces", line);
		buf_str(b, old_comma(b));
		buf_byte(b, '[');
		json_put_string(b, p, (size_t)(space - p));
		buf_byte(b, ',');
		space++;
		json_put_string(b, space, (size_t)(q - space) -
		    (q > space && q[-1] == '\r'));
		buf_byte(b, ']');
	}
	buf_byte(b, ']');
	return 0;
}

static int
put_bpe(struct old *o)
{
	const char *unk = old_role(o, ROLE_UNK);

	buf_printf(o->out, "{\"type\":\"BPE\",\"dropout\":null,"
	    "\"fuse_unk\":false,\"byte_fallback\":false,"
	    "\"continuing_subword_prefix\":\"\",\"end_of_word_suffix\":"
	    "\"%s\"", o->c->suffix != NULL ? o->c->suffix : "");
	if (o->c->suffix != NULL && unk != NULL)
		put_unk(o, unk, strlen(unk));
	buf_str(o->out, ",\"vocab\":");
	buf_add(o->out, o->vocab.p, o->vocab.n);
	if (put_merges(o) < 0)
		return -1;
	buf_byte(o->out, '}');
	return 0;
}

static void
put_wordpiece(struct old *o)
{
	const char *unk = old_role(o, ROLE_UNK), *s;
	size_t id, n;

	buf_str(o->out, "{\"type\":\"WordPiece\","
	    "\"continuing_subword_prefix\":\"##\","
	    "\"max_input_chars_per_word\":100");
	put_unk(o, unk == NULL ? "[UNK]" : unk,
	    unk == NULL ? 5 : strlen(unk));
	buf_str(o->out, ",\"vocab\":{");
	for (id = 0; id < o->ids.size; id++) {
		s = vocab_piece(&o->ids, (int32_t)id, &n);
		if (s == NULL)
			continue;
		buf_str(o->out, old_comma(o->out));
		json_put_string(o->out, s, n);
		buf_printf(o->out, ":%zu", id);
	}
	buf_str(o->out, "}}");
}

int
old_model(struct old *o)
{
	char kind = o->c->model;

	switch (o->c->files) {
	case OLD_BPE:
		return put_bpe(o);
	case OLD_WORDPIECE:
		put_wordpiece(o);
		return 0;
	default:
		if (kind == 'u' || (kind == '\0' &&
		    o->m->kind == SPM_UNIGRAM))
			put_unigram(o);
		else
			put_spm_bpe(o);
		return 0;
	}
}
