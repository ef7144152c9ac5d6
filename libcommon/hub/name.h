#ifndef HUB_NAME_H
#define HUB_NAME_H

#include <stdbool.h>

/*
 * name - what repositories, revisions and their files may be called.
 *
 * All of them become parts of paths and URLs, and all come from outside: they
 * are checked here before the disk or the network is touched.
 */
enum hub_type { HUB_MODEL, HUB_DATASET, HUB_SPACE };

enum { COMMIT_LEN = 40 };

struct hub_name {
	enum hub_type type;
	char *repo;		/* "org/name" or "name" */
	char *revision;		/* branch, tag, "refs/pr/1" or commit; "main"
				   when none was given */
};

/*
 * Read REPO[@REVISION].  A leading "models/", "datasets/" or "spaces/" beats
 * the given type.  0, or -1 with errstr(); name_free() frees.
 */
int name_parse(struct hub_name *n, const char *text, enum hub_type type);
void name_free(struct hub_name *n);

/* "model" and its plural, as the Hub's API and the cache spell them. */
const char *type_name(enum hub_type t);
const char *type_plural(enum hub_type t);

/* What a repository's address begins with: "", "datasets/", "spaces/". */
const char *type_prefix(enum hub_type t);

/* "org/name", "datasets/org/name": how messages and lock files call it. */
char *name_text(const struct hub_name *n);

/* 0, or -1 with errstr(), which does not repeat the name. */
int name_check_repo(const char *repo);
int name_check_revision(const char *revision);
int name_check_file(const char *path);

/* 40 lower-case hex digits, 64 of them. */
bool is_commit(const char *s);
bool is_sha256(const char *s);

#endif
