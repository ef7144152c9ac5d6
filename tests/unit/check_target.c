#include "hub/target.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "hub/report.h"
#include "unit.h"

static void
means(const char *text, const char *folder, const char *revision)
{
	struct targets t = { 0 };

	ck_assert_msg(target_add(&t, text) == 0, "%s", errstr());
	ck_assert_str_eq(t.v[0].folder, folder);
	if (revision == NULL)
		ck_assert_ptr_null(t.v[0].revision);
	else
		ck_assert_str_eq(t.v[0].revision, revision);
	target_free(&t);
}

static void
means_nothing(const char *text)
{
	struct targets t = { 0 };

	ck_assert_msg(target_add(&t, text) < 0, "%s", text);
	target_free(&t);
}

START_TEST(names_have_types_and_revisions)
{
	means("gpt2", "models--gpt2", NULL);
	means("acme/bert@main", "models--acme--bert", "main");
	means("model/gpt2", "models--gpt2", NULL);
	means("models/acme/bert@refs/pr/1", "models--acme--bert",
	    "refs/pr/1");
	means("dataset/squad", "datasets--squad", NULL);
	means("datasets/a/b", "datasets--a--b", NULL);
	means("space/a/b", "spaces--a--b", NULL);
	means("kernel/a/b", "kernels--a--b", NULL);
	means("modeler/b", "models--modeler--b", NULL);
}
END_TEST

START_TEST(a_line_of_ls_is_a_name)
{
	means("model\ta/b\tabc\tmain\t12\t2026", "models--a--b", "abc");
	means("dataset\tsquad\t-\t-\t0\t-", "datasets--squad", NULL);
	means("space\ta/b", "spaces--a--b", NULL);
}
END_TEST

START_TEST(what_could_leave_the_cache_is_no_name)
{
	means_nothing("");
	means_nothing("..");
	means_nothing("../x");
	means_nothing("a/../b");
	means_nothing("a/b/c");
	means_nothing("a--b");
	means_nothing("/etc");
	means_nothing("model/");
	means_nothing("model\t../../etc\tx");
	means_nothing("a/b@");
	means_nothing("a/b@../../c");
	means_nothing("a/b@/etc");
	means_nothing("model\ta/b\t../x\t");
	means_nothing("\t\t\t");
	means_nothing("a\nb");
}
END_TEST

START_TEST(folders_and_names_are_one_another)
{
	ck_assert_str_eq(scan_type("models--x"), "model");
	ck_assert_str_eq(scan_type("kernels--a--b"), "kernel");
	ck_assert_ptr_null(scan_type("models--"));
	ck_assert_ptr_null(scan_type("blobs"));
	ck_assert_ptr_null(scan_type(".locks"));
	ck_assert_ptr_null(scan_type("things--x"));
}
END_TEST

static void
shows(uint64_t size, const char *want)
{
	struct buf b = { 0 };

	report_size(&b, size, true);
	ck_assert_str_eq(b.p, want);
	buf_free(&b);
}

/* huggingface_hub's _format_size(), but for bytes without ".0". */
START_TEST(sizes_are_decimal)
{
	shows(0, "0");
	shows(999, "999");
	shows(1000, "1.0K");
	shows(42249, "42.2K");
	shows(999949, "999.9K");
	shows(999950, "1.0M");
	shows(1500000000, "1.5G");
	shows(UINT64_MAX, "18.4E");
}
END_TEST

UNIT_MAIN("target", names_have_types_and_revisions, a_line_of_ls_is_a_name,
    what_could_leave_the_cache_is_no_name, folders_and_names_are_one_another,
    sizes_are_decimal)
