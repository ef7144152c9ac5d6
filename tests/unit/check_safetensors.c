#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "err.h"
#include "safetensors.h"
#include "streams.h"

/* One tensor of 4 bytes called by name. */
#define ONE(name) "\"" name "\":{\"dtype\":\"F32\",\"shape\":[1]," \
	"\"data_offsets\":[0,4]}"

static char dir[] = "/tmp/hf-check-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[100];

	if (strchr(dir, 'X') != NULL)
		ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void
clean(const char *path)
{
	unlink(path);
	rmdir(dir);
}

static void
save(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert(fd >= 0 && write_all(fd, p, n) == 0 && close(fd) == 0);
}

START_TEST(what_the_format_allows_is_read)
{
	static const char *const good[] = { "{}", "{} \n\t ",
		"{\"__metadata__\":{}}", "{" ONE("") "}",
		"{\"s\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}",
		("{\"b\":{\"shape\":[2],\"data_offsets\":[0,4],\"dtype\":\"I16\"},"
		 "\"a\":{\"dtype\":\"U8\",\"shape\":[0,9],\"data_offsets\":[0,0]},"
		 "\"c\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[4,4]}}"),
		("{\"x\":{\"dtype\":\"F8_E4M3\",\"shape\":[1,1,1,1,1,1,1,1],"
		 "\"data_offsets\":[0,1],\"later\":{\"a\":[]}}}") };
	struct header h = { 0 };
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(header_parse(&h, good[i], strlen(good[i])) == 0,
		    "%s: %s", good[i], errstr());
	header_free(&h);
}
END_TEST

START_TEST(what_the_format_forbids_is_refused)
{
	static const char *const bad[][2] = {
		{ "", "start with" },
		{ " {}", "start with" },
		{ "[]", "start with" },
		{ "{}x", "after its end" },
		{ "{}\0", "after its end" },
		{ "{" ONE("a") "," ONE("a") "}", "" },
		{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"
		  ",\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],"
		  "\"data_offsets\":[0,0]}}", "\"a\" twice" },
		{ "{\"__metadata__\":{},\"__metadata__\":{}}", "twice" },
		{ "{\"__metadata__\":{\"a\":\"\",\"b\":\"\",\"a\":\"\"}}",
		  "\"a\" twice" },
		{ "{\"__metadata__\":{\"a\":1}}", "" },
		{ "{\"__metadata__\":null}", "" },
		{ "{\"__metadata__\":{\"a\":\"x\\u0000\"}}", "NUL" },
		{ "{" ONE("a\\u0000b") "}", "NUL" },
		{ "{" ONE("\xff") "}", "UTF-8" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "lacks" },
		{ "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[0,4]}}", "twice" },
		{ "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],"
		  "\"data_offsets\":[0,4]}}", "unknown dtype" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],"
		  "\"data_offsets\":[0,4]}}", "range" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],"
		  "\"data_offsets\":[0,4]}}", "range" },
		{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],"
		  "\"data_offsets\":[0,1]}}", "8 dimensions" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[0,5]}}", "is 4 bytes" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[4,0]}}", "is 4 bytes" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[0,4,8]}}", "two data_offsets" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[0]}}", "two data_offsets" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[1,5]}}", "starts at byte 1" },
		{ "{" ONE("a") ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[2,6]}}", "starts at byte 2" },
		{ "{" ONE("a") ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],"
		  "\"data_offsets\":[8,12]}}", "starts at byte 8" },
		{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],"
		  "\"data_offsets\":[0,0]}}", "larger than any memory" },
		{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296,0],"
		  "\"data_offsets\":[0,0]}}", "larger than any memory" },
	};
	struct header h = { 0 };
	size_t i, n;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		n = strcmp(bad[i][0], "{}") == 0 ? 3 : strlen(bad[i][0]);
		ck_assert_msg(header_parse(&h, bad[i][0], n) < 0, "%s",
		    bad[i][0]);
		ck_assert_msg(strstr(errstr(), bad[i][1]) != NULL, "%s: %s",
		    bad[i][0], errstr());
		ck_assert(h.n == 0 && h.nmeta == 0);
	}
	header_free(&h);
}
END_TEST

/* The header of the first frame of a stream: the NUL-terminated text. */
static struct buf
sample(void)
{
	struct buf file = test_data("stream.hf"), b = { 0 };

	buf_add(&b, file.p + 8,
	    (size_t)header_length((unsigned char *)file.p));
	buf_free(&file);
	while (b.p[b.n - 1] == ' ')
		b.p[--b.n] = '\0';
	return b;
}

START_TEST(every_cut_of_a_header_is_refused)
{
	struct header h = { 0 };
	struct buf b = sample();
	size_t i;

	ck_assert_int_eq(header_parse(&h, b.p, b.n), 0);
	ck_assert(h.n == 5 && h.nmeta == 6);
	for (i = 0; i < b.n; i++)
		ck_assert_int_eq(header_parse(&h, b.p, i), -1);
	header_free(&h);
	buf_free(&b);
}
END_TEST

/* Some flips give another valid header; none may do harm or lie. */
START_TEST(flipped_bits_in_a_header_are_harmless)
{
	struct header h = { 0 };
	struct buf b = sample();
	size_t bytes, i, k;

	for (i = 0; i < 8 * b.n; i++) {
		b.p[i / 8] ^= (char)(1 << i % 8);
		if (header_parse(&h, b.p, b.n) == 0) {
			for (k = bytes = 0; k < h.n; k++)
				bytes += h.t[k].bytes;
			ck_assert_uint_eq(bytes, h.bytes);
		}
		b.p[i / 8] ^= (char)(1 << i % 8);
	}
	header_free(&h);
	buf_free(&b);
}
END_TEST

