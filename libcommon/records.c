#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "pull.h"
#include "utf8.h"

enum { READ = 256 << 10 };

void
records_open(struct records *r, char **files)
{
	r->files = files;
	r->fd = -1;
	r->eof = true;
	if (*files != NULL)
		return;
	r->fd = STDIN_FILENO;
	r->name = "stdin";
	r->eof = false;
}

void
records_close(struct records *r)
{
	if (r->fd > STDIN_FILENO)
		close(r->fd);
	r->fd = -1;
	buf_free(&r->in);
	buf_free(&r->a);
	buf_free(&r->b);
}

static int
next_file(struct records *r)
{
	if (r->fd > STDIN_FILENO)
		close(r->fd);
	r->name = *r->files++;
	if (strcmp(r->name, "-") == 0) {
		r->fd = STDIN_FILENO;
		r->name = "stdin";
	} else {
		r->fd = open(r->name, O_RDONLY | O_CLOEXEC);
		if (r->fd < 0)
			return fail("%s: %s", r->name, strerror(errno));
	}
	r->eof = false;
	return 0;
}

/* More bytes: 1, RECORD_WAIT, or -1; sets eof at the file's end. */
static int
more(struct records *r, bool wait)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	ssize_t n;

	if (!wait && poll(&p, 1, 0) == 0)
		return RECORD_WAIT;
	if (r->at > 0 && r->at >= r->in.n / 2) {
		memmove(r->in.p, r->in.p + r->at, r->in.n - r->at);
		r->in.n -= r->at;
		r->seen -= r->at;
		r->at = 0;
	}
	buf_reserve(&r->in, READ);
	do
		n = read(r->fd, r->in.p + r->in.n, READ);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail("%s: %s", r->name, strerror(errno));
	r->in.n += (size_t)n;
	r->eof = n == 0;
	return 1;
}

/* The bytes of the next record, without what ends it. */
static int
next_bytes(struct records *r, bool wait, struct slice *s)
{
	char end = r->form == RECORD_NUL ? '\0' : '\n', *p;
	int got;

	for (;;) {
		p = NULL;
		if (r->in.n > r->seen)
			p = memchr(r->in.p + r->seen, end, r->in.n - r->seen);
		if (p != NULL || (r->eof && r->in.n > r->at))
			break;
		r->seen = r->in.n;
		if (r->in.n - r->at > RECORD_MAX)
			return fail("%s: record %ju is longer than %d bytes",
			    r->name, (uintmax_t)r->count, RECORD_MAX);
		if (r->eof && *r->files == NULL)
			return 0;
		if (r->eof && next_file(r) < 0)
			return -1;
		if ((got = more(r, wait)) != 1)
			return got;
	}
	*s = (struct slice){ r->in.p + r->at, (p != NULL
	    ? (size_t)(p - r->in.p) : r->in.n) - r->at };
	r->at += s->n + (p != NULL);
	r->seen = r->at;
	return 1;
}

static int
bad(const struct records *r, const char *why)
{
	return fail("%s: record %ju: %s", r->name, (uintmax_t)r->count, why);
}

static void
decode(struct buf *b, struct slice s)
{
	b->n = 0;
	buf_reserve(b, s.n);
	b->n = slice_decode(s, b->p);
}

/* The two fields of an object; others are skipped. */
static void
object(struct records *r, struct pull *j, bool *a, bool *b)
{
	struct slice key, s;

	pull_object(j);
	while (pull_key(j, &key)) {
		if (slice_is(key, r->text_field)) {
			if (*a)
				pull_fail(j, "has a key twice");
			else if (pull_string(j, &s))
				decode(&r->a, s);
			*a = true;
		} else if (slice_is(key, r->pair_field)) {
			if (*b)
				pull_fail(j, "has a key twice");
			else if (!pull_null(j) && pull_string(j, &s)) {
				decode(&r->b, s);
				*b = true;
			}
		} else {
			pull_skip(j);
		}
	}
}

static void
array(struct records *r, struct pull *j, bool *a, bool *b)
{
	struct slice s;

	pull_array(j);
	if (pull_item(j) && pull_string(j, &s)) {
		decode(&r->a, s);
		*a = true;
	}
	if (pull_item(j) && pull_string(j, &s)) {
		decode(&r->b, s);
		*b = true;
	}
	if (!*b || pull_item(j))
		pull_fail(j, "is no pair of two strings");
}

static int
read_json(struct records *r, struct slice line, struct record *out)
{
	bool a = false, b = false;
	struct pull j;
	struct slice s;

	pull_init(&j, line.p, line.n);
	switch (pull_peek(&j)) {
	case '{':
		object(r, &j, &a, &b);
		break;
	case '[':
		array(r, &j, &a, &b);
		break;
	case '"':
		a = pull_string(&j, &s);
		if (a)
			decode(&r->a, s);
		break;
	default:
		return bad(r, "is no JSON string, object or pair of strings");
	}
	if (pull_end(&j) < 0)
		return fail("%s: record %ju: %s", r->name,
		    (uintmax_t)r->count, errstr());
	if (!a)
		return fail("%s: record %ju: has no \"%s\"", r->name,
		    (uintmax_t)r->count, r->text_field);
	out->a = r->a.p;
	out->na = r->a.n;
	if (b) {
		out->b = r->b.p;
		out->nb = r->b.n;
	}
	return 1;
}

static int
render(struct records *r, struct slice s, struct record *out)
{
	r->a.n = 0;
	buf_reserve(&r->a, 0);
	if (chat_render(r->chat, s.p, s.n, r->prompt, &r->a) < 0)
		return bad(r, errstr());
	out->a = r->a.p;
	out->na = r->a.n;
	out->data = chat_data(r->chat, &out->n_data);
	return 0;
}

int
records_next(struct records *r, bool wait, struct record *out)
{
	struct slice s = { NULL, 0 };
	size_t ok;
	int got = next_bytes(r, wait, &s);

	if (got != 1)
		return got;
	ok = utf8_valid(s.p, s.n);
	if (ok != s.n)
		return fail("%s: record %ju: byte %zu is not valid UTF-8",
		    r->name, (uintmax_t)r->count, ok);
	*out = (struct record){ .number = r->count, .a = s.p, .na = s.n };
	if (r->chat != NULL && render(r, s, out) < 0)
		return -1;
	if (r->form == RECORD_JSON && read_json(r, s, out) < 0)
		return -1;
	r->count++;
	return 1;
}
