#include "hub/card.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "unit.h"

static const char sample[] =
    "---\n"
    "language:\n- en\n- no\n"
    "license: other\n"
    "license_name: acme-research\n"
    "license_link: LICENSE\n"
    "library_name: transformers\n"
    "tags:\n- text-classification\n- 2024\n- on\n"
    "datasets: [glue, sst2]\n"
    "metrics: accuracy\n"
    "base_model: google-bert/bert-base-uncased\n"
    "extra_gated_prompt: |\n  Accept\n  this.\n"
    "model-index:\n"
    "- name: x\n"
    "  results:\n"
    "  - task: {type: text-classification, name: Text Classification}\n"
    "    dataset: {name: SST-2, type: glue, config: sst2}\n"
    "    metrics:\n"
    "    - {type: accuracy, value: 0.8930, verified: true}\n"
    "    - {type: loss, value: [1, 2]}\n"
    "  - task: {type: other}\n"
    "---\n"
    "# Title\n";

static void
parse(struct card *c, const char *text)
{
	struct buf b = { 0 };

	buf_str(&b, text);
	ck_assert_msg(card_parse(c, &b) == 0, "%s", errstr());
}

/* The values of a field, joined with '|'. */
static void
has(const struct card *c, enum card_field f, const char *want)
{
	struct card_list l;
	struct buf b = { 0 };
	size_t i;

	buf_str(&b, "");
	card_values(c, f, &l);
	for (i = 0; i < l.n; i++) {
		buf_str(&b, i ? "|" : "");
		card_put(&b, l.v[i]);
	}
	ck_assert_str_eq(b.p, want);
	buf_free(&b);
	free(l.v);
}

START_TEST(fields_are_read_as_written)
{
	struct card c;

	parse(&c, sample);
	has(&c, CARD_LICENSE, "other|acme-research");
	has(&c, CARD_TASK, "text-classification");
	has(&c, CARD_LIBRARY, "transformers");
	has(&c, CARD_LANGUAGE, "en|no");
	has(&c, CARD_DATASET, "glue|sst2");
	has(&c, CARD_BASE_MODEL, "google-bert/bert-base-uncased");
	has(&c, CARD_METRIC, "accuracy");
	has(&c, CARD_TAG, "text-classification|2024|on");
	ck_assert_int_eq((int)c.body.n, 8);
	card_free(&c);
}
END_TEST

START_TEST(the_model_index_becomes_rows)
{
	struct card_results r;
	struct buf b = { 0 };
	struct card c;

	parse(&c, sample);
	card_results(&c, &r);
	ck_assert_int_eq((int)r.n, 2);
	card_put(&b, r.v[0].task);
	buf_byte(&b, ' ');
	card_put(&b, r.v[0].dataset);
	buf_byte(&b, ' ');
	card_put(&b, r.v[0].metric);
	buf_byte(&b, ' ');
	card_put(&b, r.v[0].value);
	ck_assert_str_eq(b.p, "text-classification glue accuracy 0.8930");
	ck_assert(r.v[0].verified && !r.v[1].verified);
	b.n = 0;
	card_put(&b, r.v[1].value);
	ck_assert_str_eq(b.p, "[1,2]");
	buf_free(&b);
	free(r.v);
	card_free(&c);
}
END_TEST

static void
meets(const char *text, const char *requirement, const char *why)
{
	struct card c;
	int r;

	parse(&c, text);
	r = card_require(&c, requirement);
	ck_assert_msg((r == 0) == (why == NULL), "%s: %s", requirement,
	    r < 0 ? errstr() : "met");
	if (why != NULL)
		ck_assert_str_eq(errstr(), why);
	card_free(&c);
}

START_TEST(requirements_say_what_was_found)
{
	meets(sample, "license=acme-research", NULL);
	meets(sample, "license=mit,OTHER", NULL);
	meets(sample, "license=mit,apache-2.0",
	    "license is other, acme-research, want mit,apache-2.0");
	meets(sample, "task=fill-mask,text-classification", NULL);
	meets(sample, "language=de", "language is en, no, want de");
	meets(sample, "library=keras", "library is transformers, want keras");
	meets("# nothing", "license=mit", "names no license, want mit");
	meets("---\nlicense: mit\n---\n", "license=mi", "license is mit, "
	    "want mi");
	meets("---\nlicense: mit\n---\n", "license=mit2,m", "license is mit, "
	    "want mit2,m");
}
END_TEST

