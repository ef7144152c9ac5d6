#include "unit.h"

#include <fcntl.h>

#include "err.h"
#include "frame.h"
#include "frame_io.h"
#include "streams.h"

#define SUM "\"sum\":\"0000000000000000\""
#define HEAD(more) "{\"__metadata__\":{\"hf\":\"1\"," more SUM "}"
#define END_OK "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"1\",\"end\":\"ok\"," \
	SUM "}}"
#define X ",\"x\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}"

/* Read a stream to its end: how it ended, and how many frames came first. */
static int
drain(int fd, uint64_t *frames)
{
	struct frame f = { 0 };
	int r;

	while ((r = frame_read(&f, fd)) > 0)
		continue;
	*frames = f.read;
	ck_assert_int_eq(f.damaged, r < 0 && f.end == NULL);
	frame_free(&f);
	close(fd);
	return r;
}

static int
read_bytes(const void *p, size_t n)
{
	uint64_t frames;

	return drain(fd_of(p, n), &frames);
}

/* A first frame with this header and data, and an end. */
static int
read_made(const char *header, size_t data)
{
	struct buf b = { 0 };
	int r;

	put_frame(&b, header, data);
	put_frame(&b, END_OK, 0);
	r = read_bytes(b.p, b.n);
	buf_free(&b);
	return r;
}

