#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "tok/pipeline.h"
#include "tok/unicode.h"
#include "utf8.h"

/*
 * The engines give what the steps give: the same tokenizer twice, once with
 * its engine taken away, on random texts.
 */
#define SPLIT(re) "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" re "\"},"     \
	"\"behavior\":\"Isolated\",\"invert\":false}"
#define LETTERS "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"           \
	"\"trim_offsets\":false,\"use_regex\":false}"
#define SEQUENCE(list) "{\"type\":\"Sequence\",\"pretokenizers\":[" list "]}"
#define END "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|"    \
	"\\\\s+(?!\\\\S)|\\\\s+"
#define WORDS "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?"     \
	"\\\\p{L}+|\\\\p{N}"

static const struct stack {
	const char *normalizer, *pre, *flags;
	bool sentences;
} stacks[] = {
	{ "null", "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
	    "\"trim_offsets\":true,\"use_regex\":true}", "", false },
	{ "null", "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"
	    "\"trim_offsets\":true,\"use_regex\":true}", "", false },
	{ "null", SEQUENCE(SPLIT(WORDS "{1,3}" END) "," LETTERS),
	    "\"ignore_merges\":true,", false },
	{ "{\"type\":\"NFC\"}", SEQUENCE(SPLIT(WORDS END) "," LETTERS), "",
	    false },
	{ "null", SEQUENCE("{\"type\":\"Digits\",\"individual_digits\":true},"
	    "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
	    "\"trim_offsets\":true}"), "", false },
	{ "null", SEQUENCE(SPLIT("\\\\p{N}{1,3}") "," SPLIT("[a-m]+(?=n)") ","
	    SPLIT("\\\\s?\\\\p{L}+") "," LETTERS), "", false },
	{ "null", LETTERS, "", false },
	{ "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\","
	    "\"prepend\":\"\xe2\x96\x81\"},{\"type\":\"Replace\",\"pattern\":"
	    "{\"String\":\" \"},\"content\":\"\xe2\x96\x81\"}]}", "null",
	    "\"byte_fallback\":true,\"fuse_unk\":true,", true },
	{ "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":"
	    "\"\xe2\x96\x81\"}", "{\"type\":\"Split\",\"pattern\":{\"String\":"
	    "\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":false}", "",
	    true },
	{ "null", "{\"type\":\"Metaspace\",\"replacement\":\"\xe2\x96\x81\","
	    "\"prepend_scheme\":\"always\",\"split\":false}",
	    "\"fuse_unk\":true,", true },
};
enum { STACKS = sizeof stacks / sizeof *stacks };

/* Pieces of a vocabulary, of one character first. */
struct list {
	char piece[900][40];
	size_t n, chars;
};

static void
add_char(struct list *l, uint32_t c)
{
	l->piece[l->n][utf8_encode(c, l->piece[l->n])] = '\0';
	l->n++;
}

static void
fill(struct list *l, bool sentences)
{
	static const uint32_t other[] = { 0x2581, 0xe9, 0x301, 0x4e2d, 0x6587,
		'.', '\'', '1', '2', 0x1f600 };
	uint32_t c;

	l->n = 0;
	if (!sentences)
		for (c = 0; c < 256; c++)
			add_char(l, unicode_of_byte[c]);
	for (c = 'a'; sentences && c <= 'z'; c++)
		add_char(l, c);
	for (c = 0; sentences && c < sizeof other / sizeof *other; c++)
		add_char(l, other[c]);
	l->chars = l->n;
}

/* Pieces that real text has: after the space, letters in frequent order. */
static const char *
pick(const struct list *l, bool sentences)
{
	static const char frequent[] = "etaoinshr";
	static char tmp[8];

	switch (rand() % 4) {
	case 0:
		return l->piece[(size_t)rand() % l->n];
	case 1:
		return sentences ? "\xe2\x96\x81" : "\xc4\xa0";
	default:
		tmp[0] = frequent[rand() % 9];
		tmp[1] = '\0';
		return tmp;
	}
}

static void
put_vocab(struct buf *b, const struct list *l)
{
	size_t i;

	buf_str(b, "\"vocab\":{\"<unk>\":0");
	for (i = 0; i < l->n; i++) {
		buf_str(b, ",\"");
		if (strchr("\"\\", l->piece[i][0]) != NULL)
			buf_byte(b, '\\');
		buf_printf(b, "%s\":%zu", l->piece[i], i + 1);
	}
	for (i = 0; i < 256; i++)
		buf_printf(b, ",\"<0x%02zX>\":%zu", i, 2000 + i);
	buf_byte(b, '}');
}

static char *
make_json(const struct stack *s, unsigned seed)
{
	static struct list l;
	struct buf b = { 0 }, merges = { 0 };
	char new[80];
	const char *right;
	size_t left, k;

	srand(seed);
	fill(&l, s->sentences);
	while (l.n < 800) {
		left = (size_t)rand() % (rand() % 2 ? l.n : l.chars);
		right = pick(&l, s->sentences);
		snprintf(new, sizeof new, "%s%s", l.piece[left], right);
		if (strlen(new) > 20 || strpbrk(new, "\"\\") != NULL)
			continue;
		for (k = 0; k < l.n && strcmp(l.piece[k], new) != 0; k++)
			continue;
		buf_printf(&merges, "%s[\"%s\",\"%s\"]",
		    merges.n > 0 ? "," : "", l.piece[left], right);
		if (k == l.n)
			memcpy(l.piece[l.n++], new, strlen(new) + 1);
	}
	buf_printf(&b, "{\"normalizer\":%s,\"pre_tokenizer\":%s,"
	    "\"added_tokens\":[{\"id\":5000,\"content\":\"<s>\",\"special\":"
	    "true,\"normalized\":false,\"lstrip\":false,\"rstrip\":false,"
	    "\"single_word\":false}],\"model\":{\"type\":\"BPE\",%s"
	    "\"unk_token\":%s,", s->normalizer, s->pre, s->flags,
	    s->sentences ? "\"<unk>\"" : "null");
	put_vocab(&b, &l);
	buf_printf(&b, ",\"merges\":[%s]}}", merges.p);
	buf_free(&merges);
	return b.p;
}

