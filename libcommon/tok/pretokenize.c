#include "tok/pretokenize.h"

#include <stdlib.h>
#include <string.h>

#include "tok/bytelevel.h"
#include "tok/normalize.h"
#include "tok/unicode.h"
#include "utf8.h"
#include "util.h"

int
behavior_read(struct pull *j, void *behavior)
{
	static const char *const names[] = {
		[SPLIT_REMOVED] = "Removed", [SPLIT_ISOLATED] = "Isolated",
		[SPLIT_MERGED_WITH_PREVIOUS] = "MergedWithPrevious",
		[SPLIT_MERGED_WITH_NEXT] = "MergedWithNext",
		[SPLIT_CONTIGUOUS] = "Contiguous",
	};
	int i = part_choice(j, "split behavior", names,
	    sizeof names / sizeof *names);

	if (i < 0)
		return -1;
	*(enum behavior *)behavior = (enum behavior)i;
	return 0;
}

static int
prepend_read(struct pull *j, void *prepend)
{
	struct slice s;

	if (!pull_string(j, &s))
		return -1;
	if (slice_is(s, "always"))
		*(int *)prepend = PREPEND_ALWAYS;
	else if (slice_is(s, "first"))
		*(int *)prepend = PREPEND_FIRST;
	else if (slice_is(s, "never"))
		*(int *)prepend = PREPEND_NEVER;
	else
		return part_unknown(j, "prepend_scheme", s);
	return 0;
}

int
metaspace_read(struct pull *j, struct metaspace *m)
{
	struct legacy {
		struct metaspace m;
		int prepend;
		bool space;
	} l = { .m = { .split = true }, .prepend = PREPEND_ALWAYS,
		.space = true };
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct legacy, m)
		{ "replacement", FIELD_CHAR, NEEDED, MEMBER(m.replacement),
		    NULL },
		{ "prepend_scheme", FIELD_CUSTOM, 0, MEMBER(prepend),
		    prepend_read },
		{ "split", FIELD_BOOL, NULLABLE, MEMBER(m.split), NULL },
		{ "add_prefix_space", FIELD_BOOL, NULLABLE, MEMBER(space),
		    NULL },
#undef MEMBER
		{ 0 }
	};

	if (fields_read(j, fields, &l) < 0)
		return -1;
	if (!l.space && l.prepend != PREPEND_NEVER) {
		pull_fail(j, "has a Metaspace whose add_prefix_space does not "
		    "match its prepend_scheme");
		return -1;
	}
	m->replacement = l.m.replacement;
	m->prepend = l.prepend;
	m->split = l.m.split;
	return 0;
}

static void
release(struct step *s)
{
	free(s);
}

/* Spaces become the replacement, and one may be put before the piece. */
static int
metaspace_change(const struct step *s, void *work, const struct text *in,
    size_t from, size_t to, struct text *out)
{
	const struct metaspace *m = (const struct metaspace *)s;
	size_t i = from, n, run = from;
	const char *p = in->p + from;
	struct span at;
	uint32_t c;
	char r[4];

	(void)work;
	if (from == to)
		return 0;
	n = (size_t)utf8_encode(m->replacement, r);
	c = unicode_next(&p);
	at = text_at(in, from);
	if (c != ' ' && c != m->replacement && m->prepend != PREPEND_NEVER &&
	    (m->prepend == PREPEND_ALWAYS || at.from == 0))
		text_put(out, r, n, at);
	for (; i < to; i++) {
		if (in->p[i] != ' ')
			continue;
		text_copy(out, in, run, i);
		text_put(out, r, n, text_at(in, i));
		run = i + 1;
	}
	text_copy(out, in, run, to);
	return 0;
}

const struct metaspace *
metaspace_of(const struct step *s)
{
	return s->change == metaspace_change ? (const struct metaspace *)s
					     : NULL;
}

static int
metaspace_load(struct pull *j, struct steps *out)
{
	struct metaspace *m = xcalloc(1, sizeof *m);

	m->step = (struct step){ .type = "Metaspace",
		.change = metaspace_change, .free = release };
	if (metaspace_read(j, m) < 0) {
		free(m);
		return -1;
	}
	m->step.first_piece = m->prepend == PREPEND_FIRST;
	steps_add(out, &m->step);
	if (m->split)
		steps_add(out, class_split_new("Metaspace", 0, m->replacement,
		    SPLIT_MERGED_WITH_NEXT));
	return 0;
}

static int
bert_load(struct pull *j, struct steps *out)
{
	if (!pull_skip(j))
		return -1;
	steps_add(out, bert_split_new());
	return 0;
}

static int
whitespace_load(struct pull *j, struct steps *out)
{
	if (!pull_skip(j))
		return -1;
	steps_add(out, whitespace_split_new());
	return 0;
}

static int
whitespace_split_load(struct pull *j, struct steps *out)
{
	if (!pull_skip(j))
		return -1;
	steps_add(out, class_split_new("WhitespaceSplit", UC_SPACE, UINT32_MAX,
	    SPLIT_REMOVED));
	return 0;
}

static int
scripts_load(struct pull *j, struct steps *out)
{
	if (!pull_skip(j))
		return -1;
	steps_add(out, script_split_new());
	return 0;
}

