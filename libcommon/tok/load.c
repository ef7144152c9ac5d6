#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "map.h"
#include "tok/compiled.h"
#include "tok/normalize.h"
#include "tok/pipeline.h"
#include "tok/pretokenize.h"
#include "util.h"

enum { JSON_MAX = 1 << 30 };

static int
read_normalizer(struct pull *j, void *t)
{
	return normalizer_load(j, &((struct tok *)t)->normalizer);
}

static int
read_pretokenizer(struct pull *j, void *t)
{
	return pretokenizer_load(j, &((struct tok *)t)->pretokenizer);
}

static int
read_post(struct pull *j, void *t)
{
	return post_load(j, &((struct tok *)t)->post);
}

static int
read_decoder(struct pull *j, void *t)
{
	return decoder_load(j, &((struct tok *)t)->decoders);
}

static int
read_added(struct pull *j, void *t)
{
	return added_read(j, &((struct tok *)t)->added);
}

static int
read_model(struct pull *j, void *tok)
{
	static const struct kind {
		const char *type;
		struct tok_model *(*load)(struct pull *j);
	} kinds[] = {
		{ "BPE", bpe_load },
		{ "Unigram", unigram_load },
		{ "WordLevel", wordlevel_load },
		{ "WordPiece", wordpiece_load },
		{ NULL, NULL }
	};
	static const struct part_hint hints[] = {
		{ "merges", "BPE" }, { "unk_id", "Unigram" },
		{ "max_input_chars_per_word", "WordPiece" },
		{ "vocab", "WordLevel" }, { NULL, NULL }
	};
	const struct kind *k;
	struct tok *t = tok;
	struct slice type;

	if (t->model != NULL)	/* it comes from a compiled form */
		return pull_skip(j) ? 0 : -1;
	pull_peek(j);
	t->model_from = (size_t)(j->at - j->start);
	if (part_type(j, "model", hints, &type) < 0)
		return -1;
	for (k = kinds; k->type != NULL; k++)
		if (slice_is(type, k->type))
			break;
	if (k->type == NULL)
		return part_unknown(j, "model", type);
	t->bpe = k->load == bpe_load;
	t->model = k->load(j);
	t->model_to = (size_t)(j->at - j->start);
	return t->model == NULL ? -1 : 0;
}

static int
read_direction(struct pull *j, void *member)
{
	static const char *const names[] = { "Left", "Right" };

	(void)member;
	return part_choice(j, "direction", names, 2) < 0 ? -1 : 0;
}

static int
read_strategy(struct pull *j, void *member)
{
	static const char *const names[] = { "LongestFirst", "OnlyFirst",
		"OnlySecond" };

	(void)member;
	return part_choice(j, "truncation", names, 3) < 0 ? -1 : 0;
}

/* "BatchLongest" or {"Fixed": 512} */
static int
read_fixed(struct pull *j, void *member)
{
	static const char *const names[] = { "BatchLongest" };
	static const struct field fields[] = {
		{ "Fixed", FIELD_SIZE, NEEDED, 0, NULL },
		{ .flags = CLOSED }
	};
	size_t length;

	(void)member;
	if (pull_peek(j) == '{')
		return fields_read(j, fields, &length);
	return part_choice(j, "padding", names, 1) < 0 ? -1 : 0;
}

/* A file's own truncation is not done, but it must be sound. */
static int
read_truncation(struct pull *j, void *tok)
{
	static const struct field fields[] = {
		{ "direction", FIELD_CUSTOM, 0, 0, read_direction },
		{ "max_length", FIELD_SIZE, NEEDED, 0, NULL },
		{ "strategy", FIELD_CUSTOM, NEEDED, 0, read_strategy },
		{ "stride", FIELD_SIZE, NEEDED, 0, NULL },
		{ 0 }
	};
	size_t length;

	(void)tok;
	return pull_null(j) ? 0 : fields_read(j, fields, &length);
}

/* Of a file's own padding only what it pads with counts: see tok_config(). */
static int
read_padding(struct pull *j, void *tok)
{
	struct padding {
		size_t id, type, multiple;
		struct buf token;
	} p = { 0 };
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct padding, m)
		{ "strategy", FIELD_CUSTOM, NEEDED, 0, read_fixed },
		{ "direction", FIELD_CUSTOM, NEEDED, 0, read_direction },
		{ "pad_to_multiple_of", FIELD_SIZE, NULLABLE,
		    MEMBER(multiple), NULL },
		{ "pad_id", FIELD_SIZE, NEEDED, MEMBER(id), NULL },
		{ "pad_type_id", FIELD_SIZE, NEEDED, MEMBER(type), NULL },
		{ "pad_token", FIELD_STRING, NEEDED, MEMBER(token), NULL },
