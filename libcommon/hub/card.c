#include "card.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "hub/plain.h"
#include "json.h"

const char *const card_field_name[CARD_FIELDS + 1] = {
	"license", "task", "library", "language", "dataset", "base-model",
	"metric", "tag", NULL
};

/* The keys of each field in the front matter. */
static const char *const keys[CARD_FIELDS][3] = {
	{ "license" },
	{ "pipeline_tag", "task_categories" },
	{ "library_name" },
	{ "language", "languages" },
	{ "datasets" },
	{ "base_model" },
	{ "metrics" },
	{ "tags" },
};

/* The Hub's tasks, for cards that name theirs only among the tags. */
static const char *const tasks[] = {
	"any-to-any", "audio-classification", "audio-text-to-text",
	"audio-to-audio", "automatic-speech-recognition", "conversational",
	"depth-estimation", "document-question-answering",
	"feature-extraction", "fill-mask", "graph-ml", "image-classification",
	"image-feature-extraction", "image-segmentation", "image-text-to-text",
	"image-to-3d", "image-to-image", "image-to-text", "image-to-video",
	"keypoint-detection", "mask-generation", "multiple-choice",
	"object-detection", "question-answering", "reinforcement-learning",
	"robotics", "sentence-similarity", "summarization",
	"table-question-answering", "table-to-text", "tabular-classification",
	"tabular-regression", "tabular-to-text", "text-classification",
	"text-generation", "text-ranking", "text-retrieval", "text-to-3d",
	"text-to-audio", "text-to-image", "text-to-speech", "text-to-video",
	"text2text-generation", "time-series-forecasting",
	"token-classification", "translation",
	"unconditional-image-generation", "video-classification",
	"video-text-to-text", "video-to-video", "visual-document-retrieval",
	"visual-question-answering", "voice-activity-detection",
	"zero-shot-classification", "zero-shot-image-classification",
	"zero-shot-object-detection", NULL
};

static bool
is_task(const struct front *f)
{
	const char *s = front_text(f);
	size_t i;

	for (i = 0; s != NULL && tasks[i] != NULL; i++)
		if (strcmp(s, tasks[i]) == 0)
			return true;
	return false;
}

/* The line of the README on which the front matter begins, from 1. */
static size_t
first_line(const struct buf *text, struct slice yaml)
{
	const char *p;
	size_t line = 1;

	for (p = text->p; p < yaml.p; p++)
		line += *p == '\n' || (*p == '\r' && p[1] != '\n');
	return line;
}

int
card_parse(struct card *c, struct buf *text)
{
	struct slice yaml;

	*c = (struct card){ .text = *text };
	*text = (struct buf){ 0 };
	if (c->text.p == NULL)
		buf_str(&c->text, "");
	if (!front_split(c->text.p, c->text.n, &yaml, &c->body))
		return 0;
	if (front_parse(yaml, first_line(&c->text, yaml), &c->front) < 0)
		goto bad;
	if (!front_is_null(c->front.root) && c->front.root->kind != FRONT_MAP) {
		fail("front matter is no mapping of keys to values");
		goto bad;
	}
	return 0;
bad:
	card_free(c);
	return -1;
}

int
card_load(struct card *c, const char *path)
{
	struct buf text = { 0 };

	if (file_read(path, CARD_BYTES, &text) < 0) {
		buf_free(&text);
		return -1;
	}
	return card_parse(c, &text) < 0 ? fail("%s: %s", path, errstr()) : 0;
}

void
card_free(struct card *c)
{
	front_free(&c->front);
	buf_free(&c->text);
	*c = (struct card){ 0 };
}

static void
add(struct card_list *l, const struct front *f)
{
	if (front_is_null(f))
		return;
	GROW(l->v, l->n, l->cap);
	l->v[l->n++] = f;
}

static void
add_all(struct card_list *l, const struct front *f)
{
	size_t i;

	if (f == NULL || f->kind != FRONT_LIST) {
		add(l, f);
		return;
	}
	for (i = 0; i < f->n; i++)
		add(l, f->item[i]);
}

/* license: other says nothing; its name does. */
static void
name_licence(const struct card *c, struct card_list *l)
{
	const char *s = l->n == 1 ? front_text(l->v[0]) : NULL;

	if (s != NULL && strcmp(s, "other") == 0)
		add(l, front_get(c->front.root, "license_name"));
}

void
card_values(const struct card *c, enum card_field f, struct card_list *out)
{
	const struct front *root = c->front.root;
	const struct front *tags = front_get(root, "tags");
	size_t i;

	*out = (struct card_list){ 0 };
	for (i = 0; i < 3 && keys[f][i] != NULL; i++)
		add_all(out, front_get(root, keys[f][i]));
	if (f == CARD_LICENSE)
		name_licence(c, out);
	if (f == CARD_TASK && out->n == 0 && tags != NULL &&
	    tags->kind == FRONT_LIST)
		for (i = 0; i < tags->n; i++)
			if (is_task(tags->item[i]))
				add(out, tags->item[i]);
}

/* Its type, which is an identifier, or the name when there is no type. */
static const struct front *
type_of(const struct front *f)
{
	const struct front *type = front_get(f, "type");

	return front_is_null(type) ? front_get(f, "name") : type;
}

static void
add_result(struct card_results *out, const struct front *result,
    const struct front *metric)
{
	const char *verified = front_text(front_get(metric, "verified"));

	GROW(out->v, out->n, out->cap);
	out->v[out->n++] = (struct card_result){
		.task = type_of(front_get(result, "task")),
		.dataset = type_of(front_get(result, "dataset")),
		.metric = type_of(metric),
		.value = front_get(metric, "value"),
		.verified = verified != NULL && strcmp(verified, "true") == 0,
	};
}

