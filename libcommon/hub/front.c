#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "err.h"
#include "json.h"

/* The length of the line end at s[0..n): 0 when there is none. */
static size_t
line_end(const char *s, size_t n)
{
	if (n >= 2 && s[0] == '\r' && s[1] == '\n')
		return 2;
	return n >= 1 && (s[0] == '\n' || s[0] == '\r');
}

/* Is this the "---" line that ends the front matter?  Its length. */
static size_t
closing(const char *s, size_t n)
{
	size_t i = 3;

	if (n < 3 || memcmp(s, "---", 3) != 0)
		return 0;
	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	if (i == n)
		return i;
	return line_end(s + i, n - i) != 0 ? i + line_end(s + i, n - i) : 0;
}

/* Where the YAML begins: after white space and a "---" line; 0 for none. */
static size_t
opening(const char *s, size_t n)
{
	size_t i = 0, e;

	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < n && strchr(" \t\r\n\f\v", s[i]) != NULL && s[i] != '\0')
		i++;
	if (n - i < 4 || memcmp(s + i, "---", 3) != 0)
		return 0;
	e = line_end(s + i + 3, n - i - 3);
	return e != 0 ? i + 3 + e : 0;
}

/* The rule is huggingface_hub's REGEX_YAML_BLOCK (repocard.py). */
bool
front_split(const char *text, size_t n, struct slice *yaml, struct slice *body)
{
	size_t i, start = opening(text, n), end;

	*yaml = (struct slice){ text, 0 };
	*body = (struct slice){ text, n };
	if (start == 0)
		return false;
	for (i = start + 1; i < n; i++) {
		end = text[i - 1] == '\n' || text[i - 1] == '\r'
		    ? closing(text + i, n - i)
		    : 0;
		if (end == 0)
			continue;
		*yaml = (struct slice){ text + start, i - start };
		*body = (struct slice){ text + i + end, n - i - end };
		return true;
	}
	return false;
}

/* One run over libyaml's events. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	struct front_doc *d;
	struct slice text;
	size_t line;		/* of the text's first line */
	int depth;
	size_t anchors;
	struct anchor {
		char *name;
		struct front *node;	/* NULL while it is being read */
	} anchor[FRONT_ANCHORS];
};

static size_t
line_of(const struct reader *r, yaml_mark_t mark)
{
	return r->line + mark.line;
}

#define refuse(r, ...) refuse_at((r), (r)->event.start_mark, __VA_ARGS__)

static int refuse_at(struct reader *, yaml_mark_t, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static int
refuse_at(struct reader *r, yaml_mark_t mark, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;
	char why[256];

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	buf_printf(&b, "line %zu: %s", line_of(r, mark), why);
	fail("%s", b.p);
	buf_free(&b);
	return -1;
}

/* Where libyaml stopped; of bad bytes it tells the offset only. */
static yaml_mark_t
problem_mark(const struct reader *r)
{
	yaml_mark_t mark = { 0 };
	size_t i;

	if (r->parser.error != YAML_READER_ERROR)
		return r->parser.problem_mark;
	for (i = 0; i < r->parser.problem_offset && i < r->text.n; i++)
		mark.line += r->text.p[i] == '\n';
	return mark;
}

static int
next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return 0;
	r->event.type = YAML_NO_EVENT;
	return refuse_at(r, problem_mark(r), "is not YAML: %s",
	    r->parser.problem != NULL ? r->parser.problem : "out of memory");
}

static struct front *
new_node(struct reader *r, enum front_kind kind)
{
	struct front *f = xcalloc(1, sizeof *f);
	struct front_doc *d = r->d;

	f->kind = kind;
	f->weight = sizeof "\"\",";
	GROW(d->node, d->n, d->cap);
	d->node[d->n++] = f;
	return f;
}

/* Reserve the place of a node that may have a name; NULL when out of them. */
static struct anchor *
new_anchor(struct reader *r, const yaml_char_t *name)
{
	struct anchor *a = &r->anchor[r->anchors];

	if (r->anchors == FRONT_ANCHORS)
		return refuse(r, "has more than %d anchors", FRONT_ANCHORS),
		    NULL;
	a->name = xstrdup((const char *)name);
	a->node = NULL;
	r->anchors++;
	return a;
}

/* Only YAML's own tags; *plain is told whether the text is to be resolved. */
static int
check_tag(struct reader *r, const yaml_char_t *tag, bool *plain)
{
	static const char own[] = "tag:yaml.org,2002:";
	static const char *const known[] = { "null", "bool", "int", "float",
		"map", "seq" };
	const char *t = (const char *)tag;
	size_t i;

	if (t == NULL)
		return 0;
	if (strcmp(t, "!") == 0) {
		*plain = false;
		return 0;
	}
	if (strncmp(t, own, sizeof own - 1) != 0)
		return refuse(r, "tag %.80s is not allowed", t);
	t += sizeof own - 1;
	if (strcmp(t, "str") == 0) {
		*plain = false;
		return 0;
	}
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(t, known[i]) == 0) {
			*plain = true;
			return 0;
		}
	return refuse(r, "tag !!%.80s is not allowed", t);
}

