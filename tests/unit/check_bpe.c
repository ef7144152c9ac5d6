#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "tok/bpe.h"

static struct tok_model *
load(const char *json)
{
	struct pull j;

	pull_init(&j, json, strlen(json));
	return bpe_load(&j);
}

/* The IDs of the word, as text. */
static const char *
ids(const struct tok_model *m, const char *s)
{
	static char text[1000];
	struct tok_out o = { .want_at = true };
	void *w = m->work_new(m);
	size_t i, n = 0;

	if (m->encode(m, w, s, strlen(s), &o) < 0)
		n = (size_t)snprintf(text, sizeof text, "error");
	for (text[n] = '\0', i = 0; i < o.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%d:%u-%u",
		    i > 0 ? " " : "", o.ids[i], o.at[i].from, o.at[i].to);
	m->work_free(w);
	tok_out_free(&o);
	return text;
}

static void
expect(const char *json, const char *word, const char *want)
{
	struct tok_model *m = load(json);

	ck_assert_msg(m != NULL, "%s", errstr());
	ck_assert_str_eq(ids(m, word), want);
	m->free(m);
}

/* All expected values are what tokenizers 0.23.3 gives. */
#define VOCAB "\"vocab\":{\"a\":0,\"b\":1,\"c\":2,\"ab\":3,\"bc\":4,"           \
	"\"abc\":5,\"<unk>\":6,\"<0xC3>\":7,\"<0xA9>\":8,\"aa\":9,\"cc\":10}"

START_TEST(merges_go_by_rank_and_then_from_the_left)
{
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[\"b c\",\"a b\","
	    "\"a bc\",\"a a\"]}", "abcab", "5:0-3 3:3-5");
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[[\"a\",\"b\"],"
	    "[\"b\",\"c\"]]}", "abcbc", "3:0-2 2:2-3 4:3-5");
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[\"a a\"]}", "aaaaa",
	    "9:0-2 9:2-4 0:4-5");
}
END_TEST

START_TEST(an_unknown_character_is_dropped_unk_or_bytes)
{
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[]}", "axb",
	    "0:0-1 1:1-2");
	expect("{\"type\":\"BPE\",\"unk_token\":\"<unk>\"," VOCAB
	    ",\"merges\":[]}", "axyb", "0:0-1 6:1-2 6:2-3 1:3-4");
	expect("{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"fuse_unk\":true,"
	    VOCAB ",\"merges\":[]}", "axyb", "0:0-1 6:1-3 1:3-4");
	expect("{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"byte_fallback\":"
	    "true," VOCAB ",\"merges\":[]}", "a\xc3\xa9", "0:0-1 7:1-2 8:2-3");
	/* a pending unk lets bytes go ahead, as the reference has it */
	expect("{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"byte_fallback\":"
	    "true," VOCAB ",\"merges\":[]}", "x\xc3\xa9" "a",
	    "7:0-1 8:1-2 6:2-3 0:3-4");
	expect("{\"type\":\"BPE\",\"unk_token\":\"none\"," VOCAB
	    ",\"merges\":[]}", "ax", "error");
}
END_TEST

START_TEST(a_word_that_is_a_piece_may_skip_its_merges)
{
	expect("{\"type\":\"BPE\",\"ignore_merges\":true," VOCAB
	    ",\"merges\":[]}", "abc", "5:0-3");
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[]}", "abc",
	    "0:0-1 1:1-2 2:2-3");
}
END_TEST

START_TEST(prefix_and_suffix_mark_the_place_in_the_word)
{
	expect("{\"type\":\"BPE\",\"continuing_subword_prefix\":\"##\","
	    "\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":0,\"##b\":1,"
	    "\"##c</w>\":2,\"a</w>\":3,\"ab\":4,\"abc</w>\":5},\"merges\":"
	    "[\"a ##b\",\"ab ##c</w>\"]}", "abc", "5:0-3");
	expect("{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":"
	    "{\"a\":0,\"a</w>\":3},\"merges\":[]}", "aa", "0:0-1 3:1-2");
}
END_TEST

START_TEST(of_repeated_entries_the_last_one_holds)
{
	expect("{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":7},\"merges\":[]}",
	    "a", "7:0-1");
	expect("{\"type\":\"BPE\"," VOCAB ",\"merges\":[\"a b\",\"b c\","
	    "\"a b\"]}", "abc", "0:0-1 4:1-3");
}
END_TEST

START_TEST(what_is_no_model_is_refused)
{
	static const char *const bad[] = {
		"{}", "{\"vocab\":{}}", "{\"vocab\":{},\"merges\":[]}",
		"{\"vocab\":{\"a\":-1},\"merges\":[]}",
		"{\"vocab\":{\"a\":4294967296},\"merges\":[]}",
		"{\"vocab\":{\"a\":0.5},\"merges\":[]}",
		"{\"vocab\":{\"a\":0},\"merges\":[\"a\"]}",
		"{\"vocab\":{\"a\":0},\"merges\":[\"a a a\"]}",
		"{\"vocab\":{\"a\":0},\"merges\":[\"a a\"]}",
		"{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}",
		"{\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]}",
		"{\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"a\",\"a\"]]}",
		"{\"vocab\":{\"a\":0},\"merges\":[],\"dropout\":0.1}",
		("{\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"],"
		 "\"continuing_subword_prefix\":\"##\"}"),
		"{\"vocab\":{\"a\":0},\"merges\":[]", "[]", "",
	};
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(load(bad[i]) == NULL, "%s", bad[i]);
}
END_TEST

