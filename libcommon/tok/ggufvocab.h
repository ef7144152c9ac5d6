#ifndef TOK_GGUFVOCAB_H
#define TOK_GGUFVOCAB_H

#include "tok/ggufmeta.h"
#include "util.h"

/*
 * ggufvocab - the tokenizer inside a GGUF file as a tokenizer.json: byte-level
 * BPE ("gpt2"), SentencePiece's BPE ("llama") and Unigram ("t5"), WordPiece
 * ("bert").
 */

/* Append the tokenizer.json.  0, or -1 with errstr(). */
int gguf_json(const struct gguf_meta *g, struct buf *out);

/* How tokenizer.ggml.pre, the name of a way to split, is done here. */
struct gguf_split {
	const char *name;
	const char *re[3];	/* Split, Isolated, one after another; none:
				   GPT-2's, built in */
	bool digits;		/* first each digit by itself */
	bool nfc;
	bool ignore_merges;
};

/* NULL: it is not known. */
const struct gguf_split *gguf_split(struct slice name);

#endif
