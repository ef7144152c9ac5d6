#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "err.h"
#include "tok/matcher.h"
#include "tok/pipeline.h"
#include "tok/truncate.h"

#define VOCAB_WP "{\"[UNK]\":0,\"a\":1,\"##b\":2,\"ab\":3,\"[CLS]\":4,"       \
    "\"[SEP]\":5,\".\":6,\"##\":7,\"\\u00e9\":8}"
#define WORDPIECE "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","          \
    "\"continuing_subword_prefix\":\"##\","                                   \
    "\"max_input_chars_per_word\":4,\"vocab\":" VOCAB_WP "}"
#define TEMPLATE "{\"type\":\"TemplateProcessing\",\"single\":["              \
    "{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":0}},"                    \
    "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":["                 \
    "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}},"                            \
    "{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":2}},"                    \
    "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"special_tokens\":{"       \
    "\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[4,5],\"tokens\":[\"x\",\"y\"]}}}"

/* A tokenizer from its JSON; NULL with errstr(). */
static struct tok *
make(const char *json)
{
	struct tok *t = calloc(1, sizeof *t);

	post_init(&t->post);
	if (tok_read_json(t, json, strlen(json)) == 0 && tok_finish(t) == 0)
		return t;
	tok_free(t);
	return NULL;
}

static void
expect(const struct tok *t, const char *a, const char *b,
    struct tok_opts *o, const char *want)
{
	struct tok_work *w = tok_work_new();
	struct encoding e = { 0 };
	struct buf got = { 0 };
	size_t i;

	ck_assert_int_eq(tok_encode(t, w, a, strlen(a), b,
	    b == NULL ? 0 : strlen(b), o, &e), 0);
	buf_str(&got, "");
	for (i = 0; i < e.n; i++)
		buf_printf(&got, "%s%d", i > 0 ? " " : "", e.ids[i]);
	ck_assert_str_eq(got.p, want);
	buf_free(&got);
	encoding_free(&e);
	tok_work_free(w);
}

/* tokenizers 0.23: WordPiece(max_input_chars_per_word=4) over BertPre... */
START_TEST(wordpiece_takes_the_longest_piece_or_gives_the_word_up)
{
	struct tok *t = make("{\"pre_tokenizer\":{\"type\":"
	    "\"BertPreTokenizer\"},\"model\":" WORDPIECE "}");
	struct tok_opts o = { .special = true };

	ck_assert_ptr_nonnull(t);
	expect(t, "ab abb a.", NULL, &o, "3 3 2 1 6");
	expect(t, "abbbb", NULL, &o, "0");	/* five characters */
	expect(t, "\u00e9 \u00e9b aa", NULL, &o, "8 8 2 0");
	expect(t, "", NULL, &o, "");
	tok_free(t);
}
END_TEST

START_TEST(a_template_may_turn_the_pair_round)
{
	struct tok *t = make("{\"pre_tokenizer\":{\"type\":"
	    "\"BertPreTokenizer\"},\"post_processor\":" TEMPLATE ",\"model\":"
	    WORDPIECE "}");
	struct tok_opts o = { .special = true };

	ck_assert_ptr_nonnull(t);
	expect(t, "a", NULL, &o, "4 5 1");
	expect(t, "a", ".", &o, "6 4 5 1");
	o.special = false;
	expect(t, "a", ".", &o, "6 1");
	o = (struct tok_opts){ .special = true, .truncate = true,
		.max_length = 4 };
	expect(t, "a a a", ". .", &o, "6 4 5 1");
	tok_free(t);
}
END_TEST

/* An added token takes the vocabulary's ID, whatever the file says. */
#define PLAIN "\"normalized\":false,\"special\":false,\"lstrip\":false,"        \
    "\"rstrip\":false"

START_TEST(added_tokens_are_found_first)
{
	struct tok *t = make("{\"added_tokens\":["
	    "{\"id\":70,\"content\":\"[CLS]\",\"special\":true,"
	    "\"single_word\":false,\"normalized\":false,\"lstrip\":true,"
	    "\"rstrip\":false},"
	    "{\"id\":80,\"content\":\"aa\",\"single_word\":true," PLAIN "},"
	    "{\"id\":90,\"content\":\"aaa\",\"single_word\":false," PLAIN
	    "}],"
	    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
	    "\"model\":" WORDPIECE "}");
	struct tok_opts o = { .special = true };

	ck_assert_ptr_nonnull(t);
	expect(t, "a [CLS]a", NULL, &o, "1 4 1");
	expect(t, "aa aaa aab", NULL, &o, "9 10 0");
	ck_assert_uint_eq(tok_vocab_size(t), 11);
	o.plain = true;
	expect(t, "[CLS]", NULL, &o, "0 0 0");
	tok_free(t);
}
END_TEST

