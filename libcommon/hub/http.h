#ifndef HUB_HTTP_H
#define HUB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/*
 * http - requests to one endpoint and the places it redirects to.
 *
 * Redirects are followed by hand: at most 20, never from https to http, and
 * the token goes to the endpoint's own origin only, over https or to this
 * machine.  Nothing but http and https is ever spoken; nothing is sent that
 * was not asked for.
 *
 * One request that is wanted as a whole is http_get().  Many at once are
 * calls, started together and driven by http_wait().
 */
struct http;

struct http_options {
	const char *endpoint;	/* scheme://host[:port][/path] */
	const char *token;	/* NULL: anonymous */
	long connect_timeout;	/* seconds */
	long stall_timeout;	/* seconds without a byte */
	int connections;	/* at most, to one host */
};

/* NULL with errstr(). */
struct http *http_open(const struct http_options *o);
void http_close(struct http *h);

/* What an answer said, over all its hops; absent texts are "". */
struct http_reply {
	long status;		/* of the last hop; 0: there was none */
	bool foreign;		/* the last hop was not the endpoint's origin */
	bool encoded;		/* the body came compressed and was decoded */
	int64_t length;		/* Content-Length, or -1 */
	uint64_t from;		/* Content-Range from-to/total, of a 206 */
	uint64_t to;
	uint64_t total;
	bool ranged;		/* there was a whole Content-Range */
	long wait;		/* seconds the server asks for, or -1 */
	char commit[65];	/* X-Repo-Commit */
	char etag[129];		/* X-Linked-ETag, else ETag: without W/ and
				   quotes */
	int64_t size;		/* X-Linked-Size, or -1 */
	char code[65];		/* X-Error-Code */
	char message[257];	/* X-Error-Message, else the body's "error" */
	char id[129];		/* X-Request-Id, for messages */
	char *next;		/* Link: rel="next", or NULL; the reply's */
};

void http_reply_free(struct http_reply *r);

/*
 * GET url (absolute, or a path of the endpoint) into body, of which limit
 * bytes are accepted.  from and to (to > 0) ask for bytes from..to.  Retries
 * what is worth it: tries times at most.  0 when there was an answer, whatever
 * its status; -1 with errstr() when there was none.
 */
struct http_request {
	const char *url;
	uint64_t from, to;
	size_t limit;
	int tries;
};
int http_get(struct http *h, const struct http_request *q,
    struct http_reply *r, struct buf *body);

/* Append s with all but letters, digits, "-._~" and the safe bytes as %XX. */
void http_quote(struct buf *b, const char *s, const char *safe);

/*
 * One GET among many.  The caller keeps the struct until done() was called,
 * and may start it again then.
 */
struct http_call {
	const char *url;
	uint64_t from;		/* 0, or Range: bytes=from- */
	void *arg;
	/* Headers of the last hop are in.  0, or -1 with errstr(): abort. */
	int (*head)(void *arg, const struct http_reply *r);
	/* Body bytes of a 2xx, decoded.  0, or -1 with errstr(): abort. */
	int (*body)(void *arg, const void *p, size_t n);
	/* It ended; error is NULL when an answer came to its end. */
	void (*done)(void *arg, const char *error);

	struct http_reply reply;
	struct http_exchange *x;	/* http's own */
};
void http_start(struct http *h, struct http_call *c);
void http_cancel(struct http *h, struct http_call *c);

/* Drive all calls for at most ms milliseconds or until one made progress. */
int http_wait(struct http *h, int ms);

/*
 * retry - when to try again.
 *
 * Transport errors, 408, 429 and 5xx are worth it; a 429's own delay, or a
 * doubling one with jitter, is kept.
 */
struct retry {
	int left;		/* tries that may still fail without progress */
	int failed;		/* in a row */
	bool slowed;		/* the last delay was the server's wish */
};

/*
 * Seconds to wait before the next try, or -1: give up.  error is NULL when
 * there was an answer.
 */
double retry_after(struct retry *r, const struct http_reply *p,
    const char *error);

#endif
