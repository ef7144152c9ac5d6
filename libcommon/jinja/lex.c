#include "jinja/lex.h"

#include <string.h>

#include "err.h"
#include "jinja/run.h"
#include "jinja/unquote.h"
#include "utf8.h"

/* The longer ones first. */
static const char *const operators[] = { "**", "//", "==", "!=", ">=", "<=",
	"+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
	"=", ".", ":", "|", ",", ";" };
enum { N_OPERATORS = sizeof operators / sizeof *operators };

const char *
jtoken_name(enum jtoken_kind kind)
{
	static const char *const names[] = { "end of template",
		"template data / text", "begin of print statement",
		"end of print statement", "begin of statement block",
		"end of statement block", "name", "string", "integer",
		"float" };

	return kind < T_POW ? names[kind] : operators[kind - T_POW];
}

/* \r\n and \r become \n, and one newline at the end goes. */
void
jlex_init(struct jlex *l, struct jarena *mem, const char *text, size_t n)
{
	char *p = jarena_grow(mem, NULL, 0, n + 1);
	size_t i, o = 0;

	for (i = 0; i < n; i++) {
		if (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
			continue;
		p[o++] = text[i] == '\r' ? '\n' : text[i];
	}
	if (o > 0 && p[o - 1] == '\n')
		o--;
	p[o] = '\0';
	*l = (struct jlex){ .mem = mem,
		.start = p,
		.at = p,
		.end = p + o,
		.line = 1,
		.fresh = true };
}

/* Move on to p, counting lines. */
static void
move(struct jlex *l, const char *p)
{
	const char *c;

	for (c = l->at; (c = memchr(c, '\n', (size_t)(p - c))) != NULL; c++)
		l->line++;
	l->fresh = p > l->at && p[-1] == '\n';
	l->at = p;
}

static const char *
skip_space(const struct jlex *l, const char *p)
{
	uint32_t c;
	int len;

	while (p < l->end) {
		len = utf8_decode(p, (size_t)(l->end - p), &c);
		if (len == 0 || !ju_space(c))
			break;
		p += len;
	}
	return p;
}

/* The end of what is left of p..end without the white space behind it. */
static const char *
strip_space(const char *p, const char *end)
{
	const char *q;
	uint32_t c;

	while (end > p) {
		for (q = end - 1; q > p && (*q & 0xc0) == 0x80; q--)
			continue;
		if (utf8_decode(q, (size_t)(end - q), &c) == 0 || !ju_space(c))
			break;
		end = q;
	}
	return end;
}

static bool
has(const struct jlex *l, const char *p, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(l->end - p) >= n && memcmp(p, text, n) == 0;
}

/*
 * The end of "-%}" and white space, "+%}", or "%}" and a newline, if one of
 * them is at p; close is the two characters.  NULL when none is.
 */
static const char *
close_tag(const struct jlex *l, const char *p, const char *close)
{
	if (p < l->end && *p == '-' && has(l, p + 1, close))
		return skip_space(l, p + 3);
	if (p < l->end && *p == '+' && has(l, p + 1, close))
		return p + 3;
	if (!has(l, p, close))
		return NULL;
	p += 2;
	return p < l->end && *p == '\n' ? p + 1 : p;
}

/* Is {% raw %} (endraw) at p, which stands at "{%"?  Where it ends. */
static const char *
raw_tag(const struct jlex *l, const char *p, const char *word)
{
	const char *q = p + 2;

	if (q < l->end && (*q == '-' || *q == '+'))
		q++;
	q = skip_space(l, q);
	if (!has(l, q, word))
		return NULL;
	q = skip_space(l, q + strlen(word));
	if (strcmp(word, "endraw") == 0)
		return close_tag(l, q, "%}");
	if (has(l, q, "-%}"))
		return skip_space(l, q + 3);
	return has(l, q, "%}") ? q + 2 : NULL;
}

/* The text before a tag with this sign, trimmed as Jinja does. */
static const char *
trim(const struct jlex *l, const char *end, char sign, bool print)
{
	const char *p;

	if (sign == '-')
		return strip_space(l->at, end);
	if (sign == '+' || print)
		return end;
	p = memrchr(l->at, '\n', (size_t)(end - l->at));
	p = p != NULL ? p + 1 : l->at;
	if ((p > l->at || l->fresh) && p < end && skip_space(l, p) >= end)
		return p;
	return end;
}

static char
sign_at(const struct jlex *l, const char *p)
{
	return p < l->end && (*p == '-' || *p == '+') ? *p : '\0';
}

static const char *
next_opening(const struct jlex *l)
{
	const char *p = l->at;

	while ((p = memchr(p, '{', (size_t)(l->end - p))) != NULL) {
		if (p + 1 < l->end &&
		    (p[1] == '{' || p[1] == '%' || p[1] == '#'))
			return p;
		p++;
	}
	return NULL;
}

static void
data_token(struct jlex *l, struct jtoken *t, const char *end)
{
	*t = (struct jtoken){ .kind = T_DATA,
		.line = l->line,
		.p = l->at,
		.n = (size_t)(end - l->at) };
}

/*
 * After {% raw %}: everything up to {% endraw %} is text.  At the very end of
 * a template neither this nor a comment need be closed; so it is in Jinja.
 */
static int
raw_text(struct jlex *l, struct jtoken *t)
{
	const char *p = l->at, *close = NULL;

	while ((p = memmem(p, (size_t)(l->end - p), "{%", 2)) != NULL) {
		close = raw_tag(l, p, "endraw");
		if (close != NULL)
			break;
		p++;
	}
	if (p == NULL && l->at < l->end)
		return fail("Missing end of raw directive");
	if (p == NULL)
		p = close = l->end;
	data_token(l, t, trim(l, p, sign_at(l, p + 2), false));
	move(l, close);
	return 0;
}

static int
skip_comment(struct jlex *l)
{
	const char *p, *close = NULL;

	for (p = l->at; p < l->end && close == NULL; p++)
		if (*p == '-' || *p == '+' || *p == '#')
			close = close_tag(l, p, "#}");
	if (close == NULL && l->at < l->end)
		return fail("Missing end of comment tag");
	move(l, close != NULL ? close : l->end);
	return 0;
}

/* The opening at p: what comes before it is in t already. */
static int
open_tag(struct jlex *l, const char *p, struct jtoken *t)
{
	const char *raw = p[1] == '%' ? raw_tag(l, p, "raw") : NULL;
	struct jtoken after = { 0 };
	struct jtext both = { .a = l->mem };

	if (raw != NULL) {
		move(l, raw);
		if (raw_text(l, &after) < 0)
			return -1;
		jtext_add(&both, t->p, t->n);
		jtext_add(&both, after.p, after.n);
		t->p = both.n > 0 ? both.p : "";
		t->n = both.n;
		return 0;
	}
	move(l, sign_at(l, p + 2) ? p + 3 : p + 2);
	if (p[1] == '#')
		return skip_comment(l);
	l->tag = true;
	l->block = p[1] == '%';
	l->pending = true;
	l->opening = (struct jtoken){ .kind = l->block ? T_BLOCK : T_PRINT,
		.line = l->line,
		.p = p,
		.n = 2 };
	return 0;
}

/* Text up to the next tag; empty text is skipped by the caller. */
static int
root(struct jlex *l, struct jtoken *t)
{
	const char *p = next_opening(l);

	if (l->at == l->end) {
		*t = (struct jtoken){ .kind = T_END, .line = l->line };
		return 0;
	}
	if (p == NULL) {
		data_token(l, t, l->end);
		move(l, l->end);
		return 0;
	}
	data_token(l, t, trim(l, p, sign_at(l, p + 2), p[1] == '{'));
	return open_tag(l, p, t);
}

static bool
name_byte(const struct jlex *l, const char *p)
{
	uint32_t c;

	return utf8_decode(p, (size_t)(l->end - p), &c) > 0 &&
	    (c == '_' || (c < 0x80 ? (c >= '0' && c <= '9') ||
		(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
				   : ju_word(c)));
}

static const char *
name_end(const struct jlex *l, const char *p)
{
	uint32_t c;

	while (p < l->end && name_byte(l, p))
		p += utf8_decode(p, (size_t)(l->end - p), &c);
	return p;
}

static int
closing(struct jlex *l, char c)
{
	char want;

	if (l->depth == 0)
		return fail("unexpected '%c'", c);
	want = l->open[--l->depth];
	if (want != c)
		return fail("unexpected '%c', expected '%c'", c, want);
	return 0;
}

static int
balance(struct jlex *l, enum jtoken_kind kind)
{
	static const char close[] = { [T_LBRACKET - T_POW] = ']',
		[T_LPAREN - T_POW] = ')', [T_LBRACE - T_POW] = '}' };

	switch (kind) {
	case T_LBRACKET:
	case T_LPAREN:
	case T_LBRACE:
		if (l->depth == JINJA_NEST_MAX)
			return fail("brackets are nested too deeply");
		l->open[l->depth++] = close[kind - T_POW];
		return 0;
	case T_RBRACKET:
		return closing(l, ']');
	case T_RPAREN:
		return closing(l, ')');
	case T_RBRACE:
		return closing(l, '}');
	default:
		return 0;
	}
}

static int
operator(struct jlex *l, struct jtoken *t)
{
	char shown[16];
	int i;

	for (i = 0; i < N_OPERATORS; i++)
		if (has(l, l->at, operators[i]))
			break;
	if (i == N_OPERATORS) {
		shown[utf8_printable(shown, sizeof shown - 1, l->at,
		    1)] = '\0';
		return fail("unexpected char '%s' at %zu", shown,
		    (size_t)(l->at - l->start));
	}
	t->kind = T_POW + (enum jtoken_kind)i;
	t->n = strlen(operators[i]);
	return balance(l, t->kind);
}

/* The end of the tag at l->at, unless brackets are open. */
static const char *
tag_end(const struct jlex *l)
{
	if (l->depth > 0)
		return NULL;
	if (l->block)
		return close_tag(l, l->at, "%}");
	if (has(l, l->at, "-}}"))
		return skip_space(l, l->at + 3);
	return has(l, l->at, "}}") ? l->at + 2 : NULL;
}

static int
token(struct jlex *l, struct jtoken *t)
{
	const char *close;
	char c;

	for (;;) {
		close = tag_end(l);
		if (close != NULL || skip_space(l, l->at) == l->at)
			break;
		move(l, skip_space(l, l->at));
	}
	*t = (struct jtoken){ .kind = T_END, .line = l->line, .p = l->at };
	if (close != NULL) {
		t->kind = l->block ? T_BLOCK_END : T_PRINT_END;
		t->n = 2;
		l->tag = false;
		move(l, close);
		return 0;
	}
	if (l->at == l->end)
		return 0;
	c = *l->at;
	if (c >= '0' && c <= '9') {
		if (jlex_number(l, t) < 0)
			return -1;
	} else if (name_byte(l, l->at)) {
		t->kind = T_NAME;
		t->n = (size_t)(name_end(l, l->at) - l->at);
	} else if ((c == '\'' || c == '"') && jlex_string_end(l) != NULL) {
		if (jlex_string(l, t) < 0)
			return -1;
	} else if (operator(l, t) < 0) {
		return -1;
	}
	move(l, l->at + t->n);
	return 0;
}

int
jlex_next(struct jlex *l, struct jtoken *t)
{
	do {
		if (l->pending) {
			l->pending = false;
			*t = l->opening;
			return 0;
		}
		if (l->tag)
			return token(l, t);
		if (root(l, t) < 0)
			return -1;
	} while (t->kind == T_DATA && t->n == 0);
	return 0;
}
