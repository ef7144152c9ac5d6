#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "head.h"
#include "model.h"
#include "opt.h"
#include "task/task.h"
#include "task/text.h"
#include "util.h"

enum {
	AGGREGATION = 256, CLEAN_UP, FORCE, APPLY, IMPOSSIBLE, IGNORE, JSON,
	MAX_ANSWER, SKIP_SPECIAL, TARGETS, TASK, TOP_K
};

static const struct opt opts[] = {
	OPT_COMMON("hf-decode", "[options] <frames"),
	{ "aggregation-strategy", AGGREGATION, "HOW",
	    "entities: none, simple, first, average or max" },
	{ "clean-up-tokenization-spaces", CLEAN_UP, "[=YES]",
	    "texts: yes or no; default: as the model says" },
	{ "force", FORCE, NULL, "take -m even if its config differs" },
	{ "function-to-apply", APPLY, "F",
	    "labels: softmax, sigmoid or none" },
	{ "handle-impossible-answer", IMPOSSIBLE, NULL,
	    "spans: no answer is an answer" },
	{ "ignore-labels", IGNORE, "LIST", "entities that are left out" },
	{ "json", JSON, NULL, "write one JSON value a record" },
	{ "max-answer-len", MAX_ANSWER, "N", "spans: longest, in tokens" },
	{ "model", 'm', "MODEL", "another place of the stream's model" },
	{ "null", '0', NULL, "texts: end each in NUL, not in newline" },
	{ "skip-special-tokens", SKIP_SPECIAL, NULL,
	    "texts: leave special tokens out" },
	{ "targets", TARGETS, "LIST", "fill-mask: choose among these words" },
	{ "task", TASK, "TASK", "what the outputs are; default: the "
				"model's head" },
	{ "top-k", TOP_K, "K", "how many answers a record gets" },
	{ 0 }
};

struct decode {
	const char *name;	/* -m */
	bool force;
	int head;		/* --task, or -1 */
	struct task_opts task;
	struct text_run text;
};

/* Split at commas into a NULL-terminated list; "" is an empty list. */
static const char *const *
split(char *s)
{
	const char **list = NULL;
	size_t n = 0, cap = 0;
	char *word;

	while (s[0] != '\0' && (word = strsep(&s, ",")) != NULL) {
		GROW(list, n, cap);
		list[n++] = word;
		if (s == NULL)
			break;
	}
	GROW(list, n, cap);
	list[n] = NULL;
	return list;
}

static void
set_task(struct decode *w, int ch)
{
	static const char *const how[] = { "none", "simple", "first",
		"average", "max", NULL };
	static const char *const apply[] = { "softmax", "sigmoid", "none",
		NULL };
	struct task_opts *o = &w->task;

	if (ch == AGGREGATION)
		o->aggregation = (enum aggregation)choice(
		    "aggregation-strategy", optarg, how);
	else if (ch == APPLY)
		o->apply = (enum apply)(APPLY_SOFTMAX +
		    choice("function-to-apply", optarg, apply));
	else if (ch == IMPOSSIBLE)
		o->handle_impossible_answer = true;
	else if (ch == IGNORE)
		o->ignore_labels = split(optarg);
	else if (ch == JSON)
		o->json = true;
	else if (ch == MAX_ANSWER)
		o->max_answer_len =
		    number("max-answer-len", optarg, 1, 1 << 20);
	else if (ch == TARGETS)
		o->targets = split(optarg);
	else if (ch == TOP_K)
		o->top_k = number("top-k", optarg, 1, 1 << 20);
}

static void
parse(struct decode *w, int argc, char **argv)
{
	static const char *const answers[] = { "no", "yes", NULL };
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case 'm':
			w->name = optarg;
			break;
		case '0':
			w->text.end = '\0';
			break;
		case CLEAN_UP:
			w->text.clean_up = optarg == NULL ||
			    choice("clean-up-tokenization-spaces", optarg,
			    answers) == 1;
			break;
		case SKIP_SPECIAL:
			w->text.skip_special = true;
			break;
		case FORCE:
			w->force = true;
			break;
		case TASK:
			w->head = task_head(optarg);
			if (w->head < 0)
				bad_value("task", optarg);
			break;
		default:
			set_task(w, ch);
			break;
		}
	if (optind != argc)
		usage(opts);
}

/* IDs alone are turned back to text. */
static bool
wants_text(struct decode *w, struct frame *f)
{
	if (w->head >= 0 || !text_is_ids(f))
		return false;
	w->text.json = w->task.json;
	if (w->text.tok == NULL && text_open(&w->text, f, w->name) < 0)
		die("%s", errstr());
	return true;
}

/* The model is known when the first frame has come. */
static void
start(const struct decode *w, struct task_run *run, const struct frame *f,
    struct buf *out)
{
	struct model *m = model_of_stream(f, w->name, w->force);
	int head;

	if (m == NULL)
		die("%s", errstr());
	head = w->head >= 0 ? w->head : head_of(m->config);
	if (head < 0 ||
	    task_open(run, (enum head)head, &w->task, m, out) < 0)
		die("%s", errstr());
}

static void
flush(struct buf *out)
{
	if (write_all(STDOUT_FILENO, out->p, out->n) < 0)
		die("stdout: %s", errstr());
	out->n = 0;
}

int
main(int argc, char *argv[])
{
	struct decode w = { .head = -1,
		.text = { .clean_up = -1, .end = '\n' } };
	struct task_run run = { 0 };
	struct frame f = { 0 };
	struct buf out = { 0 };
	int r;

	parse(&w, argc, argv);
	while ((r = frame_read(&f, STDIN_FILENO)) > 0) {
		if (f.read == 1 && !wants_text(&w, &f))
			start(&w, &run, &f, &out);
		if (w.text.tok != NULL ? text_frame(&w.text, &f, &out) < 0
		    : task_frame(&run, &f) < 0)
			die("%s", errstr());
		flush(&out);
	}
	if (r == 0 && run.task != NULL) {
		if (task_finish(&run) < 0)
			die("%s", errstr());
		flush(&out);
	}
	return stream_finish(&f, r, -1);
}
