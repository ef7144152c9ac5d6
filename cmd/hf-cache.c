/*
 * hf-cache - list, verify and prune the Hub's cache, offline.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "hub/env.h"
#include "hub/plain.h"
#include "hub/prune.h"
#include "hub/report.h"
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
	bool failed;
};

struct command {
	const char *name;
	void (*run)(struct job *c);
};

static void
complain(struct job *c)
{
	warn("%s", errstr());
	c->failed = true;
}

/* Call each() for every repository that is meant. */
static void
for_each(struct job *c,
    void (*each)(struct job *c, struct scan_repo *r, void *arg), void *arg)
{
	struct scan_list l;
	struct scan_repo r;
	size_t i;

	if (scan_root(c->root, &l) < 0)
		die("%s", errstr());
	for (i = 0; i < l.n; i++) {
		scan_repo(c->root, l.folder[i], &r);
		if (target_match(&c->targets, &r))
			each(c, &r, arg);
		scan_free(&r);
	}
	scan_list_free(&l);
	for (i = 0; i < c->targets.n; i++)
		if (!c->targets.v[i].found) {
			warn("%s: not in the cache", c->targets.v[i].text);
			c->failed = true;
		}
}

static void
put(const struct buf *b)
{
	if (fwrite(b->p, 1, b->n, stdout) != b->n)
		die("stdout: write error");
}

static void
show_problems(const struct scan_repo *r)
{
	size_t i;

	for (i = 0; i < r->problems; i++)
		warn("%s: %s", r->dir, r->problem[i]);
}

static void
show_broken(const struct scan_repo *r, const struct scan_revision *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->file[i].kind == SCAN_BROKEN)
			warn("%s: snapshots/%s/%s: leads to nothing", r->dir,
			    v->commit, v->file[i].path);
}

static void
list_repo(struct job *c, struct scan_repo *r, void *arg)
{
	struct buf b = { 0 };
	size_t i;

	(void)arg;
	target_refs(r, true);
	show_problems(r);
	c->failed = c->failed || r->incomplete;
	for (i = 0; i < r->revisions; i++) {
		if (!r->revision[i].marked)
			continue;
		show_broken(r, &r->revision[i]);
		b.n = 0;
		if (c->json)
			report_json(&b, r, &r->revision[i]);
		else
			report_row(&b, r, &r->revision[i], c->human);
		put(&b);
	}
	buf_free(&b);
}

static void
run_ls(struct job *c)
{
	for_each(c, list_repo, NULL);
}

struct tally {
	struct job *c;
	size_t n[VERIFY_UNKNOWN + 1];
};

static void
verify_repo(struct job *c, struct scan_repo *r, void *arg)
{
	target_refs(r, true);
	show_problems(r);
	c->failed = c->failed || r->problems > 0;
	verify_add(arg, c->root, r, !target_whole(&c->targets, r));
}

/* As sha256sum -c prints it. */
static void
verify_line(void *arg, const struct verify_line *l)
{
	static const char *const words[] = { "OK", "FAILED", "MISSING",
		"UNKNOWN" };
	bool why = l->why != NULL && strcmp(l->why, "hash") != 0;
	struct tally *t = arg;
	struct buf b = { 0 };

	t->n[l->state]++;
	if (l->state == VERIFY_MISSING && t->c->ignore_missing)
		return;
	if (l->state == VERIFY_UNKNOWN && !t->c->verbose)
		return;
	if (l->state == VERIFY_OK && t->c->quiet)
		return;
	plain_field(&b, l->path, strlen(l->path));
	buf_printf(&b, ": %s%s%s\n", words[l->state], why ? " " : "",
	    why ? l->why : "");
	put(&b);
	fflush(stdout);
	buf_free(&b);
}

static void
run_verify(struct job *c)
{
	struct tally t = { .c = c };
	struct verify v = { 0 };
	size_t bad;

	for_each(c, verify_repo, &v);
	verify_run(&v, c->threads, verify_line, &t);
	verify_free(&v);
	bad = t.n[VERIFY_FAILED] +
	    (c->ignore_missing ? 0 : t.n[VERIFY_MISSING]);
	c->failed = c->failed || bad > 0;
	if (bad > 0 || t.n[VERIFY_UNKNOWN] > 0 || c->verbose)
		warn("%zu right, %zu failed, %zu missing, %zu that no hash "
		    "is known of", t.n[VERIFY_OK], t.n[VERIFY_FAILED],
		    t.n[VERIFY_MISSING], t.n[VERIFY_UNKNOWN]);
}

/* "size TAB path" */
static void
show_gone(void *arg, const char *path, uint64_t size)
{
	const struct job *c = arg;
	struct buf b = { 0 };

	if (!c->dry && !c->verbose)
		return;
	buf_printf(&b, "%" PRIu64 "\t", size);
	plain_field(&b, path, strlen(path));
	buf_byte(&b, '\n');
	put(&b);
	buf_free(&b);
}

