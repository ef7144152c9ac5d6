#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "hub/http.h"
#include "hub/url.h"
#include "util.h"

static void
lines(struct http_reply *r, const char *const *l)
{
	reply_reset(r);
	for (; *l != NULL; l++)
		reply_header(r, *l, strlen(*l));
}

START_TEST(what_the_hub_says_on_a_redirect_outlives_the_next_hop)
{
	static const char *const l[] = { "HTTP/1.1 302 Found\r\n",
		"X-Repo-Commit: abc\r\n", "X-Linked-Size: 1000\r\n",
		"X-Linked-ETag: \"0123\"\r\n", "X-Error-Code: Old\r\n",
		"ETag: \"other\"\r\n", "\r\n", "HTTP/1.1 200 OK\r\n",
		"etag: \"of the CDN\"\r\n", "Content-Length: 1000\r\n", NULL };
	struct http_reply r = { 0 };

	lines(&r, l);
	ck_assert_str_eq(r.commit, "abc");
	ck_assert_str_eq(r.etag, "0123");
	ck_assert_int_eq(r.size, 1000);
	ck_assert_int_eq(r.length, 1000);
	ck_assert_str_eq(r.code, "");
	reply_free(&r);
}
END_TEST

START_TEST(http_2_says_the_same_in_lower_case)
{
	static const char *const l[] = { "HTTP/2 302 \r\n",
		"x-repo-commit: abc\r\n", "x-linked-size: 1000\r\n",
		"x-linked-etag: \"0123\"\r\n", "\r\n", "HTTP/2 206 \r\n",
		"content-length: 990\r\n",
		"content-range: bytes 10-999/1000\r\n", NULL };
	struct http_reply r = { 0 };

	lines(&r, l);
	ck_assert_str_eq(r.commit, "abc");
	ck_assert_str_eq(r.etag, "0123");
	ck_assert_int_eq(r.size, 1000);
	ck_assert_int_eq(r.length, 990);
	ck_assert(r.ranged && r.from == 10 && r.to == 999 && r.total == 1000);
	reply_free(&r);
}
END_TEST

START_TEST(an_etag_loses_its_weakness_and_quotes)
{
	static const char *const l[] = { "HTTP/1.1 200 OK",
		"ETag: W/\"abc\"", NULL };
	struct http_reply r = { 0 };

	lines(&r, l);
	ck_assert_str_eq(r.etag, "abc");
	reply_free(&r);
}
END_TEST

static bool
range(const char *text, uint64_t from, uint64_t to, uint64_t total)
{
	struct http_reply r = { 0 };
	char line[200];

	reply_reset(&r);
	snprintf(line, sizeof line, "Content-Range: %s\r\n", text);
	reply_header(&r, line, strlen(line));
	return r.ranged && r.from == from && r.to == to && r.total == total;
}

START_TEST(only_a_whole_content_range_counts)
{
	ck_assert(range("bytes 0-0/1", 0, 0, 1));
	ck_assert(range("bytes 100-199/1000", 100, 199, 1000));
	ck_assert(range("Bytes 1-2/3", 1, 2, 3));
	ck_assert(!range("bytes 100-199/*", 100, 199, 0));
	ck_assert(!range("bytes */1000", 0, 0, 1000));
	ck_assert(!range("bytes 5-4/10", 5, 4, 10));
	ck_assert(!range("bytes 5-10/10", 5, 10, 10));
	ck_assert(!range("bytes 1-2/3x", 1, 2, 3));
	ck_assert(!range("1-2/3", 1, 2, 3));
	ck_assert(!range("bytes 1-2/99999999999999999999999", 1, 2, 0));
	ck_assert(!range("bytes -1-2/3", 1, 2, 3));
	ck_assert(!range("", 0, 0, 0));
}
END_TEST

static long
wait_of(const char *a, const char *b)
{
	const char *const l[] = { "HTTP/1.1 429 Too Many", a, b, NULL };
	struct http_reply r = { 0 };

	lines(&r, l);
	reply_free(&r);
	return r.wait;
}

START_TEST(the_wait_is_the_rate_limits_or_retry_afters)
{
	ck_assert_int_eq(wait_of("Retry-After: 7", NULL), 7);
	ck_assert_int_eq(wait_of("RateLimit: \"api\";r=0;t=55", NULL), 55);
	ck_assert_int_eq(wait_of("RateLimit: \"api\";r=0;t=55",
	    "Retry-After: 7"), 55);
	ck_assert_int_eq(wait_of("RateLimit: \"api\";r=12;t=55", NULL), -1);
	ck_assert_int_eq(wait_of("Retry-After: soon", NULL), -1);
	ck_assert_int_eq(wait_of("Retry-After: -1", NULL), -1);
	ck_assert_int_eq(wait_of("Retry-After: 99999999999", NULL), 1000000);
	ck_assert_int_eq(wait_of("RateLimit: ;;r=;t=", NULL), -1);
}
END_TEST

