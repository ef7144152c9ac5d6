#include "plain.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

/* Not to be shown as they are: sorted, ends included. */
static const struct {
	uint32_t from, to;
} unsafe[] = {
	{ 0x0000, 0x001f },	/* C0 */
	{ 0x007f, 0x009f },	/* delete, C1 */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x200e, 0x200f },	/* left-to-right, right-to-left mark */
	{ 0x2028, 0x202e },	/* line, paragraph separator; embeddings */
	{ 0x2066, 0x206f },	/* isolates; deprecated format controls */
	{ 0xfff9, 0xfffb },	/* interlinear annotation */
	{ 0xe0000, 0xe007f },	/* tags */
};

static bool
is_unsafe(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
		if (c <= unsafe[i].to)
			return c >= unsafe[i].from;
	return false;
}

/*
 * How many bytes at s[0..n) may be shown; then *bad bytes (0 at the end) may
 * not be, which are the character *c, or one invalid byte: *c is then ~0.
 */
static size_t
run(const char *s, size_t n, int *bad, uint32_t *c)
{
	size_t i = 0;
	int len;

	for (*bad = 0; i < n; i += (size_t)len) {
		len = utf8_decode(s + i, n - i, c);
		if (len == 0)
			*c = ~0u;
		if (len == 0 || is_unsafe(*c)) {
			*bad = len ? len : 1;
			break;
		}
	}
	return i;
}

static void
put_bytes(struct buf *b, const char *s, int n)
{
	int i;

	for (i = 0; i < n; i++)
		buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s[i]);
}

static void
put(struct buf *b, const char *s, size_t n, bool lines)
{
	size_t i, r;
	uint32_t c;
	int bad;

	for (i = 0; i < n; i += r + (size_t)bad) {
		r = run(s + i, n - i, &bad, &c);
		buf_add(b, s + i, r);
		if (bad == 0)
			break;
		if (lines && (c == '\n' || c == '\t'))
			buf_byte(b, (char)c);
		else if (!(lines && c == '\r' && i + r + 1 < n &&
		    s[i + r + 1] == '\n'))
			put_bytes(b, s + i + r, bad);
	}
}

void
plain_field(struct buf *b, const char *s, size_t n)
{
	put(b, s, n, false);
}

void
plain_text(struct buf *b, const char *s, size_t n)
{
	put(b, s, n, true);
}

/* JSON's escapes are UTF-16. */
static void
put_escape(struct buf *b, uint32_t c)
{
	if (c == ~0u)
		c = 0xfffd;
	if (c > 0xffff)
		buf_printf(b, "\\u%04x\\u%04x",
		    (unsigned)(0xd7c0 + (c >> 10)),
		    (unsigned)(0xdc00 | (c & 0x3ff)));
	else
		buf_printf(b, "\\u%04x", (unsigned)c);
}

void
plain_json(struct buf *b, const char *s, size_t n)
{
	size_t i, r;
	uint32_t c;
	int bad;

	for (i = 0; i < n; i += r + (size_t)bad) {
		r = run(s + i, n - i, &bad, &c);
		buf_add(b, s + i, r);
		if (bad != 0)
			put_escape(b, c);
	}
}
