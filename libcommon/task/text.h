#ifndef TASK_TEXT_H
#define TASK_TEXT_H

#include <stdbool.h>

#include "frame.h"
#include "tok/tok.h"
#include "util.h"

/*
 * text - frames of token IDs back to their texts.
 */
struct text_run {
	struct tok *tok;
	bool skip_special;	/* leave special tokens out */
	int clean_up;		/* 1, 0, or -1: as the model's files say */
	bool json;		/* a JSON string a line, not the text itself */
	char end;		/* what follows a text: newline or NUL */
};

/* Does the frame hold IDs and nothing that a model made of them? */
bool text_is_ids(struct frame *f);

/*
 * Open the tokenizer of the model that the stream, or name if it is not NULL,
 * names.  0, or -1 with errstr().
 */
int text_open(struct text_run *r, const struct frame *f, const char *name);
void text_close(struct text_run *r);

/* Append the texts of the frame's rows.  0, or -1 with errstr(). */
int text_frame(const struct text_run *r, struct frame *f, struct buf *out);

#endif
