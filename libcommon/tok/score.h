#ifndef TOK_SCORE_H
#define TOK_SCORE_H

#include "pull.h"

/*
 * score - read a JSON number as Rust's serde_json does, which is up to a few
 * units of the last place off the nearest double.  Sums of scores are
 * compared, and equal in all but these places for texts like "------", so a
 * better reading would give other tokens.
 */
bool score_read(struct pull *j, double *v);

#endif
