#ifndef TOK_CLASS_H
#define TOK_CLASS_H

#include "json.h"

/*
 * class - what transformers knows of each tokenizer class, for directories
 * that have the files from before tokenizer.json.
 *
 * The table says what the classes' __init__ and convert_slow_tokenizer.py
 * make of those files (transformers 5.24).  To add a class, add a row.
 *
 * A template or list is words parted by spaces.  "@" and a letter is the token
 * in that role, which the configs may spell otherwise: b bos, e eos, u unk,
 * s sep, p pad, c cls, m mask, l the language.  "#" and a name are made up:
 * see names[] in oldpieces.c.
 */
enum class_files { OLD_SPM = 1, OLD_BPE, OLD_WORDPIECE, OLD_SPM_VOCAB };
enum { ROLES = 7 };

struct tok_class {
	const char *names;	/* words: tokenizer_class without "Tokenizer" */
	const char *refused;	/* why it is not read; nothing else counts */
	enum class_files files;
	char model;		/* of OLD_SPM: u, b (BPE), 0: the file's */
	bool plain;		/* the stack is what the file's settings say */
	bool bytes;		/* byte_fallback */
	bool no_unk;		/* the BPE has no unk_token */
	const char *suffix;	/* end_of_word_suffix */

	/*
	 * The vocabulary: "*N" stands for the file's pieces from N on, "*-" for
	 * those that are not there yet.  NULL: "*0".
	 */
	const char *pieces;

	/*
	 * The unknown piece's ID; -1: the file's own; -2: none.  by_name: it
	 * is the piece that is spelled so, if there is one.
	 */
	int unk;
	bool by_name;

	/* One letter a step: see oldstack.c, which has them. */
	const char *normalizer;
	const char *splitter;
	const char *decoder;
	char scheme;		/* of Metaspace: a always, f first; those or
				   never by add_prefix_space: A, F; always or
				   first: D; A or F by legacy: L */

	/* NULL: by add_bos_token and add_eos_token; "roberta", "bytes" */
	const char *single, *pair;
	bool yields;		/* to these, where the config has them */

	const char *role[ROLES];	/* bos eos unk sep pad cls mask */
	char mask;		/* mask_token: l lstrip, n and normalized */
	const char *extra;	/* further special tokens, "*" the file's; of
				   OLD_SPM_VOCAB: further pieces */
	const char *language;	/* @l, and the config's key for it */
	const char *language_key;
	bool codes;		/* pieces like ">>fra<<" are added tokens */
	bool underlined;	/* and "en" is spelled "__en__" */
	bool lower, accents;	/* do_lower_case, keep_accents, if not given */
	bool prefix;		/* add_prefix_space, if not given */
	bool adds_bos;		/* add_bos_token, likewise */
	bool left;		/* padding_side, likewise */
};

/* SentencePiece as the model's own settings say. */
extern const struct tok_class class_plain;

/*
 * The name of the class that AutoTokenizer takes by tokenizer_config.json and
 * config.json, either of which may be NULL; "" when nothing names one.
 */
const char *class_name(json *tokenizer, json *config);

/* The row of a name, "LlamaTokenizer" or "LlamaTokenizerFast"; NULL: none. */
const struct tok_class *class_named(const char *name);

/* classtypes.c: model_types by class, and those whose configs are wrong. */
struct class_types {
	const char *name, *types;
};
extern const struct class_types class_types[];
extern const char class_mistaken[];

#endif
