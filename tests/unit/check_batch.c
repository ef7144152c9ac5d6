#include "unit.h"

#include <string.h>

#include "batch.h"
#include "err.h"

/* Two texts of three columns: one padded on the right, one on the left. */
static void
fill(struct frame *f)
{
	static const int32_t ids[] = { 5, 6, 0, 0, 0, 7 };
	static const int32_t mask[] = { 1, 1, 0, 0, 0, 1 };
	size_t dim[2] = { 2, 3 };

	memcpy(frame_add(f, "input_ids", DT_I32, 2, dim), ids, sizeof ids);
	memcpy(frame_add(f, "attention_mask", DT_I32, 2, dim), mask,
	    sizeof mask);
}

START_TEST(padding_is_left_out_and_positions_are_columns)
{
	struct frame f = { 0 };
	struct batch b;

	fill(&f);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	ck_assert_uint_eq(b.rows, 3);
	ck_assert_uint_eq(b.start[1], 2);
	ck_assert_uint_eq(b.start[2], 3);
	ck_assert_int_eq(b.input_ids[2], 7);
	ck_assert_int_eq(b.position_ids[1], 1);
	ck_assert_int_eq(b.position_ids[2], 2);
	ck_assert_int_eq(b.token_type_ids[2], 0);
	frame_free(&f);
}
END_TEST

START_TEST(position_ids_of_the_frame_are_taken)
{
	static const int32_t pos[] = { 0, 1, 0, 0, 0, 0 };
	struct frame f = { 0 };
	struct batch b;

	fill(&f);
	memcpy(frame_add(&f, "position_ids", DT_I32, 2, (size_t[]){ 2, 3 }),
	    pos, sizeof pos);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	ck_assert_int_eq(b.position_ids[2], 0);
	frame_free(&f);
}
END_TEST

START_TEST(results_are_spread_with_zeros_at_padding)
{
	static const float packed[] = { 1, 2, 3, 4, 5, 6 };
	static const float want[] = { 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 5, 6 };
	static const char *const names[] = { "x", NULL };
	struct frame f = { 0 };
	struct outputs o = { .f = &f, .want = names };
	struct batch b;

	fill(&f);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	o.b = &b;
	output_rows(&o, "x", packed, 2);
	ck_assert_int_eq(outputs_finish(&o), 0);
	ck_assert_mem_eq(frame_get(&f, "x")->data, want, sizeof want);
	frame_free(&f);
}
END_TEST

START_TEST(attentions_are_spread_in_both_directions)
{
	/* text 0: 2x2, text 1: 1x1, one head */
	static const float packed[] = { 1, 2, 3, 4, 9 };
	static const char *const names[] = { "attentions", NULL };
	struct frame f = { 0 };
	struct outputs o = { .f = &f, .want = names };
	const float *x;
	struct batch b;

	fill(&f);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	o.b = &b;
	output_attentions(&o, "attentions", 0, packed, 1);
	ck_assert_int_eq(outputs_finish(&o), 0);
	x = frame_get(&f, "attentions.0")->data;
	ck_assert(x[0] == 1 && x[1] == 2 && x[2] == 0);
	ck_assert(x[3] == 3 && x[4] == 4 && x[6] == 0);
	ck_assert(x[9 + 8] == 9 && x[9] == 0);
	frame_free(&f);
}
END_TEST

START_TEST(an_output_that_was_not_made_is_an_error)
{
	static const char *const names[] = { "logits", NULL };
	struct frame f = { 0 };
	struct outputs o = { .f = &f, .want = names };
	struct batch b;

	fill(&f);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	o.b = &b;
	ck_assert_int_eq(outputs_finish(&o), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "--output logits"));
	frame_free(&f);
}
END_TEST

START_TEST(values_out_of_range_name_the_record)
{
	static const int64_t rows[] = { 40, 41 };
	struct frame f = { 0 };
	struct batch b;

	fill(&f);
	memcpy(frame_add(&f, "rows", DT_I64, 1, (size_t[]){ 2 }), rows,
	    sizeof rows);
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	ck_assert_int_eq(batch_check(&b, &f, b.input_ids, 8, "token id"), 0);
	ck_assert_int_eq(batch_check(&b, &f, b.input_ids, 7, "token id"), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "record 41: token id 7"));
	frame_free(&f);
}
END_TEST

START_TEST(a_mask_of_another_shape_is_refused)
{
	struct frame f = { 0 };
	struct batch b;

	fill(&f);
	frame_add(&f, "attention_mask", DT_I32, 2, (size_t[]){ 2, 2 });
	ck_assert_int_eq(batch_pack(&b, &f), -1);
	frame_free(&f);
}
END_TEST

START_TEST(an_empty_batch_has_no_rows)
{
	struct frame f = { 0 };
	struct batch b;

	frame_add(&f, "input_ids", DT_I32, 2, (size_t[]){ 0, 0 });
	ck_assert_int_eq(batch_pack(&b, &f), 0);
	ck_assert_uint_eq(b.rows, 0);
	frame_free(&f);
}
END_TEST

UNIT_MAIN("batch", padding_is_left_out_and_positions_are_columns,
    position_ids_of_the_frame_are_taken,
    results_are_spread_with_zeros_at_padding,
    attentions_are_spread_in_both_directions,
    an_output_that_was_not_made_is_an_error,
    values_out_of_range_name_the_record, a_mask_of_another_shape_is_refused,
    an_empty_batch_has_no_rows)
