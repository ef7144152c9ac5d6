#include "tok/normalize.h"

#include <string.h>

#include "tok/bytelevel.h"
#include "util.h"

static int
optional_bool(struct pull *j, void *member)
{
	int *v = member;
	bool b;

	if (pull_null(j))
		return 0;
	if (!pull_bool(j, &b))
		return -1;
	*v = b;
	return 0;
}

static struct step *
bert_load(struct pull *j)
{
	struct bert {
		bool clean, chinese, lower;
		int accents;	/* -1: as lowercase says */
	} b = { .accents = -1 };
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct bert, m)
		{ "clean_text", FIELD_BOOL, NEEDED, MEMBER(clean), NULL },
		{ "handle_chinese_chars", FIELD_BOOL, NEEDED, MEMBER(chinese),
		    NULL },
		{ "strip_accents", FIELD_CUSTOM, 0, MEMBER(accents),
		    optional_bool },
		{ "lowercase", FIELD_BOOL, NEEDED, MEMBER(lower), NULL },
#undef MEMBER
		{ 0 }
	};

	if (fields_read(j, fields, &b) < 0)
		return NULL;
	return bert_normalizer_new(b.clean, b.chinese,
	    b.accents < 0 ? b.lower : b.accents != 0, b.lower);
}

static struct step *
letters_load(struct pull *j)
{
	return pull_skip(j) ? byte_letters_new() : NULL;
}

static const struct kind {
	const char *type;
	struct step *(*load)(struct pull *j);
} kinds[] = {
	{ "BertNormalizer", bert_load },
	{ "ByteLevel", letters_load },
	{ "Lowercase", lowercase_load },
	{ "NFC", nfc_load },
	{ "NFD", nfc_load },
	{ "NFKC", nfc_load },
	{ "NFKD", nfc_load },
	{ "Nmt", nmt_load },
	{ "Precompiled", precompiled_load },
	{ "Prepend", prepend_load },
	{ "Replace", replace_load },
	{ "Strip", strip_load },
	{ "StripAccents", strip_accents_load },
	{ NULL, NULL }
};

static int
load(struct pull *j, void *steps)
{
	return normalizer_load(j, steps);
}

int
normalizer_load(struct pull *j, struct steps *out)
{
	static const struct part_hint hints[] = {
		{ "clean_text", "BertNormalizer" }, { "strip_left", "Strip" },
		{ "normalizers", "Sequence" }, { "pattern", "Replace" },
		{ "precompiled_charsmap", "Precompiled" },
		{ "prepend", "Prepend" }, { NULL, NULL }
	};
	const struct kind *k;
	struct slice type;
	struct step *s;

	if (pull_null(j))
		return 0;
	if (part_type(j, "normalizer", hints, &type) < 0)
		return -1;
	if (slice_is(type, "Sequence"))
		return part_sequence(j, "normalizers", load, out);
	for (k = kinds; k->type != NULL; k++)
		if (slice_is(type, k->type))
			break;
	if (k->type == NULL)
		return part_unknown(j, "normalizer", type);
	s = k->load(j);
	if (s == NULL)
		return -1;
	steps_add(out, s);
	return 0;
}
