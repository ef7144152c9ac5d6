#include <stdlib.h>

#include "err.h"
#include "tok/pipeline.h"
#include "tok/spm.h"

enum { MODEL_MAX = 256 << 20, CONFIG_MAX = 64 << 20 };

char *
tok_spm_path(const char *dir)
{
	static const char *const names[] = { "tokenizer.model", "spiece.model",
		"sentencepiece.bpe.model", "sentencepiece.model", "spm.model" };
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

int
tok_from_spm(struct tok *t, const char *path, const char *dir)
{
	struct buf file = { 0 }, text = { 0 };
	struct cJSON *config;
	struct spm m = { 0 };
	int r;

	if (json_load_optional(dir, "tokenizer_config.json", CONFIG_MAX,
	    &config) < 0)
		return -1;
	r = file_read(path, MODEL_MAX, &file);
	if (r == 0 && (spm_read(&m, file.p == NULL ? "" : file.p, file.n) < 0 ||
	    spm_json(&m, config, &text) < 0 ||
	    tok_read_json(t, text.p, text.n) < 0))
		r = fail("%s: %s", path, errstr());
	spm_free(&m);
	buf_free(&file);
	buf_free(&text);
	json_free(config);
	return r;
}
