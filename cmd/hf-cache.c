/*
 * hf-cache - list, verify and prune the Hub's cache, offline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "hub/env.h"
#include "hub/report.h"
#include "hub/sweep.h"
#include "hub/target.h"
#include "hub/verify.h"
#include "opt.h"
#include "util.h"

enum { DETACHED = 256, IGNORE_MISSING, JSON, OLDER };

static const struct opt opts[] = {
	OPT_COMMON("hf-cache", "ls|verify|rm|gc [options] [[TYPE/]REPO[@REV] "
	    "...]"),
	{ "human-readable", 'H', NULL, "ls: sizes as 1.5G" },
	{ "json", JSON, NULL, "ls: one JSON object a line" },
	{ "ignore-missing", IGNORE_MISSING, NULL,
	    "verify: a file that is listed but not there is no failure" },
	{ "jobs", 'j', "N", "verify: threads that hash (default: CPUs)" },
	{ "quiet", 'q', NULL, "verify: print no line for what is right" },
	{ "dry-run", 'n', NULL, "rm, gc: print what would go" },
	{ "detached", DETACHED, NULL,
	    "gc: also revisions that no branch or tag names" },
	{ "older", OLDER, "AGE",
	    "gc: partial files older than 90s, 5m, 12h, 7d (default: 1d)" },
	{ "verbose", 'v', NULL, "rm, gc: print what goes; verify: count" },
	{ 0 }
};

/* What the options say, and what the command works on. */
struct job {
	char *root;
	struct targets targets;
	bool human, json, ignore_missing, quiet, dry, detached, verbose;
	size_t threads;
	int64_t older;
	struct verify verify;
	struct prune prune;
	bool failed;
};

struct command {
	const char *name;
	void (*run)(struct job *c);
};

static void
tell(const char *line)
{
	warn("%s", line);
}

static void
complain(struct job *c)
{
	warn("%s", errstr());
	c->failed = true;
}

/* The buffer is freed. */
static void
print(struct buf *b)
{
	if (b->n > 0 && fwrite(b->p, 1, b->n, stdout) != b->n)
		die("stdout: write error");
	buf_free(b);
}

static void
for_each(struct job *c, void (*each)(void *job, struct scan_repo *r))
{
	const char *lost;

	if (target_each(&c->targets, c->root, each, c) < 0)
		die("%s", errstr());
	while ((lost = target_lost(&c->targets)) != NULL) {
		warn("%s: not in the cache", lost);
		c->failed = true;
	}
}

static void
list_repo(void *job, struct scan_repo *r)
{
	struct job *c = job;
	struct buf b = { 0 };
	size_t i;

	target_refs(r, true);
	report_problems(r, true, tell);
	c->failed = c->failed || r->incomplete;
	for (i = 0; i < r->revisions; i++) {
		if (!r->revision[i].marked)
			continue;
		if (c->json)
			report_json(&b, r, &r->revision[i]);
		else
			report_row(&b, r, &r->revision[i], c->human);
	}
	print(&b);
}

static void
run_ls(struct job *c)
{
	for_each(c, list_repo);
}

static void
verify_repo(void *job, struct scan_repo *r)
{
	struct job *c = job;

	target_refs(r, true);
	report_problems(r, false, tell);
	c->failed = c->failed || r->problems > 0;
	verify_add(&c->verify, c->root, r, !target_whole(&c->targets, r));
}

static void
verify_line(void *job, const struct verify_line *l)
{
	const struct job *c = job;
	struct buf b = { 0 };

	if ((l->state == VERIFY_MISSING && c->ignore_missing) ||
	    (l->state == VERIFY_UNKNOWN && !c->verbose) ||
	    (l->state == VERIFY_OK && c->quiet))
		return;
	report_verified(&b, l);
	print(&b);
	fflush(stdout);
}

static void
run_verify(struct job *c)
{
	const size_t *n = c->verify.count;
	size_t bad;

	for_each(c, verify_repo);
	verify_run(&c->verify, c->threads, verify_line, c);
	bad = n[VERIFY_FAILED] + (c->ignore_missing ? 0 : n[VERIFY_MISSING]);
	c->failed = c->failed || bad > 0;
	if (bad > 0 || n[VERIFY_UNKNOWN] > 0 || c->verbose)
		warn("%zu right, %zu failed, %zu missing, %zu that no hash "
		    "is known of", n[VERIFY_OK], n[VERIFY_FAILED],
		    n[VERIFY_MISSING], n[VERIFY_UNKNOWN]);
	verify_free(&c->verify);
}

static void
show_gone(void *job, const char *path, uint64_t size)
{
	const struct job *c = job;
	struct buf b = { 0 };

	if (!c->dry && !c->verbose)
		return;
	report_gone(&b, path, size);
	print(&b);
}

static void
remove_repo(void *job, struct scan_repo *r)
{
	struct job *c = job;

	if (sweep_meant(&c->prune, &c->targets, r) < 0)
		complain(c);
}

/* Everything is read and checked before anything is removed. */
static void
run_rm(struct job *c)
{
	if (c->targets.n == 0 && isatty(STDIN_FILENO))
		usage(opts);
	if (c->targets.n == 0 && target_read(&c->targets, stdin) < 0)
		die("stdin: %s", errstr());
	if (c->targets.n > 0)
		for_each(c, remove_repo);
}

static void
collect_repo(void *job, struct scan_repo *r)
{
	struct job *c = job;
	int e = sweep_unneeded(&c->prune, r, c->detached);

	if (e > 0)
		warn("%s", errstr());
	if (e < 0)
		complain(c);
}

static void
run_gc(struct job *c)
{
	for_each(c, collect_repo);
	if (c->targets.n == 0 && prune_store(&c->prune) < 0)
		complain(c);
}

static const struct command commands[] = {
	{ "ls", run_ls },
	{ "verify", run_verify },
	{ "rm", run_rm },
	{ "gc", run_gc },
};

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	usage(opts);
}

static void
take_option(struct job *c, int ch)
{
	switch (ch) {
	case 'H':
		c->human = true;
		break;
	case JSON:
		c->json = true;
		break;
	case IGNORE_MISSING:
		c->ignore_missing = true;
		break;
	case 'j':
		c->threads = number("jobs", optarg, 1, 1024);
		break;
	case 'q':
		c->quiet = true;
		break;
	case 'n':
		c->dry = true;
		break;
	case DETACHED:
		c->detached = true;
		break;
	case OLDER:
		if (sweep_age(optarg, &c->older) < 0)
			bad_value("older", optarg);
		break;
	case 'v':
		c->verbose = true;
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct job c = { .older = 86400, .threads = usable_cpus() };
	const struct command *command;
	struct env e;
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		take_option(&c, ch);
	if (optind == argc)
		usage(opts);
	command = find_command(argv[optind]);
	opt_only(argc, argv, opts, command->name);
	optind++;
	for (; optind < argc; optind++)
		if (target_add(&c.targets, argv[optind]) < 0)
			die("%s", errstr());
	env_read(&e);
	if (e.warning != NULL)
		warn("%s", e.warning);
	c.root = e.cache;
	c.prune = (struct prune){ .root = c.root, .dry = c.dry,
		.before = (int64_t)time(NULL) - c.older, .gone = show_gone,
		.arg = &c };
	command->run(&c);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	target_free(&c.targets);
	env_free(&e);
	return c.failed;
}
