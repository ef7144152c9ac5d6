#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "err.h"
#include "hub/asked.h"
#include "hub/order.h"
#include "opt.h"

enum { ALLOW = 256, HEADER, NO_TOKEN, UPDATE, WHOAMI, JOBS_MAX = 64 };

static const struct opt opts[] = {
	OPT_COMMON("hf-fetch", "[options] [REPO[@REVISION] [FILE|DIR/ ...]]"),
	{ "allow-license", ALLOW, "LIST", "refuse repositories of other "
					  "licences" },
	{ "local-dir", 'd', "DIR", "put real files there, not in the cache" },
	{ "header", HEADER, "FILE", "print a remote safetensors header" },
	{ "include", 'i', "GLOB", "fetch the files that match" },
	{ "jobs", 'j', "N", "downloads at a time (8)" },
	{ "keep-going", 'k', NULL, "when one fails, go on with the others" },
	{ "lock", 'l', "LOCKFILE", "obey it, or write it if there is none" },
	{ "dry-run", 'n', NULL, "print size, state and name of the files" },
	{ "no-token", NO_TOKEN, NULL, "ask as nobody" },
	{ "quiet", 'q', NULL, "no progress and no warnings" },
	{ "repo-type", 't', "TYPE", "model, dataset or space" },
	{ "update", UPDATE, NULL, "write the lock file anew" },
	{ "verbose", 'v', NULL, "tell each request" },
	{ "whoami", WHOAMI, NULL, "print whose token it is" },
	{ "exclude", 'x', "GLOB", "leave these files out" },
	{ "null", '0', NULL, "end each path with a NUL byte" },
	{ 0 }
};

struct list {
	const char **v;
	size_t n, cap;
};

static struct {
	struct orders o;
	struct list include, exclude;
	size_t jobs;
	bool no_token, quiet, update, verbose, whoami;
} me = { .o.end = '\n', .jobs = 8 };

static void
add(struct list *l, const char *s)
{
	GROW(l->v, l->n, l->cap);
	l->v[l->n++] = s;
}

static void
tell(const char *line)
{
	warn("%s", line);
}

static void
whoami(void)
{
	char *name = hub_whoami(&me.o.hub);

	if (name == NULL)
		die("%s", errstr());
	printf("%s\n", name);
	free(name);
}

/* With -k a failure is told, and the others come all the same. */
static bool
fetched(void *arg, const char *repo, const char *const *file, size_t n)
{
	struct buf out = { 0 };
	int r = order_fill(&me.o, repo, file, n, &out);

	(void)arg;
	if (r < 0 && !me.o.keep_going)
		die("%s", errstr());
	if (r < 0)
		warn("%s", errstr());
	if (out.n > 0)
		fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
	return r == 0;
}

static const struct asked each = { .each = fetched };

static bool
fetch_stdin(void)
{
	int r = asked_lines(&each, stdin);

	if (r < 0)
		die("stdin: %s", errstr());
	return r == 0;
}

/*
 * All that is in the lock file; to update it, the same files of what main is
 * now.  Filling an order changes me.o.pins.
 */
static bool
fetch_pinned(void)
{
	struct pins all;
	int r;

	if (pins_load(&all, me.o.lock) < 0)
		die("%s", errstr());
	me.o.choice.lenient = me.update;
	r = asked_pins(&each, &all, me.update);
	pins_free(&all);
	return r == 0;
}

static void
parse(int argc, char *argv[])
{
	static const char *const types[] = { "model", "dataset", "space",
		NULL };
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case ALLOW:
			me.o.allow = optarg;
			break;
		case 'd':
			me.o.dir = optarg;
			break;
		case HEADER:
			me.o.header = optarg;
			break;
		case 'i':
			add(&me.include, optarg);
			break;
		case 'j':
			me.jobs = number("jobs", optarg, 1, JOBS_MAX);
			break;
		case 'k':
			me.o.keep_going = true;
			break;
		case 'l':
			me.o.lock = optarg;
			break;
		case 'n':
			me.o.dry_run = true;
			break;
		case NO_TOKEN:
			me.no_token = true;
			break;
		case 'q':
			me.quiet = true;
			break;
		case 't':
			me.o.choice.type = (enum hub_type)choice("repo-type",
			    optarg, types);
			break;
		case UPDATE:
			me.update = true;
			break;
		case 'v':
			me.verbose = true;
			break;
		case WHOAMI:
			me.whoami = true;
			break;
		case 'x':
			add(&me.exclude, optarg);
			break;
		case '0':
			me.o.end = '\0';
			break;
		}
}

static void
open_all(void)
{
	struct choice *c = &me.o.choice;

	c->include = me.include.v;
	c->ninclude = me.include.n;
	c->exclude = me.exclude.v;
	c->nexclude = me.exclude.n;
	me.o.jobs = (int)me.jobs;
	me.o.tell = me.quiet ? NULL : tell;
	me.o.report = tell;
	if (hub_open(&me.o.hub, me.no_token, (int)me.jobs) < 0)
		die("%s", errstr());
	if (me.verbose && me.o.hub.http != NULL)
		http_trace(me.o.hub.http, tell);
	cache_open(&me.o.cache, &me.o.hub.env);
	if (me.o.hub.env.warning != NULL && !me.quiet)
		warn("%s", me.o.hub.env.warning);
	progress_open(&me.o.progress, me.o.hub.env.progress && !me.quiet);
	if (me.o.lock == NULL || access(me.o.lock, F_OK) < 0)
		return;
	if (pins_load(&me.o.pins, me.o.lock) < 0)
		die("%s", errstr());
	me.o.obey = !me.update;
}

static bool
run(const char *const *operand, size_t n)
{
	if (n == 0 && me.o.pins.n > 0)
		return fetch_pinned();
	if (n == 0 && isatty(STDIN_FILENO))
		usage(opts);
	if (n == 0 || strcmp(operand[0], "-") == 0)
		return fetch_stdin();
	return fetched(NULL, operand[0], operand + 1, n - 1);
}

int
main(int argc, char *argv[])
{
	struct rlimit no_core = { 0, 0 };
	bool ok = true;

	/* A core would hold the token. */
	setrlimit(RLIMIT_CORE, &no_core);
	setlocale(LC_CTYPE, "C.UTF-8");
	parse(argc, argv);
	if ((me.whoami || me.o.header != NULL) &&
	    argc - optind != (me.o.header != NULL))
		usage(opts);
	if (me.update && me.o.lock == NULL)
		usage(opts);
	open_all();
	if (me.whoami)
		whoami();
	else
		ok = run((const char *const *)argv + optind,
		    (size_t)(argc - optind));
	if (ok && me.o.pins.n > 0 && !me.o.obey && !me.o.dry_run &&
	    pins_save(&me.o.pins, me.o.lock) < 0)
		die("%s", errstr());
	if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
		die("stdout: write error");
	return ok ? 0 : EXIT_FAILED;
}
