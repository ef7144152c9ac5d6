#include "chat.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/jinja.h"
#include "jinja/value.h"
#include "json.h"
#include "tok/ggufmeta.h"
#include "tok/tok.h"

enum { CONFIG_MAX = 64 << 20, TEMPLATES_MAX = 100 };

/* Marks where the last message is to be continued, as in transformers. */
#define TAG "CONTINUE_FINAL_MESSAGE_TAG"

static const char *const reasoning[] = { "reasoning_content", "thinking",
	"reasoning" };

struct chat {
	struct template {
		char *name;
		char *where;		/* for messages */
		struct buf text;
		struct jinja *parsed;	/* when first used */
	} *list;
	size_t n, cap;
	const char *wanted;		/* name of the one to take */
	struct cJSON *config, *map;
	struct jrun *run;
	struct span *data;		/* of the last text */
	size_t n_data, cap_data;
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

static int
find_json(struct chat *c, const char *dir)
{
	char *where = xprintf("%s/tokenizer_config.json", dir);
	struct cJSON *old = NULL;
	int r = add_json(c, json_get(c->config, "chat_template"), where);

	if (r == 0 && c->n == 0) {
		free(where);
		where = xprintf("%s/chat_template.json", dir);
		r = json_load_optional(dir, "chat_template.json",
		    CONFIG_MAX, &old);
		if (r == 0)
			r = add_json(c, json_get(old, "chat_template"), where);
		json_free(old);
	}
	free(where);
	return r;
}

static void
add_slice(struct chat *c, const char *name, const char *where, struct slice s)
{
	buf_add(&add(c, name, where)->text, s.p, s.n);
}

/* Names in tokenizer.chat_templates, each with a key of its own. */
static int
add_gguf_named(struct chat *c, const struct gguf_meta *g, const char *where)
{
	const struct gguf_value *list = gguf_find(g,
	    "tokenizer.chat_templates");
	struct gguf_value v = { .n = 0 };
	struct slice name;
	char *key;

	if (list != NULL && list->array)
		v = *list;
	while (gguf_next_string(&v, &name)) {
		if (c->n == TEMPLATES_MAX)
			return fail("there are more than %d chat templates",
			    TEMPLATES_MAX);
		key = xprintf("tokenizer.chat_template.%.*s", (int)name.n,
		    name.p);
		if (gguf_find(g, key) != NULL)
			add_slice(c, strrchr(key, '.') + 1, where,
			    gguf_string(g, key, ""));
		free(key);
	}
	return 0;
}

/* The token whose ID is under key, as a config has it under name. */
static void
add_gguf_token(const struct gguf_meta *g, const char *key, const char *name,
    struct buf *config)
{
	const struct gguf_value *tokens = gguf_find(g,
	    "tokenizer.ggml.tokens");
	int64_t id = gguf_int(g, key, -1);
	struct gguf_value v = { .n = 0 };
	struct slice s = { NULL, 0 };

