#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "tok/pipeline.h"
#include "tok/vocab.h"
#include "util.h"

/*
 * vocab.json and merges.txt, the files of byte-level BPE before there was
 * tokenizer.json: they are written as one, with the stack that transformers
 * gives the class of tokenizer, and read as such.
 */
enum { FILE_MAX = 256 << 20 };

#define QWEN "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?" \
    "\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|"          \
    "\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define CLIP "'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|"              \
    "[^\\\\s\\\\p{L}\\\\p{N}]+"

/* A family: its special tokens, and how its stack differs from GPT-2's. */
struct family {
	const char *classes;	/* tokenizer classes begin so, or model types */
	const char *specials[6];	/* role, text, role, text ... */
	enum { GPT2, ROBERTA, DEBERTA, QWEN2, CLIP_TEXT } kind;
};

static const struct family families[] = {
	{ "Roberta roberta Bart bart Longformer longformer LED led Mvp mvp "
	  "Camembert Phobert XLMRoberta Xmod MPNet Blenderbot",
	    { "bos_token", "<s>", "eos_token", "</s>" }, ROBERTA },
	{ "Deberta deberta", { "cls_token", "[CLS]", "sep_token", "[SEP]" },
	    DEBERTA },
	{ "Qwen2 qwen2 Qwen3 qwen3",
	    { "unk_token", "<|endoftext|>", "eos_token", "<|endoftext|>" },
	    QWEN2 },
	{ "CLIP clip", { "bos_token", "<|startoftext|>", "eos_token",
	    "<|endoftext|>" }, CLIP_TEXT },
	{ "", { "bos_token", "<|endoftext|>", "eos_token", "<|endoftext|>" },
	    GPT2 },
};

/* The tokens that a config may name, with the usual of Roberta's. */
static const char *const roles[] = { "bos_token", "eos_token", "unk_token",
	"sep_token", "pad_token", "cls_token", "mask_token", NULL };

struct old {
	const struct family *f;
	struct buf vocab, merges, json;
	struct cJSON *config, *map, *added, *model;
	struct vocab ids;
};

static bool
in_list(const char *list, const char *name)
{
	size_t n;

	for (; *list != '\0'; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (strncmp(name, list, n) == 0)
			return true;
	}
	return false;
}

static const struct family *
find_family(const struct old *o)
{
	const char *class = json_str(o->config, "tokenizer_class", "");
	const struct family *f = families;

	if (*class == '\0')
		class = json_str(o->model, "model_type", "");
	while (*f->classes != '\0' && !in_list(f->classes, class))
		f++;
	return f;
}

static const char *
special(const struct old *o, const char *role)
{
	const char *s = tok_config_token(o->config, role);
	int i;

	if (s == NULL)
		s = tok_config_token(o->map, role);
	for (i = 0; s == NULL && i < 6 && o->f->specials[i] != NULL; i += 2)
		if (strcmp(o->f->specials[i], role) == 0)
			s = o->f->specials[i + 1];
	return s;
}

static int32_t
special_id(const struct old *o, const char *role, const char *otherwise)
{
	const char *s = special(o, role);

	if (s == NULL && otherwise != NULL)
		s = special(o, otherwise);
	return s == NULL ? -1 : vocab_id(&o->ids, s, strlen(s));
}

/* One entry of added_tokens. */
static void
put_added(struct old *o, const char *s, bool lstrip)
{
	struct buf *b = &o->json;

	buf_str(b, b->p[b->n - 1] == '[' ? "" : ",");
	buf_str(b, "{\"id\":0,\"special\":true,\"normalized\":false,"
	    "\"single_word\":false,\"rstrip\":false,\"lstrip\":");
	buf_str(b, lstrip ? "true" : "false");
	buf_str(b, ",\"content\":");
	json_put_string(b, s, strlen(s));
	buf_byte(b, '}');
}

static void
put_all_added(struct old *o)
{
	const char *s;
	json *n;
	int i;

	buf_str(&o->json, "\"added_tokens\":[");
	for (i = 0; roles[i] != NULL; i++)
		if ((s = special(o, roles[i])) != NULL)
			put_added(o, s, o->f->kind == ROBERTA &&
			    strcmp(roles[i], "mask_token") == 0);
	for (n = json_first(o->added); n != NULL; n = json_next(n))
		put_added(o, json_name(n), false);
	buf_byte(&o->json, ']');
}

static void
put_stack(struct old *o)
{
	const char *space = json_bool(o->config, "add_prefix_space", false)
	    ? "true" : "false";
	struct buf *b = &o->json;

	if (o->f->kind == QWEN2) {
		buf_str(b, ",\"normalizer\":{\"type\":\"NFC\"},"
		    "\"pre_tokenizer\":{\"type\":\"Sequence\","
		    "\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":"
		    "{\"Regex\":\"" QWEN "\"},\"behavior\":\"Isolated\","
		    "\"invert\":false},{\"type\":\"ByteLevel\","
		    "\"add_prefix_space\":false,\"trim_offsets\":false,"
		    "\"use_regex\":false}]}");
	} else if (o->f->kind == CLIP_TEXT) {
		buf_str(b, ",\"normalizer\":{\"type\":\"Sequence\","
		    "\"normalizers\":[{\"type\":\"NFC\"},{\"type\":"
		    "\"Replace\",\"pattern\":{\"Regex\":\"\\\\s+\"},"
		    "\"content\":\" \"},{\"type\":\"Lowercase\"}]},"
		    "\"pre_tokenizer\":{\"type\":\"Sequence\","
		    "\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":"
		    "{\"Regex\":\"" CLIP "\"},\"behavior\":\"Removed\","
		    "\"invert\":true},{\"type\":\"ByteLevel\","
		    "\"add_prefix_space\":false,\"trim_offsets\":true,"
		    "\"use_regex\":true}]}");
	} else {
		buf_printf(b, ",\"pre_tokenizer\":{\"type\":\"ByteLevel\","
		    "\"add_prefix_space\":%s,\"trim_offsets\":true,"
		    "\"use_regex\":true}", space);
	}
}

