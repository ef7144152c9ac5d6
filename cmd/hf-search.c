/*
 * hf-search - find models, data sets and spaces by what they say of
 * themselves: on the Hub, or in the cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/api.h"
#include "hub/plain.h"
#include "hub/search.h"
#include "hub/shelf.h"
#include "opt.h"

enum { AUTHOR = 256, CACHED, JSON, LANGUAGE, LIBRARY, LICENSE, LIMIT,
	NO_TOKEN, SORT, TASK };

static const struct opt opts[] = {
	OPT_COMMON("hf-search", "[options] [WORD ...]"),
	{ "author", AUTHOR, "NAME", "only of this user or organisation" },
	{ "cached", CACHED, NULL, "search the cache's cards, offline" },
	{ "json", JSON, NULL, "print one JSON object a line" },
	{ "language", LANGUAGE, "CODE", "en, de, ..." },
	{ "library", LIBRARY, "NAME", "transformers, ..." },
	{ "license", LICENSE, "ID", "mit, apache-2.0, ..." },
	{ "limit", LIMIT, "N", "at most so many (default: 30)" },
	{ "no-token", NO_TOKEN, NULL, "ask without the user's token" },
	{ "repo-type", 't', "TYPE", "model, dataset or space" },
	{ "sort", SORT, "KEY",
	    "downloads, likes or lastModified, greatest first" },
	{ "task", TASK, "TASK", "text-classification, ..." },
	{ 0 }
};

struct job {
	struct query query;
	bool cached, json, anonymous;
};

static void
put(struct buf *b)
{
	if (b->n > 0 && fwrite(b->p, 1, b->n, stdout) != b->n)
		die("stdout: write error");
	buf_free(b);
}

static void
show(const struct job *j, json *info)
{
	struct buf b = { 0 }, tree = { 0 };

	if (j->json) {
		json_put_tree(&tree, info);
		plain_json(&b, tree.p, tree.n);
		buf_byte(&b, '\n');
		buf_free(&tree);
	} else
		search_json_row(&b, info);
	put(&b);
}

/* Show a page's repositories while they are wanted; how many are left. */
static size_t
show_page(const struct job *j, json *page, size_t left)
{
	json *info;

	if (!json_is_array(page))
		die("the answer is no list; is HF_ENDPOINT a Hub?");
	for (info = json_first(page); info != NULL && left > 0;
	    info = json_next(info))
		if (json_str(info, "id", NULL) != NULL) {
			show(j, info);
			left--;
		}
	return left;
}

/* Page after page, no further than asked for. */
static void
search_hub(const struct job *j)
{
	char *path = search_path(&j->query), *next;
	size_t left = j->query.limit, before;
	struct cJSON *page;
	struct hub h;

	if (hub_open(&h, j->anonymous, 1) < 0)
		die("%s", errstr());
	if (h.http == NULL)
		die("HF_HUB_OFFLINE is set: only --cached can search");
	while (path != NULL) {
		next = NULL;
		page = hub_json(&h, NULL, path, &next);
		if (page == NULL)
			die("%s", errstr());
		before = left;
		left = show_page(j, page, left);
		json_free(page);
		free(path);
		path = left == 0 || left == before ? NULL : next;
		if (path == NULL)
			free(next);
	}
	hub_close(&h);
}

static void
broken(const char *why)
{
	warn("%s", why);
}

static void
search_cache(const struct job *j)
{
	struct buf b = { 0 };
	struct shelf s;
	struct env e;
	size_t i;

	env_read(&e);
	if (e.warning != NULL)
		warn("%s", e.warning);
	if (shelf_search(&s, e.cache, &j->query, broken) < 0)
		die("%s", errstr());
	for (i = 0; i < s.n; i++) {
		if (j->json)
			shelf_json(&b, &s.book[i]);
		else
			shelf_row(&b, &s.book[i]);
		put(&b);
	}
	shelf_free(&s);
	env_free(&e);
}

static void
take_option(struct job *j, int ch)
{
	static const char *const types[] = { "model", "dataset", "space",
		NULL };
	static const char *const sorts[] = { "downloads", "likes",
		"lastModified", NULL };

	switch (ch) {
	case AUTHOR:
		j->query.author = optarg;
		break;
	case CACHED:
		j->cached = true;
		break;
	case JSON:
		j->json = true;
		break;
	case LANGUAGE:
		j->query.language = optarg;
		break;
	case LIBRARY:
		j->query.library = optarg;
		break;
	case LICENSE:
		j->query.license = optarg;
		break;
	case LIMIT:
		j->query.limit = number("limit", optarg, 1, 1000000);
		break;
	case NO_TOKEN:
		j->anonymous = true;
		break;
	case SORT:
		j->query.sort = SORT_DOWNLOADS +
		    (enum search_sort)choice("sort", optarg, sorts);
		break;
	case TASK:
		j->query.task = optarg;
		break;
	case 't':
		j->query.type = (enum hub_type)choice("repo-type", optarg,
		    types);
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct job j = { .query = { .type = HUB_MODEL, .limit = 30 } };
	struct buf words = { 0 };
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		take_option(&j, ch);
	for (; optind < argc; optind++)
		buf_printf(&words, "%s%s", words.n ? " " : "", argv[optind]);
	j.query.words = words.n > 0 ? words.p : NULL;
	if (j.cached && (j.query.sort == SORT_DOWNLOADS ||
	    j.query.sort == SORT_LIKES))
		die_code(EXIT_USAGE, "--sort: the cache does not know "
		    "downloads and likes");
	if (j.cached)
		search_cache(&j);
	else
		search_hub(&j);
	buf_free(&words);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	return 0;
}
