#ifndef TOK_WORDPIECE_H
#define TOK_WORDPIECE_H

#include "tok/part.h"
#include "tok/trie.h"
#include "tok/vocab.h"

/*
 * wordpiece - the longest piece from the left, again and again; a word that
 * can't be spelled so is one unknown token.
 */
struct wordpiece {
	struct tok_model model;
	struct vocab vocab;
	struct buf unk_token;
	struct buf prefix;	/* of a piece inside a word: "##" */
	size_t max_chars;	/* a longer word is unknown */
	int32_t unk;		/* -1: there is none */
	struct trie trie;	/* the same pieces */
	uint32_t inside;	/* its node where pieces inside a word begin;
				   0: there are none */
};

/* Is it a WordPiece, and one that has its unknown token? */
bool wordpiece_knows_unk(const struct tok_model *m);

#endif
