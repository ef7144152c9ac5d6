#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/licence.h"
#include "hub/pinned.h"
#include "hub/remote.h"
#include "hub/snapshot.h"
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
	struct hub hub;
	struct cache cache;
	enum hub_type type;
	struct list include, exclude;
	const char *allow, *dir, *header, *lock;
	size_t jobs;
	bool keep_going, dry_run, no_token, quiet, update, verbose, whoami;
	char end;
	bool obey;		/* the lock file, rather than write it */
	struct pins pins;
	struct progress progress;
} me = { .jobs = 8, .end = '\n' };

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
	struct cJSON *who;

	if (me.hub.token == NULL)
		die("no token: set HF_TOKEN, or put it into %s/token",
		    me.hub.env.home);
	who = hub_json(&me.hub, NULL, "/api/whoami-v2", NULL);
	if (who == NULL)
		die("%s", errstr());
	printf("%s\n", json_str(who, "name", "?"));
}

static void
print_files(const struct snapshot *s)
{
	const struct tree_file *f;
	size_t i;

	for (i = 0; i < s->n; i++) {
		f = s->file[i];
		printf("%ju\t%s\t%s%c", (uintmax_t)f->size,
		    store_has(&s->store, f)	   ? "cached"
			: store_started(&s->store, f) ? "partial"
						      : "missing",
		    f->path, me.end);
	}
}

/* The snapshot, or each of the files and directories that were named. */
static void
print_paths(const struct snapshot *s, const struct choice *asked)
{
	char *dir = snapshot_path(s);
	size_t i;
	int n;

	if (asked->nnamed == 0)
		printf("%s%c", dir, me.end);
	for (i = 0; i < asked->nnamed; i++) {
		n = (int)strlen(asked->named[i]);
		if (asked->named[i][n - 1] == '/')
			n--;
		printf("%s/%.*s%c", dir, n, asked->named[i], me.end);
	}
	free(dir);
}

static int
print_header(struct snapshot *s)
{
	struct buf b = { 0 };
	int r = remote_header(s, me.header, &b);

	if (r == 0)
		printf("%.*s%c", (int)b.n, b.p, me.end);
	buf_free(&b);
	return r;
}

static int
check_licence(struct snapshot *s, const char *repo)
{
	const struct pin *pin = me.obey ? pins_find(&me.pins, repo, NULL)
					: NULL;

	if (me.allow == NULL && (me.lock == NULL || me.obey))
		return 0;
	if (pin != NULL)
		s->licence = xstrdup(pin->licence);
	if (snapshot_licence(s) < 0)
		return -1;
	if (me.allow != NULL && licence_allowed(s->licence, me.allow) < 0)
		return fail("%s: %s", repo, errstr());
	return 0;
}

/* Have the files of the choice here, and in the lock file's order. */
static int
have(struct snapshot *s, const char *repo)
{
	struct fetch f = { .jobs = (int)me.jobs,
		.keep_going = me.keep_going, .progress = &me.progress,
		.report = tell };

	if (me.obey && pinned_agree(&me.pins, repo, s) < 0)
		return -1;
	if (snapshot_fetch(s, &f) < 0)
		return -1;
	if (me.obey)
		return pinned_verify(&me.pins, repo, s);
	if (me.lock != NULL)
		return pinned_record(&me.pins, repo, s);
	return 0;
}

static int
choose_and_have(struct snapshot *s, const char *repo,
    const struct choice *asked)
{
	struct choice pinned = { .type = asked->type };
	const char **list = NULL;
	int r;

	if (me.obey) {
		pinned.nnamed = pinned_choose(&me.pins, repo, asked, &list);
		pinned.named = list;
		if (pinned.nnamed == 0)
			return -1;
	}
	r = snapshot_choose(s, me.obey ? &pinned : asked);
	free(list);
	if (r < 0)
		return -1;
	if (s->unchecked != NULL && me.hub.http != NULL && !me.quiet)
		warn("%s: taken from the cache unchecked", s->unchecked);
	if (r > 0 && !me.quiet)
		warn("%s: no list of files in the cache: it may be "
		    "incomplete", repo);
	if (me.dry_run) {
		print_files(s);
		return 0;
	}
	if (r == 0 && have(s, repo) < 0)
		return -1;
	print_paths(s, asked);
	return 0;
}

static int
fetch_repo(struct hub_name *n, const char *repo, const struct choice *asked)
{
	struct snapshot s;
	int r = snapshot_open(&s, &me.hub, &me.cache, n, me.dir);

	if (r == 0 && me.header != NULL)
		r = print_header(&s);
	else if (r == 0 && (check_licence(&s, repo) < 0 ||
	    choose_and_have(&s, repo, asked) < 0))
		r = -1;
	snapshot_free(&s);
	return r;
}

/* A pinned repository's revision is its commit. */
static int
obey_pin(struct hub_name *n, const char *repo)
{
	const struct pin *p = pins_find(&me.pins, repo, NULL);

	if (p == NULL)
		return fail("%s: is not in %s; --update adds it", repo,
		    me.lock);
	if (is_commit(n->revision) && strcmp(n->revision, p->commit) != 0)
		return fail("%s: %s pins commit %.12s", repo, me.lock,
		    p->commit);
	free(n->revision);
	n->revision = xstrdup(p->commit);
	return 0;
}

static int
check_operands(const struct list *l)
{
	size_t i, n;
	char *s;
	int r = 0;

	for (i = 0; i < l->n && r == 0; i++) {
		n = strlen(l->v[i]);
		s = xstrndup(l->v[i], n > 1 && l->v[i][n - 1] == '/' ? n - 1
								     : n);
		r = name_check_file(s);
		free(s);
		if (r < 0)
			fail("%.200s: %s", l->v[i], errstr());
	}
	return r;
}

