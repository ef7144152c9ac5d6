#include "tokenize.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat.h"
#include "err.h"
#include "frame.h"
#include "json.h"
#include "model.h"
#include "prompt.h"
#include "tok/rounds.h"

enum {
	BATCH = 32, LINES = 1024,
	ENOUGH = 64 << 10	/* bytes of text for a batch of lines */
};

/* Spans and words answer token by token: their texts are needed later. */
static bool
wants_text(const struct model *m)
{
	json *a = json_get(m->config, "architectures"), *n;
	const char *s;

	for (n = json_first(a); n != NULL; n = json_next(n)) {
		s = json_text(n);
		if (s != NULL &&
		    (strstr(s, "ForTokenClassification") != NULL ||
			strstr(s, "ForQuestionAnswering") != NULL))
			return true;
	}
	return false;
}

/* What config.json says, where there is one. */
static int
read_config(struct tokenize *k, const char *dir)
{
	char *config = xprintf("%s/config.json", dir);
	bool there = file_exists(config);
	struct model *m;

	free(config);
	if (!there)
		return 0;
	m = model_open(k->model);
	if (m == NULL)
		return -1;
	memcpy(k->hash, m->hash, sizeof k->hash);
	k->o.text |= wants_text(m);
	model_free(m);
	return 0;
}

/* What was left open is the model's to say. */
static int
settle(struct tokenize *k)
{
	struct rows_opts *o = &k->o;
	size_t max = o->tok.max_length;
	bool limited = !k->lines && !o->from_ids;

	if (max == 0 && (limited || o->tok.truncate ||
	    o->pad == PAD_LENGTH))
		max = tok_max_length(k->tok);
	if (o->tok.truncate && max == 0)
		return fail("--truncation: the model names no limit; give one "
		    "with --max-length");
	if (o->pad == PAD_LENGTH && o->pad_length == 0 && max == 0)
		return fail("--padding max_length: the model names no limit; "
		    "give one with --max-length");
	if (o->pad_length == 0)
		o->pad_length = max;
	if (limited || o->tok.max_length > 0)
		o->limit = o->tok.truncate ? 0 : max;
	o->tok.max_length = max;
	if (o->pad == PAD_NONE && !k->lines)
		o->pad = PAD_LONGEST;
	if (!k->side_given)
		o->pad_left = tok_pads_left(k->tok);
	if (!k->pad_id_given && tok_pad_id(k->tok) >= 0)
		o->pad_id = tok_pad_id(k->tok);
	o->tok.offsets = (!k->lines && o->text) ||
	    o->print == PRINT_OFFSETS || o->print == PRINT_CHAR_OFFSETS ||
	    o->print == PRINT_WORD_IDS || o->print == PRINT_SEQUENCE_IDS;
	o->tok.no_types = k->lines ? o->print != PRINT_TYPE_IDS
	    : !tok_has_type_ids(k->tok);
	if (k->batch == 0)
		k->batch = k->lines && o->pad == PAD_NONE ? LINES : BATCH;
	return 0;
}

/* Special tokens are the template's to write: none are added to its text. */
static int
open_chat(struct tokenize *k, const char *dir)
{
	if (k->in.form == RECORD_JSON)
		k->in.form = RECORD_LINE;
	k->o.tok.special = false;
	k->in.chat = chat_open(dir);
	if (k->in.chat == NULL)
		return -1;
	return k->template != NULL ? chat_template(k->in.chat, k->template)
				   : 0;
}

static bool
template_says(const void *chat, const char *s, size_t n)
{
	return chat_says(chat, s, n);
}

/* Of a conversation only what the messages say is plain. */
static void
plain_chat(struct tokenize *k)
{
	k->plain_chat = true;
	k->o.tok.plain = false;
	chat_track(k->in.chat);
	tok_control(k->tok, template_says, k->in.chat);
}

/* Nothing is put before conversations, which say all, or before IDs. */
static int
open_prompt(struct tokenize *k, const char *dir)
{
	if (k->in.chat != NULL || k->o.from_ids)
		return 0;
	if (k->prompt != NULL)
		buf_str(&k->prompted, k->prompt);
	else if (prompt_find(dir, k->prompt_name, &k->prompted) < 0)
		return -1;
	k->n_prompt = k->prompted.n;
	return k->n_prompt > 0 ? prompt_check(dir) : 0;
}

static int
open_tok(struct tokenize *k, const char *dir)
{
	k->lines = k->count || k->o.print != PRINT_FRAMES;
	if (k->threads == 0)
		k->threads = usable_cpus();
	k->tok = tok_open(dir);
	if (k->tok == NULL || read_config(k, dir) < 0 ||
	    open_prompt(k, dir) < 0)
		return -1;
	if (k->in.chat != NULL && k->o.tok.plain)
		plain_chat(k);
	return settle(k);
}

int
tokenize_open(struct tokenize *k)
{
	char *dir;
	int r = 0;

	if (model_find(k->model, &dir, &k->stream_name) < 0)
		return -1;
	if (k->chat || k->render)
		r = open_chat(k, dir);
	if (r == 0 && !k->render)
		r = open_tok(k, dir);
	free(dir);
	return r;
}

