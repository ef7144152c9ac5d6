#include "unit.h"

#include <string.h>

#include "err.h"
#include "hub/name.h"
#include "util.h"

/* huggingface_hub/utils/_validators.py and its tests */
START_TEST(names_of_repositories_are_those_that_the_hub_allows)
{
	static const char *const good[] = { "gpt2", "a", "acme/tiny-bert",
		"_x_/y.z", "123/456", "A.b-c_d", "0/0" };
	static const char *const bad[] = { "", "/", "a/", "/a", "a/b/c", "a--b",
		"a..b", ".a", "a.", "-a", "a-", "a b", "caf\303\251", "a.git",
		"a/b.git", "a\\b", "a/.b", "..", "a/..", "x\n", "x@y" };
	char long_name[98];
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(name_check_repo(good[i]) == 0, "%s: %s", good[i],
		    errstr());
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(name_check_repo(bad[i]) < 0, "%s", bad[i]);
	memset(long_name, 'a', sizeof long_name);
	long_name[96] = '\0';
	ck_assert_int_eq(name_check_repo(long_name), 0);
	long_name[96] = 'a';
	long_name[97] = '\0';
	ck_assert_int_lt(name_check_repo(long_name), 0);
}
END_TEST

/* git check-ref-format --allow-onelevel */
START_TEST(revisions_are_what_git_calls_a_reference)
{
	static const char *const good[] = { "main", "v1.0", "dev/next",
		"refs/pr/1", "f\303\274r", "a@b", "x.y" };
	static const char *const bad[] = { "", "/", "a/", "/a", "a//b", "a..b",
		"..", ".a", "a/.b", "a.lock", "a.lock/b", "a b", "a~1", "a^",
		"a:b", "a?", "a*", "a[", "a\\b", "a\001", "a\177", "\377" };
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(name_check_revision(good[i]) == 0, "%s: %s",
		    good[i], errstr());
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(name_check_revision(bad[i]) < 0, "%s", bad[i]);
}
END_TEST

START_TEST(file_names_cannot_leave_their_directory)
{
	static const char *const good[] = { "a", "a/b/c", ".gitattributes",
		"...", "a..b", "..a", "a b#1?50%+\303\251&c.txt", "ab:c" };
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".",
		"..", "./a", "../a", "a/..", "a/../b", "a/./b", "a\\b", "..\\a",
		"c:x", "a/c:x", "a\nb", "a\001", "a\177", "\377", "a/\300\257" };
	char *name;
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(name_check_file(good[i]) == 0, "%s: %s", good[i],
		    errstr());
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(name_check_file(bad[i]) < 0, "%s", bad[i]);
	name = xcalloc(2001, 1);
	memset(name, 'a', 256);
	ck_assert_int_lt(name_check_file(name), 0);
	name[255] = '\0';
	ck_assert_int_eq(name_check_file(name), 0);
	for (i = 0; i < 2000; i++)
		name[i] = i % 2 ? '/' : 'a';
	name[1999] = 'a';
	ck_assert_int_lt(name_check_file(name), 0);
	free(name);
}
END_TEST

START_TEST(a_name_is_split_at_its_at_sign)
{
	struct hub_name n;

	ck_assert_int_eq(name_parse(&n, "acme/x", HUB_MODEL), 0);
	ck_assert_str_eq(n.repo, "acme/x");
	ck_assert_str_eq(n.revision, "main");
	name_free(&n);
	ck_assert_int_eq(name_parse(&n, "x@refs/pr/1", HUB_SPACE), 0);
	ck_assert_str_eq(n.repo, "x");
	ck_assert_str_eq(n.revision, "refs/pr/1");
	ck_assert_int_eq(n.type, HUB_SPACE);
	name_free(&n);
	ck_assert_int_eq(name_parse(&n, "datasets/a/b@v1", HUB_MODEL), 0);
	ck_assert_str_eq(n.repo, "a/b");
	ck_assert_int_eq(n.type, HUB_DATASET);
	name_free(&n);
	ck_assert_int_eq(name_parse(&n, "models/a/b", HUB_DATASET), 0);
	ck_assert_str_eq(n.repo, "a/b");
	ck_assert_int_eq(n.type, HUB_MODEL);
	name_free(&n);
	ck_assert_int_lt(name_parse(&n, "x@", HUB_MODEL), 0);
	ck_assert_int_lt(name_parse(&n, "@v1", HUB_MODEL), 0);
}
END_TEST

START_TEST(what_is_written_into_a_lock_file_is_the_same_when_read)
{
	static const char *const names[] = { "gpt2", "acme/x",
		"datasets/squad", "datasets/acme/x", "spaces/acme/x", NULL };
	struct hub_name n, again;
	char *text;
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		ck_assert_int_eq(name_parse(&n, names[i], HUB_MODEL), 0);
		text = name_text(&n);
		ck_assert_str_eq(text, names[i]);
		ck_assert_int_eq(name_parse(&again, text, HUB_MODEL), 0);
		ck_assert_str_eq(again.repo, n.repo);
		ck_assert_int_eq(again.type, n.type);
		free(text);
		name_free(&n);
		name_free(&again);
	}
	ck_assert_int_eq(name_parse(&n, "squad", HUB_DATASET), 0);
	text = name_text(&n);
	ck_assert_str_eq(text, "datasets/squad");
	free(text);
	name_free(&n);
}
END_TEST

UNIT_MAIN("hub_name", names_of_repositories_are_those_that_the_hub_allows,
    revisions_are_what_git_calls_a_reference,
    file_names_cannot_leave_their_directory, a_name_is_split_at_its_at_sign,
    what_is_written_into_a_lock_file_is_the_same_when_read)
