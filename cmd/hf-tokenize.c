#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat.h"
#include "err.h"
#include "frame.h"
#include "json.h"
#include "model.h"
#include "opt.h"
#include "records.h"
#include "tok/rounds.h"
#include "util.h"

enum {
	MAX_LENGTH = 256, TRUNCATION, TRUNCATION_SIDE, STRIDE, OVERFLOW,
	PADDING, PADDING_SIDE, PAD_MULTIPLE, PAD_ID, PAD_TYPE_ID, NO_SPECIAL,
	PLAIN, TEXT, JSON, TEXT_FIELD, PAIR_FIELD, PRINT, NO_FLUSH, COUNT,
	FROM_IDS, CHAT, RENDER, PROMPT, NO_PROMPT
};

enum {
	BATCH = 32, LINES = 1024, LENGTH_MAX = 1 << 24,
	ENOUGH = 64 << 10	/* bytes of text for a batch of lines */
};

static const struct opt opts[] = {
	OPT_COMMON("hf-tokenize", "-m MODEL [options] [FILE...]"),
	{ "add-generation-prompt", PROMPT, NULL, "end where an answer begins" },
	{ "batch", 'b', "N", "records a frame (32)" },
	{ "chat", CHAT, NULL, "records are conversations, in JSON" },
	{ "count", COUNT, NULL, "print how many records and tokens" },
	{ "from-ids", FROM_IDS, NULL, "records are lists of IDs" },
	{ "json", JSON, NULL, "records are JSON values, one a line" },
	{ "max-length", MAX_LENGTH, "N", "tokens a row, special ones too" },
	{ "model", 'm', "MODEL", "directory, embedded or cached name" },
	{ "no-add-generation-prompt", NO_PROMPT, NULL, "do not" },
	{ "no-flush", NO_FLUSH, NULL, "wait until a batch is full" },
	{ "no-special-tokens", NO_SPECIAL, NULL, "add none" },
	{ "null", '0', NULL, "records end in NUL, not in newline" },
	{ "overflow", OVERFLOW, NULL, "what is cut off becomes further rows" },
	{ "pad-id", PAD_ID, "ID", "pad with this token" },
	{ "pad-to-multiple-of", PAD_MULTIPLE, "N", "and then to one of N" },
	{ "pad-type-id", PAD_TYPE_ID, "ID", "token type of padding" },
	{ "padding", PADDING, "HOW", "longest, max_length or a length" },
	{ "padding-side", PADDING_SIDE, "SIDE", "left or right" },
	{ "pair-field", PAIR_FIELD, "NAME", "second text of an object "
					    "(text_pair)" },
	{ "plain", PLAIN, NULL, "special tokens in a text are plain text" },
	{ "print", PRINT, "WHAT", "lines: ids, tokens, offsets, char-offsets, "
				  "type-ids ..." },
	{ "render", RENDER, NULL, "print the conversations' texts" },
	{ "stride", STRIDE, "N", "tokens that overflowing rows share" },
	{ "text", TEXT, NULL, "frames have the texts too" },
	{ "threads", 'j', "N", "threads; default: the CPUs it may use" },
	{ "text-field", TEXT_FIELD, "NAME", "text of an object (text)" },
	{ "truncation", TRUNCATION, "[=HOW]", "cut: longest_first, only_first "
					      "or only_second" },
	{ "truncation-side", TRUNCATION_SIDE, "SIDE", "left or right" },
	{ 0 }
};

struct tokenize {
	const char *name;	/* -m */
	struct records in;
	struct rows_opts o;
	size_t batch;
	bool no_flush;
	bool lines;		/* no frames: lines or a count */
	bool count;
	bool chat, render, json;
	size_t threads;
	bool side_given, pad_id_given, batch_given;
	struct tok *tok;
	char *stream_name;	/* of the model */
	char hash[33];
	struct buf chain;
	struct frame *frame;	/* being written */
	uint64_t records, tokens;
};

static size_t
number(const char *option, const char *s, size_t lo)
{
	size_t v;

	if (parse_size(s, lo, LENGTH_MAX, &v) < 0)
		bad_value(option, s);
	return v;
}

static int
choice(const char *option, const char *s, const char *const *names)
{
	int i = opt_choice(s, names);

	if (i < 0)
		bad_value(option, s);
	return i;
}

static void
parse_padding(struct rows_opts *o, const char *s)
{
	static const char *const names[] = { "longest", "max_length", NULL };

	if (s[0] >= '0' && s[0] <= '9') {
		o->pad = PAD_LENGTH;
		o->pad_length = number("padding", s, 1);
	} else {
		o->pad = choice("padding", s, names) == 0 ? PAD_LONGEST
							  : PAD_LENGTH;
	}
}

