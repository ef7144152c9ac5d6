#ifndef TOK_FAST_H
#define TOK_FAST_H

#include "tok/bpe.h"
#include "tok/pattern.h"

/*
 * fast - engines that go from text to the tokens of byte pair encoding in one
 * pass: cut a word off, look it up in the cache, append its tokens.
 */

/* One splitter whose matches and gaps are both pieces. */
struct fast_stage {
	const struct pattern *pattern;	/* or NULL: then by class */
	uint32_t class;		/* UC_ bits: each such character by itself */
};
enum { FAST_STAGES = 4 };

/*
 * Byte-level BPE: NFC if wanted, a space put before if wanted, the splitters
 * one inside the other, then the bytes' alphabet and the model.  NULL when
 * the model does not fit.
 */
struct engine *fast_bytes(const struct tok_model *m, bool nfc,
    bool prefix_space, const struct fast_stage *stage, size_t stages);

/* What fast_bytes() has found out about a model; NULL for other engines. */
const struct bpe_bytes *fast_bytes_of(const struct engine *e);

/*
 * SentencePiece's BPE without a splitter: a space is U+2581 to the model, and
 * one is put before always, or unless the text has one there, or not at all.
 */
enum fast_prefix { FAST_ALWAYS, FAST_UNLESS, FAST_NEVER };
struct engine *fast_sentences(const struct tok_model *m,
    enum fast_prefix prefix);

#endif
