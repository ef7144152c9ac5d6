/* reply - what the header lines of an answer say. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hub/http.h"

void
reply_reset(struct http_reply *r)
{
	reply_free(r);
	*r = (struct http_reply){ .length = -1, .wait = -1, .size = -1 };
}

void
reply_free(struct http_reply *r)
{
	free(r->next);
	r->next = NULL;
}

/* What the next hop says for itself; commit, linked hash and size stay. */
static void
new_hop(struct http_reply *r)
{
	free(r->next);
	r->next = NULL;
	r->encoded = r->ranged = false;
	r->length = r->wait = -1;
	r->from = r->to = r->total = 0;
	r->code[0] = r->message[0] = r->id[0] = '\0';
	if (r->size < 0)
		r->etag[0] = '\0';
}

static void
keep(char *out, size_t room, const char *s, size_t n)
{
	if (n >= room)
		n = room - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

static void
keep_etag(struct http_reply *r, const char *s, size_t n)
{
	while (n > 0 && (*s == 'W' || *s == '/'))
		s++, n--;
	while (n > 0 && *s == '"')
		s++, n--;
	while (n > 0 && s[n - 1] == '"')
		n--;
	keep(r->etag, sizeof r->etag, s, n);
}

/* Digits at *s, of which end is the end; false when none, or too many. */
static bool
number(const char **s, const char *end, uint64_t *v)
{
	const char *p = *s;

	for (*v = 0; p < end && *p >= '0' && *p <= '9'; p++)
		if (*v > (UINT64_MAX >> 1) / 10 - 1)
			return false;
		else
			*v = *v * 10 + (uint64_t)(*p - '0');
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static int64_t
whole_number(const char *s, size_t n)
{
	const char *end = s + n;
	uint64_t v;

	return number(&s, end, &v) && s == end ? (int64_t)v : -1;
}

static bool
skip(const char **s, const char *end, char c)
{
	if (*s >= end || **s != c)
		return false;
	++*s;
	return true;
}

/* "bytes 100-199/1000" */
static void
content_range(struct http_reply *r, const char *s, size_t n)
{
	const char *end = s + n;

	if (n < 6 || strncasecmp(s, "bytes ", 6) != 0)
		return;
	s += 6;
	r->ranged = number(&s, end, &r->from) && skip(&s, end, '-') &&
	    number(&s, end, &r->to) && skip(&s, end, '/') &&
	    number(&s, end, &r->total) && s == end && r->from <= r->to &&
	    r->to < r->total;
}

/* "api";r=0;t=55 -> 55 seconds until there is room again, when r is 0. */
static void
rate_limit(struct http_reply *r, const char *s, size_t n)
{
	const char *end = s + n;
	uint64_t left = 1, t = UINT64_MAX, v;

	while ((s = memchr(s, ';', (size_t)(end - s))) != NULL) {
		s++;
		if (end - s > 2 && memcmp(s, "r=", 2) == 0) {
			s += 2;
			left = number(&s, end, &v) ? v : left;
		} else if (end - s > 2 && memcmp(s, "t=", 2) == 0) {
			s += 2;
			t = number(&s, end, &v) ? v : t;
		}
	}
	if (left == 0 && t < 1000000)
		r->wait = (long)t;
}

/* <URL>; rel="next", <URL>; rel="other" */
static void
links(struct http_reply *r, const char *s, size_t n)
{
	static const char next[] = "rel=\"next\"";
	const char *end = s + n, *url, *stop, *rel;

	while ((url = memchr(s, '<', (size_t)(end - s))) != NULL) {
		stop = memchr(url, '>', (size_t)(end - url));
		if (stop == NULL)
			return;
		s = memchr(stop, '<', (size_t)(end - stop));
		if (s == NULL)
			s = end;
		rel = memmem(stop, (size_t)(s - stop), next, sizeof next - 1);
		if (rel == NULL)
			continue;
		free(r->next);
		r->next = strndup(url + 1, (size_t)(stop - url - 1));
		return;
	}
}

static void
take(struct http_reply *r, const char *name, const char *s, size_t n)
{
	int64_t v;

	if (strcasecmp(name, "content-length") == 0)
		r->length = whole_number(s, n);
	else if (strcasecmp(name, "content-range") == 0)
		content_range(r, s, n);
	else if (strcasecmp(name, "content-encoding") == 0)
		r->encoded = n > 0 && strncasecmp(s, "identity", n) != 0;
	else if (strcasecmp(name, "x-repo-commit") == 0)
		keep(r->commit, sizeof r->commit, s, n);
	else if (strcasecmp(name, "x-linked-etag") == 0)
		keep_etag(r, s, n);
	else if (strcasecmp(name, "etag") == 0 && r->etag[0] == '\0')
		keep_etag(r, s, n);
	else if (strcasecmp(name, "x-linked-size") == 0)
		r->size = whole_number(s, n);
	else if (strcasecmp(name, "x-error-code") == 0)
		keep(r->code, sizeof r->code, s, n);
	else if (strcasecmp(name, "x-error-message") == 0)
		keep(r->message, sizeof r->message, s, n);
	else if (strcasecmp(name, "x-request-id") == 0)
		keep(r->id, sizeof r->id, s, n);
	else if (strcasecmp(name, "link") == 0)
		links(r, s, n);
	else if (strcasecmp(name, "ratelimit") == 0)
		rate_limit(r, s, n);
	else if (strcasecmp(name, "retry-after") == 0 && r->wait < 0) {
		v = whole_number(s, n);
		r->wait = v > 1000000 ? 1000000 : (long)v;
	}
}

void
reply_header(struct http_reply *r, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	char name[64];

	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		new_hop(r);
		return;
	}
	if (colon == NULL || (size_t)(colon - line) >= sizeof name)
		return;
	keep(name, sizeof name, line, (size_t)(colon - line));
	n -= (size_t)(colon + 1 - line);
	line = colon + 1;
	while (n > 0 && strchr(" \t\r\n", line[n - 1]) != NULL)
		n--;
	while (n > 0 && (*line == ' ' || *line == '\t'))
		line++, n--;
	take(r, name, line, n);
}
