#ifndef TOK_SPM_H
#define TOK_SPM_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "pull.h"

/*
 * spm - a SentencePiece model (tokenizer.model, spiece.model) as a
 * tokenizer.json, so that there is one way to load a tokenizer.
 *
 * Where tokenizer_config.json names the class, the stack is what transformers'
 * convert_slow_tokenizer.py makes for it; without a class it is what the
 * model's own settings say, and encodes like SentencePiece itself.
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
 * Append the tokenizer.json; config is tokenizer_config.json's tree or NULL.
 * 0, or -1 with errstr().
 */
int spm_json(const struct spm *m, json *config, struct buf *out);

/* How a tokenizer of a class differs from what its model says. */
struct spm_class {
	const char *name;	/* tokenizer_class, without "Tokenizer" */
	const char *head;	/* pieces in place of the model's first skip */
	int skip;
	const char *tail;	/* pieces after the last */
	int unk;		/* its ID, or -1: the model's, moved */
	char normalizer;	/* a: ALBERT's, b: RemBERT's, d: DeBERTa's,
				   g: Gemma's, l: Llama's, p: only the map,
				   s: the usual */
	char split;		/* d: DeBERTa's, g: Gemma's, l: Llama's,
				   m: Metaspace, w: at white space first */
	const char *single, *pair;	/* templates, NULL: none */
	const char *bos, *eos, *unk_token, *sep, *pad, *cls, *mask;
	bool commas;		/* pieces ending in digit and comma cost 100 */
	bool lower, accents;	/* do_lower_case, keep_accents, if not given */
	bool adds_bos;		/* add_bos_token, likewise */
};

/* The class's entry, NULL when the model's own settings are to count. */
const struct spm_class *spm_class(const char *tokenizer_class);

/*
 * The merges that a list of pieces with scores implies, as JSON: pairs that
 * make a piece, in the order of its score.  usual: as transformers' converters
 * order those of one piece, else as it does without a class, and then only of
 * normal pieces.
 */
void spm_put_merges(const struct spm_piece *pieces, size_t n, bool usual,
    struct buf *out);

/* Append n bytes as base64. */
void spm_put_base64(struct buf *out, const char *p, size_t n);

#endif
