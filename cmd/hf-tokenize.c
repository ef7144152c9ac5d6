#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "opt.h"
#include "tokenize.h"
#include "util.h"

enum {
	MAX_LENGTH = 256, TRUNCATION, TRUNCATION_SIDE, STRIDE, OVERFLOW,
	PADDING, PADDING_SIDE, PAD_MULTIPLE, PAD_ID, PAD_TYPE_ID, NO_SPECIAL,
	PLAIN, TEXT, JSON, TEXT_FIELD, PAIR_FIELD, PRINT, NO_FLUSH, COUNT,
	FROM_IDS, CHAT, TEMPLATE, RENDER, ADD_PROMPT, NO_PROMPT,
	PROMPT, PROMPT_NAME
};

enum { LENGTH_MAX = 1 << 24 };

static const struct opt opts[] = {
	OPT_COMMON("hf-tokenize", "-m MODEL [options] [FILE...]"),
	{ "add-generation-prompt", ADD_PROMPT, NULL, "end before an answer" },
	{ "batch", 'b', "N", "records a frame (32)" },
	{ "chat", CHAT, NULL, "records are conversations, in JSON" },
	{ "chat-template", TEMPLATE, "NAME", "which, where there are several" },
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
	{ "pair-field", PAIR_FIELD, "NAME", "second text (text_pair)" },
	{ "plain", PLAIN, NULL, "special tokens in a text are plain text" },
	{ "print", PRINT, "WHAT", "lines of ids, tokens, offsets ..." },
	{ "prompt", PROMPT, "TEXT", "put this before each text" },
	{ "prompt-name", PROMPT_NAME, "NAME", "or this one of the model's" },
	{ "render", RENDER, NULL, "print the conversations' texts" },
	{ "stride", STRIDE, "N", "tokens that overflowing rows share" },
	{ "text", TEXT, NULL, "frames have the texts too" },
	{ "threads", 'j', "N", "threads; default: the CPUs it may use" },
	{ "text-field", TEXT_FIELD, "NAME", "text of an object (text)" },
	{ "truncation", TRUNCATION, "[=HOW]", "cut; longest_first if not HOW" },
	{ "truncation-side", TRUNCATION_SIDE, "SIDE", "left or right" },
	{ 0 }
};

static size_t
length(const char *name, size_t least)
{
	return number(name, optarg, least, LENGTH_MAX);
}

static void
parse_padding(struct rows_opts *o, const char *s)
{
	static const char *const names[] = { "longest", "max_length", NULL };

	o->pad = PAD_LENGTH;
	if (s[0] >= '0' && s[0] <= '9')
		o->pad_length = length("padding", 1);
	else if (choice("padding", s, names) == 0)
		o->pad = PAD_LONGEST;
}

/* Templates and prompts: what a text is put into. */
static void
parse_around(struct tokenize *k, int ch)
{
	switch (ch) {
	case CHAT:
		k->chat = true;
		break;
	case TEMPLATE:
		k->template = optarg;
		break;
	case RENDER:
		k->render = true;
		break;
	case ADD_PROMPT:
	case NO_PROMPT:
		k->in.prompt = ch == NO_PROMPT ? CHAT_PROMPT_NO
					       : CHAT_PROMPT_YES;
		break;
	case PROMPT:
		k->prompt = optarg;
		break;
	case PROMPT_NAME:
		k->prompt_name = optarg;
		break;
	}
}

static void
parse(struct tokenize *k, int ch)
{
	static const char *const sides[] = { "right", "left", NULL };
	struct rows_opts *o = &k->o;

	switch (ch) {
	case 'b':
		k->batch = length("batch", 1);
		break;
	case 'j':
		k->threads = length("threads", 1);
		break;
	case 'm':
		k->model = optarg;
		break;
	case '0':
		k->in.form = RECORD_NUL;
		break;
	case JSON:
		k->in.form = RECORD_JSON;
		break;
	case TEXT_FIELD:
		k->in.text_field = optarg;
		break;
	case PAIR_FIELD:
		k->in.pair_field = optarg;
		break;
	case MAX_LENGTH:
		o->tok.max_length = length("max-length", 1);
		break;
	case TRUNCATION:
		o->tok.truncate = true;
		if (optarg != NULL)
			o->tok.strategy = (enum tok_strategy)choice(
			    "truncation", optarg, tok_strategies);
		break;
	case TRUNCATION_SIDE:
		o->tok.truncate_left =
		    choice("truncation-side", optarg, sides) == 1;
		break;
	case STRIDE:
		o->tok.stride = length("stride", 0);
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
		o->pad_multiple = length("pad-to-multiple-of", 0);
		break;
	case PAD_ID:
		o->pad_id = (int32_t)length("pad-id", 0);
		k->pad_id_given = true;
		break;
	case PAD_TYPE_ID:
		o->pad_type = (int32_t)length("pad-type-id", 0);
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
		o->print = (enum rows_print)choice("print", optarg,
		    rows_prints);
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
		parse_around(k, ch);
		break;
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

/* Options that exclude each other. */
static void
check(const struct tokenize *k)
{
	const struct rows_opts *o = &k->o;
	bool chat = k->chat || k->render;

	if (o->from_ids && o->tok.truncate)
		die_code(EXIT_USAGE, "--from-ids takes no --truncation");
	if (o->from_ids && chat)
		die_code(EXIT_USAGE, "--from-ids takes no --chat");
	if (k->prompt != NULL && k->prompt_name != NULL)
		die_code(EXIT_USAGE, "--prompt takes no --prompt-name");
	if ((k->prompt != NULL || k->prompt_name != NULL) &&
	    (o->from_ids || chat))
		die_code(EXIT_USAGE, "--prompt and --prompt-name are for "
		    "texts alone");
}

int
main(int argc, char *argv[])
{
	struct tokenize k = { .o = { .tok = { .special = true } },
		.in = { .text_field = "text", .pair_field = "text_pair" } };
	struct frame f = { 0 };
	bool frames = frames_wanted(argc, argv), json;
	int ch, r;

	if (frames)
		stream_out(&f, STDOUT_FILENO);
	while ((ch = opt_next(argc, argv, opts)) != -1)
		parse(&k, ch);
	if (k.model == NULL)
		usage(opts);
	check(&k);
	json = k.in.form == RECORD_JSON;
	if (tokenize_open(&k) < 0)
		die("%s", errstr());
	r = k.render ? tokenize_render(&k, argv + optind, json)
	    : tokenize_run(&k, argv + optind, &f);
	if (r < 0)
		die("%s", errstr());
	if (k.count)
		printf("%ju\t%ju\n", (uintmax_t)k.records,
		    (uintmax_t)k.tokens);
	tokenize_close(&k);
	return stream_finish(&f, 0, frames ? STDOUT_FILENO : -1);
}
