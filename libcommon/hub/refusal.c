/*
 * refusal - what the Hub's "no" means and what to do about it.
 *
 * Only the status and X-Error-Code decide, but for a disabled repository,
 * which has no code; texts are shown, not relied on.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/api.h"
#include "hub/token.h"

struct refusal {
	struct hub *h;
	const char *name;	/* "org/name", or the endpoint */
	const char *revision;	/* or NULL */
	const char *path;	/* or NULL */
	const struct http_reply *r;
};

static enum hub_error
no_repo(const struct refusal *f)
{
	if (f->h->token_held)
		fail("%s: no such repository, or it is private: your token "
		    "was not sent, because HF_ENDPOINT is not https",
		    f->name);
	else if (f->h->token == NULL)
		fail("%s: no such repository, or it is private: check the "
		    "name, or set HF_TOKEN to a token that may read it",
		    f->name);
	else
		fail("%s: no such repository, or the token from %s may not "
		    "read it", f->name, f->h->token_from);
	return HUB_NO_REPO;
}

static enum hub_error
no_revision(const struct refusal *f)
{
	const char *rev = f->revision == NULL ? "" : f->revision;

	if (strcmp(rev, "main") == 0)
		fail("%s: has no branch main: it is empty, or name a "
		    "revision (%s@REVISION)", f->name, f->name);
	else
		fail("%s: no branch, tag or full commit hash %s", f->name,
		    rev);
	return HUB_NO_REVISION;
}

static enum hub_error
gated(const struct refusal *f)
{
	const char *at = f->h->env.endpoint;

	if (f->h->token == NULL)
		fail("%s: gated: ask for access at %s/%s, then set HF_TOKEN",
		    f->name, at, f->name);
	else
		fail("%s: gated, and the account of the token from %s has no "
		    "access: ask for it at %s/%s", f->name, f->h->token_from,
		    at, f->name);
	return HUB_GATED;
}

static enum hub_error
bad_token(const struct refusal *f)
{
	fail("%s: the token from %s is not valid: make a new one at "
	    "%s/settings/tokens, or try --no-token", f->name,
	    f->h->token_from, f->h->env.endpoint);
	return HUB_BAD_TOKEN;
}

static enum hub_error
busy(const struct refusal *f)
{
	if (f->r->status == 429)
		fail("%s: too many requests%s; try again later", f->name,
		    f->h->token == NULL ? " (the limit is higher with a token)"
					: "");
	else
		fail("%s: the server answers %ld; try again later", f->name,
		    f->r->status);
	return HUB_UNREACHABLE;
}

/* What the server says about itself, without the token, should it echo it. */
static enum hub_error
other(const struct refusal *f)
{
	char said[sizeof f->r->message];

	memcpy(said, f->r->message, sizeof said);
	token_hide(f->h->token, said);
	fail("%s%s%s: the server answers %ld%s%s%s%s%s", f->name,
	    f->path == NULL ? "" : ": ", f->path == NULL ? "" : f->path,
	    f->r->status, said[0] ? " (" : "", said, said[0] ? ")" : "",
	    f->r->id[0] ? ", request " : "", f->r->id);
	return HUB_REFUSED;
}

static enum hub_error
by_code(const struct refusal *f)
{
	const char *code = f->r->code;

	if (strcmp(code, "RevisionNotFound") == 0)
		return no_revision(f);
	if (strcmp(code, "EntryNotFound") == 0) {
		fail("%s: %s: no such file", f->name,
		    f->path == NULL ? "?" : f->path);
		return HUB_NO_FILE;
	}
	if (strcmp(code, "GatedRepo") == 0)
		return gated(f);
	if (strcmp(code, "RepoNotFound") == 0)
		return no_repo(f);
	return HUB_OK;
}

static enum hub_error
by_status(const struct refusal *f)
{
	long s = f->r->status;

	if (s == 401)
		return f->h->token != NULL ? bad_token(f) : no_repo(f);
	if (s == 403 && strstr(f->r->message, "disabled") != NULL) {
		fail("%s: the Hub has disabled it", f->name);
		return HUB_DISABLED;
	}
	if (s == 408 || s == 429 || s >= 500)
		return busy(f);
	return other(f);
}

enum hub_error
hub_refusal(struct hub *h, const struct hub_name *n, const char *path,
    const struct http_reply *r, const char *error)
{
	char *name = n == NULL ? xstrdup(h->env.endpoint) : name_text(n);
	struct refusal f = { h, name, n == NULL ? NULL : n->revision, path,
		r };

	if (error != NULL) {
		fail("%s: %s: %s", name, h->env.endpoint, error);
		h->error = r->refused ? HUB_REFUSED : HUB_UNREACHABLE;
	} else {
		/* What a storage host says is not about the repository. */
		h->error = r->foreign && r->status < 500 ? other(&f)
							  : by_code(&f);
		if (h->error == HUB_OK)
			h->error = by_status(&f);
	}
	free(name);
	return h->error;
}
