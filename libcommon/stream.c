#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "frame_io.h"
#include "json.h"
#include "utf8.h"

enum {
	ALIGN = 64,		/* of a frame's data */
	READ_STEP = 16 << 20,	/* memory set aside before bytes arrive */
	PIPE_SIZE = 1 << 20,
	END_TEXT = 2000,	/* of the message in an end frame */
	END_ROOM = 8 * END_TEXT,
	DIGITS = 16,		/* of the sum */
};

static const char sum_key[] = "\"sum\":\"";

/* Where frames go is no place for them: the program ends. */
static void
refuse_terminal(struct frame *f, int fd)
{
	if (!isatty(fd))
		return;
	frame_io(f)->out_fd = -1;
	die_code(EXIT_USAGE,
	    "refusing to write frames to a terminal; try | hf-show");
}

/* It is no stream, or no more; nothing of the frame is left to be used. */
static int
no_stream(struct frame *f, const char *why)
{
	f->damaged = true;
	f->io->over = true;
	f->h.n = f->h.nmeta = 0;
	return fail("%s", why);
}

/* The same for a reason that lies in this frame: its number stands first. */
static int __attribute__((format(printf, 2, 3)))
damaged(struct frame *f, const char *fmt, ...)
{
	char why[900];
	va_list ap;
	int n;

	n = snprintf(why, sizeof why, "frame %ju: ", (uintmax_t)f->read);
	va_start(ap, fmt);
	vsnprintf(why + n, sizeof why - (size_t)n, fmt, ap);
	va_end(ap);
	return no_stream(f, why);
}

/* The sum, or the largest number if that does not fit. */
static uint64_t
add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void
reserve(struct frame_io *io, size_t n)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	n = (n + (size_t)page - 1) / (size_t)page * (size_t)page;
	if (n <= io->cap)
		return;
	if (io->cap == 0)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		p = mremap(io->buf, io->cap, n, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		die("out of memory");
	io->buf = p;
	io->cap = n;
}

/*
 * Read until the frame has total bytes.  Memory is set aside for what has
 * arrived, twice over, never for what a header promises.
 */
static int
fill(struct frame *f, int fd, size_t total)
{
	struct frame_io *io = f->io;
	size_t room, step;
	ssize_t r;

	while (io->got < total) {
		step = 2 * io->got > READ_STEP ? 2 * io->got : READ_STEP;
		reserve(io, io->pad + (step < total ? step : total));
		room = io->cap - io->pad;
		room = (room < total ? room : total) - io->got;
		r = read(fd, io->buf + io->pad + io->got, room);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return no_stream(f, strerror(errno));
		if (r == 0)
			return damaged(f, "the stream is cut after %zu of its "
			    "bytes", io->got);
		if (io->summing)
			XXH3_64bits_update(io->hash,
			    io->buf + io->pad + io->got, (size_t)r);
		io->got += (size_t)r;
	}
	return 0;
}

/* The first 8 bytes.  1, 0 at the end of a bare file, -1. */
static int
read_length(struct frame *f, int fd, size_t limit, size_t *header)
{
	struct frame_io *io = f->io;
	unsigned char b[8];
	ssize_t r = read_all(fd, b, sizeof b);
	uint64_t n;

	if (r < 0)
		return no_stream(f, errstr());
	if (r == 0 && f->bare)
		return 0;
	if (f->bare)
		return no_stream(f, "something follows the file's data");
	if (r == 0 && f->read == 0)
		return no_stream(f, "is empty, not a stream");
	if (r == 0)
		return damaged(f, "missing: the stream is cut, it has no end "
		    "frame");
	if (r < 8)
		return damaged(f, "the stream is cut after %zd of its bytes",
		    r);
	n = header_length(b);
	if (n > limit && f->read == 0)
		return no_stream(f, "is not a stream of frames");
	if (n > limit)
		return damaged(f, "a header of %ju bytes, more than %zu",
		    (uintmax_t)n, limit);
	*header = (size_t)n;
	io->pad = (ALIGN - (8 + *header) % ALIGN) % ALIGN;
	io->got = sizeof b;
	io->summing = false;
	reserve(io, io->pad + sizeof b);
	memcpy(io->buf + io->pad, b, sizeof b);
	return 1;
}

