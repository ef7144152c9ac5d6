#ifndef PROMPT_H
#define PROMPT_H

#include "util.h"

/*
 * prompt - what a sentence-transformers model wants said before each text.
 *
 * config_sentence_transformers.json names them under "prompts", and under
 * "default_prompt_name" the one that is meant when nobody asks for another.
 */

/*
 * Append to b the prompt of this name (NULL: the default) of the model in
 * dir: nothing where it has no default.  0, or -1 with errstr().
 */
int prompt_find(const char *dir, const char *name, struct buf *b);

/* -1 if the model in dir pools, but not its prompt's tokens; else 0. */
int prompt_check(const char *dir);

#endif
