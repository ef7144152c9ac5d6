#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"
#include "pooling.h"

/* One text of three tokens, the last of them padding; one without tokens. */
static void
fill(struct frame *f)
{
	static const float h[] = { 1, -4, 3, 2, 9, 9, 7, 7, 7, 7, 7, 7 };
	static const int32_t mask[] = { 1, 1, 0, 0, 0, 0 };

	memcpy(frame_add(f, "last_hidden_state", DT_F32, 3,
	    (size_t[]){ 2, 3, 2 }), h, sizeof h);
	memcpy(frame_add(f, "attention_mask", DT_I32, 2,
	    (size_t[]){ 2, 3 }), mask, sizeof mask);
}

static void
check(struct pooling how, float a, float b)
{
	struct frame f = { 0 };
	struct pool *p = pool_open(1);
	const float *x;

	fill(&f);
	ck_assert_int_eq(pooling_apply(&how, p, &f), 0);
	ck_assert_ptr_null(frame_get(&f, "last_hidden_state"));
	x = frame_get(&f, "embedding")->data;
	ck_assert_double_eq_tol((double)x[0], (double)a, 1e-6);
	if (how.dim == 1) {
		ck_assert(x[1] == 0);
	} else {
		ck_assert_double_eq_tol((double)x[1], (double)b, 1e-6);
		ck_assert(x[2] == 0 && x[3] == 0);
	}
	pool_close(p);
	frame_free(&f);
}

START_TEST(each_kind_looks_at_real_tokens_only)
{
	check((struct pooling){ .kind = POOL_MEAN }, 2, -1);
	check((struct pooling){ .kind = POOL_CLS }, 1, -4);
	check((struct pooling){ .kind = POOL_LAST }, 3, 2);
	check((struct pooling){ .kind = POOL_MAX }, 3, 2);
	check((struct pooling){ .kind = POOL_MEAN_SQRT_LEN }, 2.8284271f,
	    -1.4142136f);
}
END_TEST

START_TEST(dimensions_are_cut_between_the_two_normalizations)
{
	check((struct pooling){ .kind = POOL_LAST, .model_normalize = true },
	    0.8320503f, 0.5547002f);
	check((struct pooling){ .kind = POOL_LAST, .model_normalize = true,
	    .dim = 1 }, 0.8320503f, 0);
	check((struct pooling){ .kind = POOL_LAST, .normalize = true,
	    .dim = 1 }, 1, 0);
}
END_TEST

START_TEST(more_dimensions_than_there_are_is_an_error)
{
	struct pooling how = { .kind = POOL_MEAN, .dim = 3 };
	struct frame f = { 0 };
	struct pool *p = pool_open(1);

	fill(&f);
	ck_assert_int_eq(pooling_apply(&how, p, &f), -1);
	pool_close(p);
	frame_free(&f);
}
END_TEST

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* A model directory with these two files. */
static int
open_model(struct pooling *how, const char *modules, const char *pooling)
{
	char dir[] = "/tmp/check_pooling.XXXXXX", path[128];
	int r;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/modules.json", dir);
	write_file(path, modules);
	snprintf(path, sizeof path, "%s/1_Pooling", dir);
	mkdir(path, 0777);
	snprintf(path, sizeof path, "%s/1_Pooling/config.json", dir);
	write_file(path, pooling);
	r = pooling_open(how, dir);
	snprintf(path, sizeof path, "rm -rf %s", dir);
	ck_assert_int_eq(system(path), 0);
	return r;
}

#define STEP(type, path) "{\"type\": \"sentence_transformers.models." type \
	"\", \"path\": \"" path "\"}"

START_TEST(the_models_files_say_how)
{
	struct pooling how;

	ck_assert_int_eq(open_model(&how, "[" STEP("Transformer", "") ","
	    STEP("Pooling", "1_Pooling") "," STEP("Normalize", "2") "]",
	    "{\"pooling_mode_cls_token\": true}"), 0);
	ck_assert(how.kind == POOL_CLS && how.model_normalize);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode\": \"lasttoken\"}"), 0);
	ck_assert(how.kind == POOL_LAST && !how.model_normalize);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode\": [\"cls\"]}"), 0);
	ck_assert(how.kind == POOL_CLS);
}
END_TEST

START_TEST(what_is_not_known_is_refused)
{
	struct pooling how;

	ck_assert_int_eq(open_model(&how, "[" STEP("Dense", "2_Dense") "]",
	    "{}"), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "Dense"));
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "../x") "]",
	    "{}"), -1);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode_cls_token\": true, "
	    "\"pooling_mode_mean_tokens\": true}"), -1);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode_weightedmean_tokens\": true}"), -1);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode\": [\"cls\", \"mean\"]}"), -1);
	ck_assert_int_eq(open_model(&how, "[" STEP("Pooling", "1_Pooling") "]",
	    "{\"pooling_mode\": 3}"), -1);
	ck_assert_int_eq(open_model(&how, "[{\"type\": "
	    "\"custom_code.Transformer\"}]", "{}"), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "custom_code.Transformer"));
	ck_assert_int_eq(open_model(&how, "[", "{}"), -1);
}
END_TEST

UNIT_MAIN("pooling", each_kind_looks_at_real_tokens_only,
    dimensions_are_cut_between_the_two_normalizations,
    more_dimensions_than_there_are_is_an_error, the_models_files_say_how,
    what_is_not_known_is_refused)
