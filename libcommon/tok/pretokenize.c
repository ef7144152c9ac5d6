#include "tok/pretokenize.h"

#include <stdlib.h>
#include <string.h>

#include "tok/unicode.h"
#include "util.h"

static void
release(struct step *s)
{
	free(s);
}

static struct step *
simple(const char *type, int (*split)(const struct step *, void *,
    const struct text *, size_t, size_t, struct pieces *))
{
	struct step *s = xcalloc(1, sizeof *s);

	*s = (struct step){ .type = type, .split = split, .free = release };
	return s;
}

/* White space parts words and is dropped; punctuation stands alone. */
static int
bert_split(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct pieces *out)
{
	const char *p = in->p + from, *end = in->p + to, *q;
	size_t word = from, at;
	uint32_t class;

	(void)s;
	(void)work;
	for (; p < end; p = q) {
		q = p;
		class = unicode_class(unicode_next(&q));
		if (!(class & (UC_SPACE | UC_PUNCT)))
			continue;
		at = (size_t)(p - in->p);
		pieces_add(out, word, at);
		word = (size_t)(q - in->p);
		if (!(class & UC_SPACE))
			pieces_add(out, at, word);
	}
	pieces_add(out, word, to);
	return 0;
}

struct step *
bert_pretokenizer_new(void)
{
	return simple("BertPreTokenizer", bert_split);
}

static struct step *
bert_load(struct pull *j)
{
	return pull_skip(j) ? bert_pretokenizer_new() : NULL;
}

static const struct kind {
	const char *type;
	struct step *(*load)(struct pull *j);
} kinds[] = {
	{ "BertPreTokenizer", bert_load },
	{ NULL, NULL }
};

static int
list(struct pull *j, void *steps)
{
	pull_array(j);
	while (pull_item(j))
		if (pretokenizer_load(j, steps) < 0)
			return -1;
	return j->error == NULL ? 0 : -1;
}

static int
sequence(struct pull *j, struct steps *out)
{
	static const struct field fields[] = {
		{ "pretokenizers", FIELD_CUSTOM, NEEDED, 0, list }, { 0 }
	};

	return fields_read(j, fields, out);
}

int
pretokenizer_load(struct pull *j, struct steps *out)
{
	const struct kind *k;
	struct slice type;
	struct step *s;

	if (pull_null(j))
		return 0;
	if (!part_type(j, &type)) {
		pull_fail(j, "has a pre-tokenizer without a type");
		return -1;
	}
	if (slice_is(type, "Sequence"))
		return sequence(j, out);
	for (k = kinds; k->type != NULL; k++)
		if (slice_is(type, k->type))
			break;
	if (k->type == NULL)
		return part_unknown(j, "pre-tokenizer", type);
	s = k->load(j);
	if (s == NULL)
		return -1;
	steps_add(out, s);
	return 0;
}
