#ifndef TOK_OLD_H
#define TOK_OLD_H

#include "tok/class.h"
#include "tok/spm.h"
#include "tok/vocab.h"

/*
 * old - a tokenizer.json written from the files that there were before it, so
 * that there is one way to load a tokenizer.
 *
 * old.c leads; oldpieces.c makes the vocabulary, oldadded.c the added tokens,
 * oldstack.c the normalizer, pre-tokenizer and decoder, oldpost.c the
 * templates, oldmodel.c the model.  All append to out.
 */
struct old {
	const struct tok_class *c;	/* these are the caller's to set */
	json *config;		/* tokenizer_config.json; all may be NULL */
	json *map;		/* special_tokens_map.json */
	json *added;		/* added_tokens.json */
	const struct spm *m;	/* or */
	struct slice vocab;	/* vocab.json, or vocab.txt, and */
	struct slice merges;	/* merges.txt */
	struct buf *out;

	struct spm_piece *v;	/* [n] the pieces, by ID */
	size_t n, cap;
	struct vocab ids;	/* of the pieces and of new added tokens */
	struct vocab seen;	/* added tokens, numbered as they come */
	int unk;		/* the unknown token's ID, -1: none */
	int file_unk;		/* the unknown one of v */
	bool prefix, legacy;	/* add_prefix_space, legacy */
	int moved;		/* from a file's ID to ours */
	int64_t next;		/* ID of the next new added token */
	char *own[ROLES];	/* spellings that a SentencePiece file has */
	char **texts;		/* made-up pieces */
	size_t n_texts, cap_texts;
	struct buf *language;	/* its token */
};

/*
 * Append the whole tokenizer.json.  0, or -1 with errstr(); free ids after
 * either.
 */
int old_json(struct old *o);

/* The next word of a list, or false. */
bool old_word(const char **list, struct slice *word);

/*
 * A word that may be "@r": what the token in that role is spelled; false when
 * there is none.
 */
bool old_resolve(const struct old *o, struct slice *word);

/* The token in a role, which the configs may spell. */
enum { ROLE_BOS, ROLE_EOS, ROLE_UNK, ROLE_SEP, ROLE_PAD, ROLE_CLS, ROLE_MASK };
extern const char *const old_roles[ROLES];
const char *old_role(const struct old *o, int role);

/* What the configs say of a key, the map before the config. */
json *old_get(const struct old *o, const char *key);

/* A list with commas: the text before an element, and an element. */
const char *old_comma(const struct buf *out);
void old_item(struct buf *out, const char *text);

/* The made-up pieces that "#name" stands for, counting up or down. */
struct old_made {
	const char *word;	/* "#ids" */
	const char *name;	/* "<extra_id_" */
	int from, to;		/* half-open; from 100 to 0: 99 to 0 */
	double score;
};
bool old_made(const struct old *o, struct slice word, struct old_made *made);

int old_pieces(struct old *o);
void old_added(struct old *o);
void old_normalizer(struct old *o);
void old_splitter(struct old *o);
void old_decoder(struct old *o);
int old_post(struct old *o);
int old_model(struct old *o);

#endif