/* Lowest rank first, leftmost among equals: nothing clever. */
static size_t
plain_merge(const struct bpe_tables *t, struct bpe_sym *v, size_t n)
{
	size_t i, best;
	uint32_t rank, lowest;

	for (;;) {
		lowest = BPE_NONE;
		for (i = best = 0; i + 1 < n; i++) {
			rank = bpe_rank(t, v[i].id, v[i + 1].id);
			if (rank < lowest) {
				lowest = rank;
				best = i;
			}
		}
		if (lowest == BPE_NONE)
			return n;
		v[best].id = t->merged[lowest];
		v[best].len += v[best + 1].len;
		memmove(v + best + 1, v + best + 2,
		    (n - best - 2) * sizeof *v);
		n--;
	}
}

/*
 * A model over a, b, c with merges at random, and in an order that training
 * would never give: later pieces may merge before those they are made of.
 */
static struct tok_model *
random_model(unsigned seed)
{
	enum { N = 40, LEN = 13 };
	char piece[N][LEN] = { "a", "b", "c" }, new[2 * LEN];
	size_t left[N], right[N], n = 3, m = 0, i, j, k;
	struct buf all = { 0 };
	struct tok_model *model;

	srand(seed);
	while (n < N && m < N) {
		i = (size_t)rand() % n;
		j = (size_t)rand() % n;
		snprintf(new, sizeof new, "%s%s", piece[i], piece[j]);
		if (strlen(new) >= LEN)
			continue;
		for (k = 0; k < n && strcmp(piece[k], new) != 0; k++)
			continue;
		if (k == n)
			memcpy(piece[n++], new, strlen(new) + 1);
		k = (size_t)rand() % (m + 1);
		if (k < m) {
			left[m] = left[k];
			right[m] = right[k];
		}
		m++;
		left[k] = i;
		right[k] = j;
	}
	for (i = 0; i < n; i++)
		buf_printf(&all, "%s\"%s\":%zu", i > 0 ? "," : "{\"vocab\":{",
		    piece[i], i);
	for (i = 0; i < m; i++)
		buf_printf(&all, "%s[\"%s\",\"%s\"]",
		    i > 0 ? "," : "},\"merges\":[", piece[left[i]],
		    piece[right[i]]);
	buf_str(&all, "]}");
	model = load(all.p);
	buf_free(&all);
	return model;
}

static void
compare(const struct bpe *b, size_t n)
{
	struct bpe_sym *v = xcalloc(n, sizeof *v), *u = xcalloc(n, sizeof *u);
	struct bpe_scratch w = { 0 };
	size_t i, k;
	int run = 1 + rand() % 40;

	for (i = 0; i < n; i++) {
		v[i] = (struct bpe_sym){ (uint32_t)(rand() % run == 0 || i == 0
		    ? rand() % 3 : (int)v[i - 1].id), 1 };
		u[i] = v[i];
	}
	k = bpe_merge(&b->t, &w, v, n);
	ck_assert_uint_eq(k, plain_merge(&b->t, u, n));
	ck_assert(memcmp(v, u, k * sizeof *v) == 0);
	bpe_scratch_free(&w);
	free(v);
	free(u);
}

START_TEST(a_word_of_any_length_is_merged_as_step_by_step)
{
	static const size_t lengths[] = { 1, 2, 3, 23, 24, 25, 100, 2047,
		2048, 2049, 5000, 9001 };
	struct tok_model *m;
	unsigned seed;
	size_t i;

	for (seed = 1; seed <= 15; seed++) {
		m = random_model(seed);
		ck_assert_msg(m != NULL, "%s", errstr());
		for (i = 0; i < sizeof lengths / sizeof *lengths; i++)
			compare(bpe_of(m), lengths[i]);
		m->free(m);
	}
}
END_TEST

START_TEST(ten_megabytes_of_one_word_take_seconds)
{
	struct tok_model *m = load("{" VOCAB ",\"merges\":[\"a a\",\"a b\","
	    "\"b c\"]}");
	struct tok_out o = { 0 };
	void *w = m->work_new(m);
	size_t n = 10 << 20, i;
	char *s = xmalloc(n);
	time_t start = time(NULL);

	for (i = 0; i < n; i++)
		s[i] = "aab"[i % 7 % 3];
	ck_assert_int_eq(m->encode(m, w, s, n, &o), 0);
	ck_assert_uint_gt(o.n, n / 3);
	ck_assert_int_lt(time(NULL) - start, 60);
	free(s);
	tok_out_free(&o);
	m->work_free(w);
	m->free(m);
}
END_TEST

UNIT_MAIN("bpe", merges_go_by_rank_and_then_from_the_left,
    an_unknown_character_is_dropped_unk_or_bytes,
    a_word_that_is_a_piece_may_skip_its_merges,
    prefix_and_suffix_mark_the_place_in_the_word,
    of_repeated_entries_the_last_one_holds, what_is_no_model_is_refused,
    a_word_of_any_length_is_merged_as_step_by_step,
    ten_megabytes_of_one_word_take_seconds)
