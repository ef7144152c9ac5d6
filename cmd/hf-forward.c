#include <stdlib.h>
#include <string.h>
#include <getopt.h>
#include <unistd.h>

#include "arch.h"
#include "err.h"
#include "frame.h"
#include "opt.h"
#include "pool.h"
#include "util.h"
#include "weights.h"

enum { OUTPUT = 256, FORCE, OUTPUTS_MAX = 16 };

static const struct opt opts[] = {
	OPT_COMMON("hf-forward", "[options] <frames >frames"),
	{ "force", FORCE, NULL, "take -m even if its config differs" },
	{ "model", 'm', "MODEL", "another place of the stream's model" },
	{ "output", OUTPUT, "LIST", "logits, last_hidden_state, hidden_states, "
				    "attentions, pooler_output ..." },
	{ "threads", 'j', "N", "threads; default: the CPUs it may use" },
	{ 0 }
};

struct forward {
	const char *name;	/* -m */
	bool force;
	size_t threads;
	const char *want[OUTPUTS_MAX + 1];
	char *chain;
	struct model *model;
	struct net *net;
};

/* Split a list of names at commas. */
static void
parse_outputs(char *list, const char **want)
{
	size_t n = 0;
	char *s;

	while ((s = strsep(&list, ",")) != NULL) {
		if (n == OUTPUTS_MAX || s[0] == '\0') {
			fail("want 1 to %d names", OUTPUTS_MAX);
			bad_value("output", s);
		}
		want[n++] = s;
	}
}

/* The model is known when the first frame has come. */
static void
open_net(struct forward *w, const struct frame *f)
{
	struct pool *pool = pool_open(w->threads);
	struct buf b = { 0 };

	if (pool == NULL ||
	    (w->model = model_of_stream(f, w->name, w->force)) == NULL ||
	    (w->net = net_open(w->model, pool)) == NULL)
		die("%s", errstr());
	buf_printf(&b, "hf-forward %s config.json=%s", HF_VERSION,
	    w->model->hash);
	weights_describe(w->model->weights, &b);
	w->chain = b.p;
}

/* What later stages go by; a stream made elsewhere may name no model. */
static void
sign(const struct forward *w, struct frame *f)
{
	if (f->model == NULL) {
		frame_set_meta(f, "model", w->model->name);
		frame_set_meta(f, "model_hash", w->model->hash);
	}
	frame_chain(f, w->chain);
}

int
main(int argc, char *argv[])
{
	struct forward w = { 0 };
	struct frame f = { 0 };
	int ch, r;

	stream_out(&f, STDOUT_FILENO);
	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case 'm':
			w.name = optarg;
			break;
		case 'j':
			w.threads = number("threads", optarg, 1, 1024);
			break;
		case OUTPUT:
			parse_outputs(optarg, w.want);
			break;
		case FORCE:
			w.force = true;
			break;
		}
	if (optind != argc)
		usage(opts);

	while ((r = frame_read(&f, STDIN_FILENO)) > 0) {
		if (w.net == NULL)
			open_net(&w, &f);
		if (net_forward(w.net, &f, w.want[0] ? w.want : NULL) < 0)
			die("%s", errstr());
		sign(&w, &f);
		if (frame_write(&f, STDOUT_FILENO) < 0)
			die("stdout: %s", errstr());
	}
	return stream_finish(&f, r, STDOUT_FILENO);
}
