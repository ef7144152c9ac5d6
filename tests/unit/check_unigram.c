#include "tok/unigram.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "tok/score.h"
#include "unit.h"

static struct tok_model *
load(const char *json)
{
	struct pull j;
	struct tok_model *m;

	pull_init(&j, json, strlen(json));
	m = unigram_load(&j);
	if (m != NULL)
		ck_assert_int_eq(pull_end(&j), 0);
	return m;
}

/* The tokens as "id:from-to ..." */
static const char *
encode(const struct tok_model *m, const char *text, bool offsets)
{
	static struct buf b;
	struct tok_out o = { .want_at = offsets };
	void *w = m->work_new(m);
	size_t i, round;

	for (round = 0; round < 2; round++) {	/* then from the cache */
		o.n = b.n = 0;
		ck_assert_int_eq(m->encode(m, w, text, strlen(text), &o), 0);
		for (i = 0; i < o.n; i++) {
			buf_printf(&b, "%s%d", i > 0 ? " " : "", o.ids[i]);
			if (offsets)
				buf_printf(&b, ":%u-%u", o.at[i].from,
				    o.at[i].to);
		}
	}
	m->work_free(w);
	tok_out_free(&o);
	return b.p;
}

#define MODEL(bytes, pieces) "{\"type\":\"Unigram\",\"unk_id\":0," \
    "\"byte_fallback\":" bytes ",\"vocab\":[[\"<unk>\",0.0]" pieces "]}"

START_TEST(the_best_sum_wins)
{
	/* the example in tokenizers' model.rs */
	struct tok_model *m = load(MODEL("false", ",[\"a\",0.0],[\"b\",0.0],"
	    "[\"c\",0.0],[\"d\",0.0],[\"cd\",1.0],[\"ab\",2.0],[\"abc\",5.0],"
	    "[\"abcd\",10.0]"));

	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(encode(m, "abcdacdxx", true),
	    "8:0-4 1:4-5 5:5-7 0:7-9");
	ck_assert_str_eq(encode(m, "abcdacdxx", false), "8 1 5 0");
	ck_assert_int_eq(m->id(m, "abcd", 4), 8);
	ck_assert_int_eq(m->id(m, "abcde", 5), -1);
	ck_assert_int_eq(m->id(m, "", 0), -1);
	m->free(m);
}
END_TEST

START_TEST(the_first_of_equal_ways_wins)
{
	struct tok_model *m = load(MODEL("false", ",[\"a\",-1.0],"
	    "[\"aa\",-2.0],[\"aaa\",-3.0]"));

	/* as tokenizers 0.23.3 has it */
	ck_assert_str_eq(encode(m, "aaa", true), "3:0-3");
	ck_assert_str_eq(encode(m, "aaaa", true), "1:0-1 3:1-4");
	m->free(m);
}
END_TEST

START_TEST(unknown_characters_fuse_and_fall_back_to_bytes)
{
	struct tok_model *m = load(MODEL("true", ",[\"a\",-1.0],"
	    "[\"<0xC3>\",-2.0],[\"<0xA9>\",-2.0]"));

	ck_assert_str_eq(encode(m, "a\xc3\xa9", true), "1:0-1 2:1-3 3:1-3");
	/* one byte is missing: all of the fused string is unknown */
	ck_assert_str_eq(encode(m, "\xc3\xa9\xc3\xaa" "a", true),
	    "0:0-4 1:4-5");
	m->free(m);
}
END_TEST

START_TEST(a_fused_string_that_is_a_piece_is_that_piece)
{
	/* two unknowns score better than their own piece */
	struct tok_model *m = load(MODEL("false", ",[\"xy\",100.0],"
	    "[\"z\",100.0]"));

	ck_assert_str_eq(encode(m, "xyz", true), "1:0-2 2:2-3");
	ck_assert_str_eq(encode(m, "<unk>x", true), "0:0-6");
	m->free(m);
}
END_TEST

START_TEST(without_unk_id_an_unknown_character_is_an_error)
{
	struct tok_model *m = load("{\"unk_id\":null,\"vocab\":[[\"a\",-1]]}");
	struct tok_out o = { 0 };
	void *w;

	ck_assert_ptr_nonnull(m);
	w = m->work_new(m);
	ck_assert_int_eq(m->encode(m, w, "aa", 2, &o), 0);
	ck_assert_int_eq(m->encode(m, w, "ab", 2, &o), -1);
	ck_assert(strstr(errstr(), "unk_id") != NULL);
	m->work_free(w);
	tok_out_free(&o);
	m->free(m);
}
END_TEST