/* The table of tokenizers' truncate_encodings_longest_first. */
START_TEST(longest_first_shares_as_the_reference_does)
{
	static const size_t t[][4] = { { 0, 2, 0, 2 }, { 0, 8, 0, 7 },
		{ 2, 4, 2, 4 }, { 2, 8, 2, 5 }, { 4, 4, 3, 4 },
		{ 4, 8, 3, 4 }, { 8, 0, 7, 0 }, { 8, 2, 5, 2 },
		{ 8, 4, 4, 3 }, { 8, 8, 3, 4 } };
	struct tok_opts o = { .truncate = true, .max_length = 7 };
	struct windows w[2] = { { 0 }, { 0 } };
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++) {
		ck_assert_int_eq(truncate_windows(t[i][0], t[i][1], true, 0,
		    &o, w), 0);
		ck_assert_uint_eq(w[0].w[0].to - w[0].w[0].from, t[i][2]);
		ck_assert_uint_eq(w[1].w[0].to - w[1].w[0].from, t[i][3]);
	}
	ck_assert_int_eq(truncate_windows(9, 0, false, 8, &o, w), -1);
	o.stride = 7;
	ck_assert_int_eq(truncate_windows(9, 0, false, 0, &o, w), -1);
	free(w[0].w);
	free(w[1].w);
}
END_TEST

/* Leftmost, then longest, as looking at every place would find. */
static bool
by_hand(const char *const *words, size_t n, const char *s, size_t len,
    size_t from, struct match *m)
{
	size_t i, k, best = 0, w;

	for (i = from; i < len; i++) {
		for (k = 0; k < n; k++) {
			w = strlen(words[k]);
			if (w <= len - i && w > best &&
			    memcmp(s + i, words[k], w) == 0) {
				best = w;
				*m = (struct match){ i, i + w, (int32_t)k };
			}
		}
		if (best > 0)
			return true;
	}
	return false;
}

START_TEST(the_matcher_agrees_with_looking_everywhere)
{
	static const char *const words[] = { "ab", "abc", "bcd", "c", "cdeab",
		"deabd", "aaab", "aab", "bab" };
	enum { WORDS = sizeof words / sizeof *words, LEN = 200 };
	struct matcher *m = matcher_new();
	struct match a, b;
	char s[LEN];
	size_t i, k, at;
	bool x, y;

	for (i = 0; i < WORDS; i++)
		matcher_add(m, words[i], strlen(words[i]), (int32_t)i);
	matcher_finish(m);
	srand(1);
	for (i = 0; i < 500; i++) {
		for (k = 0; k < LEN; k++)
			s[k] = "abcde"[rand() % 5];
		for (at = 0; ; at = a.to) {
			x = by_hand(words, WORDS, s, LEN, at, &a);
			y = matcher_next(m, s, LEN, at, &b);
			ck_assert_int_eq(x, y);
			if (!x)
				break;
			ck_assert_uint_eq(a.from, b.from);
			ck_assert_uint_eq(a.to, b.to);
			ck_assert_int_eq(a.value, b.value);
		}
	}
	matcher_free(m);
}
END_TEST

START_TEST(a_vocabulary_finds_pieces_and_refuses_doubles)
{
	struct vocab v = { 0 };
	char s[32];
	size_t i, n;

	vocab_init(&v, 0);
	for (i = 0; i < 5000; i++) {
		n = (size_t)snprintf(s, sizeof s, "piece%zu", i);
		ck_assert_int_eq(vocab_add(&v, s, n, (int64_t)(2 * i)), 0);
	}
	ck_assert_int_eq(vocab_id(&v, "piece4999", 9), 9998);
	ck_assert_int_eq(vocab_id(&v, "piece5000", 9), -1);
	ck_assert_ptr_null(vocab_piece(&v, 3, &n));
	ck_assert_str_eq(vocab_piece(&v, 4, &n), "piece2");
	ck_assert_int_eq(vocab_add(&v, "piece7", 6, 3), -1);
	ck_assert_int_eq(vocab_add(&v, "new", 3, 4), -1);
	ck_assert_int_eq(vocab_add(&v, "new", 3, -1), -1);
	ck_assert_int_eq(vocab_add(&v, "new", 3, VOCAB_IDS), -1);
	vocab_free(&v);
	vocab_init(&v, 0);
	ck_assert_int_eq(vocab_read_lines("a\nb\na\n\nc", 8, &v), 0);
	ck_assert_int_eq(vocab_id(&v, "a", 1), 2);
	ck_assert_int_eq(vocab_id(&v, "", 0), 3);
	ck_assert_int_eq(vocab_id(&v, "c", 1), 4);
	ck_assert_ptr_null(vocab_piece(&v, 0, NULL));
	vocab_free(&v);
}
END_TEST