static void
parse_chat(struct tokenize *k, int ch)
{
	switch (ch) {
	case CHAT:
		k->chat = true;
		break;
	case RENDER:
		k->render = k->chat = true;
		break;
	case PROMPT:
		k->in.prompt = CHAT_PROMPT_YES;
		break;
	case NO_PROMPT:
		k->in.prompt = CHAT_PROMPT_NO;
		break;
	}
}

static void
parse(struct tokenize *k, int ch)
{
	static const char *const sides[] = { "right", "left", NULL };
	static const char *const hows[] = { "longest_first", "only_first",
		"only_second", NULL };
	static const char *const prints[] = { "frames", "ids", "tokens",
		"offsets", "char_offsets", "type_ids", "word_ids",
		"sequence_ids", "attention_mask", NULL };
	struct rows_opts *o = &k->o;

	switch (ch) {
	case 'b':
		k->batch = number("batch", optarg, 1);
		k->batch_given = true;
		break;
	case 'j':
		k->threads = number("threads", optarg, 1);
		break;
	case 'm':
		k->name = optarg;
		break;
	case '0':
		k->in.form = RECORD_NUL;
		break;
	case JSON:
		k->in.form = RECORD_JSON;
		k->json = true;
		break;
	case TEXT_FIELD:
		k->in.text_field = optarg;
		break;
	case PAIR_FIELD:
		k->in.pair_field = optarg;
		break;
	case MAX_LENGTH:
		o->tok.max_length = number("max-length", optarg, 1);
		break;
	case TRUNCATION:
		o->tok.truncate = true;
		if (optarg != NULL)
			o->tok.strategy = (enum tok_strategy)choice(
			    "truncation", optarg, hows);
		break;
	case TRUNCATION_SIDE:
		o->tok.truncate_left =
		    choice("truncation-side", optarg, sides) == 1;
		break;
	case STRIDE:
		o->tok.stride = number("stride", optarg, 0);
		break;
	case OVERFLOW:
		o->overflow = true;
		break;
	case PADDING:
		parse_padding(o, optarg);
		break;
	case PADDING_SIDE:
		o->pad_left = choice("padding-side", optarg, sides) == 1;
		k->side_given = true;
		break;
	case PAD_MULTIPLE:
		o->pad_multiple = number("pad-to-multiple-of", optarg, 0);
		break;
	case PAD_ID:
		o->pad_id = (int32_t)number("pad-id", optarg, 0);
		k->pad_id_given = true;
		break;
	case PAD_TYPE_ID:
		o->pad_type = (int32_t)number("pad-type-id", optarg, 0);
		break;
	case NO_SPECIAL:
		o->tok.special = false;
		break;
	case PLAIN:
		o->tok.plain = true;
		break;
	case TEXT:
		o->text = true;
		break;
	case PRINT:
		o->print = (enum rows_print)choice("print", optarg, prints);
		break;
	case COUNT:
		k->count = true;
		break;
	case FROM_IDS:
		o->from_ids = true;
		break;
	case NO_FLUSH:
		k->no_flush = true;
		break;
	default:
		parse_chat(k, ch);
	}
}

/* Are frames written?  It must be known before the options are read. */
static bool
frames_wanted(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "--pri", 5) == 0 ||
		    strncmp(argv[i], "--co", 4) == 0 ||
		    strncmp(argv[i], "--r", 3) == 0)
			return false;
	return true;
}

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

/* Special tokens are the template's to write: none are added to its text. */
static void
open_chat(struct tokenize *k, const char *dir)
{
	if (k->o.from_ids)
		die_code(EXIT_USAGE, "--from-ids takes no --chat");
	if (k->o.tok.plain)
		die_code(EXIT_USAGE, "--chat takes no --plain: the template's "
		    "own special tokens would be plain text too");
	if (k->in.form == RECORD_JSON)
		k->in.form = RECORD_LINE;
	k->o.tok.special = false;
	k->in.chat = chat_open(dir);
	if (k->in.chat == NULL)
		die("%s", errstr());
}

static void
open_model(struct tokenize *k)
{
	char *dir, *config;
	struct model *m;

	if (model_find(k->name, &dir, &k->stream_name) < 0)
		die("%s", errstr());
	if (k->chat)
		open_chat(k, dir);
	if (k->render) {
		free(dir);
		return;
	}
	k->tok = tok_open(dir);
	if (k->tok == NULL)
		die("%s", errstr());
	config = xprintf("%s/config.json", dir);
	if (file_exists(config)) {
		m = model_open(k->name);
		if (m == NULL)
			die("%s", errstr());
		memcpy(k->hash, m->hash, sizeof k->hash);
		k->o.text |= wants_text(m);
		model_free(m);
	}
	free(config);
	free(dir);
}