START_TEST(wrong_models_are_refused)
{
	static const char *const bad[] = { "{}", "{\"vocab\":{}}",
		"{\"vocab\":[[\"a\"]]}", "{\"vocab\":[[\"a\",1,2]]}",
		"{\"vocab\":[[1,\"a\"]]}", "{\"vocab\":[[\"a\",1e999]]}",
		"{\"vocab\":[[\"a\",1]],\"unk_id\":1}",
		"{\"vocab\":[],\"unk_id\":0}",
		"{\"vocab\":[[\"a\",1]],\"unk_id\":-1}",
		"{\"vocab\":[[\"a\",1]],\"vocab\":[[\"a\",1]]}" };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(load(bad[i]) == NULL, "%s", bad[i]);
}
END_TEST

START_TEST(a_model_cut_at_any_byte_is_refused)
{
	static const char json[] = MODEL("true", ",[\"a\\u00e9\",-1.5e-1]");
	struct pull j;
	size_t n;

	for (n = 0; n < sizeof json - 1; n++) {
		pull_init(&j, json, n);
		ck_assert_ptr_null(unigram_load(&j));
	}
}
END_TEST

/* The bits that tokenizers 0.23.3 gives back after reading the number. */
START_TEST(numbers_are_read_as_serde_json_reads_them)
{
	static const struct {
		const char *text;
		double value;
	} of[] = {
		{ "-1.8771917354846979", -1.877191735484698 },
		{ "-15.941951252709925", -15.941951252709924 },
		{ "1.000002710961272e-301", 1.0000027109612721e-301 },
		{ "4.348729035652743e-302", 4.3487290356527426e-302 },
		{ "1.8078399346030394e+299", 1.807839934603039e+299 },
		{ "0", 0 }, { "-1", -1 }, { "1e-400", 0 }, { "12.5", 12.5 },
	};
	struct pull j;
	double v;
	size_t i;

	for (i = 0; i < sizeof of / sizeof *of; i++) {
		pull_init(&j, of[i].text, strlen(of[i].text));
		ck_assert(score_read(&j, &v));
		ck_assert_msg(v == of[i].value, "%s: %.17g", of[i].text, v);
	}
}
END_TEST

/* Every piece is found, and nothing else; the last of equal ones counts. */
START_TEST(the_trie_holds_what_was_put_in)
{
	enum { N = 20000 };
	static char text[N][8];
	struct trie_key *keys = xmalloc((N + 1) * sizeof *keys);
	struct trie t;
	size_t i;

	for (i = 0; i < N; i++) {
		snprintf(text[i], sizeof text[i], "%zx", i * 7919);
		keys[i] = (struct trie_key){ text[i], strlen(text[i]),
			(int32_t)i };
	}
	keys[N] = (struct trie_key){ text[5], strlen(text[5]), N };
	ck_assert_int_eq(trie_build(&t, keys, N + 1), 0);
	for (i = 0; i < N; i++)
		if (trie_find(&t, text[i], strlen(text[i])) !=
		    (i == 5 ? N : (int32_t)i))
			ck_abort_msg("%s", text[i]);
	ck_assert_int_eq(trie_find(&t, "g", 1), -1);
	ck_assert_int_eq(trie_find(&t, "\0", 1), -1);
	ck_assert_int_eq(trie_find(&t, "fffffffff", 9), -1);
	trie_free(&t);
	free(keys);
}
END_TEST

START_TEST(a_word_of_ten_megabytes_takes_linear_time)
{
	enum { N = 10 << 20 };
	struct tok_model *m = load(MODEL("false", ",[\"a\",-1.0],"
	    "[\"ab\",-1.5],[\"bab\",-1.7]"));
	char *text = xmalloc(N);
	struct tok_out o = { 0 };
	void *w = m->work_new(m);
	clock_t start = clock();
	size_t i;

	for (i = 0; i < N; i++)
		text[i] = i % 2 ? 'b' : 'a';
	ck_assert_int_eq(m->encode(m, w, text, N, &o), 0);
	ck_assert_uint_ge(o.n, N / 3);
	ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 20);
	m->work_free(w);
	tok_out_free(&o);
	m->free(m);
	free(text);
}
END_TEST

UNIT_MAIN("unigram", the_best_sum_wins, the_first_of_equal_ways_wins,
    unknown_characters_fuse_and_fall_back_to_bytes,
    a_fused_string_that_is_a_piece_is_that_piece,
    without_unk_id_an_unknown_character_is_an_error, wrong_models_are_refused,
    a_model_cut_at_any_byte_is_refused,
    numbers_are_read_as_serde_json_reads_them,
    the_trie_holds_what_was_put_in,
    a_word_of_ten_megabytes_takes_linear_time)
