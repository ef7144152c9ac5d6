#include "hub/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "hub/http.h"
#include "util.h"

static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *s, *copy;

	if (curl_url_get(u, what, &s, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup(s);
	curl_free(s);
	return copy;
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
}

static char *
origin(CURLU *u)
{
	char *scheme = part(u, CURLUPART_SCHEME, 0);
	char *host = part(u, CURLUPART_HOST, 0);
	char *port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	char *user = part(u, CURLUPART_USER, 0);
	char *o = NULL;

	if (scheme == NULL || (strcasecmp(scheme, "http") != 0 &&
	    strcasecmp(scheme, "https") != 0))
		fail("is not http or https");
	else if (host == NULL || port == NULL)
		fail("is no address");
	else if (user != NULL)
		fail("holds a user name");
	else
		o = xprintf("%s://%s:%s", scheme, host, port);
	if (o != NULL)
		lower(o);
	free(scheme);
	free(host);
	free(port);
	free(user);
	return o;
}

char *
url_origin(const char *url)
{
	CURLU *u = curl_url();
	char *o = NULL;

	if (u == NULL)
		die("out of memory");
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		fail("is not an http or https URL");
	else
		o = origin(u);
	curl_url_cleanup(u);
	return o;
}

bool
origin_loopback(const char *o)
{
	const char *host = strstr(o, "://") + 3;
	size_t n = strcspn(host, "/");

	while (n > 0 && host[n] != ':')
		n--;
	return (n == 9 && memcmp(host, "localhost", 9) == 0) ||
	    (n == 5 && memcmp(host, "[::1]", 5) == 0) ||
	    (n >= 9 && memcmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == n);
}

bool
origin_trusted(const char *o)
{
	return strncmp(o, "https://", 8) == 0 || origin_loopback(o);
}

void
http_quote(struct buf *b, const char *s, const char *safe)
{
	static const char plain[] = "-._~";

	for (; *s != '\0'; s++)
		if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z') || strchr(plain, *s) != NULL ||
		    strchr(safe, *s) != NULL)
			buf_byte(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}
