#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "err.h"
#include "tok/shelf.h"
#include "tok/tok.h"
#include "tok/unicode.h"
#include "utf8.h"

enum { PIECES = 5000, HEAD = 264, SUM = 64 };	/* of compiled.c's files */

static char dir[] = "/tmp/check_compiled.XXXXXX";

static void
write_file(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_all(fd, p, n), 0);
	close(fd);
}

/* A byte-level tokenizer with so many pieces that it is worth keeping. */
static void
set_up(void)
{
	struct buf b = { 0 }, merges = { 0 };
	char c[8], d[8];
	size_t i;

	ck_assert(mkdtemp(dir) != NULL);
	ck_assert_int_eq(chdir(dir), 0);
	setenv("HF_HOME", dir, 1);
	buf_str(&b, "{\"pre_tokenizer\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":false,\"trim_offsets\":true},\"decoder\":"
	    "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"
	    "\"trim_offsets\":true},\"model\":{\"type\":\"BPE\",\"vocab\":{");
	for (i = 0; i < PIECES; i++) {
		c[utf8_encode(unicode_of_byte[i % 256], c)] = '\0';
		d[utf8_encode(unicode_of_byte[i / 256], d)] = '\0';
		buf_printf(&b, "%s\"%s%s%s%s\":%zu", i > 0 ? "," : "",
		    i >= 256 && strchr("\"\\", d[0]) ? "\\" : "",
		    i < 256 ? "" : d, strchr("\"\\", c[0]) ? "\\" : "", c, i);
		if (i >= 256)
			buf_printf(&merges, "%s[\"%s%s\",\"%s%s\"]",
			    merges.n > 0 ? "," : "",
			    strchr("\"\\", d[0]) ? "\\" : "", d,
			    strchr("\"\\", c[0]) ? "\\" : "", c);
	}
	buf_printf(&b, "},\"merges\":[%s]},\"added_tokens\":[]}", merges.p);
	write_file("tokenizer.json", b.p, b.n);
	buf_free(&b);
	buf_free(&merges);
}

static void
tear_down(void)
{
	ck_assert_int_eq(system("rm -rf \"$HF_HOME\""), 0);
}

/* The tokenizer's answer, as a number; 0: it can't be opened. */
static uint64_t
answer(void)
{
	static const char text[] = "\001\002\003 some\nbytes\020\021 ...";
	struct tok *t = tok_open(".");
	struct tok_work *w = tok_work_new();
	struct tok_opts o = { .special = true };
	struct encoding e = { 0 };
	uint64_t h = 0;

	if (t != NULL && tok_encode(t, w, text, sizeof text - 1, NULL, 0, &o,
		&e) == 0)
		h = XXH3_64bits(e.ids, e.n * sizeof *e.ids);
	encoding_free(&e);
	tok_work_free(w);
	tok_free(t);
	return h;
}

/* The path of the one file that was kept; NULL: there is none. */
static char *
kept(void)
{
	DIR *d = opendir("hftools/tokenizers");
	struct dirent *e;
	char *path = NULL;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		free(path);
		path = xprintf("hftools/tokenizers/%s", e->d_name);
		n++;
	}
	if (d != NULL)
		closedir(d);
	ck_assert_uint_le(n, 1);
	return path;
}

static void
read_kept(const char *path, struct buf *b)
{
	b->n = 0;
	ck_assert_int_eq(file_read(path, 1 << 30, b), 0);
}

START_TEST(the_second_time_answers_as_the_first)
{
	uint64_t first;
	struct stat a, b;
	char *path;

	set_up();
	first = answer();
	ck_assert_uint_ne(first, 0);
	path = kept();
	ck_assert(path != NULL);
	stat(path, &a);
	ck_assert_uint_eq(answer(), first);
	stat(path, &b);
	ck_assert_uint_eq(a.st_ino, b.st_ino);	/* it was not made again */
	free(path);
	tear_down();
}
END_TEST

