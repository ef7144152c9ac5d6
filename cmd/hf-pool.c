#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "json.h"
#include "model.h"
#include "npy.h"
#include "opt.h"
#include "pooling.h"
#include "util.h"

enum { POOLING = 256, NORMALIZE, NO_NORMALIZE, DIM, JSON, TSV, NPY, FORCE };

static const struct opt opts[] = {
	OPT_COMMON("hf-pool", "[options] <frames >frames"),
	{ "dim", DIM, "N", "keep the first N values of each embedding" },
	{ "force", FORCE, NULL, "take -m even if its config differs" },
	{ "json", JSON, NULL, "write one JSON array a line" },
	{ "model", 'm', "MODEL", "another place of the stream's model" },
	{ "no-normalize", NO_NORMALIZE, NULL, "leave the model's own "
					      "normalization out" },
	{ "normalize", NORMALIZE, NULL, "scale every embedding to length 1" },
	{ "npy", NPY, NULL, "write one .npy file" },
	{ "pooling", POOLING, "KIND", "mean, cls, max, last or "
				      "mean-sqrt-len" },
	{ "tsv", TSV, NULL, "write one line of numbers a text" },
	{ 0 }
};

/* What was asked for; the rest is the model's to say. */
struct wish {
	const char *name;
	bool force, normalize, no_normalize;
	int kind;		/* -1: the model's */
	size_t dim;
	int format;		/* JSON, TSV, NPY or 0: frames */
};

static struct pooling
decide(const struct wish *w, const struct frame *f)
{
	struct pooling how = { .kind = POOL_MEAN };
	struct model *m = NULL;

	/* A stream from elsewhere may name no model; then -m can do so. */
	if (w->name != NULL || f->model != NULL) {
		m = model_of_stream(f, w->name, w->force);
		if (m == NULL || pooling_open(&how, m->dir) < 0)
			die("%s", errstr());
	}
	if (w->kind >= 0)
		how.kind = (enum pooling_kind)w->kind;
	if (w->no_normalize)
		how.model_normalize = false;
	if (w->dim > 0)
		how.dim = w->dim;
	how.normalize = w->normalize;
	model_free(m);
	return how;
}

static void
write_text(const struct tensor *t, bool array, struct buf *b)
{
	const float *x = t->data;
	size_t i, d;

	b->n = 0;
	for (i = 0; i < t->dim[0]; i++) {
		buf_str(b, array ? "[" : "");
		for (d = 0; d < t->dim[1]; d++) {
			if (d > 0)
				buf_str(b, array ? ", " : "\t");
			json_put_f32(b, *x++);
		}
		buf_str(b, array ? "]\n" : "\n");
	}
	if (write_all(STDOUT_FILENO, b->p, b->n) < 0)
		die("stdout: %s", errstr());
}

/* The header first says no rows; finish_npy() puts their number in. */
static void
write_header(size_t rows, size_t dim)
{
	char head[NPY_HEADER_MAX];
	size_t n = npy_header(head, DT_F32, 2, (size_t[]){ rows, dim });

	if (write_all(STDOUT_FILENO, head, n) < 0)
		die("stdout: %s", errstr());
}

static void
start_npy(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) < 0 || !S_ISREG(st.st_mode) ||
	    fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND)
		die("--npy: stdout must be a regular file, since the header "
		    "is completed at the end; use > FILE");
}

static void
finish_npy(size_t rows, size_t dim)
{
	if (rows == 0)
		write_header(0, dim);
	else if (lseek(STDOUT_FILENO, 0, SEEK_SET) != 0)
		die("stdout: can't go back to the header");
	else
		write_header(rows, dim);
}

static void
write_npy(const struct tensor *t, size_t rows)
{
	if (rows == 0)
		write_header(0, t->dim[1]);
	if (write_all(STDOUT_FILENO, t->data, t->bytes) < 0)
		die("stdout: %s", errstr());
}

static void
write_result(struct frame *f, int format, size_t rows, struct buf *b)
{
	const struct tensor *t = frame_get(f, "embedding");

	if (format == NPY)
		write_npy(t, rows);
	else if (format != 0)
		write_text(t, format == JSON, b);
	else if (frame_write(f, STDOUT_FILENO) < 0)
		die("stdout: %s", errstr());
}

static void
one_format(struct wish *w, int format)
{
	if (w->format != 0 && w->format != format)
		die_code(EXIT_USAGE, "--json, --tsv and --npy exclude each "
		    "other");
	w->format = format;
}

static void
parse(struct wish *w, int argc, char **argv)
{
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case 'm':
			w->name = optarg;
			break;
		case FORCE:
			w->force = true;
			break;
		case POOLING:
			w->kind = pooling_parse(optarg);
			if (w->kind < 0)
				bad_value("pooling", optarg);
			break;
		case NORMALIZE:
			w->normalize = true;
			break;
		case NO_NORMALIZE:
			w->no_normalize = true;
			break;
		case DIM:
			w->dim = number("dim", optarg, 1, 1 << 20);
			break;
		default:
			one_format(w, ch);
			break;
		}
	if (optind != argc)
		usage(opts);
}

int
main(int argc, char *argv[])
{
	struct wish w = { .kind = -1 };
	struct frame f = { 0 };
	struct pooling how = { 0 };
	struct pool *pool = pool_open(1);
	struct buf text = { 0 };
	size_t rows = 0, dim = 0;
	int r;

	stream_out(&f, STDOUT_FILENO);
	parse(&w, argc, argv);
	if (w.format != 0)
		stream_out(&f, -1);
	if (pool == NULL)
		die("%s", errstr());
	if (w.format == NPY)
		start_npy();
	while ((r = frame_read(&f, STDIN_FILENO)) > 0) {
		if (f.read == 1)
			how = decide(&w, &f);
		if (pooling_apply(&how, pool, &f) < 0)
			die("%s", errstr());
		write_result(&f, w.format, rows, &text);
		rows += frame_get(&f, "embedding")->dim[0];
		dim = frame_get(&f, "embedding")->dim[1];
	}
	if (w.format == NPY && r == 0)
		finish_npy(rows, dim);
	return stream_finish(&f, r, w.format ? -1 : STDOUT_FILENO);
}
