#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/filters.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

static struct jv
safe(struct jstr *s)
{
	struct jv v = jv_str(s);

	v.safe = true;
	return v;
}

struct jstr *
jtext_escape(struct jrun *r, struct jstr *s)
{
	static const char from[] = "&<>'\"";
	static const char *const to[] = { "&amp;", "&lt;", "&gt;", "&#39;",
		"&#34;" };
	struct jtext t = { .a = &r->mem };
	const char *c;
	size_t i;

	for (i = 0; i < s->n; i++) {
		c = s->p[i] != '\0' ? strchr(from, s->p[i]) : NULL;
		if (c != NULL)
			jtext_str(&t, to[c - from]);
		else
			jtext_byte(&t, s->p[i]);
	}
	return jtext_done(&t);
}

/* forceescape also escapes what is escaped. */
struct jv
jf_escape(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);

	(void)arg;
	if (jv_bad(v) || (v.safe && c->how == 0))
		return v;
	return safe(jtext_escape(r, v.s));
}

struct jv
jf_safe(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);

	(void)arg;
	(void)c;
	return jv_bad(v) ? v : safe(v.s);
}

/* The entities that are common; others stay as they are. */
static size_t
entity(const char *p, size_t n, struct jtext *t)
{
	static const struct {
		const char *name, *text;
	} known[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" },
		{ "&quot;", "\"" }, { "&apos;", "'" },
		{ "&nbsp;", "\xc2\xa0" }, { "&raquo;", "\xc2\xbb" },
		{ "&laquo;", "\xc2\xab" }, { "&hellip;", "\xe2\x80\xa6" },
		{ "&mdash;", "\xe2\x80\x94" }, { "&ndash;", "\xe2\x80\x93" },
		{ "&copy;", "\xc2\xa9" }, { "&euro;", "\xe2\x82\xac" } };
	size_t i, len;
	unsigned long c;
	char tmp[12], *end;

	for (i = 0; i < sizeof known / sizeof *known; i++) {
		len = strlen(known[i].name);
		if (n >= len && memcmp(p, known[i].name, len) == 0) {
			jtext_str(t, known[i].text);
			return len;
		}
	}
	for (len = 2; len < n && len < 10 && p[len] != ';'; len++)
		continue;
	if (n < 4 || p[1] != '#' || len >= n || p[len] != ';')
		return 0;
	memcpy(tmp, p + 2, len - 2);
	tmp[len - 2] = '\0';
	c = tmp[0] == 'x' || tmp[0] == 'X' ? strtoul(tmp + 1, &end, 16)
					   : strtoul(tmp, &end, 10);
	if (*end != '\0' || c == 0 || c > 0x10ffff ||
	    (c >= 0xd800 && c < 0xe000))
		return 0;
	jtext_char(t, (uint32_t)c);
	return len + 1;
}

static struct jstr *
unescape(struct jrun *r, struct jstr *s)
{
	struct jtext t = { .a = &r->mem };
	size_t i = 0, used;

	while (i < s->n) {
		used = s->p[i] == '&' ? entity(s->p + i, s->n - i, &t) : 0;
		if (used == 0)
			jtext_byte(&t, s->p[i++]);
		i += used;
	}
	return jtext_done(&t);
}

/* The end of the tag or comment at p, or NULL when it has none. */
static const char *
tag_end(const char *p, const char *end)
{
	size_t n = (size_t)(end - p);
	const char *q;

	if (n >= 4 && memcmp(p, "<!--", 4) == 0) {
		q = memmem(p + 4, n - 4, "-->", 3);
		return q != NULL ? q + 3 : NULL;
	}
	q = memchr(p, '>', n);
	return q != NULL ? q + 1 : NULL;
}

/* Runs of white space become one space; none at the ends. */
static struct jstr *
squeeze(struct jrun *r, struct jstr *s)
{
	struct jtext t = { .a = &r->mem };
	bool gap = false;
	size_t i, n;
	uint32_t c;

	for (i = 0; i < s->n; i += n) {
		n = (size_t)utf8_decode(s->p + i, s->n - i, &c);
		if (ju_space(c)) {
			gap = t.n > 0;
			continue;
		}
		if (gap)
			jtext_byte(&t, ' ');
		gap = false;
		jtext_add(&t, s->p + i, n);
	}
	return jtext_done(&t);
}

struct jv
jf_striptags(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);
	struct jtext t = { .a = &r->mem };
	const char *p, *end, *q, *after;

	(void)arg;
	(void)c;
	if (jv_bad(v))
		return v;
	p = v.s->p;
	end = p + v.s->n;
	while ((q = memchr(p, '<', (size_t)(end - p))) != NULL &&
	    (after = tag_end(q, end)) != NULL) {
		jtext_add(&t, p, (size_t)(q - p));
		p = after;
	}
	jtext_add(&t, p, (size_t)(end - p));
	return jv_str(unescape(r, squeeze(r, jtext_done(&t))));
}

