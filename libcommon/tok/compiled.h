#ifndef TOK_COMPILED_H
#define TOK_COMPILED_H

#include <stdbool.h>
#include <stddef.h>

#include "tok/part.h"

/*
 * compiled - the tables of a large tokenizer.json, kept in
 * $HF_HOME/hftools/tokenizers so that the next program need not build them.
 *
 * A file there is named by the hash of the tokenizer.json, has a version, and
 * a sum over all of it; what is read is checked before it is used, and what
 * does not hold is as if it were not there.  Where nothing can be written,
 * nothing is kept.  Only byte pair encodings of some size are, the newest
 * SHELF_FILES of them.
 */

/*
 * Is there a compiled form of this tokenizer.json, text[0..n)?  Then its model
 * is in *model, and the rest of the JSON, "model" being {}, in rest.
 */
bool compiled_read(const char *text, size_t n, struct tok_model **model,
    struct buf *rest);

/*
 * Keep the model, which stands at text[from..to), and what the engine, which
 * may be NULL, has found out about it.
 */
void compiled_write(const char *text, size_t n, size_t from, size_t to,
    const struct tok_model *model, const struct engine *engine);

#endif