START_TEST(a_stream_made_by_python_is_read)
{
	struct buf b = test_data("stream.hf");
	struct frame f = { 0 };
	int fd = fd_of(b.p, b.n);
	const struct tensor *t;

	ck_assert_int_eq(frame_read(&f, fd), 1);
	ck_assert_str_eq(frame_meta(&f, "chain"), "a\nb \"c\"");
	ck_assert_str_eq(f.model, "tiny@0123");
	t = frame_need(&f, "logits", DT_F32, 2);
	ck_assert(tensor_is(t, 2, (size_t[]){ 2, 2 }));
	ck_assert(((float *)t->data)[3] == 1e30f);
	ck_assert((uintptr_t)f.h.t[0].data % 64 == 0);

	ck_assert_int_eq(frame_read(&f, fd), 1);
	t = frame_need(&f, "input_ids", DT_I32, 2);
	ck_assert((uintptr_t)t->data % 4 == 0);
	ck_assert_int_eq(tensor_int(t, 0), -1);
	ck_assert_int_eq(tensor_int(t, 8), 7);
	t = frame_need(&f, "text_splits", DT_I64, 1);
	ck_assert((uintptr_t)t->data % 8 == 0);
	ck_assert_int_eq(tensor_int(t, 3), 37);

	ck_assert_int_eq(frame_read(&f, fd), 1);
	t = frame_need(&f, "input_ids", DT_I32, 2);
	ck_assert(tensor_is(t, 2, (size_t[]){ 0, 3 }));
	ck_assert_int_eq(frame_read(&f, fd), 0);
	ck_assert(f.read == 3 && f.end == NULL && !f.damaged);
	frame_free(&f);
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(every_cut_is_refused)
{
	struct buf b = test_data("stream.hf");
	size_t i;

	ck_assert_int_eq(read_bytes(b.p, b.n), 0);
	for (i = 0; i < b.n; i++)
		ck_assert_int_eq(read_bytes(b.p, i), -1);
	buf_free(&b);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
	struct buf b = test_data("stream.hf");
	size_t i;

	for (i = 0; i < 8 * b.n; i++) {
		b.p[i / 8] ^= (char)(1 << i % 8);
		ck_assert_msg(read_bytes(b.p, b.n) == -1, "bit %zu", i);
		b.p[i / 8] ^= (char)(1 << i % 8);
	}
	buf_free(&b);
}
END_TEST

START_TEST(every_inserted_or_missing_byte_is_refused)
{
	struct buf b = test_data("stream.hf");
	char *p = xmalloc(b.n + 1);
	size_t i;

	for (i = 0; i < b.n; i++) {
		memcpy(p, b.p, i);
		memcpy(p + i, b.p + i + 1, b.n - i - 1);
		ck_assert_int_eq(read_bytes(p, b.n - 1), -1);
		p[i] = b.p[i];
		memcpy(p + i + 1, b.p + i, b.n - i);
		ck_assert_int_eq(read_bytes(p, b.n + 1), -1);
	}
	free(p);
	buf_free(&b);
}
END_TEST

/* The offsets of the four frames of stream.hf, and its end. */
static void
split(const struct buf *b, size_t at[5])
{
	static const size_t data[4] = { 16 + 24 + 24 + 16 + 31,
		24 + 32 + 36 + 24 + 37, 8, 0 };
	size_t i, n = 0;

	for (i = 0; i < 4; i++) {
		at[i] = n;
		n += 8 + data[i] + (size_t)header_length(
		    (const unsigned char *)b->p + n);
	}
	at[4] = n;
	ck_assert_uint_eq(n, b->n);
}

START_TEST(frames_lost_doubled_or_swapped_are_refused)
{
	static const int orders[][6] = { { 0, 1, 2, 3, -1 }, { 1, 2, 3, -1 },
		{ 0, 2, 3, -1 }, { 0, 1, 3, -1 }, { 0, 0, 1, 2, 3, -1 },
		{ 0, 1, 1, 2, 3, -1 }, { 1, 0, 2, 3, -1 }, { 0, 2, 1, 3, -1 },
		{ 3, -1 }, { 0, 1, 2, 3, 3, -1 }, { 0, 1, 2, 3, 0, -1 },
		{ 0, 1, 2, -1 } };
	struct buf b = test_data("stream.hf"), made = { 0 };
	size_t i, k, at[5];
	int n;

	split(&b, at);
	for (i = 0; i < sizeof orders / sizeof *orders; i++) {
		made.n = 0;
		for (k = 0; (n = orders[i][k]) >= 0; k++)
			buf_add(&made, b.p + at[n], at[n + 1] - at[n]);
		ck_assert_int_eq(read_bytes(made.p, made.n), i == 0 ? 0 : -1);
	}
	buf_free(&made);
	buf_free(&b);
}
END_TEST

/* Frames whose sum is right, but that break another rule. */
START_TEST(what_the_stream_forbids_is_refused)
{
	static const char *const bad[][2] = {
		{ "{\"__metadata__\":{\"hf\":\"2\",\"seq\":\"0\"," SUM "}" X,
		  "version is 2" },
		{ "{\"__metadata__\":{\"seq\":\"0\"," SUM "}" X, "version" },
		{ HEAD("") X, "seq" },
		{ HEAD("\"seq\":\"00\",") X, "seq" },
		{ HEAD("\"seq\":\"1\",") X, "lost" },
		{ HEAD("\"seq\":\"0\",\"end\":\"ok\",") X, "has tensors" },
		{ "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"0\"}" X,
		  "has no sum" },
		{ "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"0\","
		  "\"sum\":\"00000000000000\"}" X, "16 hex" },
		{ "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"0\","
		  "\"sum\": \"0000000000000000\"}" X, "has no sum" },
		{ "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"0\",\"\\\"sum\":"
		  "\"0000000000000000\"," SUM "}" X, "two sums" },
		{ "{\"sum\":\"0000000000000000\"}", "frame 0" },
		{ "{}", "no frame of a stream" },
		{ "{\"x\":{\"dtype\":\"U8\",\"shape\":[5],"
		  "\"data_offsets\":[0,5]}}", "no frame of a stream" },
	};
	size_t i;

	ck_assert_int_eq(read_made(HEAD("\"seq\":\"0\",") X, 5), 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(read_made(bad[i][0], 5) == -1, "%s", bad[i][0]);
		ck_assert_msg(strstr(errstr(), bad[i][1]) != NULL, "%s: %s",
		    bad[i][0], errstr());
	}
}
END_TEST

START_TEST(upper_case_digits_of_the_sum_are_refused)
{
	struct buf b = test_data("stream.hf");
	char *p = strstr(b.p + 8, "\"sum\":\"") + 7;
	int i;

	for (i = 0; i < 16; i++)
		if (p[i] >= 'a')
			p[i] ^= 0x20;
	ck_assert_int_eq(read_bytes(b.p, b.n), -1);
	buf_free(&b);
}
END_TEST

START_TEST(frames_of_two_models_are_refused)
{
	static const char *const second[] = { "\"model\":\"b\",", "",
		"\"model\":\"a\",\"model_hash\":\"0\"," };
	struct buf b = { 0 };
	char header[300];
	size_t i;

	for (i = 0; i < sizeof second / sizeof *second; i++) {
		b.n = 0;
		put_frame(&b, HEAD("\"seq\":\"0\",\"model\":\"a\",") X, 5);
		snprintf(header, sizeof header, "{\"__metadata__\":{"
		    "\"hf\":\"1\",\"seq\":\"1\",%s" SUM "}" X, second[i]);
		put_frame(&b, header, 5);
		ck_assert_int_eq(read_bytes(b.p, b.n), -1);
		ck_assert_ptr_nonnull(strstr(errstr(), "model"));
	}
	buf_free(&b);
}
END_TEST

START_TEST(the_message_of_an_end_frame_is_handed_on)
{
	struct frame f = { 0 };
	struct buf b = { 0 };
	int fd;

	put_frame(&b, HEAD("\"seq\":\"0\",\"end\":\"hf-x: no\\nsuch\",") "}", 0);
	fd = fd_of(b.p, b.n);
	ck_assert_int_eq(frame_read(&f, fd), -1);
	ck_assert_str_eq(f.end, "hf-x: no\nsuch");
	ck_assert(!f.damaged);
	frame_free(&f);
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(sizes_are_refused_before_memory_is_taken)
{
	static const char large[] = HEAD("\"seq\":\"0\",")
	    ",\"x\":{\"dtype\":\"U8\",\"shape\":[1099511627776],"
	    "\"data_offsets\":[0,1099511627776]}}";
	static const char small[] = HEAD("\"seq\":\"0\",") X;
	struct frame f = { 0 };
	struct buf b = { 0 };
	char max[24];
	int fd;

	put_frame(&b, large, 5);
	ck_assert_int_eq(read_bytes(b.p, b.n), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "HF_FRAME_MAX=4294967296"));

	/* Allowed, but only what arrives is stored. */
	setenv("HF_FRAME_MAX", "2000000000000", 1);
	fd = fd_of(b.p, b.n);
	ck_assert_int_eq(frame_read(&f, fd), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "is cut"));
	ck_assert_uint_le(f.io->cap, 32 << 20);
	frame_free(&f);
	close(fd);

	snprintf(max, sizeof max, "%zu", 8 + sizeof small - 1 + 5);
	setenv("HF_FRAME_MAX", max, 1);
	ck_assert_int_eq(read_made(small, 5), 0);
	snprintf(max, sizeof max, "%zu", 8 + sizeof small - 1 + 4);
	setenv("HF_FRAME_MAX", max, 1);
	ck_assert_int_eq(read_made(small, 5), -1);
	unsetenv("HF_FRAME_MAX");

	memcpy(b.p, "\1\0\x10\0\0\0\0\0", 8);
	ck_assert_int_eq(read_bytes(b.p, b.n), -1);
	ck_assert_str_eq(errstr(), "is not a stream of frames");
	buf_free(&b);
}
END_TEST

