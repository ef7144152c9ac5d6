#include "hub/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "hub/url.h"
#include "json.h"

/*
 * HOPS_MAX is huggingface_hub's; ERROR_MAX what is kept of an error's body,
 * WASTE_MAX what is read of a body that nobody wants, to keep the connection.
 */
enum { HOPS_MAX = 20, ERROR_MAX = 4096, WASTE_MAX = 65536 };

struct http {
	CURLM *multi;
	char *endpoint;
	char *origin;
	char *token;
	long connect_timeout;
	long stall_timeout;
	void (*tell)(const char *line);
	struct exchange *first;
};

/* A call under way: one request, and those that its redirects lead to. */
struct exchange {
	struct exchange *next;
	struct http *h;
	struct http_call *call;
	CURL *easy;
	char *origin;		/* of this hop */
	char range[48];
	int hops;
	bool told;		/* head() was called */
	bool enough;		/* the caller wants no more */
	bool dropped;		/* we stopped reading a body nobody wants */
	char *abort;		/* why the caller or we gave up, or NULL */
	size_t wasted;
	double last;		/* when something was heard */
	struct buf text;	/* of an error */
};

double
http_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void
http_nap(double s)
{
	struct timespec t = { (time_t)s,
		(long)((s - (double)(time_t)s) * 1e9) };

	nanosleep(&t, NULL);
}

struct http *
http_open(const struct http_options *o)
{
	char *origin = url_origin(o->endpoint);
	struct http *h;

	if (origin == NULL)
		return fail("HF_ENDPOINT: %s", errstr()), NULL;
	assert(o->token == NULL || origin_trusted(origin));
	h = xcalloc(1, sizeof *h);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		die("out of memory");
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
	    (long)o->connections * 2 + 4);
	h->endpoint = xstrdup(o->endpoint);
	h->origin = origin;
	h->token = o->token == NULL ? NULL : xstrdup(o->token);
	h->connect_timeout = o->connect_timeout;
	h->stall_timeout = o->stall_timeout;
	return h;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	while (h->first != NULL)
		http_cancel(h, h->first->call);
	curl_multi_cleanup(h->multi);
	if (h->token != NULL)
		explicit_bzero(h->token, strlen(h->token));
	free(h->token);
	free(h->origin);
	free(h->endpoint);
	free(h);
}

void
http_trace(struct http *h, void (*tell)(const char *line))
{
	h->tell = tell;
}

/* Give up with errstr() as the reason; what a curl callback returns then. */
static size_t
give_up(struct exchange *x)
{
	free(x->abort);
	x->abort = xstrdup(errstr());
	x->call->reply.refused = true;
	return 0;
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;

	(void)one;
	x->last = http_now();
	reply_header(&x->call->reply, line, n);
	return n;
}

static long
status_of(struct exchange *x)
{
	long status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Call head() once, when the answer turns out to be a 2xx. */
static int
tell_head(struct exchange *x, long status)
{
	struct http_reply *r = &x->call->reply;

	if (x->told || status < 200 || status > 299)
		return 0;
	x->told = true;
	r->status = status;
	r->foreign = strcmp(x->origin, x->h->origin) != 0;
	return x->call->head == NULL ? 0 : x->call->head(x->call->arg, r);
}

/* An error's text is kept, a redirect's thrown away, both up to a limit. */
static size_t
waste(struct exchange *x, const char *p, size_t n, long status)
{
	size_t room = ERROR_MAX - x->text.n;

	if (status >= 400)
		buf_add(&x->text, p, n < room ? n : room);
	x->wasted += n;
	if (x->wasted <= WASTE_MAX)
		return n;
	x->dropped = true;
	return 0;
}

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	long status = status_of(x);
	int r;

	(void)one;
	x->last = http_now();
	if (status < 200 || status > 299)
		return waste(x, p, n, status);
	if (tell_head(x, status) < 0)
		return give_up(x);
	r = x->call->body(x->call->arg, p, n);
	if (r < 0)
		return give_up(x);
	x->enough = r > 0;
	return x->enough ? 0 : n;
}