static struct front *
read_scalar(struct reader *r)
{
	bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct front *f;

	if (check_tag(r, r->event.data.scalar.tag, &plain) < 0)
		return NULL;
	f = new_node(r, FRONT_SCALAR);
	f->plain = plain;
	f->len = r->event.data.scalar.length;
	f->text = xstrndup((const char *)r->event.data.scalar.value, f->len);
	f->weight += f->len;
	return f;
}

/* The latest node of that name, as YAML allows names to be used again. */
static struct front *
read_alias(struct reader *r)
{
	const char *name = (const char *)r->event.data.alias.anchor;
	size_t i = r->anchors;

	while (i > 0 && strcmp(r->anchor[i - 1].name, name) != 0)
		i--;
	if (i == 0)
		return refuse(r, "alias *%.80s names nothing", name), NULL;
	if (r->anchor[i - 1].node == NULL)
		return refuse(r, "alias *%.80s contains itself", name), NULL;
	return r->anchor[i - 1].node;
}

static struct front *read_node(struct reader *r);

static int
add(struct reader *r, struct front *to, struct front *f)
{
	GROW(to->item, to->n, to->cap);
	to->item[to->n++] = f;
	to->weight += f->weight;
	if (to->weight > FRONT_WEIGHT)
		return refuse(r, "grows to more than %d MiB",
		    FRONT_WEIGHT >> 20);
	return 0;
}

static int
check_key(struct reader *r, const struct front *map, const struct front *key)
{
	size_t i;

	if (key->kind != FRONT_SCALAR)
		return refuse(r, "a key is no plain text");
	if (key->plain && strcmp(key->text, "<<") == 0)
		return refuse(r, "merge keys (<<) are not supported");
	if (map->n / 2 >= FRONT_KEYS)
		return refuse(r, "has more than %d keys", FRONT_KEYS);
	for (i = 0; i < map->n; i += 2)
		if (map->item[i]->len == key->len &&
		    memcmp(map->item[i]->text, key->text, key->len) == 0)
			return refuse(r, "key %.80s is there twice",
			    key->text);
	return 0;
}

/* The elements of a list or a mapping, up to its end. */
static int
read_items(struct reader *r, struct front *f)
{
	bool map = f->kind == FRONT_MAP;
	yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT
				    : YAML_SEQUENCE_END_EVENT;
	struct front *item;

	if (++r->depth > FRONT_DEPTH)
		return refuse(r, "is nested deeper than %d", FRONT_DEPTH);
	while (next(r) == 0 && r->event.type != end) {
		item = read_node(r);
		if (item == NULL)
			return -1;
		if (map && f->n % 2 == 0 && check_key(r, f, item) < 0)
			return -1;
		if (add(r, f, item) < 0)
			return -1;
	}
	r->depth--;
	return r->event.type == end ? 0 : -1;
}

static struct front *
read_list(struct reader *r)
{
	struct front *f;
	bool plain;

	if (check_tag(r, r->event.data.sequence_start.tag, &plain) < 0)
		return NULL;
	f = new_node(r, FRONT_LIST);
	return read_items(r, f) == 0 ? f : NULL;
}

static struct front *
read_map(struct reader *r)
{
	struct front *f;
	bool plain;

	if (check_tag(r, r->event.data.mapping_start.tag, &plain) < 0)
		return NULL;
	f = new_node(r, FRONT_MAP);
	return read_items(r, f) == 0 ? f : NULL;
}

static const yaml_char_t *
anchor_of(const yaml_event_t *e)
{
	return e->type == YAML_SCALAR_EVENT	     ? e->data.scalar.anchor
	    : e->type == YAML_SEQUENCE_START_EVENT ?
		e->data.sequence_start.anchor
	    : e->type == YAML_MAPPING_START_EVENT ?
		e->data.mapping_start.anchor
						     : NULL;
}

/* The node that the current event begins. */
static struct front *
read_node(struct reader *r)
{
	const yaml_char_t *name = anchor_of(&r->event);
	struct anchor *a = NULL;
	struct front *f;

	if (name != NULL && (a = new_anchor(r, name)) == NULL)
		return NULL;
	switch (r->event.type) {
	case YAML_ALIAS_EVENT:
		return read_alias(r);
	case YAML_SCALAR_EVENT:
		f = read_scalar(r);
		break;
	case YAML_SEQUENCE_START_EVENT:
		f = read_list(r);
		break;
	default:
		f = read_map(r);
	}
	if (a != NULL)
		a->node = f;
	return f;
}

/* The first document, and nothing but the end after it. */
static int
read_document(struct reader *r)
{
	do {
		if (next(r) < 0)
			return -1;
		if (r->event.type == YAML_STREAM_END_EVENT)
			return 0;
	} while (r->event.type != YAML_DOCUMENT_START_EVENT);
	if (next(r) < 0 || (r->d->root = read_node(r)) == NULL ||
	    next(r) < 0 || next(r) < 0)
		return -1;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return refuse(r, "a second document begins");
	return 0;
}

