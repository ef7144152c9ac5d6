#include "chat.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/jinja.h"
#include "jinja/value.h"
#include "json.h"

enum { CONFIG_MAX = 64 << 20, TEMPLATES_MAX = 100 };

struct chat {
	struct template {
		char *name;
		char *where;		/* for messages */
		struct buf text;
		struct jinja *parsed;	/* when first used */
	} *list;
	size_t n, cap;
	struct cJSON *config, *map;
	struct jrun *run;
};

static struct template *
add(struct chat *c, const char *name, const char *where)
{
	struct template *t;

	GROW(c->list, c->n, c->cap);
	t = &c->list[c->n++];
	*t = (struct template){ .name = xstrdup(name),
		.where = xstrdup(where) };
	return t;
}

static int
add_file(struct chat *c, const char *name, const char *path)
{
	if (c->n == TEMPLATES_MAX)
		return fail("%s: there are more than %d templates", path,
		    TEMPLATES_MAX);
	return file_read(path, JINJA_SOURCE_MAX, &add(c, name, path)->text);
}

/* additional_chat_templates/NAME.jinja */
static int
add_folder(struct chat *c, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char *path, *name;
	size_t n;
	int r = 0;

	if (d == NULL)
		return 0;
	while (r == 0 && (e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n <= 6 || strcmp(e->d_name + n - 6, ".jinja") != 0)
			continue;
		name = xstrndup(e->d_name, n - 6);
		path = xprintf("%s/%s", folder, e->d_name);
		r = add_file(c, name, path);
		free(path);
		free(name);
	}
	closedir(d);
	return r;
}

static int
find_files(struct chat *c, const char *dir)
{
	char *one = xprintf("%s/chat_template.jinja", dir);
	char *more = xprintf("%s/additional_chat_templates", dir);
	int r = 0;

	if (file_exists(one))
		r = add_file(c, "default", one);
	if (r == 0)
		r = add_folder(c, more);
	free(one);
	free(more);
	return r;
}

/* A string, or [{"name": "default", "template": "..."}, ...]. */
static int
add_json(struct chat *c, json *v, const char *where)
{
	const char *name, *text;
	json *n;

	if (json_text(v) != NULL) {
		buf_str(&add(c, "default", where)->text, json_text(v));
		return 0;
	}
	if (json_is_null(v))
		return 0;
	if (!json_is_array(v))
		return fail("%s: chat_template is neither a string nor a list",
		    where);
	for (n = json_first(v); n != NULL; n = json_next(n)) {
		name = json_text(json_get(n, "name"));
		text = json_text(json_get(n, "template"));
		if (name == NULL || text == NULL || c->n == TEMPLATES_MAX)
			return fail("%s: chat_template is no list of names "
			    "and templates", where);
		buf_str(&add(c, name, where)->text, text);
	}
	return 0;
}

/* A file that need not be there: 0 then too. */
static int
load(const char *dir, const char *file, struct cJSON **out)
{
	char *path = xprintf("%s/%s", dir, file);
	int r = 0;

	if (file_exists(path)) {
		*out = json_load(path, CONFIG_MAX);
		r = *out == NULL ? -1 : 0;
	}
	free(path);
	return r;
}

static int
find_json(struct chat *c, const char *dir)
{
	char *where = xprintf("%s/tokenizer_config.json", dir);
	struct cJSON *old = NULL;
	int r = add_json(c, json_get(c->config, "chat_template"), where);

	if (r == 0 && c->n == 0) {
		free(where);
		where = xprintf("%s/chat_template.json", dir);
		r = load(dir, "chat_template.json", &old);
		if (r == 0)
			r = add_json(c, json_get(old, "chat_template"), where);
		json_free(old);
	}
	free(where);
	return r;
}

struct chat *
chat_open(const char *dir)
{
	struct chat *c = xcalloc(1, sizeof *c);

	c->run = jinja_run_new();
	if (load(dir, "tokenizer_config.json", &c->config) < 0 ||
	    load(dir, "special_tokens_map.json", &c->map) < 0 ||
	    find_files(c, dir) < 0 || (c->n == 0 && find_json(c, dir) < 0)) {
		chat_free(c);
		return NULL;
	}
	if (c->n == 0) {
		fail("%s: the model has no chat template", dir);
		chat_free(c);
		return NULL;
	}
	return c;
}

void
chat_free(struct chat *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++) {
		free(c->list[i].name);
		free(c->list[i].where);
		buf_free(&c->list[i].text);
		jinja_free(c->list[i].parsed);
	}
	free(c->list);
	json_free(c->config);
	json_free(c->map);
	jinja_run_free(c->run);
	free(c);
}

bool
chat_asks_date(const struct chat *c, int64_t *now)
{
	const struct buf *b;
	size_t i;

	*now = jinja_now(c->run);
	for (i = 0; i < c->n; i++) {
		b = &c->list[i].text;
		if (b->n > 0 && memmem(b->p, b->n, "strftime_now", 12) != NULL)
			return true;
	}
	return false;
}

static struct template *
named(struct chat *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->list[i].name, name) == 0)
			return &c->list[i];
	return NULL;
}

static struct template *
choose(struct chat *c, bool tools)
{
	struct template *t = tools ? named(c, "tool_use") : NULL;

	if (t == NULL)
		t = named(c, "default");
	if (t == NULL) {
		fail("%s: there are several chat templates and none is the "
		    "default", c->list[0].where);
		return NULL;
	}
	if (t->parsed == NULL) {
		t->parsed = jinja_parse(t->text.p != NULL ? t->text.p : "",
		    t->text.n);
		if (t->parsed == NULL)
			fail("%s: chat template: %s", t->where, errstr());
	}
	return t->parsed != NULL ? t : NULL;
}

