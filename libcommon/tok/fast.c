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

struct engine *
bpe_engine(const struct steps *normalizer, const struct steps *pretokenizer,
    const struct tok_model *m)
{
	if (bpe_of(m) == NULL)
		return NULL;
	return bytes_engine(normalizer, pretokenizer, m);
}