	if (tokens != NULL && tokens->array)
		v = *tokens;
	if (id < 0 || (uint64_t)id >= v.n)
		return;
	for (; id >= 0 && gguf_next_string(&v, &s); id--)
		continue;
	buf_printf(config, "%s\"%s\":", config->n > 1 ? "," : "", name);
	json_put_string(config, s.p, s.n);
}

/* What a GGUF file has of all this. */
static int
read_gguf(struct chat *c, const char *path)
{
	static const char *const tokens[][2] = {
		{ "tokenizer.ggml.bos_token_id", "bos_token" },
		{ "tokenizer.ggml.eos_token_id", "eos_token" },
		{ "tokenizer.ggml.unknown_token_id", "unk_token" },
		{ "tokenizer.ggml.padding_token_id", "pad_token" },
	};
	struct buf config = { 0 };
	struct gguf_meta g;
	size_t i;
	int r;

	if (gguf_open(&g, path) < 0)
		return -1;
	if (gguf_find(&g, "tokenizer.chat_template") != NULL)
		add_slice(c, "default", path,
		    gguf_string(&g, "tokenizer.chat_template", ""));
	r = add_gguf_named(c, &g, path);
	buf_byte(&config, '{');
	for (i = 0; i < sizeof tokens / sizeof *tokens; i++)
		add_gguf_token(&g, tokens[i][0], tokens[i][1], &config);
	buf_byte(&config, '}');
	c->config = json_parse(config.p, config.n);
	buf_free(&config);
	gguf_close(&g);
	return r < 0 ? fail("%s: %s", path, errstr())
	    : c->config == NULL ? -1 : 0;
}

static int
read_dir(struct chat *c, const char *dir)
{
	if (json_load_optional(dir, "tokenizer_config.json", CONFIG_MAX,
		&c->config) < 0 ||
	    json_load_optional(dir, "special_tokens_map.json", CONFIG_MAX,
		&c->map) < 0 || find_files(c, dir) < 0)
		return -1;
	return c->n == 0 ? find_json(c, dir) : 0;
}

struct chat *
chat_open(const char *dir)
{
	struct chat *c = xcalloc(1, sizeof *c);

	c->run = jinja_run_new();
	if ((file_exists(dir) ? read_gguf : read_dir)(c, dir) < 0) {
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
	free(c->data);
	free(c);
}

bool
chat_says(const struct chat *c, const char *s, size_t n)
{
	const struct buf *b;
	size_t i;

	for (i = 0; i < c->n; i++) {
		b = &c->list[i].text;
		if (b->n > 0 && memmem(b->p, b->n, s, n) != NULL)
			return true;
	}
	return false;
}

bool
chat_asks_date(const struct chat *c, int64_t *now)
{
	*now = jinja_now(c->run);
	return chat_says(c, "strftime_now", 12);
}

void
chat_track(struct chat *c)
{
	jinja_track(c->run);
}

const struct span *
chat_data(const struct chat *c, size_t *n)
{
	*n = c->n_data;
	return c->data;
}

/* Note where the runs of data are, in a text of n bytes. */
static void
note_data(struct chat *c, size_t n)
{
	const char *data = jinja_data(c->run), *p;
	size_t from, to;

	c->n_data = 0;
	for (from = 0; data != NULL && from < n; from = to) {
		p = memchr(data + from, 1, n - from);
		if (p == NULL)
			break;
		from = (size_t)(p - data);
		p = memchr(data + from, 0, n - from);
		to = p == NULL ? n : (size_t)(p - data);
		GROW(c->data, c->n_data, c->cap_data);
		c->data[c->n_data++] = (struct span){ (uint32_t)from,
			(uint32_t)to };
	}
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

int
chat_template(struct chat *c, const char *name)
{
	struct buf all = { 0 };
	size_t i;

	c->wanted = name;
	if (named(c, name) != NULL)
		return 0;
	for (i = 0; i < c->n; i++)
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", c->list[i].name);
	fail("%s: there is no such chat template, only %s", name, all.p);
	buf_free(&all);
	return -1;
}

static struct template *
choose(struct chat *c, bool tools)
{
	struct template *t = tools ? named(c, "tool_use") : NULL;

	if (c->wanted != NULL)
		t = named(c, c->wanted);
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

static void
set_tokens(struct chat *c)
{
	static const char *const keys[] = { "bos_token", "eos_token",
		"unk_token", "sep_token", "pad_token", "cls_token",
		"mask_token" };
	const char *s;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		s = tok_config_token(c->config, keys[i]);
		if (s == NULL)
			s = tok_config_token(c->map, keys[i]);
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
	struct jdict *d = jdict_new(a);
	struct jv *v = NULL;
	size_t i;

	for (i = 0; i < 3 && (v == NULL || v->kind == JV_NONE); i++)
		v = jdict_text(m, reasoning[i]);
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
set_messages(struct chat *c, struct jv v, struct jlist **messages)
{
	struct jarena *a = jinja_arena(c->run);
	struct jlist *l;
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
	jinja_set(c->run, "messages", jv_list(l));
	*messages = l;
	return 0;
}

static struct jv
tagged(struct jarena *a, struct jv text)
{
	return jv_str(jstr_join(a, text.s, jstr_from(a, TAG " ")));
}

/* The text of the last part that has one: [{"type":"text","text":"..."}] */
static struct jv
tag_parts(struct jarena *a, const struct jlist *parts, struct jv *text)
{
	struct jlist *l = jlist_new(a, parts->n);
	struct jdict *d;
	struct jv *v;
	size_t i;

	for (i = 0; i < l->n; i++)
		l->at[i] = parts->at[i];
	for (i = l->n; i-- > 0;) {
		v = l->at[i].kind == JV_DICT ? jdict_text(l->at[i].d, "text")
					     : NULL;
		if (v == NULL || v->kind != JV_STR)
			continue;
		*text = *v;
		d = jdict_copy(a, l->at[i].d);
		*jdict_text(d, "text") = tagged(a, *text);
		l->at[i] = jv_dict(d);
		return jv_list(l);
	}
	return JV_FAIL("continue_final_message: there is no text to continue");
}

/* A message's reasoning is there under several names: all get the tag. */
static void
tag_text(struct jarena *a, struct jdict *m, const char *field, struct jv text)
{
	struct jv *v;
	bool is = false;
	size_t i;

	*jdict_text(m, field) = tagged(a, text);
	for (i = 0; i < 3; i++)
		is |= strcmp(field, reasoning[i]) == 0;
	for (i = 0; is && i < 3; i++) {
		v = jdict_text(m, reasoning[i]);
		if (v != NULL && jv_equal(*v, text) == 1)
			*v = tagged(a, text);
	}
}

/*
 * The last message is to be left open: tag its content, or the field that how
 * names.  What the text was is in *text.
 */
static int
tag_message(struct chat *c, struct jdict *m, struct jv how, struct jv *text)
{
	struct jarena *a = jinja_arena(c->run);
	char *field = how.kind == JV_STR ? xstrndup(how.s->p, how.s->n)
					 : xstrdup("content");
	struct jv *v = jdict_text(m, field), parts;
	int r = 0;

	if (v == NULL) {
		r = fail("continue_final_message: the last message has no "
		    "\"%s\"", field);
	} else if (v->kind == JV_LIST) {
		parts = tag_parts(a, v->l, text);
		*v = parts;
		r = jv_bad(parts) ? -1 : 0;
	} else if (v->kind == JV_STR) {
		*text = *v;
		tag_text(a, m, field, *v);
	} else {
		r = fail("continue_final_message: \"%s\" is no text", field);
	}
	free(field);
	return r;
}

/* Cut the rendered text, which begins at from, where the tag is. */
static int
cut_at_tag(struct chat *c, struct jv text, struct buf *out, size_t from)
{
	struct jstr *s = jstr_strip(jinja_arena(c->run), text.s), rest;
	size_t n = sizeof TAG - 1, at = out->n;
	char *p = out->p;

	if (out->n == from || memmem(p + from, at - from, s->p, s->n) == NULL)
		return fail("continue_final_message: the last message is not "
		    "in the text as it is");
	while (at > from &&
	    (out->n - at < n || memcmp(p + at, TAG, n) != 0))
		at--;
	if (out->n - at < n || memcmp(p + at, TAG, n) != 0)
		return fail("continue_final_message: the template changes the "
		    "end of the last message");
	/* The space behind the tag is gone where the template trims. */
	if (out->n - at == n || p[at + n] != ' ') {
		rest = (struct jstr){ .p = p + from, .n = at - from };
		at = from + jstr_rstrip(&rest);
	}
	out->n = at;
	p[at] = '\0';
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
		if (jv_is(record->at[i].key, "messages") ||
		    jv_is(record->at[i].key, "continue_final_message"))
			continue;
		s = xstrndup(name->p, name->n);
		jinja_set(c->run, s, record->at[i].val);
		free(s);
	}
}

/* What the options and the record leave open follows the last turn. */
static int
set_prompt(struct chat *c, const struct jdict *record, struct jdict *last,
    enum chat_prompt prompt, bool continued)
{
	struct jv *given = jdict_text(record, "add_generation_prompt");
	struct jv *role = jdict_text(last, "role");
	bool yes = prompt == CHAT_PROMPT_YES;

	if (prompt == CHAT_PROMPT_AUTO && given != NULL)
		yes = jv_truth(*given);
	else if (prompt == CHAT_PROMPT_AUTO)
		yes = !continued && role != NULL && jv_is(*role, "user");
	if (yes && continued)
		return fail("continue_final_message and "
		    "add_generation_prompt exclude each other");
	if (prompt != CHAT_PROMPT_AUTO || given == NULL)
		jinja_set(c->run, "add_generation_prompt", jv_bool(yes));
	return 0;
}

/* text is JV_MISSING unless the last message is to be continued. */
static int
set_record(struct chat *c, const struct jdict *record,
    enum chat_prompt prompt, bool *tools, struct jv *text)
{
	struct jv *messages = jdict_text(record, "messages"), *how;
	struct jlist *l = NULL;
	struct jdict *last;
	bool ignored;

	if (messages == NULL)
		return fail("has no \"messages\"");
	if (check_objects(record, "tools", tools) < 0 ||
	    check_objects(record, "documents", &ignored) < 0)
		return -1;
	set_tokens(c);
	set_others(c, record);
	if (set_messages(c, *messages, &l) < 0)
		return -1;
	last = l->at[l->n - 1].d;
	how = jdict_text(record, "continue_final_message");
	if (how != NULL && !jv_truth(*how))
		how = NULL;
	if (set_prompt(c, record, last, prompt, how != NULL) < 0)
		return -1;
	return how != NULL ? tag_message(c, last, *how, text) : 0;
}

/* The record as an object: an array is that of the messages. */
static int
read_record(struct chat *c, const char *s, size_t n, struct jdict **record)
{
	struct jarena *a = jinja_arena(c->run);
	struct pull j;
	struct jv v;

	pull_init(&j, s, n);
	v = jv_from_json(a, &j);
	if (pull_end(&j) < 0)
		return -1;
	if (v.kind == JV_DICT) {
		*record = v.d;
		return 0;
	}
	if (v.kind != JV_LIST)
		return fail("is neither an object nor an array of messages");
	*record = jdict_new(a);
	return jdict_set(a, *record, jv_str(jstr_from(a, "messages")), v);
}

int
chat_render(struct chat *c, const char *s, size_t n, enum chat_prompt prompt,
    struct buf *out)
{
	struct jv text = { .kind = JV_MISSING };
	struct jdict *record = NULL;
	size_t from = out->n;
	struct template *t;
	bool tools;

	jinja_reset(c->run);
	if (read_record(c, s, n, &record) < 0 ||
	    set_record(c, record, prompt, &tools, &text) < 0)
		return -1;
	t = choose(c, tools);
	if (t == NULL)
		return -1;
	if (jinja_render(t->parsed, c->run, out) < 0)
		return fail("chat template: %s", errstr());
	if (text.kind == JV_STR && cut_at_tag(c, text, out, from) < 0)
		return -1;
	note_data(c, out->n - from);
	return 0;
}