/*
 * The digits of the sum in the header, which must be the ones of its metadata
 * and stand there once; they are overwritten with zeros and kept in sum.
 */
static int
take_sum(struct frame *f, char *head, size_t n, char sum[DIGITS + 1])
{
	const char *meta = frame_meta(f, "sum");
	size_t k = sizeof sum_key - 1;
	char *p = memmem(head, n, sum_key, k);

	if (meta == NULL || p == NULL)
		return damaged(f, "has no sum: it is no frame of a stream");
	p += k;
	n -= (size_t)(p - head);
	if (memmem(p, n, sum_key, k) != NULL)
		return damaged(f, "has two sums");
	if (n < DIGITS + 1 || p[DIGITS] != '"' || strlen(meta) != DIGITS ||
	    memcmp(p, meta, DIGITS) != 0)
		return damaged(f, "has no sum of 16 hexadecimal digits");
	memcpy(sum, meta, DIGITS + 1);
	memset(p, '0', DIGITS);
	return 0;
}

/* Read the data, and compare the sum of all with the header's. */
static int
read_summed(struct frame *f, int fd, size_t header)
{
	struct frame_io *io = f->io;
	unsigned char *start = io->buf + io->pad;
	char sum[DIGITS + 1], found[DIGITS + 1];

	if (take_sum(f, (char *)start + 8, header, sum) < 0)
		return -1;
	XXH3_64bits_reset(io->hash);
	XXH3_64bits_update(io->hash, start, io->got);
	io->summing = true;
	if (fill(f, fd, io->got + (size_t)f->h.bytes) < 0)
		return -1;
	snprintf(found, sizeof found, "%016jx",
	    (uintmax_t)XXH3_64bits_digest(io->hash));
	if (memcmp(sum, found, DIGITS) != 0)
		return damaged(f, "the sum is %s, its bytes give %s: it was "
		    "damaged on the way", sum, found);
	return 0;
}