#undef MEMBER
		{ 0 }
	};
	struct tok *t = tok;
	int r;

	if (pull_null(j))
		return 0;
	r = fields_read(j, fields, &p);
	buf_free(&p.token);
	if (r < 0)
		return -1;
	if (p.id >= VOCAB_IDS || p.type >= VOCAB_IDS) {
		pull_fail(j, "has a padding ID out of range");
		return -1;
	}
	t->pad = (int32_t)p.id;
	t->pad_type = (int32_t)p.type;
	return 0;
}

static int
read_version(struct pull *j, void *tok)
{
	static const char *const names[] = { "1.0" };

	(void)tok;
	return part_choice(j, "version", names, 1) < 0 ? -1 : 0;
}

int
tok_read_json(struct tok *t, const char *text, size_t n)
{
	static const struct field fields[] = {
		{ "version", FIELD_CUSTOM, 0, 0, read_version },
		{ "truncation", FIELD_CUSTOM, 0, 0, read_truncation },
		{ "added_tokens", FIELD_CUSTOM, 0, 0, read_added },
		{ "normalizer", FIELD_CUSTOM, 0, 0, read_normalizer },
		{ "pre_tokenizer", FIELD_CUSTOM, 0, 0, read_pretokenizer },
		{ "post_processor", FIELD_CUSTOM, 0, 0, read_post },
		{ "decoder", FIELD_CUSTOM, 0, 0, read_decoder },
		{ "padding", FIELD_CUSTOM, 0, 0, read_padding },
		{ "model", FIELD_CUSTOM, NEEDED, 0, read_model },
		{ .flags = CLOSED }
	};
	struct pull j;

	pull_init(&j, text, n);
	t->decoders.none = true;
	if (fields_read(&j, fields, t) == 0)
		return pull_end(&j);
	if (j.error != NULL && *j.error != '\0')
		pull_end(&j);	/* for its message */
	return -1;
}

struct normalize_arg {
	const struct tok *t;
	struct tok_work *w;
};

static int
normalize(void *arg, const char *s, size_t n, struct buf *out)
{
	const struct normalize_arg *a = arg;

	return tok_normalize(a->t, a->w, s, n, out);
}

static void
find_engine(struct tok *t)
{
	static struct engine *(*const all[])(const struct steps *,
	    const struct steps *, const struct tok_model *) = {
		bpe_engine, wordpiece_engine, unigram_engine,
	};
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all && t->engine == NULL; i++)
		t->engine = all[i](&t->normalizer, &t->pretokenizer,
		    t->model);
}

int
tok_finish(struct tok *t)
{
	struct normalize_arg arg = { t, tok_work_new() };
	size_t i;
	int r;

	for (i = 0; i < t->pretokenizer.n; i++)
		t->asks_start |= t->pretokenizer.s[i]->first_piece;
	r = added_finish(&t->added, t->model,
	    t->normalizer.n > 0 ? normalize : NULL, &arg);
	tok_work_free(arg.w);
	t->finished = true;
	if (r == 0)
		find_engine(t);
	return r;
}

/*
 * Parts of a tokenizer.json, and what only tok_finish() knows is then kept in
 * its compiled form.
 */
static int
build(struct tok *t, const char *text, size_t n)
{
	struct buf rest = { 0 };
	int r;

	if (compiled_read(text, n, &t->model, &rest)) {
		r = tok_read_json(t, rest.p, rest.n);
		buf_free(&rest);
		return r < 0 ? -1 : tok_finish(t);
	}
	if (tok_read_json(t, text, n) < 0 || tok_finish(t) < 0)
		return -1;
	compiled_write(text, n, t->model_from, t->model_to, t->model,
	    t->engine);
	return 0;
}

static int
read_file(struct tok *t, const char *path)
{
	struct map m;
	int r;

	if (map_open(&m, path) < 0)
		return -1;
	map_populate(&m);
	r = m.n > JSON_MAX ? fail("has more than %d bytes", JSON_MAX)
	    : build(t, (const char *)m.p, m.n);
	if (r < 0)
		fail("%s: %s", path, errstr());
	map_close(&m);
	return r;
}

/* tokenizer.json, else the files that there were before it. */
static int
read_any(struct tok *t, const char *dir)
{
	char *json = xprintf("%s/tokenizer.json", dir);
	int r = file_exists(json) ? read_file(t, json) : tok_from_old(t, dir);

	if (r == 0 && !t->finished)
		r = tok_finish(t);
	free(json);
	return r;
}

struct tok *
tok_open(const char *dir)
{
	struct tok *t = xcalloc(1, sizeof *t);
	int r;

	t->unk = t->pad = t->mask = -1;
	post_init(&t->post);
	if (file_exists(dir))
		r = tok_from_gguf(t, dir);
	else
		r = read_any(t, dir) < 0 || tok_config(t, dir) < 0 ? -1 : 0;
	if (r == 0)
		return t;
	tok_free(t);
	return NULL;
}