/* 0, or -1 with errstr(). */
static int
fetch(const char *text, const struct list *files)
{
	struct choice asked = { .named = files->v, .nnamed = files->n,
		.include = me.include.v, .ninclude = me.include.n,
		.exclude = me.exclude.v, .nexclude = me.exclude.n };
	struct hub_name n;
	char *repo;
	int r;

	if (name_parse(&n, text, me.type) < 0)
		return -1;
	asked.type = n.type;
	repo = name_text(&n);
	r = check_operands(files);
	if (r == 0 && me.obey)
		r = obey_pin(&n, repo);
	if (r == 0)
		r = fetch_repo(&n, repo, &asked);
	free(repo);
	name_free(&n);
	return r;
}

/* With -k a failure is told, and the others come all the same. */
static bool
fetched(const char *text, const struct list *files)
{
	if (fetch(text, files) == 0)
		return true;
	if (!me.keep_going)
		die("%s", errstr());
	warn("%s", errstr());
	return false;
}

/* REPO[@REVISION], and files after tabs; the line is cut up. */
static bool
fetch_line(char *line)
{
	struct list files = { 0 };
	char *repo = strsep(&line, "\t"), *file;
	bool ok;

	while ((file = strsep(&line, "\t")) != NULL)
		add(&files, file);
	ok = fetched(repo, &files);
	free(files.v);
	return ok;
}

static bool
fetch_stdin(void)
{
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (strlen(line) != (size_t)n)
			die("stdin: a name with a NUL byte");
		if (n > 0 && !fetch_line(line))
			ok = false;
	}
	if (ferror(stdin))
		die("stdin: read error");
	free(line);
	return ok;
}

/*
 * All that is in the lock file, one repository after the other; to update it,
 * the same files of what main is now.
 */
static bool
fetch_pinned(void)
{
	struct list files = { 0 };
	const char *repo = NULL;
	struct pins all;
	bool ok = true;
	size_t i, k;

	if (pins_load(&all, me.lock) < 0)
		die("%s", errstr());
	for (i = 0; i < all.n; i++) {
		if (repo != NULL && strcmp(repo, all.pin[i].repo) == 0)
			continue;
		repo = all.pin[i].repo;
		files.n = 0;
		for (k = i; me.update && k < all.n; k++)
			if (strcmp(repo, all.pin[k].repo) == 0)
				add(&files, all.pin[k].path);
		ok = fetched(repo, &files) && ok;
	}
	free(files.v);
	pins_free(&all);
	return ok;
}

static void
parse(int argc, char *argv[])
{
	static const char *const types[] = { "model", "dataset", "space",
		NULL };
	int ch, t;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		switch (ch) {
		case ALLOW:
			me.allow = optarg;
			break;
		case 'd':
			me.dir = optarg;
			break;
		case HEADER:
			me.header = optarg;
			break;
		case 'i':
			add(&me.include, optarg);
			break;
		case 'j':
			if (parse_size(optarg, 1, JOBS_MAX, &me.jobs) < 0)
				bad_value("jobs", optarg);
			break;
		case 'k':
			me.keep_going = true;
			break;
		case 'l':
			me.lock = optarg;
			break;
		case 'n':
			me.dry_run = true;
			break;
		case NO_TOKEN:
			me.no_token = true;
			break;
		case 'q':
			me.quiet = true;
			break;
		case 't':
			if ((t = opt_choice(optarg, types)) < 0)
				bad_value("repo-type", optarg);
			me.type = (enum hub_type)t;
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
			me.end = '\0';
			break;
		}
}

static void
open_all(void)
{
	if (hub_open(&me.hub, me.no_token, (int)me.jobs) < 0)
		die("%s", errstr());
	if (me.verbose && me.hub.http != NULL)
		http_trace(me.hub.http, tell);
	cache_open(&me.cache, &me.hub.env);
	if (me.hub.env.warning != NULL && !me.quiet)
		warn("%s", me.hub.env.warning);
	progress_open(&me.progress, me.hub.env.progress && !me.quiet);
	if (me.lock == NULL || access(me.lock, F_OK) < 0)
		return;
	if (pins_load(&me.pins, me.lock) < 0)
		die("%s", errstr());
	me.obey = !me.update;
}

static bool
run(const char *const *operand, size_t n)
{
	struct list files = { 0 };

	if (n == 0 && me.pins.n > 0)
		return fetch_pinned();
	if (n == 0 || strcmp(operand[0], "-") == 0)
		return fetch_stdin();
	files.v = xcalloc(n, sizeof *files.v);
	files.n = n - 1;
	memcpy(files.v, operand + 1, files.n * sizeof *files.v);
	return fetched(operand[0], &files);
}

int
main(int argc, char *argv[])
{
	bool ok = true;

	setlocale(LC_CTYPE, "C.UTF-8");
	parse(argc, argv);
	if ((me.whoami || me.header != NULL) &&
	    argc - optind != (me.header != NULL))
		usage(opts);
	if (me.update && me.lock == NULL)
		usage(opts);
	open_all();
	if (me.whoami)
		whoami();
	else
		ok = run((const char *const *)argv + optind,
		    (size_t)(argc - optind));
	if (ok && me.lock != NULL && !me.obey && !me.dry_run &&
	    pins_save(&me.pins, me.lock) < 0)
		die("%s", errstr());
	if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
		die("stdout: write error");
	return ok ? 0 : EXIT_FAILED;
}
