#ifndef TOK_PIPELINE_H
#define TOK_PIPELINE_H

#include "tok/added.h"
#include "tok/decode.h"
#include "tok/part.h"
#include "tok/template.h"
#include "tok/tok.h"

/*
 * pipeline - the inside of a tokenizer, for those that load it and run it.
 */
struct tok {
	struct steps normalizer;
	struct steps pretokenizer;
	struct tok_model *model;
	size_t model_from, model_to;	/* where the file has it */
	struct engine *engine;		/* NULL: the steps do it */
	struct added added;
	struct post post;
	struct decoders decoders;
	bool finished;		/* by tok_finish() */
	bool asks_start;	/* a step wants to know the record's start */

	/* from the files beside it */
	int32_t unk, pad, mask;	/* -1: none */
	int32_t pad_type;
	size_t max_length;	/* 0: no limit is known */
	bool pads_left;
	bool type_ids;
	bool cleanup;		/* clean_up_tokenization_spaces */
	bool bpe;		/* the model is a BPE, where transformers does
				   not clean up */
};

/* Read a tokenizer.json's text.  0, or -1 with errstr(). */
int tok_read_json(struct tok *t, const char *text, size_t n);

/*
 * All parts are there: number the added tokens, find an engine.  0, or -1
 * with errstr().
 */
int tok_finish(struct tok *t);

/* What decoding calls the token of an ID; false: there is none. */
bool tok_spelling(const struct tok *t, int32_t id, struct slice *s);

/* Normalize s[0..n) onto out, without added tokens in it.  0 or -1. */
int tok_normalize(const struct tok *t, struct tok_work *w, const char *s,
    size_t n, struct buf *out);

/* What tokenizer_config.json and the other files in dir say.  0 or -1. */
int tok_config(struct tok *t, const char *dir);

/*
 * Build from the files of a directory without tokenizer.json: vocab.txt,
 * vocab.json and merges.txt, or a SentencePiece model, and the configs beside
 * them.  0 or -1.
 */
int tok_from_old(struct tok *t, const char *dir);

/* Build from what a GGUF file says, which stands for the configs too. */
int tok_from_gguf(struct tok *t, const char *path);

#endif
