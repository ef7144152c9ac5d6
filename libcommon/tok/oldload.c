#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/old.h"
#include "tok/pipeline.h"
#include "tok/renumber.h"

enum { FILE_MAX = 256 << 20 };

/* A directory with old files. */
struct source {
	const char *dir;
	struct cJSON *config, *map, *added, *model;
	const char *name;	/* of the class, "" when there is none */
	const struct tok_class *c;
	char *spm;		/* path of the SentencePiece model, or NULL */
	struct buf file, vocab, merges;
	struct spm m;
};

static bool
has(const struct source *s, const char *file)
{
	char *path = xprintf("%s/%s", s->dir, file);
	bool r = file_exists(path);

	free(path);
	return r;
}

/* The SentencePiece model of a directory, NULL when it has none. */
static char *
find_spm(const char *dir)
{
	static const char *const names[] = { "tokenizer.model", "spiece.model",
		"sentencepiece.bpe.model", "sentencepiece.model", "spm.model",
		"source.spm" };
	size_t i;
	char *path;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		path = xprintf("%s/%s", dir, names[i]);
		if (file_exists(path))
			return path;
		free(path);
	}
	return NULL;
}

static int
read_configs(struct source *s)
{
	if (json_load_optional(s->dir, "tokenizer_config.json", FILE_MAX,
		&s->config) < 0 ||
	    json_load_optional(s->dir, "special_tokens_map.json", FILE_MAX,
		&s->map) < 0 ||
	    json_load_optional(s->dir, "added_tokens.json", FILE_MAX,
		&s->added) < 0 ||
	    json_load_optional(s->dir, "config.json", FILE_MAX,
		&s->model) < 0)
		return -1;
	s->name = class_name(s->config, s->model);
	return 0;
}

/*
 * The class's row.  One that is not known is read by a SentencePiece model's
 * own settings, as transformers does; other files say too little for that.
 */
static int
find_class(struct source *s)
{
	s->c = class_named(s->name);
	if (s->c != NULL && s->c->refused != NULL)
		return fail("%s: %s can't be read without a tokenizer.json: "
		    "%s", s->dir, s->name, s->c->refused);
	if (s->c != NULL)
		return 0;
	if (s->spm != NULL)
		s->c = &class_plain;
	else if (!has(s, "vocab.txt") && !has(s, "vocab.json"))
		return fail("%s: no tokenizer.json, vocab.txt, vocab.json or "
		    "SentencePiece model", s->dir);
	else if (*s->name != '\0')
		return fail("%s: there is no tokenizer.json, and %s is not "
		    "known", s->dir, s->name);
	else
		s->c = class_named(has(s, "vocab.txt") ? "BertTokenizer"
						       : "GPT2Tokenizer");
	return 0;
}

static int
read_one(const struct source *s, const char *file, struct buf *out)
{
	char *path;
	int r;

	if (!has(s, file))
		return fail("%s: there is no %s, nor a tokenizer.json%s%s",
		    s->dir, file, *s->name != '\0' ? "; its class is " : "",
		    s->name);
	path = xprintf("%s/%s", s->dir, file);
	r = file_read(path, FILE_MAX, out);
	free(path);
	return r;
}

static int
read_spm(struct source *s)
{
	if (s->spm == NULL)
		return fail("%s: there is no SentencePiece model, nor a "
		    "tokenizer.json; its class is %s", s->dir, s->name);
	if (file_read(s->spm, FILE_MAX, &s->file) < 0)
		return -1;
	return spm_read(&s->m, s->file.p == NULL ? "" : s->file.p,
	    s->file.n) < 0 ? fail("%s: %s", s->spm, errstr()) : 0;
}

static int
read_files(struct source *s)
{
	enum class_files f = s->c->files;

	if ((f == OLD_SPM || f == OLD_SPM_VOCAB) && read_spm(s) < 0)
		return -1;
	if ((f == OLD_BPE || f == OLD_SPM_VOCAB) &&
	    read_one(s, "vocab.json", &s->vocab) < 0)
		return -1;
	if (f == OLD_BPE && read_one(s, "merges.txt", &s->merges) < 0)
		return -1;
	return f == OLD_WORDPIECE ? read_one(s, "vocab.txt", &s->vocab) : 0;
}

static struct slice
slice(const struct buf *b)
{
	return (struct slice){ b->p == NULL ? "" : b->p, b->n };
}

static int
build(struct tok *t, const struct source *s)
{
	struct buf text = { 0 };
	struct old o = { .c = s->c, .config = s->config, .map = s->map,
		.added = s->added, .m = s->m.n > 0 ? &s->m : NULL,
		.vocab = slice(&s->vocab), .merges = slice(&s->merges),
		.out = &text };
	int r = old_json(&o);

	if (r == 0)
		r = tok_read_json(t, text.p, text.n);
	if (r == 0 && s->c->files == OLD_SPM_VOCAB)
		t->model = renumber_new(t->model, o.file_unk, &o.ids, o.unk);
	t->pads_left = s->c->left;
	vocab_free(&o.ids);
	buf_free(&text);
	return r < 0 ? fail("%s: %s", s->dir, errstr()) : 0;
}

int
tok_from_old(struct tok *t, const char *dir)
{
	struct source s = { .dir = dir, .spm = find_spm(dir) };
	int r = 0;

	if (read_configs(&s) < 0 || find_class(&s) < 0 ||
	    read_files(&s) < 0 || build(t, &s) < 0)
		r = -1;
	spm_free(&s.m);
	buf_free(&s.file);
	buf_free(&s.vocab);
	buf_free(&s.merges);
	json_free(s.config);
	json_free(s.map);
	json_free(s.added);
	json_free(s.model);
	free(s.spm);
	return r;
}
