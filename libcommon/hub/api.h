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
	HUB_REFUSED,		/* any other status, and what we refuse */
	HUB_NONSENSE		/* an answer that makes no sense */
};

struct hub {
	struct env env;
	struct http *http;	/* NULL while offline */
	char *token;		/* NULL: anonymous */
	char *token_from;	/* "HF_TOKEN", or a file: for messages */
	bool token_held;	/* there is one, but the endpoint is plain
				   http: it is not sent */
	int tries;		/* of every request; 6 to begin with */
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
 * following page's URL or NULL, the caller's.  name (may be NULL) is the
 * repository, for messages.  NULL with errstr() and h->error.
 */
struct cJSON *hub_json(struct hub *h, const struct hub_name *name,
    const char *path, char **next);

/*
 * What the Hub says about a revision (cardData, gated, tags ...), and the
 * commit it stands for now.
 */
struct cJSON *hub_info(struct hub *h, const struct hub_name *n,
    char commit[COMMIT_LEN + 1]);

/* The commit's list of files, all pages, sorted.  0, or -1. */
int hub_list(struct hub *h, const struct hub_name *n, const char *commit,
    struct tree *t);

/* Whose token it is; the caller frees.  NULL with errstr(). */
char *hub_whoami(struct hub *h);

/* The path of a file's address below the endpoint; the caller frees. */
char *hub_file_path(const struct hub_name *n, const char *commit,
    const char *path);

/*
 * A file's content into out, at most limit bytes; first > 0: only so many from
 * its beginning.  *size (may be NULL) is the whole file's, as far as the Hub
 * said, else -1.  0, or -1.
 */
int hub_read(struct hub *h, const struct hub_name *n, const char *commit,
    const char *path, size_t first, size_t limit, struct buf *out,
    int64_t *size);

/*
 * Turn an answer that is no 2xx, or none (error is not NULL), into its kind;
 * errstr() then says what is wrong and what to do about it.  n and path may
 * be NULL.
 */
enum hub_error hub_refusal(struct hub *h, const struct hub_name *n,
    const char *path, const struct http_reply *r, const char *error);

#endif
