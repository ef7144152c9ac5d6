#include "search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hub/http.h"
#include "hub/plain.h"

/* The Hub gives no more at a time. */
enum { PAGE_MAX = 1000 };

/* What we show or print as JSON; each type knows only some properties. */
static const char *const expand[][12] = {
	[HUB_MODEL] = { "pipeline_tag", "library_name", "tags", "downloads",
	    "likes", "safetensors", "gated", "lastModified" },
	[HUB_DATASET] = { "tags", "downloads", "likes", "gated",
	    "lastModified" },
	[HUB_SPACE] = { "tags", "likes", "sdk", "lastModified" },
};

static const char *const sort_name[] = {
	[SORT_DOWNLOADS] = "downloads",
	[SORT_LIKES] = "likes",
	[SORT_MODIFIED] = "lastModified",
};

static void
add(struct buf *b, const char *key, const char *prefix, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "%s=", key);
	http_quote(b, prefix, "");
	http_quote(b, value, "");
	buf_byte(b, '&');
}

/* A model's tags are bare words where the others' say what they mean. */
static void
add_filters(struct buf *b, const struct query *q)
{
	bool model = q->type == HUB_MODEL;

	if (model)
		add(b, "pipeline_tag", "", q->task);
	else
		add(b, "filter", "task_categories:", q->task);
	add(b, "filter", "license:", q->license);
	add(b, "filter", q->type == HUB_DATASET ? "library:" : "",
	    q->library);
	add(b, "filter", model ? "" : "language:", q->language);
}

char *
search_path(const struct query *q)
{
	struct buf b = { 0 };
	size_t i;

	buf_printf(&b, "/api/%s?", type_plural(q->type));
	add(&b, "search", "", q->words);
	add(&b, "author", "", q->author);
	add_filters(&b, q);
	if (q->sort != SORT_NONE)
		add(&b, "sort", "", sort_name[q->sort]);
	for (i = 0; expand[q->type][i] != NULL; i++)
		add(&b, "expand", "", expand[q->type][i]);
	buf_printf(&b, "limit=%zu", q->limit < PAGE_MAX ? q->limit
							: PAGE_MAX);
	return b.p;
}

static void
put_text(struct buf *b, const char *s, char end)
{
	if (s == NULL || *s == '\0')
		s = "-";
	plain_field(b, s, strlen(s));
	buf_byte(b, end);
}

static void
put_count(struct buf *b, int64_t n)
{
	if (n < 0)
		buf_str(b, "-\t");
	else
		buf_printf(b, "%" PRId64 "\t", n);
}

void
search_row(struct buf *b, const struct find *f)
{
	put_text(b, f->id, '\t');
	put_text(b, f->task, '\t');
	put_text(b, f->license, '\t');
	put_count(b, f->downloads);
	put_count(b, f->likes);
	put_count(b, f->parameters);
	put_text(b, f->gated, '\n');
}

/* The tags that begin so, without that, with commas; NULL when none does. */
static char *
tags_of(json *info, const char *prefix)
{
	struct buf b = { 0 };
	size_t n = strlen(prefix);
	const char *s;
	json *t;

	for (t = json_first(json_get(info, "tags")); t != NULL;
	    t = json_next(t)) {
		s = json_text(t);
		if (s == NULL || strncmp(s, prefix, n) != 0)
			continue;
		buf_str(&b, b.n > 0 ? "," : "");
		buf_str(&b, s + n);
	}
	return b.p;
}

static int64_t
count(json *object, const char *key)
{
	json *n = json_get(object, key);
	double v = json_number(n);

	return json_is_number(n) && v >= 0 && v < 9e15 ? (int64_t)v : -1;
}

static const char *
gated(json *info)
{
	json *g = json_get(info, "gated");

	if (json_is_bool(g))
		return json_true(g) ? "yes" : "no";
	return json_text(g);
}

void
search_json_row(struct buf *b, json *info)
{
	char *license = tags_of(info, "license:");
	char *tasks = tags_of(info, "task_categories:");
	struct find f = {
		.id = json_str(info, "id", NULL),
		.task = json_str(info, "pipeline_tag", tasks),
		.license = license,
		.downloads = count(info, "downloads"),
		.likes = count(info, "likes"),
		.parameters = count(json_get(info, "safetensors"), "total"),
		.gated = gated(info),
	};

	search_row(b, &f);
	free(license);
	free(tasks);
}
