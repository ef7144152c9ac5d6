#ifndef TOK_UNIGRAM_H
#define TOK_UNIGRAM_H

#include "tok/part.h"
#include "tok/trie.h"
#include "util.h"

/*
 * unigram - the segmentation of a word whose pieces' scores have the largest
 * sum, found by Viterbi's algorithm in doubles.
 */
struct unigram {
	struct tok_model model;
	struct trie trie;
	double *score;		/* [size] of the pieces */
	char *text;		/* the pieces, each followed by a NUL */
	uint32_t *at;		/* [size + 1] where they begin in text */
	size_t longest;		/* bytes of the longest piece */
	int32_t unk;		/* -1: the model has none */
	double unk_score;	/* of a character that is no piece */
	bool byte_fallback;
	bool has_bytes;		/* all of <0x00> to <0xFF> */
	int32_t byte_id[256];	/* -1: no such piece */
};

/* NULL: the model is of another kind. */
const struct unigram *unigram_of(const struct tok_model *m);

/*
 * Words are solved many at a time, since the walks down the trie mostly wait
 * for memory and can wait together: clear, add words, solve, and ask for the
 * tokens of each, the first being 0.
 */
struct unigram_words {
	struct buf text;	/* the words, each followed by WORD_END */
	uint32_t *end;		/* [n] where they end in text */
	size_t n, cap_end;
	struct step_to *best;	/* [cap] for each byte of text */
	uint32_t *ends;		/* [cap] of a word's pieces, last first */
	size_t cap;
	struct walks *walks;
};
void unigram_words_init(struct unigram_words *w);
void unigram_words_free(struct unigram_words *w);
void unigram_clear(struct unigram_words *w);

/* A word, in two parts; valid UTF-8. */
void unigram_add(struct unigram_words *w, const char *head, size_t n_head,
    const char *s, size_t n);

/* 0, or -1 with errstr(). */
int unigram_solve(const struct unigram *u, struct unigram_words *w);

/* Append the word's tokens; spans are of bytes of the word. */
void unigram_tokens(const struct unigram *u, struct unigram_words *w,
    size_t word, struct tok_out *o);

#endif