/* libyaml takes quadratic time for many %TAG lines; a card needs none. */
static bool
has_directive(struct slice s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && *p != '%') {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL)
			return false;
		p++;
	}
	return p < end;
}

int
front_parse(struct slice yaml, size_t line, struct front_doc *d)
{
	struct reader r = { .d = d, .text = yaml, .line = line };
	int ok;

	*d = (struct front_doc){ 0 };
	if (yaml.n > FRONT_BYTES)
		return fail("front matter has %zu bytes, more than %d", yaml.n,
		    FRONT_BYTES);
	if (has_directive(yaml))
		return fail("YAML directives (%%) are not supported");
	if (!yaml_parser_initialize(&r.parser))
		die("out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)yaml.p, yaml.n);
	ok = read_document(&r);
	while (r.anchors > 0)
		free(r.anchor[--r.anchors].name);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (ok < 0)
		front_free(d);
	return ok;
}

void
front_free(struct front_doc *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		free(d->node[i]->text);
		free(d->node[i]->item);
		free(d->node[i]);
	}
	free(d->node);
	*d = (struct front_doc){ 0 };
}

const struct front *
front_get(const struct front *map, const char *key)
{
	size_t i, n = strlen(key);

	if (map == NULL || map->kind != FRONT_MAP)
		return NULL;
	for (i = 0; i < map->n; i += 2)
		if (map->item[i]->len == n &&
		    memcmp(map->item[i]->text, key, n) == 0)
			return map->item[i + 1];
	return NULL;
}

static bool
one_of(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

bool
front_is_null(const struct front *f)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL",
		NULL };

	return f == NULL ||
	    (f->kind == FRONT_SCALAR && f->plain && one_of(f->text, nulls));
}

const char *
front_text(const struct front *f)
{
	return f != NULL && f->kind == FRONT_SCALAR && !front_is_null(f)
	    ? f->text
	    : NULL;
}

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

/*
 * Append a decimal number of YAML 1.2 as JSON spells it: without "+" and
 * leading zeros, with a digit on both sides of the point.  False, and
 * nothing appended, when the text is none.
 */
static bool
put_decimal(struct buf *b, const char *s)
{
	bool minus = *s == '-';
	const char *whole, *part = "", *power;
	size_t w, p = 0, e = 0;

	s += *s == '-' || *s == '+';
	whole = s;
	w = digits(s);
	s += w;
	if (*s == '.') {
		part = ++s;
		p = digits(s);
		s += p;
	}
	power = s;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		e = digits(s);
		s += e;
		if (e == 0)
			return false;
	}
	if (*s != '\0' || w + p == 0)
		return false;
	for (; w > 1 && *whole == '0'; w--)
		whole++;
	buf_printf(b, "%s%.*s", minus ? "-" : "", w ? (int)w : 1,
	    w ? whole : "0");
	if (p > 0)
		buf_printf(b, ".%.*s", (int)p, part);
	buf_str(b, power);
	return true;
}

/* 0x1f and 0o17: few people's taste, but in the schema. */
static bool
put_based(struct buf *b, const char *s)
{
	int base = strncmp(s, "0x", 2) == 0 ? 16
	    : strncmp(s, "0o", 2) == 0	    ? 8
					    : 0;
	size_t n = base == 16 ? strspn(s + 2, "0123456789abcdefABCDEF")
	    : base == 8	      ? strspn(s + 2, "01234567")
			      : 0;

	if (n == 0 || n > 15 || s[2 + n] != '\0')
		return false;
	buf_printf(b, "%lld", strtoll(s + 2, NULL, base));
	return true;
}

static bool
put_word(struct buf *b, const char *s)
{
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };

	if (!one_of(s, yes) && !one_of(s, no))
		return false;
	buf_str(b, one_of(s, yes) ? "true" : "false");
	return true;
}

static void
put_scalar(struct buf *b, const struct front *f)
{
	if (front_is_null(f))
		buf_str(b, "null");
	else if (!f->plain || strlen(f->text) != f->len ||
	    !(put_word(b, f->text) || put_decimal(b, f->text) ||
	    put_based(b, f->text)))
		json_put_string(b, f->text, f->len);
}

void
front_put_json(struct buf *b, const struct front *f)
{
	bool map = f != NULL && f->kind == FRONT_MAP;
	size_t i;

	if (f == NULL || f->kind == FRONT_SCALAR) {
		put_scalar(b, f);
		return;
	}
	buf_byte(b, map ? '{' : '[');
	for (i = 0; i < f->n; i++) {
		if (i > 0)
			buf_byte(b, map && i % 2 ? ':' : ',');
		if (map && i % 2 == 0)
			json_put_string(b, f->item[i]->text, f->item[i]->len);
		else
			front_put_json(b, f->item[i]);
	}
	buf_byte(b, map ? '}' : ']');
}