/* "a" is the first separator, "b" the second: separators=(a, b). */
static int
separators(struct jrun *r, struct jv v, struct jjson *how)
{
	struct jlist *l;
	struct jstr *item, *key;

	if (v.kind == JV_MISSING || v.kind == JV_NONE)
		return 0;
	l = jiter_list(r, v);
	if (l == NULL)
		return -1;
	if (l->n != 2)
		return fail("separators wants two strings");
	if (jarg_str(l->at[0], &item) < 0 || jarg_str(l->at[1], &key) < 0)
		return -1;
	how->item = item->p;
	how->n_item = item->n;
	how->key = key->p;
	how->n_key = key->n;
	return 0;
}

static int
json_indent(struct jrun *r, struct jv v, struct jjson *how)
{
	struct jstr *s;
	int64_t n;

	if (v.kind == JV_MISSING || v.kind == JV_NONE)
		return 0;
	how->n_item = 1;
	if (v.kind == JV_STR) {
		s = jstr_copy(&r->mem, v.s->p, v.s->n);
	} else {
		if (jarg_int(v, 0, &n) < 0)
			return -1;
		if (n > 1000)
			return fail("an indent of %jd is too much",
			    (intmax_t)n);
		s = ju_pad(r, jstr_from(&r->mem, ""), n, " ", '<');
		s = s != NULL ? jstr_copy(&r->mem, s->p, s->n) : NULL;
	}
	how->indent = s != NULL ? s->p : NULL;
	return s != NULL ? 0 : -1;
}

struct jv
jf_tojson(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jjson how = { .item = ", ", .key = ": ", .n_item = 2,
		.n_key = 2 };
	struct jtext t = { .a = &r->mem };

	(void)c;
	how.ascii = jv_truth(arg[0]);
	how.sort = jv_truth(arg[3]);
	if (json_indent(r, arg[1], &how) < 0 ||
	    separators(r, arg[2], &how) < 0 ||
	    jv_to_json(&t, self, &how) < 0 || jrun_room(r, t.n) < 0)
		return bad;
	return jv_str(jtext_done(&t));
}

static void
quote(struct jtext *t, const struct jstr *s, bool query)
{
	char tmp[4];
	size_t i;
	char c;

	for (i = 0; i < s->n; i++) {
		c = s->p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("_.-~", c) != NULL) ||
		    (c == '/' && !query)) {
			jtext_byte(t, c);
		} else if (c == ' ' && query) {
			jtext_byte(t, '+');
		} else {
			snprintf(tmp, sizeof tmp, "%%%02X",
			    (unsigned)(unsigned char)c);
			jtext_str(t, tmp);
		}
	}
}

static int
quote_pair(struct jrun *r, struct jtext *t, struct jv pair)
{
	struct jlist *l = jiter_list(r, pair);
	struct jv k, v;

	if (l == NULL)
		return -1;
	if (l->n != 2)
		return fail("urlencode() wants pairs");
	k = jarg_text(r, l->at[0]);
	v = jarg_text(r, l->at[1]);
	if (jv_bad(k) || jv_bad(v))
		return -1;
	if (t->n > 0)
		jtext_byte(t, '&');
	quote(t, k.s, true);
	jtext_byte(t, '=');
	quote(t, v.s, true);
	return 0;
}

struct jv
jf_urlencode(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jtext t = { .a = &r->mem };
	struct jv one;
	struct jiter *it;
	int got;

	(void)arg;
	(void)c;
	if (self.kind == JV_STR || !jiter_can(self)) {
		one = jarg_text(r, self);
		if (jv_bad(one))
			return one;
		quote(&t, one.s, false);
		return jv_str(jtext_done(&t));
	}
	if (self.kind == JV_DICT)
		self = jf_items(r, self, arg, c);
	it = jiter_open(r, self);
	if (it == NULL)
		return bad;
	while ((got = jiter_next(r, it, &one)) > 0)
		if (quote_pair(r, &t, one) < 0)
			return bad;
	return got < 0 ? bad : jv_str(jtext_done(&t));
}

struct jv
jf_xmlattr(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	bool space = arg[0].kind == JV_MISSING || jv_truth(arg[0]);
	struct jtext t = { .a = &r->mem };
	struct jstr *key, *s;
	struct jv v;
	size_t i;

	(void)c;
	if (self.kind != JV_DICT)
		return JV_FAIL("'%s' object has no attribute 'items'",
		    jv_type(self));
	for (i = 0; i < self.d->n; i++) {
		v = self.d->at[i].val;
		if (v.kind == JV_NONE || v.kind == JV_UNDEF)
			continue;
		if (jarg_str(self.d->at[i].key, &key) < 0)
			return bad;
		if (key->n != 0 && memmem(key->p, key->n, "\0", 1) == NULL &&
		    strcspn(jstr_copy(&r->mem, key->p, key->n)->p,
			" \t\n\r\f\v/>=") != key->n)
			return JV_FAIL("Invalid character in attribute name");
		v = jf_escape(r, v, arg, &(struct jcall){ 0 });
		if (jv_bad(v))
			return v;
		s = jtext_escape(r, key);
		if (t.n > 0 || space)
			jtext_byte(&t, ' ');
		jtext_add(&t, s->p, s->n);
		jtext_str(&t, "=\"");
		jtext_add(&t, v.s->p, v.s->n);
		jtext_byte(&t, '"');
	}
	return jv_str(jtext_done(&t));
}
