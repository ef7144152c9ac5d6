#include "tok/fast.h"

#include <string.h>

#include "tok/bytelevel.h"
#include "tok/normalize.h"
#include "tok/pretokenize.h"

/* Which stacks of steps an engine can stand for. */

/* A splitter all of whose pieces, matches and gaps, are kept apart. */
static bool
stage_of(const struct step *s, struct fast_stage *stage)
{
	const struct pattern_split *p = pattern_split_of(s);
	const struct class_split *c = class_split_of(s);

	*stage = (struct fast_stage){ 0 };
	if (p != NULL) {
		stage->pattern = p->pattern;
		return p->behavior == SPLIT_ISOLATED ||
		    (p->behavior == SPLIT_REMOVED && p->invert &&
		    pattern_covers(p->pattern));
	}
	if (c == NULL || c->only != UINT32_MAX)
		return false;
	stage->class = c->mask;
	return c->behavior == SPLIT_ISOLATED;
}

static struct engine *
bytes_engine(const struct steps *normalizer, const struct steps *pre,
    const struct tok_model *m)
{
	struct fast_stage stage[FAST_STAGES];
	bool nfc = false, space = false;
	size_t i, n = 0;

	if (pre->n == 0 || !is_byte_letters(pre->s[pre->n - 1]))
		return NULL;
	if (normalizer->n > 0) {
		nfc = strcmp(normalizer->s[0]->type, "NFC") == 0;
		if (!nfc || normalizer->n > 1)
			return NULL;
	}
	for (i = 0; i + 1 < pre->n; i++) {
		if (i == 0 && is_space_before(pre->s[i])) {
			space = true;
			continue;
		}
		if (n == FAST_STAGES || !stage_of(pre->s[i], &stage[n]))
			return NULL;
		n++;
	}
	return fast_bytes(m, nfc, space, stage, n);
}

static bool
buf_is(const struct buf *b, const char *text)
{
	return b->p != NULL && b->n == strlen(text) &&
	    memcmp(b->p, text, b->n) == 0;
}

/* Prepend and Replace, as Llama 2's, or Replace alone, as Gemma's. */
static bool
replaces_spaces(const struct steps *normalizer, enum fast_prefix *prefix)
{
	const struct prepend *p;
	const struct replace *r;
	size_t n = normalizer->n;

	*prefix = FAST_NEVER;
	if (n == 0 || n > 2)
		return false;
	if (n == 2) {
		p = prepend_of(normalizer->s[0]);
		if (p == NULL || !buf_is(&p->text, "\xe2\x96\x81"))
			return false;
		*prefix = FAST_ALWAYS;
	}
	r = replace_of(normalizer->s[n - 1]);
	return r != NULL && buf_is(&r->literal, " ") &&
	    buf_is(&r->content, "\xe2\x96\x81");
}

/* Does the step leave a text without a space alone?  Gemma has such a one. */
static bool
splits_at_spaces(const struct step *s)
{
	const struct pattern_split *p = pattern_split_of(s);

	return p != NULL && !p->invert && pattern_is_literal(p->pattern, " ");
}

static struct engine *
sentences_engine(const struct steps *normalizer, const struct steps *pre,
    const struct tok_model *m)
{
	const struct metaspace *s;
	enum fast_prefix prefix;

	if ((pre->n == 0 || (pre->n == 1 && splits_at_spaces(pre->s[0]))) &&
	    replaces_spaces(normalizer, &prefix))
		return fast_sentences(m, prefix);
	if (normalizer->n > 0 || pre->n != 1 ||
	    (s = metaspace_of(pre->s[0])) == NULL ||
	    s->replacement != 0x2581 || s->prepend == PREPEND_FIRST)
		return NULL;
	return fast_sentences(m, s->prepend == PREPEND_ALWAYS ? FAST_UNLESS
							      : FAST_NEVER);
}

struct engine *
bpe_engine(const struct steps *normalizer, const struct steps *pretokenizer,
    const struct tok_model *m)
{
	struct engine *e;

	if (bpe_of(m) == NULL)
		return NULL;
	e = bytes_engine(normalizer, pretokenizer, m);
	return e != NULL ? e : sentences_engine(normalizer, pretokenizer, m);
}
