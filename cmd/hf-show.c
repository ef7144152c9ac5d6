#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "npy.h"
#include "opt.h"
#include "show.h"
#include "util.h"

enum { FRAME = 256, JSON, NPY, VALUES };

static const struct opt opts[] = {
	OPT_COMMON("hf-show", "[options] [FILE...]"),
	{ "frame", FRAME, "N", "only this frame, counted from 0" },
	{ "json", JSON, NULL, "JSON, one line a frame or file" },
	{ "npy", NPY, "NAME", "this tensor as a NumPy file" },
	{ "values", VALUES, "NAME", "all the values of this tensor" },
	{ 0 }
};

/* What to show of a stream or a file, and how. */
struct view {
	const char *npy;	/* a tensor's name, or NULL */
	const char *values;
	size_t frame;		/* SIZE_MAX: every one */
	bool json;
	bool done;		/* the one frame that was wanted is shown */
};

static void
view_npy(const struct tensor *t)
{
	if (isatty(STDOUT_FILENO))
		die_code(EXIT_USAGE,
		    "refusing to write an array to a terminal; try > x.npy");
	if (npy_write(STDOUT_FILENO, t) < 0)
		die("stdout: %s", errstr());
}

/* A negative seq: it is no frame, but a weight file. */
static void
view_tensor(const struct view *v, const struct tensor *t, int64_t seq)
{
	int r = 0;

	if (v->npy != NULL) {
		view_npy(t);
	} else if (v->json) {
		r = show_values_line(stdout, t, seq);
	} else {
		r = show_values(stdout, t);
		putchar('\n');
	}
	if (r < 0)
		die("%s", errstr());
}

static void
view_frame(struct view *v, struct frame *f)
{
	const char *name = v->npy ? v->npy : v->values;
	int64_t seq = (int64_t)f->read - 1;
	struct tensor *t;

	if (v->done || (v->frame != SIZE_MAX && v->frame != (size_t)seq))
		return;
	v->done = v->npy != NULL || v->frame != SIZE_MAX;
	if (name != NULL) {
		t = frame_need(f, name, -1, -1);
		if (t == NULL)
			die("frame %jd: %s", (intmax_t)seq, errstr());
		view_tensor(v, t, seq);
	} else if (v->json) {
		show_frame_json(stdout, &f->h, (uint64_t)seq);
	} else {
		show_frame(stdout, &f->h, (uint64_t)seq);
	}
	/* Watching a live pipe, a frame is seen when it comes. */
	if (fflush(stdout) != 0)
		die("stdout: %s", strerror(errno));
}

/* What is left to say at the end of a stream. */
static void
view_end(const struct view *v, const struct frame *f, const char *name)
{
	uintmax_t n = f->read;

	if (v->done)
		return;
	if (v->frame != SIZE_MAX)
		die("%s: has no frame %zu, it has %ju", name, v->frame, n);
	if (v->npy != NULL)
		die("%s: has no frame", name);
	if (v->values != NULL)
		return;
	if (v->json)
		printf("{\"seq\":%ju,\"end\":\"ok\"}\n", n);
	else
		printf("end: ok, %ju frame%s\n", n, n == 1 ? "" : "s");
}

static int
view_stdin(struct view *v)
{
	struct frame f = { 0 };
	int r;

	while ((r = frame_read(&f, STDIN_FILENO)) > 0)
		view_frame(v, &f);
	if (r == 0)
		view_end(v, &f, "stdin");
	return stream_finish(&f, r, -1);
}

/* A FIFO that nobody writes to is at its end, not waited for. */
static int
open_stream(const char *path)
{
	int flags, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

static void
view_stream(struct view *v, const char *path)
{
	struct frame f = { 0 };
	int r, fd = open_stream(path);

	while ((r = frame_read(&f, fd)) > 0)
		view_frame(v, &f);
	if (r < 0 && f.end != NULL)
		die("%s: is incomplete: %s", path, f.end);
	if (r < 0)
		die("%s: %s", path, errstr());
	view_end(v, &f, path);
	frame_free(&f);
	close(fd);
}

static void
view_weights(struct view *v, struct safetensors *s)
{
	const char *name = v->npy ? v->npy : v->values;
	ptrdiff_t i;

	if (v->frame != SIZE_MAX && v->frame > 0)
		die("%s: has no frame %zu, it is one file", s->path, v->frame);
	if (name != NULL) {
		i = header_find(&s->h, name);
		if (i < 0)
			die("%s: has no tensor %s", s->path, name);
		safetensors_align(s, (size_t)i);
		view_tensor(v, &s->h.t[i], -1);
	} else if (v->json) {
		show_file_json(stdout, s);
	} else {
		show_file(stdout, s);
	}
}

static bool
is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

static void
view_path(struct view *v, const char *path)
{
	struct safetensors s = { 0 };

	if (is_fifo(path)) {
		view_stream(v, path);
		return;
	}
	if (safetensors_peek(&s, path) == 0)
		view_weights(v, &s);
	else if (s.stream)
		view_stream(v, path);
	else
		die("%s", errstr());
	safetensors_close(&s);
}

int
main(int argc, char *argv[])
{
	struct view v = { .frame = SIZE_MAX };
	int i, ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case FRAME:
			v.frame = number("frame", optarg, 0, SIZE_MAX - 1);
			break;
		case JSON:
			v.json = true;
			break;
		case NPY:
			v.npy = optarg;
			break;
		case VALUES:
			v.values = optarg;
			break;
		}
	if (v.npy != NULL && (v.json || v.values != NULL || argc > optind + 1))
		die_code(EXIT_USAGE,
		    "--npy: is one array, without --json, --values or a "
		    "second file");
	if (optind == argc)
		return view_stdin(&v);
	for (i = optind; i < argc; i++) {
		v.done = false;
		view_path(&v, argv[i]);
		fflush(stdout);
	}
	return stream_finish(&(struct frame){ 0 }, 0, -1);
}