static int
put_post(struct old *o)
{
	int32_t cls = special_id(o, "cls_token", "bos_token");
	int32_t sep = special_id(o, "sep_token", "eos_token");
	bool trim = o->f->kind == ROBERTA;
	struct buf *b = &o->json;

	if (o->f->kind == GPT2 || o->f->kind == QWEN2) {
		buf_str(b, ",\"post_processor\":{\"type\":\"ByteLevel\","
		    "\"add_prefix_space\":false,\"trim_offsets\":false,"
		    "\"use_regex\":true}");
		return 0;
	}
	if (cls < 0 || sep < 0)
		return fail("it lacks the tokens that begin and end a text");
	if (o->f->kind == DEBERTA)
		buf_printf(b, ",\"post_processor\":{\"type\":"
		    "\"BertProcessing\",\"cls\":[\"\",%d],\"sep\":[\"\",%d]}",
		    cls, sep);
	else
		buf_printf(b, ",\"post_processor\":{\"type\":"
		    "\"RobertaProcessing\",\"cls\":[\"\",%d],\"sep\":[\"\","
		    "%d],\"trim_offsets\":%s,\"add_prefix_space\":%s}", cls,
		    sep, trim ? "true" : "false",
		    json_bool(o->config, "add_prefix_space", false) ? "true"
		    : "false");
	return 0;
}

/* "a b" a line, after a first line that names the version. */
static int
put_merges(struct old *o)
{
	const char *p = o->merges.p, *end = p + o->merges.n, *q, *space;
	struct buf *b = &o->json;
	size_t line;

	buf_str(b, ",\"merges\":[");
	for (line = 1; p < end; line++, p = q + 1) {
		q = memchr(p, '\n', (size_t)(end - p));
		q = q == NULL ? end : q;
		if (q == p || (q - p >= 8 && memcmp(p, "#version", 8) == 0))
			continue;
		space = memchr(p, ' ', (size_t)(q - p));
		if (space == NULL)
			return fail("merges.txt: line %zu is no pair of two "
			    "pieces", line);
		buf_str(b, b->p[b->n - 1] == '[' ? "[" : ",[");
		json_put_string(b, p, (size_t)(space - p));
		buf_byte(b, ',');
		space++;
		json_put_string(b, space, (size_t)(q - space) -
		    (q > space && q[-1] == '\r'));
		buf_byte(b, ']');
	}
	buf_byte(b, ']');
	return 0;
}

static int
compose(struct old *o)
{
	const char *unk = special(o, "unk_token");
	struct buf *b = &o->json;

	buf_byte(b, '{');
	put_all_added(o);
	put_stack(o);
	if (put_post(o) < 0)
		return -1;
	buf_str(b, ",\"decoder\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":true,"
	    "\"use_regex\":true},\"model\":{\"type\":\"BPE\","
	    "\"dropout\":null,\"continuing_subword_prefix\":\"\","
	    "\"fuse_unk\":false,\"byte_fallback\":false,"
	    "\"end_of_word_suffix\":\"");
	buf_str(b, o->f->kind == CLIP_TEXT ? "</w>\"" : "\"");
	if (o->f->kind == CLIP_TEXT && unk != NULL) {
		buf_str(b, ",\"unk_token\":");
		json_put_string(b, unk, strlen(unk));
	}
	buf_str(b, ",\"vocab\":");
	buf_add(b, o->vocab.p, o->vocab.n);
	if (put_merges(o) < 0)
		return -1;
	buf_str(b, "}}");
	return 0;
}

static int
read_file(const char *dir, const char *name, struct buf *out)
{
	char *path = xprintf("%s/%s", dir, name);
	int r = file_read(path, FILE_MAX, out);

	free(path);
	return r;
}

static int
read_all_files(struct old *o, const char *dir)
{
	struct pull j;

	if (json_load_optional(dir, "tokenizer_config.json", FILE_MAX,
		&o->config) < 0 ||
	    json_load_optional(dir, "special_tokens_map.json", FILE_MAX,
		&o->map) < 0 ||
	    json_load_optional(dir, "added_tokens.json", FILE_MAX,
		&o->added) < 0 ||
	    json_load_optional(dir, "config.json", FILE_MAX,
		&o->model) < 0 ||
	    read_file(dir, "vocab.json", &o->vocab) < 0 ||
	    read_file(dir, "merges.txt", &o->merges) < 0)
		return -1;
	o->f = find_family(o);
	pull_init(&j, o->vocab.p == NULL ? "" : o->vocab.p, o->vocab.n);
	if (vocab_read(&j, &o->ids) < 0 && j.error == NULL)
		return -1;
	return pull_end(&j);
}

int
tok_from_vocab_json(struct tok *t, const char *dir)
{
	struct old o = { .f = NULL };
	int r;

	vocab_init(&o.ids, 0);
	r = read_all_files(&o, dir);
	if (r == 0)
		r = compose(&o);
	if (r == 0)
		r = tok_read_json(t, o.json.p, o.json.n);
	if (r < 0)
		fail("%s: %s", dir, errstr());
	vocab_free(&o.ids);
	buf_free(&o.vocab);
	buf_free(&o.merges);
	buf_free(&o.json);
	json_free(o.config);
	json_free(o.map);
	json_free(o.added);
	json_free(o.model);
	return r;
}
