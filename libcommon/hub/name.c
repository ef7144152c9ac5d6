#include "hub/name.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"
#include "util.h"

enum { PART_MAX = 96, SEGMENT_MAX = 255, PATH_LIMIT = 1024 };

static const struct {
	const char *name, *plural, *prefix;
} types[] = {
	[HUB_MODEL] = { "model", "models", "" },
	[HUB_DATASET] = { "dataset", "datasets", "datasets/" },
	[HUB_SPACE] = { "space", "spaces", "spaces/" },
};

const char *
type_name(enum hub_type t)
{
	return types[t].name;
}

const char *
type_plural(enum hub_type t)
{
	return types[t].plural;
}

const char *
type_prefix(enum hub_type t)
{
	return types[t].prefix;
}

/* ASCII whatever the locale. */
static bool
word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

static bool
part_ok(const char *s, size_t n)
{
	size_t i;

	if (n < 1 || n > PART_MAX || !word(s[0]) || !word(s[n - 1]))
		return false;
	for (i = 0; i < n; i++)
		if (!word(s[i]) && s[i] != '-' && s[i] != '.')
			return false;
	return true;
}

/* huggingface_hub/utils/_validators.py, validate_repo_id */
int
name_check_repo(const char *repo)
{
	const char *slash = strchr(repo, '/');
	const char *name = slash == NULL ? repo : slash + 1;
	size_t n = strlen(name);

	if ((slash != NULL && !part_ok(repo, (size_t)(slash - repo))) ||
	    !part_ok(name, n))
		return fail("is not the name of a repository: want name or "
		    "org/name of up to 96 letters, digits, '-', '_', '.'");
	if (strstr(repo, "--") != NULL || strstr(repo, "..") != NULL)
		return fail("is not the name of a repository: holds '--' or "
		    "'..'");
	if (n >= 4 && strcmp(name + n - 4, ".git") == 0)
		return fail("is not the name of a repository: ends in .git");
	return 0;
}

static bool
control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The rules of git-check-ref-format(1), as far as a path is concerned. */
static int
revision_segment(const char *s, size_t n)
{
	if (n == 0)
		return fail("is no revision: an empty part");
	if (n > SEGMENT_MAX - 4)
		return fail("is no revision: a part of %zu bytes", n);
	if (s[0] == '.' || (n > 5 && memcmp(s + n - 5, ".lock", 5) == 0))
		return fail("is no revision: a part begins with '.' or ends "
		    "in .lock");
	return 0;
}

int
name_check_revision(const char *revision)
{
	const char *p;
	size_t n;

	if (strlen(revision) > PATH_LIMIT)
		return fail("is no revision: too long");
	if (strstr(revision, "..") != NULL)
		return fail("is no revision: holds '..'");
	for (p = revision; *p != '\0'; p++)
		if (control(*p) || strchr(" ~^:?*[\\", *p) != NULL)
			return fail("is no revision: holds a blank, a control "
			    "byte or one of ~^:?*[\\");
	if (utf8_valid(revision, strlen(revision)) != strlen(revision))
		return fail("is no revision: is not UTF-8");
	for (p = revision;; p += n + 1) {
		n = strcspn(p, "/");
		if (revision_segment(p, n) < 0)
			return -1;
		if (p[n] == '\0')
			return 0;
	}
}

/* huggingface_hub/_local_folder.py, _validate_relative_filename, and more. */
static int
file_segment(const char *s, size_t n)
{
	if (n == 0)
		return fail("is no file name: begins or ends with '/', or "
		    "holds '//'");
	if (n > SEGMENT_MAX)
		return fail("is no file name: a part of %zu bytes", n);
	if (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')))
		return fail("is no file name: a part is '.' or '..'");
	if (n >= 2 && s[1] == ':')
		return fail("is no file name: a part looks like a drive");
	return 0;
}

int
name_check_file(const char *path)
{
	const char *p;
	size_t n;

	if (strlen(path) > PATH_LIMIT)
		return fail("is no file name: longer than %d bytes",
		    PATH_LIMIT);
	for (p = path; *p != '\0'; p++)
		if (control(*p) || *p == '\\')
			return fail("is no file name: holds a control byte or "
			    "a backslash");
	if (utf8_valid(path, strlen(path)) != strlen(path))
		return fail("is no file name: is not UTF-8");
	for (p = path;; p += n + 1) {
		n = strcspn(p, "/");
		if (file_segment(p, n) < 0)
			return -1;
		if (p[n] == '\0')
			return 0;
	}
}

static bool
hex(const char *s, size_t want)
{
	return strlen(s) == want && strspn(s, "0123456789abcdef") == want;
}

bool
is_commit(const char *s)
{
	return hex(s, COMMIT_LEN);
}

bool
is_sha256(const char *s)
{
	return hex(s, 64);
}

/* "datasets/squad", as in the Hub's own addresses: no owner is called so. */
static const char *
take_type(const char *text, enum hub_type *type)
{
	size_t i, n;

	for (i = HUB_MODEL; i <= HUB_SPACE; i++) {
		n = strlen(types[i].plural);
		if (strncmp(text, types[i].plural, n) == 0 && text[n] == '/') {
			*type = (enum hub_type)i;
			return text + n + 1;
		}
	}
	return text;
}

int
name_parse(struct hub_name *n, const char *text, enum hub_type type)
{
	const char *at = strchr(text, '@');
	size_t len = at == NULL ? strlen(text) : (size_t)(at - text);
	char *whole = xstrndup(text, len);

	n->repo = xstrdup(take_type(whole, &type));
	n->type = type;
	n->revision = xstrdup(at == NULL ? "main" : at + 1);
	free(whole);
	if (name_check_repo(n->repo) < 0)
		fail("%.200s: %s", n->repo, errstr());
	else if (name_check_revision(n->revision) < 0)
		fail("%.200s: %s", n->revision, errstr());
	else
		return 0;
	name_free(n);
	return -1;
}

void
name_free(struct hub_name *n)
{
	free(n->repo);
	free(n->revision);
	*n = (struct hub_name){ 0 };
}

char *
name_text(const struct hub_name *n)
{
	return xprintf("%s%s", type_prefix(n->type), n->repo);
}
