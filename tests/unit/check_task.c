#include "unit.h"

#include <math.h>
#include <string.h>

#include "err.h"
#include "task/task.h"

START_TEST(the_largest_come_first_and_ties_in_order)
{
	static const float v[] = { 1, 5, 3, 5, -2, 3 };
	size_t best[6];

	ck_assert_uint_eq(task_top(v, 6, 4, best), 4);
	ck_assert_uint_eq(best[0], 1);
	ck_assert_uint_eq(best[1], 3);
	ck_assert_uint_eq(best[2], 2);
	ck_assert_uint_eq(best[3], 5);
	ck_assert_uint_eq(task_top(v, 2, 4, best), 2);
}
END_TEST

START_TEST(softmax_sums_to_one_and_bears_large_numbers)
{
	static const float v[] = { 1000, 999, -1000 };
	float p[3];

	task_softmax(v, 3, p);
	ck_assert_double_eq_tol((double)p[0], 0.7310586, 1e-6);
	ck_assert_double_eq_tol((double)p[1], 0.2689414, 1e-6);
	ck_assert(p[2] == 0);
}
END_TEST

START_TEST(fields_hide_what_would_split_a_line)
{
	struct buf b = { 0 };

	put_field(&b, "a\tb\nc\\d", 7);
	ck_assert_str_eq(b.p, "a\\tb\\nc\\\\d");
	buf_free(&b);
}
END_TEST

/* A frame of two rows of one column, as hf-forward would give it. */
static void
fill(struct frame *f, float second)
{
	static const int64_t rows[] = { 7, 8 };
	float logits[4] = { 2, 0, 0, 0 };

	logits[3] = second;
	frame_add(f, "input_ids", DT_I32, 2, (size_t[]){ 2, 1 });
	memcpy(frame_add(f, "rows", DT_I64, 1, (size_t[]){ 2 }), rows,
	    sizeof rows);
	memcpy(frame_add(f, "logits", DT_F32, 2, (size_t[]){ 2, 2 }), logits,
	    sizeof logits);
}

static int
classify(const char *config, struct task_opts o, float second,
    struct buf *out)
{
	struct model m = { 0 };
	struct task_run run;
	struct frame f = { 0 };
	int r;

	m.config = json_parse(config, strlen(config));
	ck_assert_ptr_nonnull(m.config);
	fill(&f, second);
	ck_assert_int_eq(task_open(&run, HEAD_SEQUENCE, &o, &m, out), 0);
	r = task_frame(&run, &f);
	if (r == 0)
		r = task_finish(&run);
	frame_free(&f);
	json_free(m.config);
	return r;
}

START_TEST(labels_are_the_configs_or_numbered)
{
	struct buf out = { 0 };

	ck_assert_int_eq(classify("{\"id2label\": {\"0\": \"a\\tb\"}}",
	    (struct task_opts){ 0 }, 1, &out), 0);
	ck_assert_str_eq(out.p, "a\\tb\t0.880797\nLABEL_1\t0.731059\n");
	buf_free(&out);
}
END_TEST

START_TEST(several_answers_carry_the_record)
{
	struct buf out = { 0 };

	ck_assert_int_eq(classify("{}", (struct task_opts){ .top_k = 2 }, 1,
	    &out), 0);
	ck_assert_str_eq(out.p, "7\tLABEL_0\t0.880797\n7\tLABEL_1\t0.119203\n"
	    "8\tLABEL_1\t0.731059\n8\tLABEL_0\t0.268941\n");
	buf_free(&out);
}
END_TEST

START_TEST(the_problem_type_chooses_the_function)
{
	struct buf out = { 0 };

	ck_assert_int_eq(classify("{\"problem_type\": \"regression\"}",
	    (struct task_opts){ .json = true }, 1, &out), 0);
	ck_assert_str_eq(out.p, "[{\"label\": \"LABEL_0\", \"score\": 2}]\n"
	    "[{\"label\": \"LABEL_1\", \"score\": 1}]\n");
	out.n = 0;
	ck_assert_int_eq(classify("{\"problem_type\": "
	    "\"multi_label_classification\"}", (struct task_opts){ 0 }, 1,
	    &out), 0);
	ck_assert_str_eq(out.p, "LABEL_0\t0.880797\nLABEL_1\t0.731059\n");
	buf_free(&out);
}
END_TEST

START_TEST(outputs_that_are_not_finite_are_an_error)
{
	struct buf out = { 0 };

	ck_assert_int_eq(classify("{}", (struct task_opts){ 0 }, NAN, &out),
	    -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "record 8"));
	buf_free(&out);
}
END_TEST

START_TEST(tasks_have_their_names_and_aliases)
{
	ck_assert_int_eq(task_head("ner"), HEAD_TOKEN);
	ck_assert_int_eq(task_head("text_classification"), HEAD_SEQUENCE);
	ck_assert_int_eq(task_head("nonsense"), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "fill-mask"));
}
END_TEST

UNIT_MAIN("task", the_largest_come_first_and_ties_in_order,
    softmax_sums_to_one_and_bears_large_numbers,
    fields_hide_what_would_split_a_line, labels_are_the_configs_or_numbered,
    several_answers_carry_the_record, the_problem_type_chooses_the_function,
    outputs_that_are_not_finite_are_an_error,
    tasks_have_their_names_and_aliases)