START_TEST(slow_writers_change_nothing)
{
	struct buf b = test_data("stream.hf");
	size_t step, i, n;
	uint64_t frames;
	int p[2];

	for (step = 1; step <= 7; step += 6) {
		ck_assert_int_eq(pipe(p), 0);
		if (fork() == 0) {
			for (i = 0; i < b.n; i += n) {
				n = b.n - i < step ? b.n - i : step;
				if (write(p[1], b.p + i, n) != (ssize_t)n)
					_exit(1);
			}
			_exit(0);
		}
		close(p[1]);
		ck_assert_int_eq(drain(p[0], &frames), 0);
		ck_assert_uint_eq(frames, 3);
	}
	buf_free(&b);
}
END_TEST

START_TEST(a_large_frame_arrives_whole)
{
	enum { N = 5 << 20 };
	const size_t dim[1] = { N };
	struct frame f = { 0 }, g = { 0 };
	int i, fd = memfd_create("large", 0);
	uint64_t *p = frame_add(&f, "x", DT_U64, 1, dim);

	for (i = 0; i < N; i++)
		p[i] = (uint64_t)i * 0x9e3779b97f4a7c15u;
	frame_set_meta(&f, "model", "m");
	ck_assert_int_eq(frame_write(&f, fd), 0);
	ck_assert(lseek(fd, 0, SEEK_SET) == 0);
	ck_assert_int_eq(frame_read(&g, fd), 1);
	ck_assert(memcmp(frame_get(&g, "x")->data, p, N * sizeof *p) == 0);
	ck_assert_uint_eq(g.io->cap % 4096, 0);
	frame_free(&f);
	frame_free(&g);
	close(fd);
}
END_TEST