static int
delimiter_load(struct pull *j, struct steps *out)
{
	static const struct field fields[] = {
		{ "delimiter", FIELD_CHAR, NEEDED, 0, NULL }, { 0 }
	};
	uint32_t c = 0;

	if (fields_read(j, fields, &c) < 0)
		return -1;
	steps_add(out, class_split_new("CharDelimiterSplit", 0, c,
	    SPLIT_REMOVED));
	return 0;
}

static int
digits_load(struct pull *j, struct steps *out)
{
	static const struct field fields[] = {
		{ "individual_digits", FIELD_BOOL, NEEDED, 0, NULL }, { 0 }
	};
	bool each = false;

	if (fields_read(j, fields, &each) < 0)
		return -1;
	steps_add(out, class_split_new("Digits", UC_NUMERIC, UINT32_MAX,
	    each ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS));
	return 0;
}

static int
punctuation_load(struct pull *j, struct steps *out)
{
	static const struct field fields[] = {
		{ "behavior", FIELD_CUSTOM, 0, 0, behavior_read }, { 0 }
	};
	enum behavior b = SPLIT_ISOLATED;

	if (fields_read(j, fields, &b) < 0)
		return -1;
	steps_add(out, class_split_new("Punctuation", UC_PUNCT, UINT32_MAX,
	    b));
	return 0;
}

static int
fixed_load(struct pull *j, struct steps *out)
{
	static const struct field fields[] = {
		{ "length", FIELD_SIZE, 0, 0, NULL }, { 0 }
	};
	size_t length = 5;

	if (fields_read(j, fields, &length) < 0)
		return -1;
	if (length == 0) {
		pull_fail(j, "has a FixedLength of 0");
		return -1;
	}
	steps_add(out, fixed_split_new(length));
	return 0;
}

/* A space first, GPT-2's pattern, and bytes as letters: each if wanted. */
static int
byte_level_load(struct pull *j, struct steps *out)
{
	struct byte_level {
		bool space, trim, regex;
	} b = { .regex = true };
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct byte_level, m)
		{ "add_prefix_space", FIELD_BOOL, NEEDED, MEMBER(space),
		    NULL },
		{ "trim_offsets", FIELD_BOOL, NEEDED, MEMBER(trim), NULL },
		{ "use_regex", FIELD_BOOL, 0, MEMBER(regex), NULL },
#undef MEMBER
		{ 0 }
	};

	if (fields_read(j, fields, &b) < 0)
		return -1;
	if (b.space)
		steps_add(out, space_before_new());
	if (b.regex)
		steps_add(out, pattern_split_new("ByteLevel", pattern_gpt2(),
		    SPLIT_ISOLATED, false));
	steps_add(out, byte_letters_new());
	return 0;
}

static int
split_load(struct pull *j, struct steps *out)
{
	struct split {
		struct pattern_field f;
		enum behavior behavior;
		bool invert;
	} s = { .invert = false };
	static const struct field fields[] = {
#define MEMBER(m) offsetof(struct split, m)
		{ "pattern", FIELD_CUSTOM, NEEDED, MEMBER(f), pattern_read },
		{ "behavior", FIELD_CUSTOM, NEEDED, MEMBER(behavior),
		    behavior_read },
		{ "invert", FIELD_BOOL, NEEDED, MEMBER(invert), NULL },
#undef MEMBER
		{ 0 }
	};
	int bad = fields_read(j, fields, &s);

	buf_free(&s.f.literal);
	if (bad < 0) {
		pattern_free(s.f.pattern);
		return -1;
	}
	steps_add(out, pattern_split_new("Split", s.f.pattern, s.behavior,
	    s.invert));
	return 0;
}

static int
load(struct pull *j, void *steps)
{
	return pretokenizer_load(j, steps);
}

static int
sequence_load(struct pull *j, struct steps *out)
{
	return part_sequence(j, "pretokenizers", load, out);
}

static const struct kind {
	const char *type;
	int (*load)(struct pull *j, struct steps *out);
} kinds[] = {
	{ "BertPreTokenizer", bert_load },
	{ "ByteLevel", byte_level_load },
	{ "CharDelimiterSplit", delimiter_load },
	{ "Digits", digits_load },
	{ "FixedLength", fixed_load },
	{ "Metaspace", metaspace_load },
	{ "Punctuation", punctuation_load },
	{ "Sequence", sequence_load },
	{ "Split", split_load },
	{ "UnicodeScripts", scripts_load },
	{ "Whitespace", whitespace_load },
	{ "WhitespaceSplit", whitespace_split_load },
	{ NULL, NULL }
};

int
pretokenizer_load(struct pull *j, struct steps *out)
{
	static const struct part_hint none[] = { { NULL, NULL } };
	const struct kind *k;
	struct slice type;

	if (pull_null(j))
		return 0;
	if (part_type(j, "pre-tokenizer", none, &type) < 0)
		return -1;
	for (k = kinds; k->type != NULL; k++)
		if (slice_is(type, k->type))
			return k->load(j, out);
	return part_unknown(j, "pre-tokenizer", type);
}