/* Point the tensors at the data, misaligned ones at a copy. */
static void
place_tensors(struct frame *f, size_t header)
{
	struct frame_io *io = f->io;
	unsigned char *p;
	struct tensor *t;
	size_t i;

	for (i = 0; i < f->h.n; i++) {
		t = &f->h.t[i];
		p = io->buf + io->pad + 8 + header + f->h.offset[i];
		t->data = p;
		if ((uintptr_t)p % dtype_size(t->dtype) != 0) {
			t->data = arena_alloc(&io->arena, t->bytes);
			memcpy(t->data, p, t->bytes);
		}
	}
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static int
check_model(struct frame *f)
{
	const char *model = frame_meta(f, "model");
	const char *hash = frame_meta(f, "model_hash");

	if (f->read == 0) {
		free(f->model);
		free(f->model_hash);
		f->model = copy(model);
		f->model_hash = copy(hash);
	}
	if (!same(model, f->model))
		return damaged(f, "is for the model %.200s, the first one for "
		    "%.200s", model ? model : "(none)",
		    f->model ? f->model : "(none)");
	if (!same(hash, f->model_hash))
		return damaged(f, "has another model_hash than the first");
	return 0;
}

/* The stream's end: 0 when all is well, -1 with the upstream's message. */
static int
end_stream(struct frame *f, int fd, const char *end)
{
	char c;

	if (f->h.n > 0)
		return damaged(f, "is an end frame, but has tensors");
	f->io->over = true;
	if (strcmp(end, "ok") != 0) {
		free(f->end);
		f->end = xstrdup(end);
		return fail("%.900s", end);
	}
	if (read_all(fd, &c, 1) != 0)
		return damaged(f, "is an end frame, but something follows it");
	return 0;
}

/* What must hold between frames. */
static int
check_frame(struct frame *f, int fd)
{
	const char *hf = frame_meta(f, "hf"), *seq = frame_meta(f, "seq");
	const char *end = frame_meta(f, "end");
	char want[24];

	if (hf == NULL || strcmp(hf, "1") != 0)
		return damaged(f, "the stream's version is %.20s, want 1",
		    hf ? hf : "not given");
	snprintf(want, sizeof want, "%ju", (uintmax_t)f->read);
	if (seq == NULL || strcmp(seq, want) != 0)
		return damaged(f, "its seq is %.20s: a frame is lost or "
		    "stands twice", seq ? seq : "not given");
	if (end != NULL)
		return end_stream(f, fd, end);
	if (check_model(f) < 0)
		return -1;
	return 1;
}

static int
read_bare(struct frame *f, int fd)
{
	f->bare = true;
	if (fill(f, fd, f->io->got + (size_t)f->h.bytes) < 0)
		return -1;
	return check_model(f) < 0 ? -1 : 1;
}

static int
read_frame(struct frame *f, int fd, bool file)
{
	struct frame_io *io = f->io;
	size_t header = 0;
	uint64_t total;
	int r = read_length(f, fd,
	    file && f->read == 0 ? HEADER_MAX : HEADER_MAX_FRAME, &header);

	if (r <= 0)
		return r;
	if (fill(f, fd, 8 + header) < 0)
		return -1;
	if (header_parse(&f->h, (char *)io->buf + io->pad + 8, header) < 0)
		return damaged(f, "%s", errstr());
	total = add(8 + header, f->h.bytes);
	if (total > frame_max(io))
		return damaged(f, "has %ju bytes, more than HF_FRAME_MAX=%ju",
		    (uintmax_t)total, (uintmax_t)frame_max(io));
	if (file && f->read == 0 && frame_meta(f, "hf") == NULL) {
		r = read_bare(f, fd);
	} else {
		r = read_summed(f, fd, header);
		if (r == 0)
			r = check_frame(f, fd);
	}
	if (r > 0) {
		place_tensors(f, header);
		f->read++;
	}
	return r;
}

static void
widen_pipe(int fd)
{
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

static int
start_read(struct frame *f, int fd, bool file)
{
	struct frame_io *io = frame_io(f);

	frame_reset(f);
	if (io->over)
		return fail("the stream has ended");
	if (io->in_fd < 0) {
		io->in_fd = fd;
		if (io->out_fd >= 0)
			refuse_terminal(f, io->out_fd);
		if (isatty(fd))
			return no_stream(f, "is a terminal, not a stream");
		widen_pipe(fd);
	}
	return read_frame(f, fd, file);
}

int
frame_read(struct frame *f, int fd)
{
	return start_read(f, fd, false);
}

int
frame_read_file(struct frame *f, int fd)
{
	return start_read(f, fd, true);
}

/* Falling element size keeps every tensor aligned; then by name. */
static int
by_size(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;
	size_t m = dtype_size((*x)->dtype), n = dtype_size((*y)->dtype);

	return m != n ? (m > n ? -1 : 1) : strcmp((*x)->name, (*y)->name);
}

static void
order_tensors(struct frame *f)
{
	struct frame_io *io = f->io;
	size_t i, n = f->h.n;

	if (io->order == NULL || n > io->cap_order) {
		io->cap_order = n + 16;
		io->order = xrealloc(io->order, io->cap_order,
		    sizeof *io->order);
		io->iov = xrealloc(io->iov, io->cap_order + 1,
		    sizeof *io->iov);
	}
	for (i = 0; i < n; i++)
		io->order[i] = &f->h.t[i];
	qsort(io->order, n, sizeof *io->order, by_size);
}

static void
put_number(struct buf *b, uint64_t v)
{
	char tmp[24];

	buf_add(b, tmp, (size_t)snprintf(tmp, sizeof tmp, "%ju",
	    (uintmax_t)v));
}

/* The stream's own keys, which are written anew for every frame. */
static bool
ours(const char *key)
{
	return strcmp(key, "hf") == 0 || strcmp(key, "seq") == 0 ||
	    strcmp(key, "sum") == 0 || strcmp(key, "end") == 0;
}

/* The metadata; the offset of the sum's digits in the header. */
static size_t
put_metadata(struct buf *b, const struct frame *f)
{
	const struct meta *m;
	size_t i;

	buf_str(b, "{\"__metadata__\":{\"hf\":\"1\",\"seq\":\"");
	put_number(b, f->written);
	buf_str(b, "\",");
	for (i = 0; i < f->h.nmeta; i++) {
		m = &f->h.meta[i];
		if (ours(m->key))
			continue;
		json_put_string(b, m->key, strlen(m->key));
		buf_byte(b, ':');
		json_put_string(b, m->value, strlen(m->value));
		buf_byte(b, ',');
	}
	buf_str(b, sum_key);
	buf_str(b, "0000000000000000\"}");
	return b->n - DIGITS - 2;
}

static void
put_tensor(struct buf *b, const struct tensor *t, uint64_t at)
{
	int i;

	buf_byte(b, ',');
	json_put_string(b, t->name, strlen(t->name));
	buf_str(b, ":{\"dtype\":\"");
	buf_str(b, dtype_name(t->dtype));
	buf_str(b, "\",\"shape\":[");
	for (i = 0; i < t->rank; i++) {
		if (i > 0)
			buf_byte(b, ',');
		put_number(b, t->dim[i]);
	}
	buf_str(b, "],\"data_offsets\":[");
	put_number(b, at);
	buf_byte(b, ',');
	put_number(b, at + t->bytes);
	buf_str(b, "]}");
}

/* The header with its length and padding; the data's bytes in *data. */
static size_t
put_header(struct frame *f, uint64_t *data)
{
	struct buf *b = &f->io->head;
	size_t i, sum;
	uint64_t n;

	*data = 0;
	b->n = 0;
	buf_add(b, "\0\0\0\0\0\0\0\0", 8);
	sum = put_metadata(b, f);
	for (i = 0; i < f->h.n; i++) {
		put_tensor(b, f->io->order[i], *data);
		*data += f->io->order[i]->bytes;
	}
	buf_byte(b, '}');
	while (b->n % ALIGN != 0)
		buf_byte(b, ' ');
	n = b->n - 8;
	for (i = 0; i < 8; i++)
		b->p[i] = (char)(n >> 8 * i);
	return sum;
}

static void
put_sum(char *digits, uint64_t sum)
{
	char tmp[DIGITS + 1];

	snprintf(tmp, sizeof tmp, "%016jx", (uintmax_t)sum);
	memcpy(digits, tmp, DIGITS);
}

/* After half a frame no end frame may follow, so none is written. */
static int
send(struct frame *f, int fd)
{
	struct frame_io *io = f->io;
	int r, end_fd = io->out_fd;

	io->out_fd = -1;
	r = writev_all(fd, io->iov, (int)f->h.n + 1);
	if (r == 0)
		io->out_fd = end_fd;
	return r;
}

int
frame_write(struct frame *f, int fd)
{
	struct frame_io *io = frame_io(f);
	size_t i, sum;
	uint64_t data, total;

	if (f->written == 0)
		refuse_terminal(f, fd);
	order_tensors(f);
	sum = put_header(f, &data);
	if (io->head.n - 8 > HEADER_MAX_FRAME)
		return fail("the frame's header has %zu bytes, more than %d",
		    io->head.n - 8, HEADER_MAX_FRAME);
	total = add(io->head.n, data);
	if (total > frame_max(io))
		return fail("the frame has %ju bytes, more than "
		    "HF_FRAME_MAX=%ju; try a smaller batch", (uintmax_t)total,
		    (uintmax_t)frame_max(io));
	XXH3_64bits_reset(io->hash);
	XXH3_64bits_update(io->hash, io->head.p, io->head.n);
	io->iov[0] = (struct iovec){ io->head.p, io->head.n };
	for (i = 0; i < f->h.n; i++) {
		io->iov[i + 1] = (struct iovec){ io->order[i]->data,
			io->order[i]->bytes };
		XXH3_64bits_update(io->hash, io->order[i]->data,
		    io->order[i]->bytes);
	}
	put_sum(io->head.p + sum, XXH3_64bits_digest(io->hash));
	if (send(f, fd) < 0)
		return -1;
	f->written++;
	return 0;
}

/* A JSON string of printable text, without allocation: for a dying program. */
static size_t
quote(char *out, const char *text)
{
	char plain[END_TEXT];
	size_t i, n, o = 0;

	n = utf8_printable(plain, sizeof plain, text, strlen(text));
	for (i = 0; i < n; i++) {
		if (plain[i] == '"' || plain[i] == '\\')
			out[o++] = '\\';
		out[o++] = plain[i];
	}
	out[o] = '\0';
	return o;
}

/* The end frame in out[END_ROOM]; its length. */
static size_t
end_frame(char *out, uint64_t seq, const char *message)
{
	char text[2 * END_TEXT + 1];
	size_t i, n;
	int sum;

	quote(text, message);
	sum = snprintf(out + 8, END_ROOM - 8, "{\"__metadata__\":{\"hf\":\"1\","
	    "\"seq\":\"%ju\",\"end\":\"%s\",%s", (uintmax_t)seq, text,
	    sum_key);
	n = 8 + (size_t)sum;
	n += (size_t)snprintf(out + n, END_ROOM - n, "0000000000000000\"}}");
	while (n % ALIGN != 0)
		out[n++] = ' ';
	for (i = 0; i < 8; i++)
		out[i] = (char)((n - 8) >> 8 * i);
	put_sum(out + 8 + sum, XXH3_64bits(out, n));
	return n;
}

static int
write_end(const struct frame *f, int fd, const char *message)
{
	char out[END_ROOM];

	return write_all(fd, out, end_frame(out, f->written, message));
}

/* That nobody reads any more must not change the exit code: no SIGPIPE. */
static void
end_broken(struct frame *f, const char *text)
{
	int fd = f->io->out_fd;

	if (fd < 0 || isatty(fd))
		return;
	signal(SIGPIPE, SIG_IGN);
	write_end(f, fd, text);
}

/* die()'s hook, which a signal handler may call: it allocates nothing. */
static void
end_with(void *arg, const char *message)
{
	char text[END_TEXT];

	snprintf(text, sizeof text, "%s: %s", err_name(), message);
	end_broken(arg, text);
}

void
stream_out(struct frame *f, int fd)
{
	frame_io(f)->out_fd = fd;
	widen_pipe(fd);
	on_die(end_with, f);
}

static bool
is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Say why the stream is broken unless somebody has said it; pass it on. */
static void
finish_broken(struct frame *f)
{
	char why[END_TEXT];

	if (f->end != NULL) {
		if (is_file(f->io->in_fd))
			warn("stdin: is incomplete: %s", f->end);
		end_broken(f, f->end);
		return;
	}
	snprintf(why, sizeof why, "stdin: %s", errstr());
	warn("%s", why);
	end_with(f, why);
}

int
stream_finish(struct frame *f, int r, int fd)
{
	frame_io(f);
	if (r < 0) {
		finish_broken(f);
		fflush(stdout);
		return EXIT_STREAM;
	}
	if (fd >= 0) {
		refuse_terminal(f, fd);
		f->io->out_fd = -1;
		if (write_end(f, fd, "ok") < 0)
			die("stdout: %s", errstr());
	}
	if (fflush(stdout) != 0 || close(STDOUT_FILENO) < 0)
		die("stdout: %s", strerror(errno));
	if (ferror(stdout))
		die("stdout: write error");
	return 0;
}
