#include "hub/api.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/token.h"
#include "hub/url.h"

enum { JSON_LIMIT = 64 << 20, PAGES_MAX = 2000, TRIES = 6 };

static int
open_http(struct hub *h, int connections)
{
	struct http_options o = { .endpoint = h->env.endpoint,
		.token = h->token,
		.connect_timeout = h->env.connect_timeout,
		.stall_timeout = h->env.stall_timeout,
		.connections = connections };

	h->http = http_open(&o);
	return h->http == NULL ? -1 : 0;
}

/* A token for a plain http endpoint stays at home. */
static int
open_token(struct hub *h)
{
	char *origin = url_origin(h->env.endpoint);

	if (origin == NULL)
		return fail("HF_ENDPOINT: %s", errstr());
	h->token_held = !origin_trusted(origin);
	free(origin);
	if (token_read(&h->env, &h->token, &h->token_from) < 0)
		return -1;
	h->token_held = h->token_held && h->token != NULL;
	if (h->token_held) {
		free(h->token);
		h->token = NULL;
	}
	return 0;
}

int
hub_open(struct hub *h, bool anonymous, int connections)
{
	*h = (struct hub){ .tries = TRIES };
	env_read(&h->env);
	if (h->env.offline)
		return 0;
	if ((anonymous || open_token(h) == 0) &&
	    open_http(h, connections) == 0)
		return 0;
	hub_close(h);
	return -1;
}

void
hub_close(struct hub *h)
{
	http_close(h->http);
	if (h->token != NULL)
		explicit_bzero(h->token, strlen(h->token));
	free(h->token);
	free(h->token_from);
	env_free(&h->env);
	*h = (struct hub){ 0 };
}

static enum hub_error
bad(struct hub *h, enum hub_error e)
{
	h->error = e;
	return e;
}

static struct cJSON *
get_json(struct hub *h, const struct hub_name *n, const char *path,
    struct http_reply *r, struct buf *body)
{
	struct http_request q = { .url = path, .limit = JSON_LIMIT,
		.tries = h->tries };
	struct cJSON *tree;

	if (http_get(h->http, &q, r, body) < 0) {
		char *why = xstrdup(errstr());

		hub_refusal(h, n, NULL, r, why);
		free(why);
		return NULL;
	}
	if (r->status != 200) {
		hub_refusal(h, n, NULL, r, NULL);
		return NULL;
	}
	tree = json_parse(body->p == NULL ? "" : body->p, body->n);
	if (tree == NULL) {
		fail("%s: the answer %s; is this a Hub?", h->env.endpoint,
		    errstr());
		bad(h, HUB_NONSENSE);
	}
	return tree;
}

struct cJSON *
hub_json(struct hub *h, const struct hub_name *n, const char *path,
    char **next)
{
	struct http_reply r;
	struct buf body = { 0 };
	struct cJSON *tree;

	if (h->http == NULL) {
		fail("offline (HF_HUB_OFFLINE is set)");
		bad(h, HUB_OFFLINE);
		return NULL;
	}
	tree = get_json(h, n, path, &r, &body);
	buf_free(&body);
	if (tree != NULL && next != NULL) {
		*next = r.next;
		r.next = NULL;
	}
	reply_free(&r);
	return tree;
}

/* "/api/models/org/name/verb/revision" */
static char *
api_path(const struct hub_name *n, const char *verb, const char *revision,
    const char *query)
{
	struct buf b = { 0 };

	buf_printf(&b, "/api/%s/%s/%s/", type_plural(n->type), n->repo, verb);
	http_quote(&b, revision, "");
	buf_str(&b, query);
	return b.p;
}

struct cJSON *
hub_info(struct hub *h, const struct hub_name *n, char commit[COMMIT_LEN + 1])
{
	char *path = api_path(n, "revision", n->revision, "");
	struct cJSON *info = hub_json(h, n, path, NULL);
	const char *sha = json_str(info, "sha", "");

	free(path);
	if (info == NULL)
		return NULL;
	if (is_commit(sha)) {
		memcpy(commit, sha, COMMIT_LEN + 1);
		return info;
	}
	json_free(info);
	fail("%s: the answer names no commit; is this a Hub?",
	    h->env.endpoint);
	bad(h, HUB_NONSENSE);
	return NULL;
}

static int
list_pages(struct hub *h, const struct hub_name *n, char *path,
    struct tree *t)
{
	struct cJSON *page;
	char *next;
	int i, r = 0;

	for (i = 0; path != NULL && i < PAGES_MAX && r == 0; i++) {
		next = NULL;
		page = hub_json(h, n, path, &next);
		free(path);
		path = next;
		if (page == NULL)
			r = -1;
		else if (tree_add_page(t, page) < 0) {
			bad(h, HUB_NONSENSE);
			r = fail("%s: %s", n->repo, errstr());
		}
		json_free(page);
	}
	free(path);
	return r;
}

int
hub_list(struct hub *h, const struct hub_name *n, const char *commit,
    struct tree *t)
{
	char *path = api_path(n, "tree", commit, "?recursive=true");

	*t = (struct tree){ 0 };
	if (list_pages(h, n, path, t) == 0) {
		if (tree_sort(t) == 0)
			return 0;
		bad(h, HUB_NONSENSE);
		fail("%s: %s", n->repo, errstr());
	}
	tree_free(t);
	return -1;
}

char *
hub_whoami(struct hub *h)
{
	struct cJSON *who;
	char *name;

	if (h->token == NULL)
		return fail("no token: set HF_TOKEN, or put it into %s/token",
		    h->env.home), NULL;
	who = hub_json(h, NULL, "/api/whoami-v2", NULL);
	if (who == NULL)
		return NULL;
	name = xstrdup(json_str(who, "name", "?"));
	json_free(who);
	return name;
}

char *
hub_file_path(const struct hub_name *n, const char *commit, const char *path)
{
	struct buf b = { 0 };

	buf_printf(&b, "/%s%s/resolve/%s/", type_prefix(n->type), n->repo,
	    commit);
	http_quote(&b, path, "/");
	return b.p;
}

int
hub_read(struct hub *h, const struct hub_name *n, const char *commit,
    const char *path, size_t first, size_t limit, struct buf *out,
    int64_t *size)
{
	struct http_request q = { .first = first, .limit = limit,
		.tries = h->tries };
	struct http_reply r;
	char *url;
	int got;

	if (h->http == NULL) {
		bad(h, HUB_OFFLINE);
		return fail("offline (HF_HUB_OFFLINE is set)");
	}
	url = hub_file_path(n, commit, path);
	q.url = url;
	got = http_get(h->http, &q, &r, out);
	free(url);
	if (got < 0 || r.status < 200 || r.status > 299) {
		char *why = got < 0 ? xstrdup(errstr()) : NULL;

		hub_refusal(h, n, path, &r, why);
		free(why);
		got = -1;
	}
	if (got == 0 && size != NULL)
		*size = r.ranged ? (int64_t)r.total
		    : r.size >= 0 ? r.size
				  : r.length;
	reply_free(&r);
	return got;
}
