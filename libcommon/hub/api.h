#ifndef HUB_API_H
#define HUB_API_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/env.h"
#include "hub/http.h"
#include "hub/name.h"
#include "hub/tree.h"
#include "json.h"

/*
 * api - the Hub's questions and answers, and its refusals by kind.
 */
enum hub_error {
	HUB_OK,
	HUB_OFFLINE,		/* HF_HUB_OFFLINE: not even tried */
	HUB_UNREACHABLE,	/* no answer, or 5xx, 408, 429 to the end */
	HUB_NO_REPO,		/* or private: the Hub does not say which */
	HUB_NO_REVISION,
	HUB_NO_FILE,
	HUB_GATED,
	HUB_DISABLED,
	HUB_BAD_TOKEN,
	HUB_REFUSED,		/* any other status */
	HUB_NONSENSE		/* an answer that makes no sense */
};

struct hub {
	struct env env;
	struct http *http;	/* NULL while offline */
	char *token;		/* NULL: anonymous */
	const char *token_from;	/* "HF_TOKEN", or its file: for messages */
	enum hub_error error;	/* of the last failed call */
};

/*
 * Read the environment and, unless it says offline, prepare for requests; no
 * socket is opened yet.  0, or -1 with errstr().
 */
int hub_open(struct hub *h, bool anonymous, int connections);
void hub_close(struct hub *h);

/*
 * GET path (or a URL that the Hub gave) as JSON; next (may be NULL) gets the
 * following page's URL or NULL, the caller's.  NULL with errstr() and
 * h->error.
 */
struct cJSON *hub_json(struct hub *h, const char *path, char **next);

/* /api/models/{repo}/revision/{revision}: sha, cardData, gated, tags ... */
struct cJSON *hub_info(struct hub *h, const struct hub_name *n);

/* The commit's list of files, all pages.  0, or -1. */
int hub_list(struct hub *h, const struct hub_name *n, const char *commit,
    struct tree *t);

/* The address of a file of this commit; the caller frees. */
char *hub_url(const struct hub *h, const struct hub_name *n,
    const char *commit, const char *path);

/* A small file's content, of which limit bytes are accepted.  0, or -1. */
int hub_read(struct hub *h, const struct hub_name *n, const char *commit,
    const char *path, size_t limit, struct buf *out);

/*
 * The kind of a refusal; what to do about it becomes errstr().  path may be
 * NULL.
 */
enum hub_error hub_refusal(struct hub *h, const struct hub_name *n,
    const char *path, const struct http_reply *r);

#endif