/* A list may mean "both": one licence that is not allowed is too many. */
START_TEST(every_licence_of_a_list_counts)
{
	static const char two[] = "---\nlicense: [mit, gpl-3.0]\n---\n";
	static const char other[] = "---\nlicense: [other, mit]\n---\n";

	meets(two, "license=mit", "license is mit, gpl-3.0, want mit");
	meets(two, "license=gpl-3.0,mit", NULL);
	meets(other, "license=mit", "license is other, mit, want mit");
	meets("---\nlicense: {mit: 1}\n---\n", "license=mit",
	    "license is {\"mit\":1}, want mit");
	meets("---\nlicense: null\n---\n", "license=null",
	    "names no license, want null");
}
END_TEST

START_TEST(wrong_requirements_are_found)
{
	ck_assert(card_check_requirement("license=mit") == 0);
	ck_assert(card_check_requirement("license") < 0);
	ck_assert(card_check_requirement("license=") < 0);
	ck_assert(card_check_requirement("=mit") < 0);
	ck_assert(card_check_requirement("licence=mit") < 0);
}
END_TEST

START_TEST(json_holds_everything)
{
	struct buf b = { 0 };
	struct card c;

	parse(&c, "---\nlicense: 1.0\ntags: [a, 7]\n---\nx");
	card_put_json(&b, &c);
	ck_assert_str_eq(b.p, "\"license\":[\"1.0\"],\"task\":[],"
	    "\"library\":[],\"language\":[],\"dataset\":[],\"base-model\":[],"
	    "\"metric\":[],\"tag\":[\"a\",\"7\"],\"results\":[],"
	    "\"front_matter\":{\"license\":1.0,\"tags\":[\"a\",7]}");
	buf_free(&b);
	card_free(&c);
}
END_TEST

START_TEST(front_matter_that_is_no_mapping_is_refused)
{
	struct buf b = { 0 };
	struct card c;

	buf_str(&b, "\n---\n- a\n---\n");
	ck_assert(card_parse(&c, &b) < 0);
	ck_assert_str_eq(errstr(),
	    "front matter is no mapping of keys to values");
	buf_str(&b, "\n---\na: 1\nb: [\n---\n");
	ck_assert(card_parse(&c, &b) < 0);
	ck_assert_msg(strncmp(errstr(), "line 5: is not YAML", 19) == 0,
	    "%s", errstr());
	parse(&c, "---\n# nothing\n---\n");
	has(&c, CARD_LICENSE, "");
	card_free(&c);
}
END_TEST

/*
 * Cut at every byte, and with every byte overwritten: a card or one line, and
 * no memory error.  A cut card never meets a licence it does not name.
 */
START_TEST(damaged_cards_do_no_harm)
{
	static const char bad[] = { '\0', '\xff', '[', '&', '*', '\n', '-',
		'"' };
	struct buf b = { 0 };
	struct card c;
	size_t i, j;

	for (i = 0; i < sizeof sample; i++) {
		buf_add(&b, sample, i);
		if (card_parse(&c, &b) < 0)
			continue;
		ck_assert(card_require(&c, "license=mit") < 0);
		card_free(&c);
	}
	for (i = 0; i < sizeof sample - 1; i++)
		for (j = 0; j < sizeof bad; j++) {
			buf_add(&b, sample, sizeof sample - 1);
			b.p[i] = bad[j];
			if (card_parse(&c, &b) < 0)
				continue;
			card_put_json(&b, &c);
			buf_free(&b);
			card_free(&c);
		}
}
END_TEST

UNIT_MAIN("card", fields_are_read_as_written, the_model_index_becomes_rows,
    requirements_say_what_was_found, every_licence_of_a_list_counts,
    wrong_requirements_are_found, json_holds_everything,
    front_matter_that_is_no_mapping_is_refused, damaged_cards_do_no_harm)