static void
set_range(struct exchange *x)
{
	const struct http_call *c = x->call;

	if (c->first > 0)
		snprintf(x->range, sizeof x->range, "0-%ju",
		    (uintmax_t)c->first - 1);
	else if (c->from > 0)
		snprintf(x->range, sizeof x->range, "%ju-",
		    (uintmax_t)c->from);
	else
		return;
	curl_easy_setopt(x->easy, CURLOPT_RANGE, x->range);
}

/*
 * The token goes to the endpoint's origin and nowhere else.  A proxy is no
 * business of a request to this machine: it would see the token.
 */
static void
set_identity(struct exchange *x)
{
	struct http *h = x->h;
	const char *ca = getenv("SSL_CERT_FILE");

	if (origin_loopback(x->origin))
		curl_easy_setopt(x->easy, CURLOPT_NOPROXY, "*");
	if (ca != NULL && ca[0] != '\0')
		curl_easy_setopt(x->easy, CURLOPT_CAINFO, ca);
	if (h->token == NULL || strcmp(x->origin, h->origin) != 0)
		return;
	curl_easy_setopt(x->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
	curl_easy_setopt(x->easy, CURLOPT_XOAUTH2_BEARER, h->token);
}

/* Prepare a hop.  "identity" also makes curl undo what was not asked for. */
static void
set_up(struct exchange *x, const char *url)
{
	curl_easy_setopt(x->easy, CURLOPT_URL, url);
	curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x->easy, CURLOPT_ACCEPT_ENCODING, "identity");
	curl_easy_setopt(x->easy, CURLOPT_USERAGENT, "hftools/" HF_VERSION);
	curl_easy_setopt(x->easy, CURLOPT_BUFFERSIZE, 512L * 1024);
	curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT,
	    x->h->connect_timeout);
	curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	set_range(x);
	set_identity(x);
}

static void
release(struct exchange *x)
{
	struct exchange **p = &x->h->first;

	while (*p != x)
		p = &(*p)->next;
	*p = x->next;
	x->call->x = NULL;
	curl_multi_remove_handle(x->h->multi, x->easy);
	curl_easy_cleanup(x->easy);
	buf_free(&x->text);
	free(x->origin);
	free(x->abort);
	free(x);
}

/* {"error": "..."}, {"error": ["..."]}: the message, if no header gave one. */
static void
body_message(struct exchange *x)
{
	struct http_reply *r = &x->call->reply;
	struct cJSON *tree;
	json *e;
	const char *s;

	if (r->message[0] != '\0' || x->text.n == 0 || r->status < 400)
		return;
	tree = json_parse(x->text.p, x->text.n);
	e = json_get(tree, "error");
	s = json_text(json_is_array(e) ? json_first(e) : e);
	if (s != NULL)
		snprintf(r->message, sizeof r->message, "%s", s);
	json_free(tree);
}

/* Report and forget; done() may start the call again. */
static void
finish(struct exchange *x, const char *error)
{
	struct http_call *c = x->call;
	char *why = error == NULL ? NULL : xstrdup(error);

	c->reply.foreign = x->origin != NULL &&
	    strcmp(x->origin, x->h->origin) != 0;
	if (why == NULL)
		body_message(x);
	release(x);
	c->done(c->arg, why);
	free(why);
}

/* Begin a hop.  0, or -1 with errstr(): the URL is refused. */
static int
hop(struct exchange *x, const char *url)
{
	char *origin = url_origin(url);
	const char *from;

	if (origin == NULL)
		return fail("sent to an address that %s", errstr());
	/* Also for addresses that the endpoint gave in a Link. */
	from = x->origin != NULL ? x->origin : x->h->origin;
	if (strncmp(from, "https:", 6) == 0 &&
	    strncmp(origin, "https:", 6) != 0) {
		free(origin);
		return fail("sent from https to http: refused");
	}
	free(x->origin);
	x->origin = origin;
	x->wasted = 0;
	x->text.n = 0;
	x->last = http_now();
	curl_easy_reset(x->easy);
	set_up(x, url);
	if (curl_multi_add_handle(x->h->multi, x->easy) != CURLM_OK)
		die("out of memory");
	return 0;
}

