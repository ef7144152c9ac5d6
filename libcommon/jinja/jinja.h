#ifndef JINJA_H
#define JINJA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"
#include "util.h"

/*
 * jinja - a restricted interpreter of Jinja templates, with the settings that
 * transformers renders chat templates with: an immutable sandbox, trim_blocks,
 * lstrip_blocks, {% break %} and {% continue %}, {% generation %}, its tojson,
 * raise_exception and strftime_now, and no automatic escaping.
 *
 * A template comes from the Hub and is hostile: it sees its variables and
 * nothing else, reads no file, and its time, memory, depth and output are
 * bounded.  Where it needs more it fails with a message, it is never cut.
 */
enum {
	JINJA_SOURCE_MAX = 1 << 20,	/* bytes of a template */
	JINJA_NEST_MAX = 100,		/* blocks or brackets in one another */
	JINJA_DEPTH_MAX = 1000,		/* calls and operators under way */
	JINJA_RANGE_MAX = 100000,	/* the sandbox's own */
	JINJA_STEPS_MAX = 50000000,	/* about a second or two */
	JINJA_OUTPUT_MAX = 64 << 20,
	JINJA_MEMORY_MAX = 512 << 20
};

/*
 * A parsed template is read-only: threads share it.  NULL with errstr(), which
 * names the line.
 */
struct jinja;
struct jinja *jinja_parse(const char *text, size_t n);
void jinja_free(struct jinja *t);

/*
 * A rendering: its variables and all that comes into being on the way, one a
 * thread.  jinja_reset() ends one record and begins the next.
 */
struct jrun;
struct jrun *jinja_run_new(void);
void jinja_reset(struct jrun *r);
void jinja_run_free(struct jrun *r);

/* Give the template a variable; a name given before is replaced. */
struct jv;	/* jinja/value.h */
void jinja_set(struct jrun *r, const char *name, struct jv v);
void jinja_set_text(struct jrun *r, const char *name, const char *s,
    size_t n);	/* which counts as the template's own */
struct jarena *jinja_arena(struct jrun *r);	/* where its values live */

/* Append the text to out: 0, or -1 with errstr(). */
int jinja_render(const struct jinja *t, struct jrun *r, struct buf *out);

/*
 * From now on keep account of which bytes of a text are from the variables'
 * values.  jinja_data() has 1 for each of the last text that is, or may be,
 * and 0 for those that the template wrote; until jinja_reset().
 */
void jinja_track(struct jrun *r);
const char *jinja_data(const struct jrun *r);

/*
 * What strftime_now() takes for now, in all records alike: SOURCE_DATE_EPOCH
 * when that is set, else the time of jinja_run_new().
 */
int64_t jinja_now(const struct jrun *r);

#endif
