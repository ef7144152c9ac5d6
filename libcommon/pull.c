#include "pull.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

void
pull_init(struct pull *j, const char *text, size_t n)
{
	*j = (struct pull){ .at = text, .start = text, .end = text + n };
}

bool
pull_fail(struct pull *j, const char *error)
{
	if (j->error == NULL)
		j->error = error;
	return false;
}

static void
space(struct pull *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' ||
	    *j->at == '\t' || *j->at == '\r'))
		j->at++;
}

char
pull_peek(struct pull *j)
{
	if (j->error != NULL)
		return 0;
	space(j);
	return j->at < j->end ? *j->at : 0;
}

static bool
expect(struct pull *j, char c, const char *otherwise)
{
	if (pull_peek(j) != c)
		return pull_fail(j, j->at < j->end ? otherwise
						   : "ends too early");
	j->at++;
	return true;
}

static bool
enter(struct pull *j, char kind, const char *otherwise)
{
	if (!expect(j, kind, otherwise))
		return false;
	if (j->depth == PULL_DEPTH)
		return pull_fail(j, "is nested too deeply");
	j->kind[j->depth++] = kind;
	j->first = true;
	return true;
}

bool
pull_object(struct pull *j)
{
	return enter(j, '{', "has no object where one is wanted");
}

bool
pull_array(struct pull *j)
{
	return enter(j, '[', "has no array where one is wanted");
}

/* At the end of the container leave it; else step over the comma. */
static bool
more(struct pull *j, char kind)
{
	char c = pull_peek(j);

	if (j->error != NULL)
		return false;
	if (j->depth == 0 || j->kind[j->depth - 1] != kind)
		return pull_fail(j, "has a value of another kind than wanted");
	if (c == (kind == '{' ? '}' : ']')) {
		j->at++;
		j->depth--;
		j->first = false;
		return false;
	}
	if (!j->first && !expect(j, ',', "has no comma where one is wanted"))
		return false;
	j->first = false;
	return true;
}

/* The length of the escape at p, 0 when it is none. */
static size_t
escape(const char *p, const char *end)
{
	size_t i;

	if (end - p < 2)
		return 0;
	if (strchr("\"\\/bfnrt", p[1]) != NULL && p[1] != '\0')
		return 2;
	if (p[1] != 'u' || end - p < 6)
		return 0;
	for (i = 2; i < 6; i++)
		if (strchr("0123456789abcdefABCDEF", p[i]) == NULL ||
		    p[i] == '\0')
			return 0;
	return 6;
}

bool
pull_string(struct pull *j, struct slice *s)
{
	const char *p;
	size_t n;

	if (!expect(j, '"', "has no string where one is wanted"))
		return false;
	for (p = j->at; p < j->end && *p != '"'; ) {
		if ((unsigned char)*p < 0x20)
			return pull_fail(j, "has a control byte in a string");
		if (*p != '\\') {
			p++;
			continue;
		}
		n = escape(p, j->end);
		if (n == 0)
			return pull_fail(j, "has a bad escape in a string");
		p += n;
	}
	if (p >= j->end)
		return pull_fail(j, "ends inside a string");
	*s = (struct slice){ j->at, (size_t)(p - j->at) };
	if (utf8_valid(s->p, s->n) != s->n)
		return pull_fail(j, "has a string that is not UTF-8");
	j->at = p + 1;
	j->first = false;
	return true;
}

bool
pull_key(struct pull *j, struct slice *key)
{
	return more(j, '{') && pull_string(j, key) &&
	    expect(j, ':', "has no colon after a key");
}

bool
pull_item(struct pull *j)
{
	return more(j, '[');
}

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

bool
pull_number(struct pull *j, struct slice *s)
{
	const char *p, *q;

	pull_peek(j);
	if (j->error != NULL)
		return false;
	p = j->at;
	if (p < j->end && *p == '-')
		p++;
	q = digits(p, j->end);
	if (q == p || (*p == '0' && q - p > 1))
		return pull_fail(j, "has no number where one is wanted");
	if (q < j->end && *q == '.') {
		p = q + 1;
		q = digits(p, j->end);
		if (q == p)
			return pull_fail(j, "has a bad number");
	}
	if (q < j->end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		if (p < j->end && (*p == '+' || *p == '-'))
			p++;
		q = digits(p, j->end);
		if (q == p)
			return pull_fail(j, "has a bad number");
	}
	*s = (struct slice){ j->at, (size_t)(q - j->at) };
	j->at = q;
	j->first = false;
	return true;
}