static void
start_prune(struct job *c, struct prune *p)
{
	*p = (struct prune){
		.root = c->root,
		.dry = c->dry,
		.before = (int64_t)time(NULL) - c->older,
		.gone = show_gone,
		.arg = c,
	};
}

static int
remove_refs(struct prune *p, const struct scan_repo *r)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].marked && (r->ref[i].revision == NULL ||
		    !r->ref[i].revision->marked) &&
		    prune_ref(p, r, &r->ref[i]) < 0)
			return -1;
	return 0;
}

static void
remove_repo(struct job *c, struct scan_repo *r, void *arg)
{
	struct prune *p = arg;
	size_t busy = p->busy;
	int e;

	target_refs(r, false);
	if (target_whole(&c->targets, r))
		e = prune_repo(p, r);
	else
		e = remove_refs(p, r) < 0 ? -1 : prune_marked(p, r);
	if (e < 0)
		complain(c);
	else if (p->busy > busy) {
		fail("%s: a download is running; not all was removed",
		    r->dir);
		complain(c);
	}
}

/* Everything is read and checked before anything is removed. */
static void
run_rm(struct job *c)
{
	struct prune p;

	if (c->targets.n == 0 && isatty(STDIN_FILENO))
		usage(opts);
	if (c->targets.n == 0 && target_read(&c->targets, stdin) < 0)
		die("stdin: %s", errstr());
	if (c->targets.n == 0)
		return;
	start_prune(c, &p);
	for_each(c, remove_repo, &p);
}

static bool
has_ref(const struct scan_repo *r, const struct scan_revision *v)
{
	size_t i;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].revision == v)
			return true;
	return false;
}

static void
collect_repo(struct job *c, struct scan_repo *r, void *arg)
{
	struct prune *p = arg;
	struct stat st;
	size_t i;

	if (lstat(r->dir, &st) == 0 && S_ISLNK(st.st_mode)) {
		warn("%s: is a link; left alone", r->dir);
		return;
	}
	for (i = 0; i < r->revisions; i++)
		r->revision[i].marked = c->detached &&
		    !has_ref(r, &r->revision[i]);
	if (prune_marked(p, r) < 0 ||
	    (dir_exists(r->dir) && prune_garbage(p, r) < 0))
		complain(c);
}

static void
run_gc(struct job *c)
{
	struct prune p;

	start_prune(c, &p);
	for_each(c, collect_repo, &p);
	if (c->targets.n == 0 && prune_store(&p) < 0)
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

static int
parse_age(const char *s, int64_t *seconds)
{
	static const char units[] = "smhdw";
	static const int64_t of[] = { 1, 60, 3600, 86400, 604800 };
	size_t n = strlen(s);
	const char *unit = n > 1 ? strchr(units, s[n - 1]) : NULL;
	char *number = xstrndup(s, unit ? n - 1 : n);
	int r = parse_i64(number, 0, 1 << 30, seconds);

	free(number);
	if (r < 0)
		return fail("want a number and s, m, h, d or w");
	*seconds *= unit ? of[unit - units] : 1;
	return 0;
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
		if (parse_size(optarg, 1, 1024, &c->threads) < 0)
			bad_value("jobs", optarg);
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
		if (parse_age(optarg, &c->older) < 0)
			bad_value("older", optarg);
		break;
	case 'v':
		c->verbose = true;
		break;
	}
}

/* An option's help says which commands take it: "rm, gc: ..." */
static bool
takes(const struct command *command, const char *help)
{
	const char *p = strstr(help, command->name);
	size_t n = strlen(command->name);

	return p != NULL && (p[n] == ':' || p[n] == ',');
}

static void
check_options(const struct command *command, const bool *given)
{
	size_t i;

	for (i = 1; opts[i].name != NULL; i++)
		if (given[i] && !takes(command, opts[i].help))
			die_code(EXIT_USAGE, "%s: takes no --%s (see "
			    "hf-cache --help)", command->name, opts[i].name);
}

static void
note(bool *given, int ch)
{
	size_t i;

	for (i = 1; opts[i].name != NULL; i++)
		given[i] = given[i] || opts[i].code == ch;
}

int
main(int argc, char *argv[])
{
	struct job c = { .older = 86400 };
	bool given[sizeof opts / sizeof *opts] = { false };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const struct command *command;
	struct env e;
	int ch;

	c.threads = cpus < 1 ? 1 : (size_t)cpus;
	while ((ch = opt_next(argc, argv, opts)) != -1) {
		take_option(&c, ch);
		note(given, ch);
	}
	if (optind == argc)
		usage(opts);
	command = find_command(argv[optind++]);
	check_options(command, given);
	for (; optind < argc; optind++)
		if (target_add(&c.targets, argv[optind]) < 0)
			die("%s", errstr());
	env_read(&e);
	if (e.warning != NULL)
		warn("%s", e.warning);
	c.root = e.cache;
	command->run(&c);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	target_free(&c.targets);
	env_free(&e);
	return c.failed;
}
