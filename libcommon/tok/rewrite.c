#include "tok/rewrite.h"

#include <stdlib.h>

#include "util.h"

void *
rewrite_new(const struct step *s)
{
	(void)s;
	return xcalloc(1, sizeof(struct rewrite));
}

void
rewrite_free(void *work)
{
	struct rewrite *w = work;

	if (w == NULL)
		return;
	buf_free(&w->out);
	unicode_from_free(&w->from);
	free(w);
}

struct unicode_from *
rewrite_start(struct rewrite *w, const struct text *in)
{
	w->out.n = 0;
	w->from.n = 0;
	return in->aligned ? &w->from : NULL;
}

void
rewrite_end(struct rewrite *w, const struct text *in, size_t at,
    struct text *out)
{
	static const struct span nowhere = { 0, 0 };
	uint32_t from;
	size_t i, k;

	if (!in->aligned) {
		text_put(out, w->out.p, w->out.n, nowhere);
		return;
	}
	for (i = 0; i < w->out.n; i = k) {
		from = w->from.p[i];
		for (k = i + 1; k < w->out.n && w->from.p[k] == from; k++)
			;
		text_put(out, w->out.p + i, k - i, from == UNICODE_NOWHERE ?
		    nowhere : in->at[at + from]);
	}
}