START_TEST(a_name_is_found_among_many_and_soon)
{
	enum { MANY = 100000 };
	struct header h = { 0 };
	struct buf b = { 0 };
	char name[32];
	clock_t start;
	int i;

	for (i = 0; i < MANY; i++)
		buf_printf(&b, "%c\"t%d\":{\"dtype\":\"U8\",\"shape\":[1],"
		    "\"data_offsets\":[%d,%d]}", i ? ',' : '{', i,
		    MANY - 1 - i, MANY - i);
	buf_byte(&b, '}');
	start = clock();
	ck_assert_int_eq(header_parse(&h, b.p, b.n), 0);
	for (i = 0; i < MANY; i += 7) {
		snprintf(name, sizeof name, "t%d", i);
		ck_assert_int_eq(header_find(&h, name), i);
	}
	ck_assert_int_eq(header_find(&h, "t"), -1);
	ck_assert((clock() - start) / CLOCKS_PER_SEC < 5);
	header_free(&h);
	buf_free(&b);
}
END_TEST

/* A weight file of two tensors, of which the first misaligns the second. */
static struct buf
weights(void)
{
	struct buf b = { 0 };

	put_frame(&b, "{\"u\":{\"dtype\":\"U8\",\"shape\":[3],"
	    "\"data_offsets\":[0,3]},\"i\":{\"dtype\":\"U32\",\"shape\":[2],"
	    "\"data_offsets\":[3,11]}}", 11);
	return b;
}

START_TEST(a_file_is_mapped_and_misaligned_tensors_copied)
{
	const char *path = path_of("w");
	struct buf b = weights();
	struct safetensors s;

	save(path, b.p, b.n);
	ck_assert_int_eq(safetensors_open(&s, path), 0);
	ck_assert(s.h.t[0].data == s.map.p + s.map.n - 11);
	ck_assert_int_eq(tensor_int(&s.h.t[0], 2), 2);
	ck_assert((uintptr_t)s.h.t[1].data % 4 == 0);
	ck_assert_int_eq(tensor_int(&s.h.t[1], 0), 0x06050403);
	ck_assert_int_eq(tensor_int(&s.h.t[1], 1), 0x0a090807);
	safetensors_close(&s);
	buf_free(&b);
	clean(path);
}
END_TEST

START_TEST(every_cut_of_a_file_is_refused_by_name)
{
	const char *path = path_of("w");
	struct buf b = weights();
	struct safetensors s;
	size_t i;

	buf_byte(&b, 0);
	for (i = 0; i <= b.n; i++) {
		if (i == b.n - 1)
			continue;
		save(path, b.p, i);
		ck_assert_int_eq(safetensors_open(&s, path), -1);
		ck_assert_ptr_nonnull(strstr(errstr(), path));
	}
	buf_free(&b);
	clean(path);
}
END_TEST

START_TEST(what_is_no_weight_file_is_refused)
{
	static const char lfs[] =
	    "version https://git-lfs.github.com/spec/v1\noid sha256:00\n";
	const char *path = path_of("w");
	struct buf b = { 0 };
	struct safetensors s;

	ck_assert_int_eq(safetensors_open(&s, path), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), strerror(ENOENT)));
	ck_assert_int_eq(safetensors_open(&s, "/"), -1);
	ck_assert_int_eq(safetensors_open(&s, "/dev/zero"), -1);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(safetensors_open(&s, path), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "regular"));
	unlink(path);
	save(path, lfs, sizeof lfs - 1);
	ck_assert_int_eq(safetensors_open(&s, path), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "LFS"));
	put_frame(&b, "{\"__metadata__\":{\"hf\":\"1\"}}", 0);
	save(path, b.p, b.n);
	ck_assert_int_eq(safetensors_open(&s, path), -1);
	ck_assert(s.stream);
	save(path, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
	ck_assert_int_eq(safetensors_open(&s, path), -1);
	clean(path);
	buf_free(&b);
}
END_TEST

/* Map a large file, have it cut, touch what is gone. */
static int
touch(void *arg)
{
	struct safetensors s;
	volatile const char *p;

	err_program("hf-x");
	if (safetensors_open(&s, arg) < 0)
		return 7;
	p = s.h.t[0].data;
	if (truncate(arg, 100) < 0 || p[0] != 0)
		return 8;
	return p[50000];
}

START_TEST(a_file_cut_short_under_the_map_ends_in_one_line)
{
	const char *path = path_of("w");
	struct buf b = { 0 };
	struct child c;
	char want[200];

	put_frame(&b, "{\"a\":{\"dtype\":\"U8\",\"shape\":[100000],"
	    "\"data_offsets\":[0,100000]}}", 100000);
	save(path, b.p, b.n);
	c = child_run(touch, (void *)(uintptr_t)path, -1);
	ck_assert(WIFEXITED(c.status));
	ck_assert_int_eq(WEXITSTATUS(c.status), 1);
	snprintf(want, sizeof want, "hf-x: %s: was cut short while in use\n",
	    path);
	ck_assert_str_eq(c.err.p, want);
	buf_free(&b);
	child_free(&c);
	clean(path);
}
END_TEST

UNIT_MAIN("safetensors", what_the_format_allows_is_read,
    what_the_format_forbids_is_refused, every_cut_of_a_header_is_refused,
    flipped_bits_in_a_header_are_harmless,
    a_name_is_found_among_many_and_soon,
    a_file_is_mapped_and_misaligned_tensors_copied,
    every_cut_of_a_file_is_refused_by_name, what_is_no_weight_file_is_refused,
    a_file_cut_short_under_the_map_ends_in_one_line)
