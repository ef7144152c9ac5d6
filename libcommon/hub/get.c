/* get - one request that is wanted as a whole. */
#include <stdlib.h>

#include "err.h"
#include "hub/http.h"

struct get {
	struct buf *body;
	size_t limit;
	size_t want;		/* 0: everything */
	bool done;
	char *error;
};

static int
on_head(void *arg, const struct http_reply *r)
{
	struct get *g = arg;

	if (r->status == 206 && (!r->ranged || r->from != 0))
		return fail("an answer with other bytes than were asked for");
	if (!r->encoded && r->length >= 0 && g->want == 0 &&
	    (uint64_t)r->length > g->limit)
		return fail("an answer of %jd bytes, more than %zu",
		    (intmax_t)r->length, g->limit);
	return 0;
}

static int
on_body(void *arg, const void *p, size_t n)
{
	struct get *g = arg;

	if (g->want > 0 && n > g->want - g->body->n)
		n = g->want - g->body->n;
	if (n > g->limit - g->body->n)
		return fail("an answer of more than %zu bytes", g->limit);
	buf_add(g->body, p, n);
	return g->want > 0 && g->body->n == g->want;
}

static void
on_done(void *arg, const char *error)
{
	struct get *g = arg;

	g->done = true;
	g->error = error == NULL ? NULL : xstrdup(error);
}

int
http_get(struct http *h, const struct http_request *q, struct http_reply *r,
    struct buf *body)
{
	struct get g = { .body = body, .limit = q->limit,
		.want = q->first };
	struct http_call c = { .url = q->url, .first = q->first, .arg = &g,
		.head = on_head, .body = on_body, .done = on_done };
	struct retry retry = { .tries = q->tries };
	double pause = 0;

	do {
		http_nap(pause);
		free(g.error);
		reply_free(&c.reply);
		body->n = 0;
		g.done = false;
		http_start(h, &c);
		while (!g.done)
			http_wait(h, 1000);
		pause = retry_after(&retry, &c.reply, g.error);
	} while (pause >= 0);
	*r = c.reply;
	if (g.error == NULL)
		return 0;
	fail("%s", g.error);
	free(g.error);
	reply_free(r);
	return -1;
}
