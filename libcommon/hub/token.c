#include "hub/token.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

enum { TOKEN_MAX = 4096 };

/* Without blanks around it and line ends in it; NULL when nothing is left. */
static char *
clean(const char *s)
{
	struct buf b = { 0 };

	while (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')
		s++;
	for (; *s != '\0'; s++)
		if (*s != '\r' && *s != '\n')
			buf_byte(&b, *s);
	while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
		b.p[--b.n] = '\0';
	if (b.n == 0)
		buf_free(&b);
	return b.p;
}

static char *
from_file(const struct env *e, char **from)
{
	const char *v = getenv("HF_TOKEN_PATH");
	struct buf b = { 0 };
	char *token = NULL;

	*from = v != NULL && v[0] != '\0' ? env_directory(v)
					  : xprintf("%s/token", e->home);
	if (file_read(*from, TOKEN_MAX, &b) == 0 && b.n > 0)
		token = clean(b.p);
	if (b.p != NULL)
		explicit_bzero(b.p, b.n);
	buf_free(&b);
	return token;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return false;
	return true;
}

int
token_read(const struct env *e, char **token, char **from)
{
	static const char *const names[] = { "HF_TOKEN",
		"HUGGING_FACE_HUB_TOKEN" };
	const char *v;
	size_t i;

	*token = *from = NULL;
	if (env_true("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
		return 0;
	for (i = 0; i < 2 && *token == NULL; i++) {
		v = getenv(names[i]);
		if (v == NULL || (*token = clean(v)) == NULL)
			continue;
		*from = xstrdup(names[i]);
	}
	if (*token == NULL)
		*token = from_file(e, from);
	if (*token == NULL) {
		free(*from);
		*from = NULL;
		return 0;
	}
	if (printable(*token) && strlen(*token) < TOKEN_MAX)
		return 0;
	fail("%s: holds what can't be a token", *from);
	free(*token);
	free(*from);
	*token = *from = NULL;
	return -1;
}

void
token_hide(const char *token, char *text)
{
	size_t n;
	char *p;

	if (token == NULL)
		return;
	n = strlen(token);
	while ((p = strstr(text, token)) != NULL)
		memset(p, '*', n);
}
