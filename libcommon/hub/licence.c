#include "hub/licence.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "hub/card.h"
#include "util.h"

/* Identifiers are single words; what is not becomes '_'. */
static void
put(struct buf *b, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	if (b->n > 0)
		buf_byte(b, ',');
	for (; *s != '\0'; s++)
		buf_byte(b, *s > ' ' && *s < 0x7f && *s != ',' ? *s : '_');
}

/* The Hub repeats the card's licence as a tag. */
static void
from_tags(struct buf *b, json *tags)
{
	json *t;
	const char *s;

	for (t = json_first(tags); t != NULL; t = json_next(t)) {
		s = json_text(t);
		if (s != NULL && strncmp(s, "license:", 8) == 0)
			put(b, s + 8);
	}
}

char *
licence_of(json *info)
{
	json *l = json_get(json_get(info, "cardData"), "license"), *e;
	struct buf b = { 0 };

	if (json_is_array(l))
		for (e = json_first(l); e != NULL; e = json_next(e))
			put(&b, json_text(e));
	else
		put(&b, json_text(l));
	if (b.n == 0)
		from_tags(&b, json_get(info, "tags"));
	return b.n == 0 ? xstrdup("unknown") : b.p;
}

char *
licence_of_card(const char *path)
{
	struct buf b = { 0 };
	const struct front *l;
	struct card c;
	size_t i;

	if (card_load(&c, path) < 0)
		return NULL;
	l = front_get(c.front.root, "license");
	if (l != NULL && l->kind == FRONT_SCALAR)
		put(&b, l->text);
	for (i = 0; l != NULL && l->kind == FRONT_LIST && i < l->n; i++)
		if (l->item[i]->kind == FRONT_SCALAR)
			put(&b, l->item[i]->text);
	card_free(&c);
	return b.n == 0 ? xstrdup("unknown") : b.p;
}

/* Is the word s[0..n) one of the list's? */
static bool
listed(const char *list, const char *s, size_t n)
{
	size_t m;

	for (; *list != '\0'; list += m + (list[m] == ',')) {
		m = strcspn(list, ",");
		if (m == n && strncasecmp(list, s, n) == 0)
			return true;
	}
	return false;
}

int
licence_allowed(const char *licence, const char *allowed)
{
	const char *s = licence;
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		if (!listed(allowed, s, n))
			return fail("its licence is %s, allowed is %s: "
			    "nothing was fetched", licence, allowed);
	}
	return 0;
}