void
http_start(struct http *h, struct http_call *c)
{
	struct exchange *x = xcalloc(1, sizeof *x);
	char *url = c->url[0] == '/' ? xprintf("%s%s", h->endpoint, c->url)
				     : xstrdup(c->url);

	reply_reset(&c->reply);
	x->easy = curl_easy_init();
	if (x->easy == NULL)
		die("out of memory");
	x->h = h;
	x->call = c;
	x->next = h->first;
	h->first = x;
	c->x = x;
	if (hop(x, url) < 0) {
		c->reply.refused = true;
		finish(x, errstr());
	}
	free(url);
}

void
http_cancel(struct http *h, struct http_call *c)
{
	(void)h;
	if (c->x != NULL)
		release(c->x);
}

static bool
is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

/* 1 the next hop is under way, 0 this was the last, -1 refused. */
static int
redirect(struct exchange *x, long status)
{
	char *to = NULL, *url;
	int r;

	curl_easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &to);
	if (!is_redirect(status) || to == NULL)
		return 0;
	if (++x->hops > HOPS_MAX)
		return fail("redirected more than %d times", HOPS_MAX);
	url = xstrdup(to);
	curl_multi_remove_handle(x->h->multi, x->easy);
	r = hop(x, url);
	free(url);
	return r < 0 ? -1 : 1;
}

static void
trace(const struct exchange *x, long status, CURLcode code)
{
	char *url = NULL, *line;

	if (x->h->tell == NULL)
		return;
	curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (url == NULL)
		return;
	line = xprintf("GET %.*s%s%s: %ld%s%s", (int)strcspn(url, "?"), url,
	    x->range[0] ? " bytes " : "", x->range, status,
	    code == CURLE_OK ? "" : ", ",
	    code == CURLE_OK ? "" : curl_easy_strerror(code));
	x->h->tell(line);
	free(line);
}

/* There was no answer: the proxy's word is worth more than curl's. */
static void
failed(struct exchange *x, CURLcode code)
{
	long proxy = 0;

	curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	if (proxy >= 300) {
		x->call->reply.refused = proxy < 500;
		fail("the proxy answers %ld", proxy);
	} else
		fail("%s", curl_easy_strerror(code));
	finish(x, errstr());
}

static void
ended(struct exchange *x, CURLcode code)
{
	struct http_reply *r = &x->call->reply;
	long status = status_of(x);
	int hopped;

	trace(x, status, code);
	if (x->abort != NULL) {
		finish(x, x->abort);
		return;
	}
	if (code != CURLE_OK && !x->enough && !x->dropped) {
		failed(x, code);
		return;
	}
	r->status = status;
	hopped = redirect(x, status);
	if (hopped > 0)
		return;
	if (hopped < 0 || tell_head(x, status) < 0) {
		r->refused = true;
		finish(x, errstr());
		return;
	}
	finish(x, NULL);
}

/* Connecting has its own limit, which is curl's. */
static void
drop_stalled(struct http *h)
{
	double now = http_now();
	struct exchange *x = h->first, *next;
	curl_off_t connected;
	long limit;

	for (; x != NULL; x = next) {
		next = x->next;
		connected = 0;
		curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T,
		    &connected);
		limit = h->stall_timeout +
		    (connected == 0 ? h->connect_timeout : 0);
		if (now - x->last <= (double)limit)
			continue;
		fail("nothing came for %ld s", h->stall_timeout);
		finish(x, errstr());
		next = h->first;	/* done() may have changed the list */
	}
}

void
http_wait(struct http *h, int ms)
{
	CURLMsg *m;
	void *x;
	int left, busy;

	curl_multi_perform(h->multi, &busy);
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
		ended(x, m->data.result);
		ms = 0;
	}
	drop_stalled(h);
	curl_multi_poll(h->multi, NULL, 0, ms, NULL);
}

void
http_wake(struct http *h)
{
	curl_multi_wakeup(h->multi);
}