#define PIECES "{\"a\":0,\"b\":1,\"\xc4\xa0\":2,\"<0xE2>\":3,\"<0x82>\":4,"   \
    "\"<0xAC>\":5,\"\xe2\x96\x81x\":6,\"c</w>\":7,\"##d\":8,\"\xc3\xa2\":9,"  \
    "\"\xc4\xa4\":10,\"\xc2\xac\":11,\".\":12,\"not\":13}"
#define BYTE_LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"        \
    "\"trim_offsets\":true}"
#define LEVEL "{\"type\":\"WordLevel\",\"unk_token\":\"a\",\"vocab\":" PIECES \
    "}"

/* Random tokens through each decoder: in one go and one by one. */
START_TEST(streamed_text_is_the_whole_text)
{
	static const char *const decoders[] = { "null",
		BYTE_LEVEL, "{\"type\":\"ByteFallback\"}",
		"{\"type\":\"Fuse\"}",
		"{\"type\":\"BPEDecoder\",\"suffix\":\"</w>\"}",
		"{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}",
		"{\"type\":\"Metaspace\",\"replacement\":\"\u2581\"}",
		"{\"type\":\"CTC\",\"pad_token\":\"b\","
		"\"word_delimiter_token\":\"a\",\"cleanup\":true}",
		"{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\","
		"\"pattern\":{\"String\":\"\u2581\"},\"content\":\" \"},"
		"{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":"
		"\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]}",
		"{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},"
		"{\"type\":\"Strip\",\"content\":\"a\",\"start\":0,\"stop\":"
		"2}]}" };
	struct buf json = { 0 }, whole = { 0 }, parts = { 0 };
	struct tok_stream *s;
	struct tok *t;
	int32_t ids[12];
	size_t d, i, k, n;

	srand(2);
	for (d = 0; d < sizeof decoders / sizeof *decoders; d++) {
		json.n = 0;
		buf_printf(&json, "{\"decoder\":%s,\"model\":" LEVEL "}",
		    decoders[d]);
		t = make(json.p);
		ck_assert_msg(t != NULL, "%s", errstr());
		for (i = 0; i < 2000; i++) {
			n = (size_t)rand() % 12;
			for (k = 0; k < n; k++)
				ids[k] = rand() % 15;
			whole.n = parts.n = 0;
			buf_str(&whole, "");
			buf_str(&parts, "");
			ck_assert_int_eq(tok_decode(t, ids, n, false,
			    &whole), 0);
			s = tok_stream_new(t, false);
			for (k = 0; k < n; k++)
				ck_assert_int_eq(tok_stream_put(s, ids[k],
				    &parts), 0);
			ck_assert_int_eq(tok_stream_end(s, &parts), 0);
			ck_assert_str_eq(parts.p, whole.p);
			tok_stream_free(s);
		}
		tok_free(t);
	}
	buf_free(&json);
	buf_free(&whole);
	buf_free(&parts);
}
END_TEST

START_TEST(an_incomplete_character_is_held_back)
{
	struct tok *t = make("{\"decoder\":" BYTE_LEVEL ","
	    "\"model\":" LEVEL "}");
	struct tok_stream *s = tok_stream_new(t, false);
	struct buf b = { 0 };

	buf_str(&b, "");
	tok_stream_put(s, 0, &b);
	tok_stream_put(s, 9, &b);	/* e2 */
	tok_stream_put(s, 10, &b);	/* 82 */
	ck_assert_str_eq(b.p, "a");
	tok_stream_put(s, 11, &b);	/* ac: the euro sign */
	ck_assert_str_eq(b.p, "a\u20ac");
	tok_stream_put(s, 9, &b);
	tok_stream_end(s, &b);
	ck_assert_str_eq(b.p, "a\u20ac\ufffd");
	tok_stream_free(s);
	buf_free(&b);
	tok_free(t);
}
END_TEST