START_TEST(a_damaged_file_is_made_again)
{
	struct buf good = { 0 }, now = { 0 };
	uint64_t first;
	char *path;
	size_t i, at;

	set_up();
	first = answer();
	path = kept();
	read_kept(path, &good);
	for (i = 0; i < 60; i++) {
		at = i < 40 ? i * HEAD / 40 : (i - 39) * 7919 * 13 % good.n;
		good.p[at] ^= 1;
		write_file(path, good.p, good.n);
		good.p[at] ^= 1;
		ck_assert_uint_eq(answer(), first);
		read_kept(path, &now);
		ck_assert(now.n == good.n &&
		    memcmp(now.p, good.p, now.n) == 0);
	}
	for (i = 0; i < 20; i++) {
		at = i < 10 ? i * HEAD / 8 : good.n - 1 - (i - 10) * 9999;
		write_file(path, good.p, at);
		ck_assert_uint_eq(answer(), first);
		read_kept(path, &now);
		ck_assert_uint_eq(now.n, good.n);
	}
	buf_free(&good);
	buf_free(&now);
	free(path);
	tear_down();
}
END_TEST

static void
seal(struct buf *b)
{
	uint64_t sum = 0;

	memcpy(b->p + SUM, &sum, 8);
	sum = XXH3_64bits_withSeed(b->p + HEAD, b->n - HEAD,
	    XXH3_64bits(b->p, HEAD));
	memcpy(b->p + SUM, &sum, 8);
}

START_TEST(a_forged_file_does_no_harm)
{
	struct buf good = { 0 }, bad = { 0 };
	char *path, *zero;
	size_t i, at;

	set_up();
	answer();
	path = kept();
	read_kept(path, &good);
	buf_add(&bad, good.p, good.n);
	seal(&bad);
	ck_assert(memcmp(bad.p, good.p, good.n) == 0);	/* so it is done */
	srand(1);
	for (i = 0; i < 300; i++) {
		bad.n = 0;
		buf_add(&bad, good.p, good.n);
		at = i % 3 ? (size_t)rand() % bad.n
		    : SUM + 8 + (size_t)rand() % (HEAD - SUM - 8);
		bad.p[at] = (char)rand();
		zero = memchr(bad.p + at, 0, bad.n - at);
		if (i % 4 == 0 && zero != NULL)
			*zero = (char)0xff;
		seal(&bad);
		write_file(path, bad.p, bad.n);
		answer();	/* whatever it is, it comes */
	}
	buf_free(&good);
	buf_free(&bad);
	free(path);
	tear_down();
}
END_TEST

START_TEST(where_nothing_can_be_written_nothing_is)
{
	uint64_t first;

	set_up();
	first = answer();
	setenv("HF_HOME", "/dev/null/x", 1);
	ck_assert_uint_eq(answer(), first);
	setenv("HF_HOME", dir, 1);
	tear_down();
}
END_TEST

/* The names in the directory, of which one is asked for. */
static size_t
count_kept(const char *name, bool *there)
{
	DIR *d = opendir("hftools/tokenizers");
	struct dirent *e;
	size_t n = 0;

	*there = false;
	ck_assert(d != NULL);
	while ((e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
		*there |= strcmp(e->d_name, name) == 0;
	}
	closedir(d);
	return n;
}

START_TEST(the_oldest_of_too_many_files_go)
{
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	char *path, name[64];
	bool there;
	size_t i;

	set_up();
	answer();
	path = kept();
	ck_assert_int_eq(unlink(path), 0);
	for (i = 0; i < SHELF_FILES + 5; i++) {
		snprintf(name, sizeof name, "hftools/tokenizers/x%zu", i);
		write_file(name, "x", 1);
		old[1].tv_sec = 1000 + (time_t)i;
		ck_assert_int_eq(utimensat(AT_FDCWD, name, old, 0), 0);
	}
	answer();
	ck_assert(file_exists(path));
	ck_assert_uint_eq(count_kept("x5", &there), SHELF_FILES);
	ck_assert(!there);
	count_kept("x6", &there);
	ck_assert(there);
	free(path);
	tear_down();
}
END_TEST

UNIT_MAIN("compiled", the_second_time_answers_as_the_first,
    a_damaged_file_is_made_again, a_forged_file_does_no_harm,
    where_nothing_can_be_written_nothing_is, the_oldest_of_too_many_files_go)