START_TEST(one_bare_file_is_a_frame_where_a_file_is_named)
{
	struct frame f = { 0 };
	struct buf b = { 0 };
	int fd;

	put_frame(&b, "{\"x\":{\"dtype\":\"U8\",\"shape\":[5],"
	    "\"data_offsets\":[0,5]}}", 5);
	fd = fd_of(b.p, b.n);
	ck_assert_int_eq(frame_read_file(&f, fd), 1);
	ck_assert(f.bare);
	ck_assert_int_eq(tensor_int(frame_get(&f, "x"), 4), 4);
	ck_assert_int_eq(frame_read_file(&f, fd), 0);
	frame_free(&f);
	close(fd);
	buf_byte(&b, 0);
	fd = fd_of(b.p, b.n);
	ck_assert_int_eq(frame_read_file(&f, fd), 1);
	ck_assert_int_eq(frame_read_file(&f, fd), -1);
	frame_free(&f);
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(a_streams_first_frame_alone_is_no_bare_file)
{
	struct frame f = { 0 };
	struct buf b = { 0 };
	int fd;

	put_frame(&b, HEAD("\"seq\":\"0\",") X, 5);
	fd = fd_of(b.p, b.n);
	ck_assert_int_eq(frame_read_file(&f, fd), 1);
	ck_assert_int_eq(frame_read_file(&f, fd), -1);
	ck_assert_ptr_nonnull(strstr(errstr(), "no end frame"));
	frame_free(&f);
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(tensors_are_added_replaced_and_dropped)
{
	const size_t dim[2] = { 3, 5 };
	struct frame f = { 0 };
	struct tensor *t;
	char name[20];
	float *p, *q;
	int i;

	p = frame_add(&f, "a", DT_F32, 2, dim);
	ck_assert((uintptr_t)p % 64 == 0 && p[14] == 0);
	t = frame_get(&f, "a");
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "t%d", i);
		frame_add(&f, name, DT_U8, 1, dim);
	}
	ck_assert(t == frame_get(&f, "a") && t->data == p);
	p[0] = 7;
	q = frame_add(&f, "a", DT_F32, 1, dim);
	ck_assert(q != p && q[0] == 0 && p[0] == 7 && t->rank == 1);
	frame_drop(&f, "t0");
	frame_drop(&f, "t0");
	ck_assert_ptr_null(frame_get(&f, "t0"));
	ck_assert_ptr_nonnull(frame_get(&f, "t999"));
	ck_assert_uint_eq(f.h.n, 1000);
	ck_assert_ptr_null(frame_need(&f, "a", DT_I32, 1));
	ck_assert_str_eq(errstr(), "a: F32 [3], want I32 of 1 dimensions");
	frame_reset(&f);
	ck_assert_ptr_null(frame_need(&f, "a", -1, -1));
	frame_free(&f);
}
END_TEST

START_TEST(metadata_is_set_and_the_chain_grows)
{
	struct frame f = { 0 };

	frame_set_meta(&f, "k", "1");
	frame_set_meta(&f, "k", "2");
	ck_assert_str_eq(frame_meta(&f, "k"), "2");
	frame_chain(&f, "a");
	frame_chain(&f, "b");
	ck_assert_str_eq(frame_meta(&f, "chain"), "a\nb");
	frame_set_meta(&f, "k", NULL);
	frame_set_meta(&f, "k", NULL);
	ck_assert_ptr_null(frame_meta(&f, "k"));
	ck_assert_uint_eq(f.h.nmeta, 1);
	frame_free(&f);
}
END_TEST

/* A stage that changes nothing; it dies before the frame numbered *arg. */
static int
pass(void *arg)
{
	struct frame f = { 0 };
	const int *stop = arg;
	int r;

	err_program("hf-x");
	stream_out(&f, STDOUT_FILENO);
	while ((r = frame_read(&f, STDIN_FILENO)) > 0) {
		if (stop != NULL && (int)f.read == *stop + 1)
			die("no \"%s\"\033", "luck");
		if (frame_write(&f, STDOUT_FILENO) < 0)
			die("stdout: %s", errstr());
	}
	return stream_finish(&f, r, STDOUT_FILENO);
}

static struct child
pass_bytes(const void *p, size_t n, int *stop)
{
	int fd = fd_of(p, n);
	struct child c = child_run(pass, stop, fd);

	close(fd);
	ck_assert(WIFEXITED(c.status));
	return c;
}

