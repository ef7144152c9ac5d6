#include "tok/old.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

#define NOWHERE "\xf4\x8f\xbf\xbf"	/* U+10FFFF, which is no character */

/* The vocabulary: the file's pieces with what the class puts around them. */

static void
add_piece(struct old *o, struct slice text, double score, int type)
{
	GROW(o->v, o->n, o->cap);
	o->v[o->n++] = (struct spm_piece){ text, score, type };
}

/* Keep a made-up piece's text. */
static struct slice
keep(struct old *o, char *text)
{
	GROW(o->texts, o->n_texts, o->cap_texts);
	o->texts[o->n_texts++] = text;
	return (struct slice){ text, strlen(text) };
}

/* Pieces like "<extra_id_7>". */
static void
add_made(struct old *o, const struct old_made *m)
{
	int step = m->from < m->to ? 1 : -1, i;

	for (i = m->from; i != m->to; i += step)
		add_piece(o, keep(o, xprintf("%s%d>", m->name,
		    step > 0 ? i : i - 1)), m->score, SPM_NORMAL);
}

/* Pegasus' two mask tokens; where a config names them they change places. */
static void
add_masks(struct old *o)
{
	json *mask = old_get(o, "mask_token");
	json *sent = json_get(o->config, "mask_token_sent");
	const char *a = mask == NULL ? "<mask_1>" : old_role(o, ROLE_MASK);
	const char *b = sent == NULL ? "<mask_2>" : json_text(sent);

	if (a != NULL)
		add_piece(o, (struct slice){ a, strlen(a) }, 0, SPM_NORMAL);
	if (b != NULL && (a == NULL || strcmp(a, b) != 0))
		add_piece(o, (struct slice){ b, strlen(b) }, 0, SPM_NORMAL);
}

static bool
is_there(const struct old *o, size_t n, struct slice s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (o->v[i].text.n == s.n &&
		    memcmp(o->v[i].text.p, s.p, s.n) == 0)
			return true;
	return false;
}

/* "*3" or "*-" */
static void
add_file(struct old *o, char from)
{
	size_t head = o->n, i = from == '-' ? 0 : (size_t)(from - '0');
	const struct spm_piece *p;
	bool hidden;

	o->moved = (int)head - (int)i;
	for (; i < o->m->n; i++) {
		p = &o->m->pieces[i];
		if (from == '-' && is_there(o, head, p->text))
			continue;
		/* SentencePiece itself never finds these in a text */
		hidden = o->c->files == OLD_SPM_VOCAB &&
		    (p->type == SPM_CONTROL || p->type == SPM_UNKNOWN);
		add_piece(o, hidden ? keep(o, xprintf(NOWHERE "%zu", i))
		    : p->text, p->score, p->type);
	}
}

static void
lay_out(struct old *o)
{
	const char *list = o->c->pieces != NULL ? o->c->pieces : "*0";
	struct old_made made;
	struct slice word;

	while (old_word(&list, &word)) {
		if (*word.p == '*')
			add_file(o, word.p[1]);
		else if (slice_is(word, "#masks"))
			add_masks(o);
		else if (old_made(o, word, &made))
			add_made(o, &made);
		else if (old_resolve(o, &word))
			add_piece(o, word, slice_is(word, "<unk>NOTUSED")
			    ? -100 : 0, SPM_NORMAL);
	}
}

/* The last of equal pieces counts, as in a Python dict. */
static int
number_pieces(struct old *o)
{
	size_t i;

	for (i = o->n; i-- > 0;)
		if (vocab_id(&o->ids, o->v[i].text.p, o->v[i].text.n) < 0 &&
		    vocab_add(&o->ids, o->v[i].text.p, o->v[i].text.n,
			(int64_t)i) < 0)
			return -1;
	return 0;
}

static int
find_unknown(struct old *o)
{
	const char *s = old_role(o, ROLE_UNK);

	o->file_unk = o->c->unk == -1 ? o->m->unk + o->moved : o->c->unk;
	if (o->c->by_name && s != NULL &&
	    vocab_id(&o->ids, s, strlen(s)) >= 0)
		o->file_unk = vocab_id(&o->ids, s, strlen(s));
	o->unk = o->file_unk;
	if (o->unk == -2)
		return fail("it lacks the unknown token");
	if (o->unk < 0 || (size_t)o->unk >= o->n)
		return fail("the unknown piece's ID %d is none of %zu", o->unk,
		    o->n);
	return 0;
}

static int
read_json(struct old *o)
{
	struct pull j;

	pull_init(&j, o->vocab.p, o->vocab.n);
	if (vocab_read(&j, &o->ids) < 0 && j.error == NULL)
		return fail("vocab.json: %s", errstr());
	return pull_end(&j) < 0 ? fail("vocab.json: %s", errstr()) : 0;
}

static int
read_lines(struct old *o)
{
	if (utf8_valid(o->vocab.p, o->vocab.n) != o->vocab.n)
		return fail("vocab.txt is not UTF-8");
	return vocab_read_lines(o->vocab.p, o->vocab.n, &o->ids);
}

/* vocab.json, or vocab.txt */
static int
read_vocab(struct old *o)
{
	const char *s = old_role(o, ROLE_UNK);
	const char *list = o->c->extra;
	int r = o->c->files == OLD_WORDPIECE ? read_lines(o) : read_json(o);
	struct slice word;

	if (r < 0)
		return -1;
	o->unk = s == NULL ? -1 : vocab_id(&o->ids, s, strlen(s));
	while (o->c->files == OLD_SPM_VOCAB && old_word(&list, &word))
		if (vocab_id(&o->ids, word.p, word.n) < 0 &&
		    vocab_add(&o->ids, word.p, word.n,
			(int64_t)o->ids.count) < 0)
			return -1;
	if (o->c->files == OLD_SPM_VOCAB && o->unk < 0)
		return fail("vocab.json lacks the unknown token");
	return 0;
}

int
old_pieces(struct old *o)
{
	int r = 0;

	if (o->m != NULL)
		lay_out(o);
	if (o->c->files == OLD_SPM)
		r = number_pieces(o) < 0 ? -1 : find_unknown(o);
	else
		r = read_vocab(o);
	if (o->c->files == OLD_SPM_VOCAB)
		o->file_unk = o->m->unk;
	o->next = (int64_t)o->ids.count;
	return r;
}
