#ifndef TOKENIZE_H
#define TOKENIZE_H

#include "records.h"
#include "tok/rows.h"

/*
 * tokenize - a model's tokenizer at work: records in, frames or lines out.
 *
 * The first fields are the caller's to set before tokenize_open(), which
 * fills what is left open with what the model's files say.
 */
struct frame;

struct tokenize {
	const char *model;	/* name or path */
	struct records in;	/* form, fields and prompt */
	struct rows_opts o;
	size_t batch;		/* records a frame; 0: the usual */
	size_t threads;		/* 0: the CPUs that there are */
	bool no_flush;		/* wait until a batch is full */
	bool chat;		/* records are conversations */
	bool render;		/* only for tokenize_render() */
	const char *template;	/* name of the chat template; NULL: by record */
	const char *prompt;	/* before each text; NULL: the model's */
	const char *prompt_name;	/* of its own; NULL: the default */
	bool count;		/* neither frames nor lines, only numbers */
	bool side_given, pad_id_given;	/* in o */

	uint64_t records, tokens;	/* counted */

	bool lines;		/* no frames */
	bool plain_chat;	/* messages can't spell control tokens */
	struct tok *tok;
	char *stream_name;	/* of the model */
	char hash[33];
	struct buf chain;
	struct buf prompted;	/* the prompt, and after it a text */
	size_t n_prompt;
	struct frame *frame;	/* being written */
};

/* Open the model.  0, or -1 with errstr(). */
int tokenize_open(struct tokenize *k);
void tokenize_close(struct tokenize *k);

/* All of the files, NULL-terminated (none: stdin), by way of f to stdout. */
int tokenize_run(struct tokenize *k, char **files, struct frame *f);

/*
 * The texts of conversations to stdout, as they are or as JSON strings; each
 * ends as its record did.
 */
int tokenize_render(struct tokenize *k, char **files, bool quoted);

#endif
