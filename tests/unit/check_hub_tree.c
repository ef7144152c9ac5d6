#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/partial.h"
#include "hub/pin.h"
#include "hub/progress.h"
#include "hub/tree.h"
#include "util.h"

#define HEX40 "0123456789abcdef0123456789abcdef01234567"
#define HEX64 HEX40 "0123456789abcdef01234567"

static char dir[32];

static void
enter(void)
{
	snprintf(dir, sizeof dir, "/tmp/hftools.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void
leave(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int
page(struct tree *t, const char *text)
{
	struct cJSON *j = json_parse(text, strlen(text));
	int r;

	ck_assert_ptr_nonnull(j);
	r = tree_add_page(t, j);
	json_free(j);
	return r;
}

static void
read_text(const char *path, struct buf *b)
{
	*b = (struct buf){ 0 };
	ck_assert_int_eq(file_read(path, 1 << 20, b), 0);
}

/*
 * json.dump(..., indent=1) of huggingface_hub's write_tree_cache() for these
 * two files, by Python 3.11.
 */
START_TEST(a_list_is_saved_as_python_saves_it_and_read_back)
{
	static const char want[] =
	    "{\n \"format_version\": 1,\n \"files\": {\n"
	    "  \"a \\\"\\u00e9\\ud83d\\ude00\\\\.txt\": {\n   \"size\": 5,\n"
	    "   \"blob_id\": \"" HEX40 "\"\n  },\n"
	    "  \"w.bin\": {\n   \"size\": 7,\n   \"blob_id\": \"" HEX40 "\",\n"
	    "   \"lfs_sha256\": \"" HEX64 "\",\n   \"lfs_size\": 7,\n"
	    "   \"xet_hash\": \"" HEX64 "\"\n  }\n }\n}";
	struct tree t = { 0 }, u = { 0 };
	struct buf b;

	enter();
	GROW(t.file, t.n, t.cap);
	t.file[t.n++] = (struct tree_file){ .path =
	    xstrdup("a \"\303\251\360\237\230\200\\.txt"), .size = 5,
	    .oid = HEX40 };
	ck_assert_int_eq(page(&t, "[{\"type\":\"file\",\"path\":\"w.bin\","
	    "\"size\":7,\"oid\":\"" HEX40 "\",\"lfs\":{\"oid\":\"" HEX64 "\","
	    "\"size\":7},\"xetHash\":\"" HEX64 "\"}]"), 0);
	ck_assert_int_eq(tree_save(&t, "tree.json"), 0);
	read_text("tree.json", &b);
	ck_assert_str_eq(b.p, want);
	buf_free(&b);
	/* A backslash is no part of a name that is read. */
	ck_assert_int_lt(tree_load(&u, "tree.json"), 0);
	free(t.file[0].path);
	t.file[0].path = xstrdup("a");
	ck_assert_int_eq(tree_save(&t, "tree.json"), 0);
	ck_assert_int_eq(tree_load(&u, "tree.json"), 0);
	ck_assert_uint_eq(u.n, 2);
	ck_assert_str_eq(tree_etag(tree_find(&u, "w.bin")), HEX64);
	ck_assert_str_eq(tree_etag(tree_find(&u, "a")), HEX40);
	ck_assert_ptr_null(tree_find(&u, "b"));
	tree_free(&t);
	tree_free(&u);
	unlink("tree.json");
	leave();
}
END_TEST

START_TEST(every_cut_of_a_saved_list_is_refused)
{
	static const char text[] = "{\"format_version\": 1, \"files\": {\"w\": "
	    "{\"size\": 7, \"blob_id\": \"" HEX40 "\"}}}";
	struct tree t = { 0 };
	size_t n;
	int fd;

	enter();
	for (n = 0; n < sizeof text; n++) {
		fd = open("cut.json", O_CREAT | O_TRUNC | O_WRONLY, 0600);
		ck_assert_int_eq(write_all(fd, text, n), 0);
		close(fd);
		ck_assert_int_eq(tree_load(&t, "cut.json"),
		    n == sizeof text - 1 ? 0 : -1);
		tree_free(&t);
	}
	unlink("cut.json");
	leave();
}
END_TEST

static void
nothing(void *arg)
{
	(void)arg;
}

static enum partial_state
verdict(struct partial *p)
{
	enum partial_state s;

	while ((s = partial_check(p)) == PARTIAL_WAIT)
		usleep(1000);
	return s;
}

/* echo -n 'hello world' | git hash-object --stdin */
START_TEST(a_partial_file_is_continued_and_judged)
{
	char name[] = "f";
	struct tree_file f = { .path = name, .size = 11,
		.oid = "95d09f2b10159347eece71399a7e2e907ea3df4f" };
	struct partial p, q;

	enter();
	ck_assert_int_eq(partial_open(&p, "p.incomplete", &f, nothing, NULL),
	    0);
	ck_assert_int_eq(partial_write(&p, "hello", 5), 0);
	ck_assert_int_eq(partial_open(&q, "p.incomplete", &f, nothing, NULL),
	    1);
	partial_close(&p);
	ck_assert_int_eq(partial_open(&p, "p.incomplete", &f, nothing, NULL),
	    0);
	ck_assert_uint_eq(p.have, 5);
	ck_assert_int_eq(partial_write(&p, " world", 6), 0);
	ck_assert_int_eq(verdict(&p), PARTIAL_RIGHT);
	ck_assert_int_lt(partial_write(&p, "!", 1), 0);
	ck_assert_int_eq(partial_restart(&p), 0);
	ck_assert_int_eq(partial_write(&p, "hello_world", 11), 0);
	ck_assert_int_eq(verdict(&p), PARTIAL_WRONG);
	partial_close(&p);
	unlink("p.incomplete");
	leave();
}
END_TEST

START_TEST(a_lock_file_is_written_sorted_and_read_back)
{
	struct pin b = { "org/b", HEX40, "y z", 7, HEX64, "mit" };
	struct pin a = { "a", HEX40, "x", 5, HEX64, "unknown" };
	struct pins p = { 0 };
	struct buf text;

	enter();
	pins_add(&p, &b);
	pins_add(&p, &a);
	ck_assert_int_eq(pins_save(&p, "pins"), 0);
	pins_free(&p);
	read_text("pins", &text);
	ck_assert_str_eq(text.p,
	    "a\t" HEX40 "\tx\t5\t" HEX64 "\tunknown\n"
	    "org/b\t" HEX40 "\ty z\t7\t" HEX64 "\tmit\n");
	buf_free(&text);
	ck_assert_int_eq(pins_load(&p, "pins"), 0);
	ck_assert_ptr_nonnull(pins_find(&p, "org/b", "y z"));
	ck_assert_ptr_null(pins_find(&p, "org/b", "x"));
	pins_drop(&p, "org/b");
	ck_assert_uint_eq(p.n, 1);
	pins_free(&p);
	unlink("pins");
	leave();
}
END_TEST

START_TEST(the_progress_line_fits_the_terminal)
{
	struct amount a = { .bytes = 1234567890, .total = 5000000000,
		.files = 2, .of = 7 };
	char line[201];
	size_t room;

	progress_line(line, 200, &a, 85.4e6);
	ck_assert_str_eq(line, " 25% [#########-------------------------------]"
	    " 1.23 GB of 5.00 GB, 85.4 MB/s, 0:44 left, file 2 of 7");
	for (room = 1; room < 200; room++) {
		progress_line(line, room, &a, 0);
		ck_assert_uint_le(strlen(line), room);
	}
	a.bytes = a.total + 1;
	progress_line(line, 200, &a, 1);
	ck_assert_ptr_nonnull(strstr(line, "100% "));
}
END_TEST

UNIT_MAIN("hub_tree", a_list_is_saved_as_python_saves_it_and_read_back,
    every_cut_of_a_saved_list_is_refused,
    a_partial_file_is_continued_and_judged,
    a_lock_file_is_written_sorted_and_read_back,
    the_progress_line_fits_the_terminal)
