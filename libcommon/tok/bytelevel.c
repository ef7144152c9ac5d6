#include "tok/bytelevel.h"

#include <stdlib.h>

#include "tok/unicode.h"
#include "utf8.h"
#include "util.h"

static int
letters(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	char tmp[4];
	size_t i;

	(void)s;
	(void)work;
	for (i = from; i < to; i++)
		text_put(out, tmp, (size_t)utf8_encode(
		    unicode_of_byte[(unsigned char)in->p[i]], tmp),
		    text_at(in, i));
	return 0;
}

static int
space(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	(void)s;
	(void)work;
	if (from < to && in->p[from] != ' ')
		text_put(out, " ", 1, text_at(in, from));
	text_copy(out, in, from, to);
	return 0;
}

static void
release(struct step *s)
{
	free(s);
}

static struct step *
new(int (*change)(const struct step *, void *, const struct text *, size_t,
    size_t, struct text *))
{
	struct step *s = xcalloc(1, sizeof *s);

	*s = (struct step){ .type = "ByteLevel", .change = change,
		.free = release };
	return s;
}

struct step *
byte_letters_new(void)
{
	return new(letters);
}

struct step *
space_before_new(void)
{
	return new(space);
}

bool
is_byte_letters(const struct step *s)
{
	return s->change == letters;
}

bool
is_space_before(const struct step *s)
{
	return s->change == space;
}
