#ifndef TOK_UNIGRAM_H
#define TOK_UNIGRAM_H

#include "tok/part.h"
#include "tok/trie.h"

/*
 * unigram - the segmentation of a word whose pieces' scores have the largest
 * sum, found by Viterbi's algorithm in doubles.
 */
struct unigram {
	struct tok_model model;
	struct trie trie;
	char *text;		/* the pieces, each followed by a NUL */
	uint32_t *at;		/* [size + 1] where they begin in text */
	int32_t unk;		/* -1: the model has none */
	double unk_score;	/* of a character that is no piece */
	bool byte_fallback;
	bool has_bytes;		/* all of <0x00> to <0xFF> */
	int32_t byte_id[256];	/* -1: no such piece */
};

/* Scratch, a thread's: grows with the longest word. */
struct unigram_work;
void *unigram_work_new(const struct tok_model *m);
void unigram_work_free(void *work);

/* As the model's encode; s[0..n) may come from the cache of words. */
int unigram_word(const struct unigram *u, struct unigram_work *w, const char *s,
    size_t n, struct tok_out *o);

#endif