static struct tok *
make_tok(const char *json, bool engine)
{
	struct tok *t = xcalloc(1, sizeof *t);

	t->unk = t->pad = t->mask = -1;
	post_init(&t->post);
	ck_assert_msg(tok_read_json(t, json, strlen(json)) == 0 &&
	    tok_finish(t) == 0, "%s", errstr());
	ck_assert_msg(t->engine != NULL, "no engine");
	if (!engine) {
		t->engine->free(t->engine);
		t->engine = NULL;
	}
	return t;
}

static size_t
random_text(char *s, size_t room)
{
	static const char *const parts[] = { " ", " ", "  ", "\n", "\t",
		"\xe2\x96\x81", "the", "ten", "horse", "e\xcc\x81", "\xc3\xa9",
		"it's", "'LL", "12", "3456", ".", "...", "\xe4\xb8\xad",
		"\xe6\x96\x87\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xe3\x80\x80",
		"<s>", "ZQ", "-", "mann", "\xd0\xb9", "aaaaaaaaaaaaaaaaaaaaaaaaa",
		"nothingisaslongasthiswordofnospaceatallbutthenextoneislonger" };
	size_t n = 0, k, max = (size_t)rand() % 30;
	const char *p;

	while (max-- > 0) {
		p = parts[(size_t)rand() % (sizeof parts / sizeof *parts)];
		k = strlen(p);
		if (n + k + 1 > room)
			break;
		memcpy(s + n, p, k);
		n += k;
	}
	s[n] = '\0';
	return n;
}

/* Two tokenizers and what they are asked. */
struct pair {
	struct tok *fast, *slow;
	struct tok_work *w, *v;
	struct tok_opts o;
	struct encoding a, b;
};

static void
open_pair(struct pair *p, const char *json, bool offsets)
{
	*p = (struct pair){ .o = { .offsets = offsets } };
	p->fast = make_tok(json, true);
	p->slow = make_tok(json, false);
	p->w = tok_work_new();
	p->v = tok_work_new();
}

static void
close_pair(struct pair *p)
{
	encoding_free(&p->a);
	encoding_free(&p->b);
	tok_work_free(p->w);
	tok_work_free(p->v);
	tok_free(p->fast);
	tok_free(p->slow);
}

static void
compare_one(struct pair *p, struct slice s)
{
	struct encoding *a = &p->a, *b = &p->b;

	ck_assert_int_eq(tok_encode(p->fast, p->w, s.p, s.n, NULL, 0, &p->o,
	    a), 0);
	ck_assert_int_eq(tok_encode(p->slow, p->v, s.p, s.n, NULL, 0, &p->o,
	    b), 0);
	ck_assert_msg(a->n == b->n && (a->n == 0 ||
	    memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0),
	    "IDs differ: '%s'", s.p);
	if (!p->o.offsets || a->n == 0)
		return;
	ck_assert(memcmp(a->offsets, b->offsets, a->n * sizeof *a->offsets) ==
	    0);
	ck_assert(memcmp(a->word_ids, b->word_ids, a->n *
	    sizeof *a->word_ids) == 0);
}

/* Texts in groups, the first few of which the engine may look at ahead. */
static void
compare(const char *json, bool offsets)
{
	enum { GROUP = 8 };
	static char text[GROUP][900];
	struct slice s[GROUP];
	struct pair p;
	size_t i, k;

	open_pair(&p, json, offsets);
	for (i = 0; i < 200; i++) {
		for (k = 0; k < GROUP; k++)
			s[k] = (struct slice){ text[k],
				random_text(text[k], sizeof text[k]) };
		tok_look_ahead(p.fast, p.w, s, (size_t)rand() % (GROUP + 1),
		    &p.o);
		for (k = 0; k < GROUP; k++)
			compare_one(&p, s[k]);
	}
	close_pair(&p);
}

START_TEST(an_engine_gives_what_the_steps_give)
{
	unsigned i, seed;
	char *json;

	for (i = 0; i < STACKS; i++)
		for (seed = 1; seed <= 2; seed++) {
			json = make_json(&stacks[i], seed);
			compare(json, false);
			compare(json, true);
			free(json);
		}
}
END_TEST

START_TEST(more_words_than_the_cache_holds_are_right)
{
	char *json = make_json(&stacks[0], 3), text[40];
	struct pair p;
	struct slice s = { text, 0 };
	size_t i;

	open_pair(&p, json, false);
	for (i = 0; i < 600000; i++) {
		s.n = (size_t)snprintf(text, sizeof text, " %c%zx%s",
		    (int)('a' + i % 26), i * 7919 % 400000,
		    i % 3 ? "tion" : "qqqqqqqqqqqqqqqqqqq");
		if (i % 8 == 0)
			compare_one(&p, s);
		else
			tok_encode(p.fast, p.w, s.p, s.n, NULL, 0, &p.o, &p.a);
	}
	close_pair(&p);
	free(json);
}
END_TEST

UNIT_MAIN("fast", an_engine_gives_what_the_steps_give,
    more_words_than_the_cache_holds_are_right)