/* "<s>", or {"content": "<s>", ...} */
static const char *
token_text(json *config, const char *key)
{
	json *v = json_get(config, key);

	return json_is_object(v) ? json_text(json_get(v, "content"))
				 : json_text(v);
}

static void
set_tokens(struct chat *c)
{
	static const char *const keys[] = { "bos_token", "eos_token",
		"unk_token", "sep_token", "pad_token", "cls_token",
		"mask_token" };
	const char *s;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		s = token_text(c->config, keys[i]);
		if (s == NULL)
			s = token_text(c->map, keys[i]);
		if (s != NULL)
			jinja_set_text(c->run, keys[i], s, strlen(s));
	}
}

/*
 * transformers drops what is null, which few templates expect, and gives a
 * message's reasoning the names that templates know it by.
 */
static struct jv
message(struct jarena *a, const struct jdict *m)
{
	static const char *const fields[] = { "reasoning_content", "thinking",
		"reasoning" };
	struct jdict *d = jdict_new(a);
	struct jv *v = NULL;
	size_t i;

	for (i = 0; i < 3 && (v == NULL || v->kind == JV_NONE); i++)
		v = jdict_text(m, fields[i]);
	if (v != NULL && v->kind != JV_NONE)
		jdict_set(a, d, jv_str(jstr_from(a, "thinking")), *v);
	for (i = 0; i < m->n; i++)
		if (m->at[i].val.kind != JV_NONE)
			jdict_set(a, d, m->at[i].key, m->at[i].val);
	if (v != NULL && v->kind != JV_NONE)
		jdict_set(a, d, jv_str(jstr_from(a, "reasoning_content")), *v);
	return jv_dict(d);
}

static int
set_messages(struct chat *c, struct jv v, bool *user)
{
	struct jarena *a = jinja_arena(c->run);
	struct jlist *l;
	struct jv *role;
	size_t i;

	if (v.kind != JV_LIST)
		return fail("\"messages\" is not an array");
	if (v.l->n == 0)
		return fail("the conversation is empty: it needs at least one "
		    "message");
	l = jlist_new(a, v.l->n);
	for (i = 0; i < v.l->n; i++) {
		if (v.l->at[i].kind != JV_DICT)
			return fail("message %zu is not an object", i);
		l->at[i] = message(a, v.l->at[i].d);
	}
	role = jdict_text(l->at[l->n - 1].d, "role");
	*user = role != NULL && jv_is(*role, "user");
	jinja_set(c->run, "messages", jv_list(l));
	return 0;
}

/* tools and documents: null, or an array of objects. */
static int
check_objects(const struct jdict *record, const char *name, bool *given)
{
	struct jv *v = jdict_text(record, name);
	size_t i;

	*given = v != NULL && v->kind != JV_NONE;
	if (!*given)
		return 0;
	if (v->kind != JV_LIST)
		return fail("\"%s\" is not an array", name);
	for (i = 0; i < v->l->n; i++)
		if (v->l->at[i].kind != JV_DICT)
			return fail("\"%s\" holds something else than objects",
			    name);
	return 0;
}

static void
set_others(struct chat *c, const struct jdict *record)
{
	struct jstr *name;
	size_t i;
	char *s;

	jinja_set(c->run, "tools", jv_none());
	jinja_set(c->run, "documents", jv_none());
	for (i = 0; i < record->n; i++) {
		name = record->at[i].key.s;
		if (jv_is(record->at[i].key, "messages"))
			continue;
		s = xstrndup(name->p, name->n);
		jinja_set(c->run, s, record->at[i].val);
		free(s);
	}
}

static int
set_record(struct chat *c, const struct jdict *record,
    enum chat_prompt prompt, bool *tools)
{
	struct jv *messages = jdict_text(record, "messages");
	bool user = false, ignored;

	if (messages == NULL)
		return fail("has no \"messages\"");
	if (jdict_text(record, "continue_final_message") != NULL)
		return fail("continue_final_message is not supported");
	if (check_objects(record, "tools", tools) < 0 ||
	    check_objects(record, "documents", &ignored) < 0)
		return -1;
	set_tokens(c);
	set_others(c, record);
	if (set_messages(c, *messages, &user) < 0)
		return -1;
	if (prompt != CHAT_PROMPT_AUTO ||
	    jdict_text(record, "add_generation_prompt") == NULL)
		jinja_set(c->run, "add_generation_prompt",
		    jv_bool(prompt == CHAT_PROMPT_AUTO
			    ? user
			    : prompt == CHAT_PROMPT_YES));
	return 0;
}

int
chat_render(struct chat *c, const char *text, size_t n,
    enum chat_prompt prompt, struct buf *out)
{
	struct jarena *a = jinja_arena(c->run);
	struct template *t;
	struct jdict *record;
	struct jv v;
	struct pull j;
	bool tools;

	jinja_reset(c->run);
	pull_init(&j, text, n);
	v = jv_from_json(a, &j);
	if (pull_end(&j) < 0)
		return -1;
	record = v.d;
	if (v.kind == JV_LIST) {
		record = jdict_new(a);
		jdict_set(a, record, jv_str(jstr_from(a, "messages")), v);
	} else if (v.kind != JV_DICT) {
		return fail("is neither an object nor an array of messages");
	}
	if (set_record(c, record, prompt, &tools) < 0)
		return -1;
	t = choose(c, tools);
	if (t == NULL)
		return -1;
	if (jinja_render(t->parsed, c->run, out) < 0)
		return fail("chat template: %s", errstr());
	return 0;
}