static const struct front *
list_at(const struct front *list, size_t i)
{
	return list != NULL && list->kind == FRONT_LIST && i < list->n
	    ? list->item[i]
	    : NULL;
}

void
card_results(const struct card *c, struct card_results *out)
{
	const struct front *model, *result, *metric;
	size_t i, j, k;

	*out = (struct card_results){ 0 };
	for (i = 0; (model = list_at(front_get(c->front.root, "model-index"),
	    i)) != NULL; i++)
		for (j = 0; (result = list_at(front_get(model, "results"),
		    j)) != NULL; j++)
			for (k = 0; (metric = list_at(front_get(result,
			    "metrics"), k)) != NULL; k++)
				add_result(out, result, metric);
}

void
card_put(struct buf *b, const struct front *f)
{
	struct buf tmp = { 0 };

	if (front_is_null(f))
		buf_str(&tmp, "-");
	else if (f->kind == FRONT_SCALAR)
		buf_add(&tmp, f->text, f->len);
	else
		front_put_json(&tmp, f);
	plain_field(b, tmp.p, tmp.n);
	buf_free(&tmp);
}

/* Split "FIELD=VALUES"; the values, or NULL with errstr(). */
static const char *
split(const char *requirement, enum card_field *f)
{
	const char *eq = strchr(requirement, '=');
	char *name;
	int i;

	if (eq == NULL || eq[1] == '\0')
		return fail("want FIELD=VALUE[,VALUE...]"), NULL;
	for (eq++, i = 0; i < CARD_FIELDS; i++) {
		name = xprintf("%s=", card_field_name[i]);
		if (strncmp(requirement, name, strlen(name)) == 0)
			*f = (enum card_field)i;
		free(name);
		if (*f == (enum card_field)i)
			return eq;
	}
	return fail("want a field: license, task, library, language, "
	    "dataset, base-model, metric or tag"), NULL;
}

/* Is s one of the comma-separated values, in any case? */
static bool
listed(const char *s, const char *values)
{
	size_t n = s != NULL ? strlen(s) : 0, len;

	for (; s != NULL; values += len + 1) {
		len = strcspn(values, ",");
		if (len == n && strncasecmp(s, values, n) == 0)
			return true;
		if (values[len] == '\0')
			break;
	}
	return false;
}

/* Is the licence "other", with a name of its own as the second value? */
static bool
has_name(const struct card *c, const struct card_list *l)
{
	const struct front *f = front_get(c->front.root, "license");

	return l->n == 2 && f != NULL &&
	    (f->kind == FRONT_SCALAR || f->n == 1);
}

static bool
satisfied(const struct card *c, enum card_field f, const struct card_list *l,
    const char *values)
{
	size_t i, good = 0;

	for (i = 0; i < l->n; i++)
		good += listed(front_text(l->v[i]), values);
	if (f == CARD_LICENSE && !has_name(c, l))
		return good > 0 && good == l->n;
	return good > 0;
}

static int
refuse(enum card_field f, const struct card_list *l, const char *values)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < l->n; i++) {
		buf_str(&b, i ? ", " : "");
		card_put(&b, l->v[i]);
	}
	if (l->n == 0)
		fail("names no %s, want %s", card_field_name[f], values);
	else
		fail("%s is %.400s, want %s", card_field_name[f], b.p,
		    values);
	buf_free(&b);
	return -1;
}

int
card_check_requirement(const char *requirement)
{
	enum card_field f = CARD_FIELDS;

	return split(requirement, &f) != NULL ? 0 : -1;
}

int
card_require(const struct card *c, const char *requirement)
{
	enum card_field f = CARD_FIELDS;
	const char *values = split(requirement, &f);
	struct card_list l;
	int r;

	if (values == NULL)
		return -1;
	card_values(c, f, &l);
	r = satisfied(c, f, &l, values) ? 0 : refuse(f, &l, values);
	free(l.v);
	return r;
}

static void
put_string(struct buf *b, const char *s)
{
	json_put_string(b, s, strlen(s));
}

/* A field's values are names, also where YAML would see numbers. */
static void
put_names(struct buf *b, const struct card_list *l)
{
	size_t i;

	buf_byte(b, '[');
	for (i = 0; i < l->n; i++) {
		buf_str(b, i ? "," : "");
		if (l->v[i]->kind == FRONT_SCALAR)
			json_put_string(b, l->v[i]->text, l->v[i]->len);
		else
			front_put_json(b, l->v[i]);
	}
	buf_byte(b, ']');
}

static void
put_results(struct buf *b, const struct card *c)
{
	struct card_results r;
	size_t i;

	card_results(c, &r);
	buf_byte(b, '[');
	for (i = 0; i < r.n; i++) {
		buf_str(b, i ? ",{\"task\":" : "{\"task\":");
		front_put_json(b, r.v[i].task);
		buf_str(b, ",\"dataset\":");
		front_put_json(b, r.v[i].dataset);
		buf_str(b, ",\"metric\":");
		front_put_json(b, r.v[i].metric);
		buf_str(b, ",\"value\":");
		front_put_json(b, r.v[i].value);
		buf_printf(b, ",\"verified\":%s}",
		    r.v[i].verified ? "true" : "false");
	}
	buf_byte(b, ']');
	free(r.v);
}

void
card_put_json(struct buf *b, const struct card *c)
{
	struct card_list l;
	int f;

	for (f = 0; f < CARD_FIELDS; f++) {
		put_string(b, card_field_name[f]);
		buf_byte(b, ':');
		card_values(c, (enum card_field)f, &l);
		put_names(b, &l);
		buf_byte(b, ',');
		free(l.v);
	}
	buf_str(b, "\"results\":");
	put_results(b, c);
	buf_str(b, ",\"front_matter\":");
	front_put_json(b, c->front.root);
}
