#ifndef TOK_SPM_H
#define TOK_SPM_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "pull.h"

/*
 * spm - a SentencePiece model (tokenizer.model, spiece.model ...).
 */
struct spm_piece {
	struct slice text;
	double score;
	int type;
};
enum { SPM_NORMAL = 1, SPM_UNKNOWN, SPM_CONTROL, SPM_USER, SPM_UNUSED,
	SPM_BYTE };
enum { SPM_UNIGRAM = 1, SPM_BPE = 2 };

/* What of a model counts; everything is borrowed from its bytes. */
struct spm {
	struct spm_piece *pieces;
	size_t n, cap;
	int kind;		/* SPM_UNIGRAM or SPM_BPE */
	int unk, bos, eos, pad;	/* IDs, -1: none */
	bool byte_fallback;
	bool dummy_prefix, one_space, escape;
	struct slice charsmap;
};

/* 0, or -1 with errstr(). */
int spm_read(struct spm *m, const char *p, size_t n);
void spm_free(struct spm *m);

/*
 * The merges that a list of pieces implies, as JSON: pairs that make a piece,
 * in the order of its ID, or of its score; MERGES_NORMAL is by score too, but
 * of normal pieces only, and orders those of one piece as SentencePiece does.
 */
enum spm_merges { MERGES_BY_ID, MERGES_BY_SCORE, MERGES_NORMAL };
void spm_put_merges(const struct spm_piece *pieces, size_t n,
    enum spm_merges order, struct buf *out);

/* Append n bytes as base64. */
void spm_put_base64(struct buf *out, const char *p, size_t n);

#endif
