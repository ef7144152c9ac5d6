#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "err.h"
#include "streams.h"
#include "util.h"

START_TEST(whole_numbers_are_whole_strings_in_range)
{
	static const char *const bad[] = { "", " 1", "1 ", "1x", "x", "\t1",
		"\n1", "1.0", "1e3", "0x10", "--1", "99999999999999999999" };
	int64_t v = 7;
	size_t n = 7, i;

	ck_assert(parse_i64("-12", -12, 5, &v) == 0 && v == -12);
	ck_assert(parse_i64("9223372036854775807", 0, INT64_MAX, &v) == 0);
	ck_assert(v == INT64_MAX);
	ck_assert_int_eq(parse_i64("6", -12, 5, &v), -1);
	ck_assert_str_eq(errstr(), "is not in -12..5");
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(parse_i64(bad[i], INT64_MIN, INT64_MAX, &v) == -1,
		    "%s", bad[i]);
		ck_assert_int_eq(parse_size(bad[i], 0, SIZE_MAX, &n), -1);
	}
	ck_assert_int_eq(parse_size("-1", 0, SIZE_MAX, &n), -1);
	ck_assert(parse_size("0", 0, SIZE_MAX, &n) == 0 && n == 0);
}
END_TEST

START_TEST(numbers_are_finite_and_in_range)
{
	static const char *const bad[] = { "", "x", "1x", " 1", "\t1", "nan",
		"inf", "-inf", "1e999" };
	double v = 7;
	size_t i;

	ck_assert(parse_f64("0.25", 0, 1, &v) == 0 && v == 0.25);
	ck_assert(parse_f64("-1e3", -1e3, 1, &v) == 0 && v == -1000);
	ck_assert_int_eq(parse_f64("1.5", 0, 1, &v), -1);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(parse_f64(bad[i], -1e308, 1e308, &v) == -1, "%s",
		    bad[i]);
}
END_TEST

START_TEST(a_buffer_grows_and_stays_a_string)
{
	struct buf b = { 0 };
	int i;

	buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.p, "");
	for (i = 0; i < 10000; i++)
		buf_byte(&b, (char)('a' + i % 26));
	ck_assert(b.n == 10000 && strlen(b.p) == 10000);
	b.n = 0;
	buf_printf(&b, "%s-%d", "x", 5);
	buf_str(&b, "!");
	ck_assert_str_eq(b.p, "x-5!");
	buf_reserve(&b, 1 << 20);
	ck_assert_uint_gt(b.cap, 1 << 20);
	ck_assert_str_eq(b.p, "x-5!");
	buf_free(&b);
	ck_assert(b.p == NULL && b.cap == 0);
}
END_TEST

static int
asks_too_much(void *arg)
{
	err_program("hf-x");
	free(xrealloc(NULL, SIZE_MAX / 4, *(size_t *)arg));
	return 0;
}

START_TEST(a_product_that_overflows_is_out_of_memory)
{
	size_t size = 8;
	struct child c = child_run(asks_too_much, &size, -1);

	ck_assert_int_eq(WEXITSTATUS(c.status), 1);
	ck_assert_str_eq(c.err.p, "hf-x: out of memory\n");
	child_free(&c);
}
END_TEST

/* A socket takes a part at a time; the pieces must come in order. */
START_TEST(all_is_written_through_a_narrow_pipe)
{
	enum { N = 3000, PIECE = 1000 };
	struct iovec v[N];
	char *data = malloc((size_t)N * PIECE), *got = data;
	int s[2], i, small = 4096;

	for (i = 0; i < N * PIECE; i++)
		data[i] = (char)(i * 7 + i / 251);
	for (i = 0; i < N; i++)
		v[i] = (struct iovec){ data + i * PIECE,
			i % 10 ? PIECE : PIECE / 2 };
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	setsockopt(s[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	if (fork() == 0) {
		close(s[0]);
		_exit(writev_all(s[1], v, N) < 0);
	}
	close(s[1]);
	got = malloc(PIECE + 1);
	for (i = 0; i < N; i++) {
		ck_assert_int_eq(read_all(s[0], got, v[i].iov_len),
		    (int)v[i].iov_len);
		ck_assert(memcmp(got, data + i * PIECE, v[i].iov_len) == 0);
	}
	ck_assert_int_eq(read_all(s[0], got, 1), 0);
	free(got);
	free(data);
	close(s[0]);
}
END_TEST

START_TEST(a_file_is_read_whole_or_refused)
{
	char dir[] = "/tmp/hf-check-XXXXXX", path[64];
	struct buf b = { 0 };
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	ck_assert_int_eq(file_read(path, 10, &b), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), strerror(ENOENT)));
	ck_assert(!file_exists(path) && dir_exists(dir));
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write_all(fd, "0123456789", 10), 0);
	close(fd);
	ck_assert(file_exists(path) && !dir_exists(path));
	buf_str(&b, "x");
	ck_assert_int_eq(file_read(path, 10, &b), 0);
	ck_assert_str_eq(b.p, "x0123456789");
	ck_assert_int_eq(file_read(path, 9, &b), -1);
	unlink(path);
	/* Without waiting for a writer. */
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_read(path, 10, &b), -1);
	ck_assert_int_eq(file_read(dir, 10, &b), -1);
	ck_assert_int_eq(file_read("/dev/zero", 10, &b), -1);
	unlink(path);
	rmdir(dir);
	buf_free(&b);
}
END_TEST

UNIT_MAIN("util", whole_numbers_are_whole_strings_in_range,
    numbers_are_finite_and_in_range, a_buffer_grows_and_stays_a_string,
    a_product_that_overflows_is_out_of_memory,
    all_is_written_through_a_narrow_pipe, a_file_is_read_whole_or_refused)