START_TEST(a_stage_passes_on_what_python_would_write)
{
	struct buf in = test_data("stream.hf"), want = test_data("passed.hf");
	struct child c = pass_bytes(in.p, in.n, NULL);

	ck_assert_int_eq(WEXITSTATUS(c.status), 0);
	ck_assert_uint_eq(c.out.n, want.n);
	ck_assert(memcmp(c.out.p, want.p, want.n) == 0);
	ck_assert_str_eq(c.err.p, "");
	child_free(&c);
	buf_free(&in);
	buf_free(&want);
}
END_TEST

START_TEST(a_stage_that_dies_says_so_in_its_end_frame)
{
	static const char said[] = "hf-x: no \"luck\"\\x1b";
	struct buf in = test_data("stream.hf");
	struct frame f = { 0 };
	struct child c, next;
	int fd, stop = 1;

	c = pass_bytes(in.p, in.n, &stop);
	ck_assert_int_eq(WEXITSTATUS(c.status), 1);
	ck_assert_str_eq(c.err.p, "hf-x: no \"luck\"\\x1b\n");
	fd = fd_of(c.out.p, c.out.n);
	ck_assert_int_eq(frame_read(&f, fd), 1);
	ck_assert_int_eq(frame_read(&f, fd), -1);
	ck_assert_str_eq(f.end, said);

	/* From a regular file nobody has heard it: the next stage says it. */
	next = pass_bytes(c.out.p, c.out.n, NULL);
	ck_assert_int_eq(WEXITSTATUS(next.status), 3);
	ck_assert_str_eq(next.err.p,
	    "hf-x: stdin: is incomplete: hf-x: no \"luck\"\\x1b\n");
	ck_assert_uint_eq(next.out.n, c.out.n);
	ck_assert(memcmp(next.out.p, c.out.p, c.out.n) == 0);
	frame_free(&f);
	child_free(&c);
	child_free(&next);
	buf_free(&in);
}
END_TEST

START_TEST(a_pipeline_prints_one_line)
{
	struct buf in = test_data("stream.hf");
	struct child c, next;
	int p[2], stop = 2;

	c = pass_bytes(in.p, in.n, &stop);
	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(write_all(p[1], c.out.p, c.out.n), 0);
	close(p[1]);
	next = child_run(pass, NULL, p[0]);
	close(p[0]);
	ck_assert_int_eq(WEXITSTATUS(next.status), 3);
	ck_assert_str_eq(next.err.p, "");
	ck_assert_ptr_nonnull(memmem(next.out.p, next.out.n, "luck", 4));
	child_free(&c);
	child_free(&next);
	buf_free(&in);
}
END_TEST

START_TEST(a_stage_reports_damage_itself_and_passes_it_on)
{
	struct buf in = test_data("stream.hf");
	struct child c = pass_bytes(in.p, in.n - 300, NULL);
	char want[300];
	struct frame f = { 0 };
	int fd;

	ck_assert_int_eq(WEXITSTATUS(c.status), 3);
	fd = fd_of(c.out.p, c.out.n);
	while (frame_read(&f, fd) > 0)
		continue;
	snprintf(want, sizeof want, "%s\n", f.end);
	ck_assert_str_eq(c.err.p, want);
	ck_assert_ptr_nonnull(strstr(want, "hf-x: stdin: frame 2: the stream"));
	frame_free(&f);
	child_free(&c);
	buf_free(&in);
}
END_TEST

UNIT_MAIN("frame", a_stream_made_by_python_is_read, every_cut_is_refused,
    every_flipped_bit_is_refused, every_inserted_or_missing_byte_is_refused,
    frames_lost_doubled_or_swapped_are_refused,
    what_the_stream_forbids_is_refused,
    upper_case_digits_of_the_sum_are_refused,
    frames_of_two_models_are_refused,
    the_message_of_an_end_frame_is_handed_on,
    sizes_are_refused_before_memory_is_taken, slow_writers_change_nothing,
    a_large_frame_arrives_whole,
    one_bare_file_is_a_frame_where_a_file_is_named,
    a_streams_first_frame_alone_is_no_bare_file,
    tensors_are_added_replaced_and_dropped,
    metadata_is_set_and_the_chain_grows,
    a_stage_passes_on_what_python_would_write,
    a_stage_that_dies_says_so_in_its_end_frame, a_pipeline_prints_one_line,
    a_stage_reports_damage_itself_and_passes_it_on)
