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
	const char *token;	/* NULL: anonymous; else the endpoint must be
				   one that origin_trusted() */
	long connect_timeout;	/* seconds */
	long stall_timeout;	/* seconds without a byte */
	int connections;	/* at most, to one host */
};

/* NULL with errstr(). */
struct http *http_open(const struct http_options *o);
void http_close(struct http *h);

/* Have each request and its status told; never a token, never a query (of a
 * signed address). */
void http_trace(struct http *h, void (*tell)(const char *line));

/* What an answer said, over all its hops; absent texts are "". */
struct http_reply {
	long status;		/* of the last hop; 0: there was none */
	bool refused;		/* by us: trying again is no use */
	bool foreign;		/* the last hop was not the endpoint's origin */
	bool encoded;		/* the body came compressed and was decoded */
	int64_t length;		/* Content-Length, or -1 */
	bool ranged;		/* there was a Content-Range, of a 206 */
	uint64_t from, to;	/* the bytes it names, both included */
	uint64_t total;
	long wait;		/* seconds the server asks for, or -1 */
	int64_t size;		/* X-Linked-Size, or -1 */
	char commit[65];	/* X-Repo-Commit */
	char etag[129];		/* X-Linked-ETag, else ETag: without W/ and
				   quotes */
	char code[65];		/* X-Error-Code */
	char message[257];	/* X-Error-Message, else the body's "error" */
	char id[129];		/* X-Request-Id, for messages */
	char *next;		/* Link: rel="next", or NULL; the reply's */
};

/* Fill in what a header line says; a status line begins a new hop. */
void reply_reset(struct http_reply *r);
void reply_header(struct http_reply *r, const char *line, size_t n);
void reply_free(struct http_reply *r);

/*
 * GET url (absolute, or a path of the endpoint) into body, of which limit
 * bytes are accepted.  first > 0 asks for the first so many bytes only, and no
 * more are read if the server sends more.  Retries what is worth it, tries
 * times in all.  0 when there was an answer, whatever its status; -1 with
 * errstr() when there was none.  reply_free() frees what r holds.
 */
struct http_request {
	const char *url;
	size_t first;
	size_t limit;
	int tries;
};
int http_get(struct http *h, const struct http_request *q,
    struct http_reply *r, struct buf *body);

/* Append s with all but letters, digits, "-._~" and the safe bytes as %XX. */
void http_quote(struct buf *b, const char *s, const char *safe);

/*
 * One GET among many.  The caller keeps the struct until done() was called or
 * http_cancel(), and may start it again then.
 */
struct http_call {
	const char *url;
	uint64_t from;		/* > 0: everything from this byte */
	uint64_t first;		/* > 0: the first so many bytes */
	void *arg;
	/* The last hop's headers are in, its status is 2xx.  0, or -1 with
	 * errstr(): abort. */
	int (*head)(void *arg, const struct http_reply *r);
	/* Bytes of its body, decoded.  0, 1: that is enough, or -1. */
	int (*body)(void *arg, const void *p, size_t n);
	/* It ended; error is NULL when an answer was taken to its end. */
	void (*done)(void *arg, const char *error);

	struct http_reply reply;
	struct exchange *x;	/* http's own */
};
void http_start(struct http *h, struct http_call *c);
void http_cancel(struct http *h, struct http_call *c);

/* Drive all calls; sleep up to ms milliseconds when there is nothing to do. */
void http_wait(struct http *h, int ms);

/* End a sleep of http_wait(); any thread may. */
void http_wake(struct http *h);

/* Seconds of a clock that only goes forward, and a sleep of so many. */
double http_now(void);
void http_nap(double seconds);

/*
 * When to try again: errors of transport, 408, 429 and 5xx are worth it, after
 * the time that the server asks for, or a doubling one with jitter.
 */
struct retry {
	int tries;		/* in all, without progress between them */
	int failed;		/* so far */
	int told;		/* delays that the server asked for */
};

/*
 * Seconds to wait before the next try, or -1: give up.  error is NULL when
 * there was an answer.
 */
double retry_after(struct retry *r, const struct http_reply *p,
    const char *error);

#endif
