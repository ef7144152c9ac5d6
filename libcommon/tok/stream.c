#include <stdlib.h>
#include <string.h>

#include "tok/pipeline.h"
#include "util.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

/*
 * Tokens are decoded together with the last one that was given out, since
 * what a token becomes depends on whether one is before it.
 */
struct tok_stream {
	const struct tok *t;
	bool skip_special;
	int hold;		/* HOLD_ bits */
	int32_t *ids;
	size_t n, cap;
	size_t done;		/* bytes of their text that were given out */
	struct buf text;
};

struct tok_stream *
tok_stream_new(const struct tok *t, bool skip_special)
{
	struct tok_stream *s = xcalloc(1, sizeof *s);

	s->t = t;
	s->skip_special = skip_special;
	s->hold = decoders_hold(&t->decoders);
	return s;
}

void
tok_stream_free(struct tok_stream *s)
{
	if (s == NULL)
		return;
	free(s->ids);
	buf_free(&s->text);
	free(s);
}

static int
decode(struct tok_stream *s, size_t n)
{
	s->text.n = 0;
	return tok_decode(s->t, s->ids, n, s->skip_special, &s->text);
}

/* How much of the text no further token changes; SIZE_MAX on failure. */
static size_t
certain(struct tok_stream *s)
{
	struct slice last;
	size_t n;

	if (s->hold & HOLD_ALL)
		return 0;
	if ((s->hold & HOLD_BYTES) &&
	    tok_spelling(s->t, s->ids[s->n - 1], &last) &&
	    decode_is_byte(last))
		return 0;
	if (s->hold & HOLD_TOKEN) {
		if (decode(s, s->n - 1) < 0)
			return SIZE_MAX;
		n = s->text.n;
		return decode(s, s->n) < 0 ? SIZE_MAX : n;
	}
	n = s->text.n;
	if ((s->hold & HOLD_CHAR) && n >= 3 &&
	    memcmp(s->text.p + n - 3, REPLACEMENT, 3) == 0)
		n -= 3;
	return n;
}

/*
 * Start anew from the last token whose text has been given out, with those
 * after it, rest of them.
 */
static int
anchor(struct tok_stream *s, size_t rest)
{
	size_t n = rest + 1;

	if (s->n <= n)
		return 0;
	memmove(s->ids, s->ids + s->n - n, n * sizeof *s->ids);
	s->n = n;
	if (decode(s, 1) < 0)
		return -1;
	s->done = s->text.n;
	return 0;
}

int
tok_stream_put(struct tok_stream *s, int32_t id, struct buf *out)
{
	struct slice piece;
	size_t n;

	if (!tok_spelling(s->t, id, &piece) || (s->skip_special &&
	    added_is_special(&s->t->added, piece.p, piece.n)))
		return 0;
	GROW(s->ids, s->n, s->cap);
	s->ids[s->n++] = id;
	if (s->hold & HOLD_ALL)
		return 0;
	if (decode(s, s->n) < 0 || (n = certain(s)) == SIZE_MAX)
		return -1;
	if (n > s->done) {
		buf_add(out, s->text.p + s->done, n - s->done);
		s->done = n;
	}
	if (s->hold & HOLD_TOKEN)
		return anchor(s, 1);
	return s->done == s->text.n ? anchor(s, 0) : 0;
}

int
tok_stream_end(struct tok_stream *s, struct buf *out)
{
	if (decode(s, s->n) < 0)
		return -1;
	if (s->text.n > s->done)
		buf_add(out, s->text.p + s->done, s->text.n - s->done);
	s->n = s->done = 0;
	return 0;
}