START_TEST(the_next_page_is_found_among_links)
{
	static const char *const l[] = { "HTTP/1.1 200 OK",
		"Link: <http://a/1>; rel=\"first\", <http://a/2?x=1,2>; "
		"rel=\"next\"", NULL };
	static const char *const none[] = { "HTTP/1.1 200 OK",
		"Link: <http://a/1>; rel=\"prev\", <http://a", NULL };
	struct http_reply r = { 0 };

	lines(&r, l);
	ck_assert_str_eq(r.next, "http://a/2?x=1,2");
	reply_free(&r);
	lines(&r, none);
	ck_assert_ptr_null(r.next);
	reply_free(&r);
}
END_TEST

START_TEST(long_texts_are_cut_and_odd_lines_are_nothing)
{
	struct http_reply r = { 0 };
	char line[1000] = "X-Error-Message: ";
	size_t i;

	reply_reset(&r);
	for (i = strlen(line); i < sizeof line - 1; i++)
		line[i] = 'x';
	reply_header(&r, line, sizeof line - 1);
	ck_assert_uint_eq(strlen(r.message), sizeof r.message - 1);
	reply_header(&r, "", 0);
	reply_header(&r, ":", 1);
	reply_header(&r, "no colon", 8);
	reply_header(&r, line + 17, 900);
	reply_free(&r);
}
END_TEST

static bool
trusted(const char *url)
{
	char *o = url_origin(url);
	bool yes = o != NULL && origin_trusted(o);

	free(o);
	return yes;
}

START_TEST(a_token_goes_over_https_or_to_this_machine)
{
	ck_assert(trusted("https://huggingface.co/x"));
	ck_assert(trusted("http://127.0.0.1:8080"));
	ck_assert(trusted("http://localhost/"));
	ck_assert(trusted("http://[::1]:80/x"));
	ck_assert(!trusted("http://huggingface.co"));
	ck_assert(!trusted("http://127.0.0.1.evil.example"));
	ck_assert(!trusted("http://localhost.evil.example"));
	ck_assert(!trusted("http://evil.example/127.0.0.1"));
	ck_assert(!trusted("http://127.0.0.1@evil.example"));
	ck_assert(!trusted("ftp://127.0.0.1"));
	ck_assert(!trusted("file:///etc/passwd"));
	ck_assert(!trusted("nonsense"));
}
END_TEST

static bool
same_origin(const char *a, const char *b)
{
	char *x = url_origin(a), *y = url_origin(b);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

START_TEST(an_origin_is_scheme_host_and_port)
{
	ck_assert(same_origin("https://Hub.Co/a", "HTTPS://hub.co:443/b?c"));
	ck_assert(same_origin("http://a:80", "http://a"));
	ck_assert(!same_origin("https://a", "http://a"));
	ck_assert(!same_origin("https://a", "https://a:444"));
	ck_assert(!same_origin("https://a", "https://b"));
	ck_assert(!same_origin("https://a", "https://a.b"));
}
END_TEST

START_TEST(names_are_quoted_byte_by_byte)
{
	struct buf b = { 0 };

	http_quote(&b, "a/b c%\303\251~-._", "/");
	buf_byte(&b, ' ');
	http_quote(&b, "refs/pr/1", "");
	ck_assert_str_eq(b.p, "a/b%20c%25%C3%A9~-._ refs%2Fpr%2F1");
	buf_free(&b);
}
END_TEST

START_TEST(retries_end_and_grow_and_obey)
{
	struct http_reply down = { .status = 503, .wait = -1 };
	struct http_reply limited = { .status = 429, .wait = 3 };
	struct http_reply never = { .status = 429, .wait = 100000 };
	struct http_reply gone = { .status = 404, .wait = -1 };
	struct http_reply ours = { .refused = true, .wait = -1 };
	struct retry r = { .tries = 4 };
	double wait;
	int i;

	for (i = 0; i < 3; i++) {
		wait = retry_after(&r, &down, NULL);
		ck_assert_double_ge(wait, 0.25 * (1 << i));
		ck_assert_double_le(wait, 0.5 * (1 << i));
	}
	ck_assert_double_lt(retry_after(&r, &down, NULL), 0);
	r = (struct retry){ .tries = 4 };
	wait = retry_after(&r, &limited, NULL);
	ck_assert(wait >= 3 && wait < 4);
	ck_assert_double_lt(retry_after(&r, &never, NULL), 0);
	ck_assert_double_lt(retry_after(&r, &gone, NULL), 0);
	ck_assert_double_lt(retry_after(&r, &ours, "refused"), 0);
	ck_assert_double_gt(retry_after(&r, &gone, "reset"), 0);
}
END_TEST

UNIT_MAIN("hub_reply", http_2_says_the_same_in_lower_case,
    what_the_hub_says_on_a_redirect_outlives_the_next_hop,
    an_etag_loses_its_weakness_and_quotes, only_a_whole_content_range_counts,
    the_wait_is_the_rate_limits_or_retry_afters,
    the_next_page_is_found_among_links,
    long_texts_are_cut_and_odd_lines_are_nothing,
    a_token_goes_over_https_or_to_this_machine,
    an_origin_is_scheme_host_and_port, names_are_quoted_byte_by_byte,
    retries_end_and_grow_and_obey)