void
tokenize_close(struct tokenize *k)
{
	records_close(&k->in);
	chat_free(k->in.chat);
	tok_free(k->tok);
	free(k->stream_name);
	buf_free(&k->chain);
	buf_free(&k->prompted);
}

static void
describe_chat(struct tokenize *k)
{
	int64_t now;

	buf_str(&k->chain, " chat");
	if (k->template != NULL)
		buf_printf(&k->chain, " chat_template=%s", k->template);
	if (k->in.prompt != CHAT_PROMPT_AUTO)
		buf_printf(&k->chain, " add_generation_prompt=%s",
		    k->in.prompt == CHAT_PROMPT_YES ? "true" : "false");
	if (chat_asks_date(k->in.chat, &now))
		buf_printf(&k->chain, " strftime_now=%jd", (intmax_t)now);
}

/* This stage's line in the stream's provenance. */
static void
describe(struct tokenize *k)
{
	const struct tok_opts *t = &k->o.tok;
	struct buf *b = &k->chain;

	buf_printf(b, "hf-tokenize %s", HF_VERSION);
	if (t->max_length > 0)
		buf_printf(b, " max_length=%zu", t->max_length);
	if (t->truncate)
		buf_printf(b, " truncation=%s",
		    tok_strategies[t->strategy]);
	if (t->truncate && t->truncate_left)
		buf_str(b, " truncation_side=left");
	if (t->truncate && t->stride > 0)
		buf_printf(b, " stride=%zu", t->stride);
	if (!t->special)
		buf_str(b, " no_special_tokens");
	if (t->plain || k->plain_chat)
		buf_str(b, " plain");
	if (k->o.overflow)
		buf_str(b, " overflow");
	if (k->n_prompt > 0) {
		buf_str(b, " prompt=");
		json_put_string(b, k->prompted.p, k->n_prompt);
	}
	if (k->chat)
		describe_chat(k);
}

static void
put_prompt(struct tokenize *k, struct record *rec)
{
	k->prompted.n = k->n_prompt;
	buf_add(&k->prompted, rec->a, rec->na);
	rec->a = k->prompted.p;
	rec->na = k->prompted.n;
}

/* Fill a batch: 1 there is one, 0 the end, RECORD_WAIT, -1 errstr(). */
static int
fill(void *arg, struct rows *r, bool wait)
{
	struct tokenize *k = arg;
	struct record rec;
	int got = 1;

	rows_reset(r);
	while (r->n < k->batch && (!k->lines || r->text.n < ENOUGH)) {
		got = records_next(&k->in, (wait && r->n == 0) || k->no_flush,
		    &rec);
		if (got != 1)
			break;
		if (k->n_prompt > 0)
			put_prompt(k, &rec);
		rows_add(r, &rec);
	}
	return got < 0 ? got : r->n > 0 ? 1 : got;
}

static int
emit_frame(struct tokenize *k, struct rows *r)
{
	struct frame *f = k->frame;

	frame_reset(f);
	rows_frame(r, k->tok, &k->o, f);
	frame_set_meta(f, "model", k->stream_name);
	if (k->hash[0] != '\0')
		frame_set_meta(f, "model_hash", k->hash);
	frame_chain(f, k->chain.p);
	return frame_write(f, STDOUT_FILENO);
}

/* A batch to stdout: what of it could be encoded, then what is wrong. */
static int
take(void *arg, struct rows *r, const char *error)
{
	struct tokenize *k = arg;
	int bad = 0;

	if (k->count) {
		k->records += r->n;
		k->tokens += rows_count(r, &k->o);
	} else if (k->lines) {
		bad = write_all(STDOUT_FILENO, r->out.p, r->out.n);
	} else if (r->n > 0) {
		bad = emit_frame(k, r);
	}
	if (bad < 0)
		return fail("stdout: %s", errstr());
	return error != NULL ? fail("%s", error) : 0;
}

int
tokenize_run(struct tokenize *k, char **files, struct frame *f)
{
	struct rounds r = { .tok = k->tok, .o = &k->o, .threads = k->threads,
		.lines = k->lines && !k->count, .fill = fill, .take = take,
		.arg = k };

	records_open(&k->in, files);
	describe(k);
	k->frame = f;
	return rounds_run(&r);
}

int
tokenize_render(struct tokenize *k, char **files, bool quoted)
{
	char end = k->in.form == RECORD_NUL ? '\0' : '\n';
	struct record rec;
	struct buf b = { 0 };
	int got;

	records_open(&k->in, files);
	while ((got = records_next(&k->in, true, &rec)) == 1) {
		b.n = 0;
		if (quoted)
			json_put_string(&b, rec.a, rec.na);
		else
			buf_add(&b, rec.a, rec.na);
		buf_byte(&b, end);
		if (write_all(STDOUT_FILENO, b.p, b.n) < 0) {
			got = fail("stdout: %s", errstr());
			break;
		}
	}
	buf_free(&b);
	return got;
}
