#ifndef HUB_TOKEN_H
#define HUB_TOKEN_H

#include "hub/env.h"

/*
 * token - who the user is to the Hub: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or the
 * file HF_TOKEN_PATH (by default $HF_HOME/token), in this order.
 *
 * The token never leaves this process but in an Authorization header.  *token
 * is NULL when there is none; *from says where it came from.  Both are the
 * caller's.  0, or -1 with errstr() when what was found can't be a token.
 */
int token_read(const struct env *e, char **token, char **from);

/* Replace the token in a text that a server sent, so that it can be shown. */
void token_hide(const char *token, char *text);

#endif
