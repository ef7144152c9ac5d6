#ifndef CHAT_H
#define CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/*
 * chat - conversations to text, by the model's own chat template.
 *
 * The templates are, as in transformers: chat_template.jinja and what is in
 * additional_chat_templates, else chat_template in tokenizer_config.json, else
 * in chat_template.json; or what a GGUF file has.  Of several, "tool_use" is
 * for records with tools and "default" for the others.
 */
struct chat;

/* NULL with errstr(). */
struct chat *chat_open(const char *dir);
void chat_free(struct chat *c);

/* Should the text end where the model's answer begins? */
enum chat_prompt {
	CHAT_PROMPT_AUTO,	/* as the record says, else after the user */
	CHAT_PROMPT_YES,
	CHAT_PROMPT_NO
};

/* Take the template of this name for all records.  0, or -1 with errstr(). */
int chat_template(struct chat *c, const char *name);

/*
 * Append the text of one record: {"messages": [...]}, in which tools and
 * documents and all other members are the template's variables, or only the
 * array of messages.  0, or -1 with errstr().
 */
int chat_render(struct chat *c, const char *json, size_t n,
    enum chat_prompt prompt, struct buf *out);

/*
 * Keep account of which parts of a text are from the record.  chat_data()
 * then gives those of the last one, in order, until the next; *n is their
 * number.  chat_says() tells whether any template has this text in it.
 */
struct span;
void chat_track(struct chat *c);
const struct span *chat_data(const struct chat *c, size_t *n);
bool chat_says(const struct chat *c, const char *s, size_t n);

/*
 * Does a template ask for the date?  Then *now is what it is told, in seconds
 * since 1970, and belongs in the stream's chain.
 */
bool chat_asks_date(const struct chat *c, int64_t *now);

#endif
