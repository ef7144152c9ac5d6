#include <stdlib.h>

#include "err.h"
#include "tok/rewrite.h"
#include "util.h"

/* NFC, NFD, NFKC and NFKD as steps. */
struct form_step {
	struct step step;
	enum unicode_form form;
};

static int
change(const struct step *s, void *work, const struct text *in, size_t from,
    size_t to, struct text *out)
{
	const struct form_step *f = (const struct form_step *)s;
	size_t same = unicode_is_normal(f->form, in->p + from, to - from);
	struct unicode_from *align;
	struct rewrite *w = work;

	text_copy(out, in, from, from + same);
	from += same;
	if (from == to)
		return 0;
	align = rewrite_start(w, in);
	unicode_normalize(f->form, in->p + from, to - from, &w->out, align);
	rewrite_end(w, in, from, out);
	return 0;
}

static void
release(struct step *s)
{
	free(s);
}

struct step *
nfc_load(struct pull *j)
{
	static const char *const names[] = { "NFC", "NFD", "NFKC", "NFKD" };
	static const struct part_hint none[] = { { NULL, NULL } };
	struct form_step *f;
	struct slice type;
	int i;

	if (part_type(j, "normal form", none, &type) < 0 || !pull_skip(j))
		return NULL;
	for (i = 0; i < 4 && !slice_is(type, names[i]); i++)
		;
	if (i == 4)
		return fail("no normal form"), NULL;
	f = xcalloc(1, sizeof *f);
	f->form = (enum unicode_form)i;
	f->step = (struct step){ .type = names[i], .change = change,
		.work_new = rewrite_new, .work_free = rewrite_free,
		.free = release };
	return &f->step;
}