START_TEST(what_is_wrong_with_a_file_is_named)
{
	static const struct {
		const char *json, *message;
	} bad[] = {
		{ "{}", "lacks \"model\"" },
		{ "[]", "has no object where one is wanted at byte 0" },
		{ "{\"model\":{\"type\":\"Markov\"}}",
		    "model type \"Markov\" is not known" },
		{ "{\"model\":" WORDPIECE ",\"model\":" WORDPIECE "}",
		    "has a key twice" },
		{ "{\"normalizer\":{\"type\":\"Rot13\"},\"model\":" WORDPIECE
		    "}", "normalizer type \"Rot13\" is not known" },
		{ "{\"pre_tokenizer\":{\"type\":\"Sequence\","
		    "\"pretokenizers\":[{\"type\":\"x\"}]},\"model\":"
		    WORDPIECE "}", "pre-tokenizer type \"x\" is not known" },
		{ "{\"decoder\":{\"type\":\"x\"},\"model\":" WORDPIECE "}",
		    "decoder type \"x\" is not known" },
		{ "{\"post_processor\":{\"type\":\"x\"},\"model\":" WORDPIECE
		    "}", "post-processor type \"x\" is not known" },
		{ "{\"post_processor\":{\"type\":\"TemplateProcessing\","
		    "\"single\":[{\"Sequence\":{\"id\":\"B\",\"type_id\":0}}],"
		    "\"pair\":[],\"special_tokens\":{}},\"model\":" WORDPIECE
		    "}", "the template for one text has a second" },
		{ "{\"post_processor\":{\"type\":\"TemplateProcessing\","
		    "\"single\":[{\"SpecialToken\":{\"id\":\"q\",\"type_id\":"
		    "0}}],\"pair\":[],\"special_tokens\":{}},\"model\":"
		    WORDPIECE "}", "\"q\" is not among its special tokens" },
		{ "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"a\","
		    "\"vocab\":{\"a\":0,\"b\":4294967296}}}",
		    "ID 4294967296 is not in" },
		{ "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"a\","
		    "\"vocab\":{\"a\":0,\"b\":0}}}", "ID 0 is given twice" },
		{ "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"a\","
		    "\"vocab\":{\"a\":0,\"a\":1}}}", "\"a\" is there twice" },
		{ "{\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0},"
		    "\"model\":" WORDPIECE "}", "FixedLength of 0" },
		{ "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":"
		    "\"ab\"},\"model\":" WORDPIECE "}", "single character" },
		{ "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":"
		    "\"_\",\"add_prefix_space\":false},\"model\":" WORDPIECE
		    "}", "add_prefix_space" },
		{ "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{"
		    "\"Regex\":\"(\"},\"behavior\":\"Removed\",\"invert\":"
		    "false},\"model\":" WORDPIECE "}", "a group has no end" },
	};
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(make(bad[i].json) == NULL, "%s", bad[i].json);
		ck_assert_msg(strstr(errstr(), bad[i].message) != NULL,
		    "%s: want %s", errstr(), bad[i].message);
	}
}
END_TEST

START_TEST(nesting_without_end_is_refused)
{
	struct buf b = { 0 };
	int i;

	buf_str(&b, "{\"normalizer\":");
	for (i = 0; i < 100000; i++)
		buf_str(&b, "{\"type\":\"Sequence\",\"normalizers\":[");
	ck_assert_ptr_null(make(b.p));
	buf_free(&b);
}
END_TEST

START_TEST(a_cut_file_is_refused_at_every_byte)
{
	static const char json[] = "{\"added_tokens\":[{\"id\":1,\"content\":"
	    "\"q\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
	    "\"normalized\":true,\"special\":false}],\"normalizer\":{\"type\":\"Replace\",\"pattern\":{"
	    "\"Regex\":\"a+\"},\"content\":\"a\"},\"pre_tokenizer\":{\"type\":"
	    "\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true},"
	    "\"post_processor\":" TEMPLATE ",\"decoder\":{\"type\":"
	    "\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":"
	    WORDPIECE "}";
	char cut[sizeof json];
	struct tok *t;
	size_t i;

	for (i = 0; i + 1 < sizeof json; i++) {
		memcpy(cut, json, i);
		cut[i] = '\0';
		ck_assert_ptr_null(make(cut));
	}
	t = make(json);
	ck_assert_ptr_nonnull(t);
	tok_free(t);
}
END_TEST

UNIT_MAIN("tok", wordpiece_takes_the_longest_piece_or_gives_the_word_up,
    a_template_may_turn_the_pair_round, added_tokens_are_found_first,
    longest_first_shares_as_the_reference_does,
    the_matcher_agrees_with_looking_everywhere,
    a_vocabulary_finds_pieces_and_refuses_doubles,
    streamed_text_is_the_whole_text, an_incomplete_character_is_held_back,
    what_is_wrong_with_a_file_is_named, nesting_without_end_is_refused,
    a_cut_file_is_refused_at_every_byte)
