#include "prompt.h"

#include "err.h"
#include "json.h"
#include "pooling.h"

enum { JSON_MAX = 1 << 20 };

static int
unknown(json *prompts, const char *name)
{
	struct buf all = { 0 };
	json *p;

	for (p = json_first(prompts); p != NULL; p = json_next(p))
		buf_printf(&all, "%s%s", all.n > 0 ? ", " : "", json_name(p));
	fail("there is no prompt \"%s\"%s%s", name,
	    all.n > 0 ? ", only " : "", all.n > 0 ? all.p : "");
	buf_free(&all);
	return -1;
}

int
prompt_find(const char *dir, const char *name, struct buf *b)
{
	static const char file[] = "config_sentence_transformers.json";
	struct cJSON *c;
	json *prompts;
	const char *s;
	int r = 0;

	if (json_load_optional(dir, file, JSON_MAX, &c) < 0)
		return -1;
	prompts = json_get(c, "prompts");
	if (name == NULL)
		name = json_text(json_get(c, "default_prompt_name"));
	s = name != NULL ? json_text(json_get(prompts, name)) : "";
	if (s == NULL) {
		unknown(prompts, name);
		r = fail("%s/%s: %s", dir, file, errstr());
	} else {
		buf_str(b, s);
	}
	json_free(c);
	return r;
}

int
prompt_check(const char *dir)
{
	struct pooling how;

	if (pooling_open(&how, dir) < 0)
		return -1;
	return how.without_prompt
	    ? fail("%s: the model's include_prompt is false: it does not pool "
		"the prompt's tokens, which is not supported; --prompt '' "
		"adds none", dir)
	    : 0;
}
