#include "hub/env.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util.h"

enum { TIMEOUT = 10 };

bool
env_true(const char *variable)
{
	static const char *const yes[] = { "1", "on", "yes", "true" };
	const char *v = getenv(variable);
	size_t i;

	for (i = 0; v != NULL && i < sizeof yes / sizeof *yes; i++)
		if (strcasecmp(v, yes[i]) == 0)
			return true;
	return false;
}

static const char *
user_home(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home != NULL && home[0] != '\0')
		return home;
	pw = getpwuid(getuid());
	return pw == NULL ? "/" : pw->pw_dir;
}

static bool
name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/* Append the value of the variable at s ("$NAME", "${NAME}"); its length. */
static size_t
variable(struct buf *b, const char *s)
{
	size_t brace = s[1] == '{', n = 0, all;
	const char *v;
	char *name;

	while (name_byte(s[1 + brace + n]))
		n++;
	all = 1 + brace + n + brace;
	if (n == 0 || (brace && s[1 + brace + n] != '}')) {
		buf_byte(b, '$');
		return 1;
	}
	name = xstrndup(s + 1 + brace, n);
	v = getenv(name);
	free(name);
	if (v == NULL)
		buf_add(b, s, all);
	else
		buf_str(b, v);
	return all;
}

/* "~" and variables as Python's expanduser and expandvars; then absolute. */
char *
env_directory(const char *s)
{
	struct buf b = { 0 };
	char *here, *full;

	if (s[0] == '~' && (s[1] == '/' || s[1] == '\0')) {
		buf_str(&b, user_home());
		s++;
	}
	while (*s != '\0')
		if (*s == '$')
			s += variable(&b, s);
		else
			buf_byte(&b, *s++);
	while (b.n > 1 && b.p[b.n - 1] == '/')
		b.p[--b.n] = '\0';
	if (b.n > 0 && b.p[0] == '/')
		return b.p;
	here = getcwd(NULL, 0);
	full = xprintf("%s/%s", here == NULL ? "" : here, b.n ? b.p : "");
	free(here);
	buf_free(&b);
	return full;
}

/* The variable's value, or NULL when it is unset or empty. */
static const char *
value(const char *name)
{
	const char *v = getenv(name);

	return v == NULL || v[0] == '\0' ? NULL : v;
}

static char *
home_dir(void)
{
	const char *v = value("HF_HOME");
	char *base, *home;

	if (v != NULL)
		return env_directory(v);
	v = value("XDG_CACHE_HOME");
	base = v == NULL ? xprintf("%s/.cache", user_home()) : env_directory(v);
	home = xprintf("%s/huggingface", base);
	free(base);
	return home;
}

/*
 * TRANSFORMERS_CACHE, which transformers 4 read, comes last: those who still
 * set it get their old cache, and are told.
 */
static char *
cache_dir(struct env *e)
{
	const char *v = value("HF_HUB_CACHE");

	if (v == NULL)
		v = value("HUGGINGFACE_HUB_CACHE");
	if (v == NULL && value("HF_HOME") == NULL) {
		v = value("TRANSFORMERS_CACHE");
		if (v != NULL)
			e->warning = "TRANSFORMERS_CACHE: huggingface_hub no "
			    "longer reads it; set HF_HUB_CACHE instead";
	}
	return v == NULL ? xprintf("%s/hub", e->home) : env_directory(v);
}

static long
seconds(const char *name)
{
	const char *v = value(name);
	int64_t n = 0;

	if (v == NULL || parse_i64(v, 0, 86400, &n) < 0 || n == 0)
		return TIMEOUT;
	return (long)n;
}

static char *
endpoint(void)
{
	const char *v = value("HF_ENDPOINT");
	char *s = xstrdup(v == NULL ? "https://huggingface.co" : v);
	size_t n = strlen(s);

	while (n > 0 && s[n - 1] == '/')
		s[--n] = '\0';
	return s;
}

void
env_read(struct env *e)
{
	*e = (struct env){ 0 };
	e->home = home_dir();
	e->cache = cache_dir(e);
	e->endpoint = endpoint();
	e->offline = value("HF_HUB_OFFLINE") != NULL
	    ? env_true("HF_HUB_OFFLINE")
	    : env_true("TRANSFORMERS_OFFLINE");
	e->links = !env_true("HF_HUB_DISABLE_SYMLINKS");
	e->progress = !env_true("HF_HUB_DISABLE_PROGRESS_BARS");
	e->connect_timeout = seconds("HF_HUB_ETAG_TIMEOUT");
	e->stall_timeout = seconds("HF_HUB_DOWNLOAD_TIMEOUT");
}

void
env_free(struct env *e)
{
	free(e->home);
	free(e->cache);
	free(e->endpoint);
	*e = (struct env){ 0 };
}
