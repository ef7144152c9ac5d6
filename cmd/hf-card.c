/*
 * hf-card - what a repository's card says, and whether that will do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "hub/card.h"
#include "hub/plain.h"
#include "hub/readme.h"
#include "json.h"
#include "opt.h"

enum { BODY = 256, JSON, REQUIRE };

static const struct opt opts[] = {
	OPT_COMMON("hf-card", "[options] [REPO[@REV] | PATH ...]"),
	{ "body", BODY, NULL, "print the text, not the front matter" },
	{ "json", JSON, NULL, "print one JSON object a line" },
	{ "quiet", 'q', NULL, "print nothing; for --require" },
	{ "repo-type", 't', "TYPE", "model, dataset or space" },
	{ "require", REQUIRE, "FIELD=VALUE[,...]",
	    "exit 1 when the card says otherwise; may be repeated" },
	{ 0 }
};

struct job {
	struct readme_source source;
	enum hub_type type;
	bool body, json, quiet;
	const char **require;
	size_t requires, cap;
	bool shown;		/* there was a card before this one */
	bool failed;
};

static void
put(const struct buf *b)
{
	if (b->n > 0 && fwrite(b->p, 1, b->n, stdout) != b->n)
		die("stdout: write error");
}

/* Where the card is from: its repository and commit, or its path. */
static void
put_origin(struct buf *b, const struct readme *r)
{
	if (r->commit[0] == '\0') {
		card_put_line(b, "path", r->path);
		return;
	}
	card_put_line(b, type_name(r->name.type), r->name.repo);
	card_put_line(b, "commit", r->commit);
}

static void
put_origin_json(struct buf *b, const struct readme *r)
{
	const char *repo = r->name.repo;

	buf_str(b, "{\"path\":");
	json_put_string(b, r->path, strlen(r->path));
	if (r->commit[0] != '\0') {
		buf_printf(b, ",\"type\":\"%s\",\"repo\":",
		    type_name(r->name.type));
		json_put_string(b, repo, strlen(repo));
		buf_printf(b, ",\"commit\":\"%s\"", r->commit);
	}
	buf_byte(b, ',');
}

static void
show_json(const struct card *c, const struct readme *r)
{
	struct buf b = { 0 }, safe = { 0 };

	put_origin_json(&b, r);
	card_put_json(&b, c);
	buf_str(&b, "}");
	plain_json(&safe, b.p, b.n);
	buf_byte(&safe, '\n');
	put(&safe);
	buf_free(&b);
	buf_free(&safe);
}

/* Cards after the first are set off by an empty line. */
static void
show_text(struct job *j, const struct card *c, const struct readme *r)
{
	struct buf b = { 0 };

	if (j->shown)
		buf_byte(&b, '\n');
	if (j->body) {
		plain_text(&b, c->body.p, c->body.n);
	} else {
		put_origin(&b, r);
		card_put_text(&b, c);
	}
	put(&b);
	buf_free(&b);
	j->shown = true;
}

static int
check(const struct job *j, const struct card *c)
{
	size_t i;

	for (i = 0; i < j->requires; i++)
		if (card_require(c, j->require[i]) < 0)
			return -1;
	return 0;
}

static void
show_card(struct job *j, const char *name, const struct readme *r)
{
	struct card c;

	if (card_load(&c, r->path) < 0) {
		warn("%s", errstr());
		j->failed = true;
		return;
	}
	if (check(j, &c) < 0) {
		warn("%s: %s", name, errstr());
		j->failed = true;
	} else if (j->json && !j->quiet) {
		show_json(&c, r);
	} else if (!j->quiet) {
		show_text(j, &c, r);
	}
	card_free(&c);
}

static void
show(struct job *j, const char *name)
{
	struct readme r;

	if (readme_open(&j->source, name, j->type, &r) < 0) {
		warn("%s", errstr());
		j->failed = true;
		return;
	}
	show_card(j, name, &r);
	readme_close(&r);
}

/* The first field of each line, so that hf-search's and others' output do. */
static void
show_stdin(struct job *j)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\t\n")] = '\0';
		if (*line != '\0')
			show(j, line);
	}
	if (ferror(stdin))
		die("stdin: read error");
	free(line);
}

static void
take_option(struct job *j, int ch)
{
	static const char *const types[] = { "model", "dataset", "space",
		NULL };

	switch (ch) {
	case BODY:
		j->body = true;
		break;
	case JSON:
		j->json = true;
		break;
	case 'q':
		j->quiet = true;
		break;
	case REQUIRE:
		if (card_check_requirement(optarg) < 0)
			bad_value("require", optarg);
		GROW(j->require, j->requires, j->cap);
		j->require[j->requires++] = optarg;
		break;
	case 't':
		j->type = (enum hub_type)choice("repo-type", optarg, types);
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct job j = { .type = HUB_MODEL };
	int ch;

	while ((ch = opt_next(argc, argv, opts)) != -1)
		take_option(&j, ch);
	if ((j.body && j.json) || (optind == argc && isatty(STDIN_FILENO)))
		usage(opts);
	readme_source_open(&j.source);
	if (optind == argc)
		show_stdin(&j);
	for (; optind < argc; optind++)
		show(&j, argv[optind]);
	readme_source_close(&j.source);
	free(j.require);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("stdout: write error");
	return j.failed;
}
