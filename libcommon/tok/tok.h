#ifndef TOK_H
#define TOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"
#include "util.h"

/*
 * tok - text to token IDs and back, as Python's tokenizers does it.
 *
 * A tokenizer is normalizer -> pre-tokenizer -> model -> post-processor, and a
 * decoder; each is one file of this folder.  It is read-only after tok_open(),
 * so threads share it; what encoding needs as scratch is in a tok_work each.
 */
struct tok;
struct tok_work;

/*
 * Open the tokenizer of a model's directory: tokenizer.json, else the older
 * files, with what tokenizer_config.json, special_tokens_map.json and
 * sentence_bert_config.json say.  A GGUF file may be named instead.  NULL with
 * errstr(), which names the file.
 */
struct tok *tok_open(const char *dir);
void tok_free(struct tok *t);

struct tok_work *tok_work_new(void);
void tok_work_free(struct tok_work *w);

/* Half-open, in bytes of its own sequence's text. */
struct span {
	uint32_t from, to;
};

enum tok_strategy { TRUNC_LONGEST_FIRST, TRUNC_ONLY_FIRST, TRUNC_ONLY_SECOND };
extern const char *const tok_strategies[];	/* their names, then NULL */

struct tok_opts {
	bool special;		/* add special tokens (post-processor) */
	bool plain;		/* special tokens in the text are plain text */
	bool offsets;		/* fill offsets, sequence_ids, word_ids */
	bool no_types;		/* leave type_ids alone */
	bool truncate;
	enum tok_strategy strategy;
	bool truncate_left;
	size_t max_length;	/* special tokens included; 0: no limit */
	size_t stride;

	/*
	 * What of the first text is data, in order: no control token begins or
	 * ends there, and that it spells one is an error only if the model
	 * itself makes the token.
	 */
	const struct span *data;
	size_t n_data;
};

/* The arrays belong to the encoding and are reused by the next tok_encode().
 */
struct encoding {
	size_t n;
	int32_t *ids;
	int32_t *type_ids;
	struct span *offsets;		/* {0,0} for special tokens */
	int32_t *sequence_ids;		/* 0, 1, or -1 for special tokens */
	int32_t *word_ids;		/* -1 for special tokens */
	size_t cap;
	struct encoding *overflow;	/* [n_overflow], further windows */
	size_t n_overflow, cap_overflow;
};
void encoding_free(struct encoding *e);

/* Make it a row of these tokens, all of the first text, without spans. */
void encoding_set(struct encoding *e, const int32_t *ids, size_t n);

/*
 * Encode a, and b when it is not NULL; both valid UTF-8.  0, or -1 with
 * errstr().
 */
int tok_encode(const struct tok *t, struct tok_work *w, const char *a,
    size_t na, const char *b, size_t nb, const struct tok_opts *o,
    struct encoding *e);

/*
 * Special tokens are control tokens, and with this so are added ones that says
 * knows and that are not only white space.  Before the first tok_encode().
 */
void tok_control(struct tok *t, bool (*says)(const void *arg, const char *s,
    size_t n), const void *arg);

/*
 * These texts will be given to tok_encode() next, in this order and with these
 * options, and stay as they are until this is called again, be it with none.
 * It spares much of the time that new words take.
 */
void tok_look_ahead(const struct tok *t, struct tok_work *w,
    const struct slice *texts, size_t n, const struct tok_opts *o);

/* Append the text of ids[0..n); unknown IDs are left out. */
int tok_decode(const struct tok *t, const int32_t *ids, size_t n,
    bool skip_special, struct buf *out);

/*
 * The same, token by token: text is appended as soon as no further token can
 * change it, so that an incomplete character is held back.  Joined it is what
 * tok_decode() gives.
 */
struct tok_stream;
struct tok_stream *tok_stream_new(const struct tok *t, bool skip_special);
void tok_stream_free(struct tok_stream *s);
int tok_stream_put(struct tok_stream *s, int32_t id, struct buf *out);
int tok_stream_end(struct tok_stream *s, struct buf *out);

/*
 * transformers' clean-up of a decoded text, out from byte from on, and
 * whether the model's files ask for it.
 */
void tok_clean_up(struct buf *out, size_t from);
bool tok_wants_clean_up(const struct tok *t);

/* A token as the vocabulary spells it, NULL for an unknown ID; borrowed. */
const char *tok_piece(const struct tok *t, int32_t id, size_t *len);

/* The ID of a piece or added token, or -1. */
int32_t tok_id(const struct tok *t, const char *piece, size_t len);

/*
 * A special token as configs spell it, "<s>" or {"content": "<s>", ...};
 * borrowed, NULL when there is none.
 */
struct cJSON;
const char *tok_config_token(const struct cJSON *config, const char *key);

bool tok_is_special(const struct tok *t, int32_t id);

/* One more than the largest ID, added tokens included. */
size_t tok_vocab_size(const struct tok *t);

/*
 * Append the text of n pieces of the vocabulary, as the decoder joins them
 * (transformers' convert_tokens_to_string).
 */
int tok_join(const struct tok *t, const struct slice *pieces, size_t n,
    struct buf *out);

/* Does a piece that continues a word carry a mark for it, as "##"? */
bool tok_marks_subwords(const struct tok *t);

/* -1 when the model has none. */
int32_t tok_unk_id(const struct tok *t);
int32_t tok_pad_id(const struct tok *t);
int32_t tok_mask_id(const struct tok *t);

/*
 * What the model can take, special tokens included: the least that the
 * tokenizer's and the sentence-transformers' configs say; 0 when neither does.
 */
size_t tok_max_length(const struct tok *t);

bool tok_pads_left(const struct tok *t);	/* padding_side */
bool tok_has_type_ids(const struct tok *t);	/* model_input_names */

#endif