/* Digits to a number; false when it does not fit or is no whole number. */
static bool
whole(struct slice s, uint64_t *v)
{
	uint64_t u = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9' ||
		    __builtin_mul_overflow(u, 10, &u) ||
		    __builtin_add_overflow(u, (uint64_t)(s.p[i] - '0'), &u))
			return false;
	*v = u;
	return true;
}

bool
pull_u64(struct pull *j, uint64_t *v)
{
	struct slice s;

	if (!pull_number(j, &s))
		return false;
	return whole(s, v) || pull_fail(j, "has a number out of range");
}

bool
pull_i64(struct pull *j, int64_t *v)
{
	struct slice s;
	bool minus;
	uint64_t u;

	if (!pull_number(j, &s))
		return false;
	minus = s.p[0] == '-';
	if (minus)
		s = (struct slice){ s.p + 1, s.n - 1 };
	if (!whole(s, &u) || u > (uint64_t)INT64_MAX)
		return pull_fail(j, "has a number out of range");
	*v = minus ? -(int64_t)u : (int64_t)u;
	return true;
}

bool
pull_f64(struct pull *j, double *v)
{
	struct slice s;
	char tmp[64];

	if (!pull_number(j, &s))
		return false;
	if (s.n >= sizeof tmp)
		return pull_fail(j, "has a number that is too long");
	memcpy(tmp, s.p, s.n);
	tmp[s.n] = '\0';
	*v = strtod(tmp, NULL);
	return true;
}

static bool
word(struct pull *j, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(j->end - j->at) < n || memcmp(j->at, w, n) != 0)
		return pull_fail(j, "is not valid JSON");
	j->at += n;
	j->first = false;
	return true;
}

bool
pull_bool(struct pull *j, bool *v)
{
	char c = pull_peek(j);

	if (j->error != NULL)
		return false;
	if (c != 't' && c != 'f')
		return pull_fail(j, "has no true or false where one is wanted");
	*v = c == 't';
	return word(j, c == 't' ? "true" : "false");
}

bool
pull_null(struct pull *j)
{
	return pull_peek(j) == 'n' && word(j, "null");
}

static bool
scalar(struct pull *j)
{
	struct slice s;
	bool b;

	switch (pull_peek(j)) {
	case '"':
		return pull_string(j, &s);
	case 't':
	case 'f':
		return pull_bool(j, &b);
	case 'n':
		return pull_null(j);
	default:
		return pull_number(j, &s);
	}
}

/* Without recursion: the containers that are open are in j itself. */
bool
pull_skip(struct pull *j)
{
	int base = j->depth;
	struct slice key;
	char c;

	do {
		c = pull_peek(j);
		if (c == '{' || c == '[')
			enter(j, c, "");
		else
			scalar(j);
		while (j->error == NULL && j->depth > base &&
		    !(j->kind[j->depth - 1] == '{' ? pull_key(j, &key)
						   : pull_item(j)))
			continue;
	} while (j->error == NULL && j->depth > base);
	return j->error == NULL;
}

int
pull_end(struct pull *j)
{
	space(j);
	if (j->error == NULL && (j->depth != 0 || j->at != j->end))
		pull_fail(j, "has something after its end");
	if (j->error != NULL)
		return fail("%s at byte %zu", j->error,
		    (size_t)(j->at - j->start));
	return 0;
}

static uint32_t
hex4(const char *p)
{
	char tmp[5] = { p[0], p[1], p[2], p[3], '\0' };

	return (uint32_t)strtoul(tmp, NULL, 16);
}

/* The code point of the \u escape at p; *used bytes were read. */
static uint32_t
unicode(const char *p, const char *end, size_t *used)
{
	uint32_t c = hex4(p + 2), d;

	*used = 6;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
		d = hex4(p + 8);
		if (d >= 0xdc00 && d <= 0xdfff) {
			*used = 12;
			return 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
		}
	}
	return 0xfffd;
}

size_t
slice_decode(struct slice s, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = s.p, *end = s.p + s.n;
	char *o = out;
	size_t used;

	while (p < end) {
		if (*p != '\\') {
			*o++ = *p++;
		} else if (p[1] == 'u') {
			o += utf8_encode(unicode(p, end, &used), o);
			p += used;
		} else {
			*o++ = to[strchr(from, p[1]) - from];
			p += 2;
		}
	}
	return (size_t)(o - out);
}

bool
slice_is(struct slice s, const char *text)
{
	size_t n = strlen(text);
	char tmp[256];

	if (memchr(s.p, '\\', s.n) == NULL)
		return s.n == n && memcmp(s.p, text, n) == 0;
	if (s.n > sizeof tmp)
		return false;
	s.n = slice_decode(s, tmp);
	return s.n == n && memcmp(tmp, text, n) == 0;
}