/* What the options leave open is the model's to say. */
static void
settle(struct tokenize *k)
{
	struct rows_opts *o = &k->o;
	size_t max = o->tok.max_length;
	bool limited = !k->lines && !o->from_ids;

	if (o->from_ids && o->tok.truncate)
		die_code(EXIT_USAGE, "--from-ids takes no --truncation");
	if (max == 0 && (limited || o->tok.truncate ||
	    o->pad == PAD_LENGTH))
		max = tok_max_length(k->tok);
	if (o->tok.truncate && max == 0)
		die("--truncation: the model names no limit; give one with "
		    "--max-length");
	if (o->pad == PAD_LENGTH && o->pad_length == 0 && max == 0)
		die("--padding max_length: the model names no limit; give one "
		    "with --max-length");
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
	if (!k->batch_given && k->lines && o->pad == PAD_NONE)
		k->batch = LINES;
}

static void
describe_chat(struct tokenize *k)
{
	int64_t now;

	buf_str(&k->chain, " chat");
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
	static const char *const hows[] = { "longest_first", "only_first",
		"only_second" };
	const struct tok_opts *t = &k->o.tok;
	struct buf *b = &k->chain;

	buf_printf(b, "hf-tokenize %s", HF_VERSION);
	if (t->max_length > 0)
		buf_printf(b, " max_length=%zu", t->max_length);
	if (t->truncate)
		buf_printf(b, " truncation=%s", hows[t->strategy]);
	if (t->truncate && t->truncate_left)
		buf_str(b, " truncation_side=left");
	if (t->truncate && t->stride > 0)
		buf_printf(b, " stride=%zu", t->stride);
	if (!t->special)
		buf_str(b, " no_special_tokens");
	if (t->plain)
		buf_str(b, " plain");
	if (k->o.overflow)
		buf_str(b, " overflow");
	if (k->chat)
		describe_chat(k);
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
		rows_add(r, &rec);
	}
	return r->n > 0 && got >= 0 ? 1 : got;
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
	} else if (error == NULL) {
		bad = emit_frame(k, r);
	}
	if (bad < 0)
		return fail("stdout: %s", errstr());
	return error != NULL ? fail("%s", error) : 0;
}

static void
run(struct tokenize *k)
{
	struct rounds r = { .tok = k->tok, .o = &k->o, .threads = k->threads,
		.lines = k->lines && !k->count, .fill = fill, .take = take,
		.arg = k };

	if (rounds_run(&r) < 0)
		die("%s", errstr());
}

/* The texts as they are, or as JSON strings; each ends as its record did. */
static void
render(struct tokenize *k)
{
	char end = k->in.form == RECORD_NUL ? '\0' : '\n';
	struct record rec;
	struct buf b = { 0 };
	int got;

	while ((got = records_next(&k->in, true, &rec)) == 1) {
		b.n = 0;
		if (k->json)
			json_put_string(&b, rec.a, rec.na);
		else
			buf_add(&b, rec.a, rec.na);
		buf_byte(&b, end);
		if (write_all(STDOUT_FILENO, b.p, b.n) < 0)
			die("stdout: %s", errstr());
	}
	if (got < 0)
		die("%s", errstr());
	buf_free(&b);
}

int
main(int argc, char *argv[])
{
	struct tokenize k = { .batch = BATCH, .o = { .tok = { .special = true },
		.pad_id = 0 }, .in = { .text_field = "text",
		.pair_field = "text_pair" } };
	struct frame f = { 0 };
	bool frames = frames_wanted(argc, argv);
	int ch;

	if (frames)
		stream_out(&f, STDOUT_FILENO);
	while ((ch = opt_next(argc, argv, opts)) != -1)
		parse(&k, ch);
	if (k.name == NULL)
		usage(opts);
	k.lines = k.count || k.o.print != PRINT_FRAMES;
	if (k.threads == 0)
		k.threads = rounds_cpus();
	open_model(&k);
	records_open(&k.in, argv + optind);
	if (k.render) {
		render(&k);
	} else {
		settle(&k);
		describe(&k);
		k.frame = &f;
		run(&k);
	}
	if (k.count)
		printf("%ju\t%ju\n", (uintmax_t)k.records,
		    (uintmax_t)k.tokens);
	records_close(&k.in);
	chat_free(k.in.chat);
	tok_free(k.tok);
	return stream_finish(&f, 0, frames ? STDOUT_FILENO : -1);
}
