#include <string.h>

#include "err.h"
#include "jinja/filters.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

static struct jv
like(struct jv self, struct jstr *s)
{
	struct jv v = jv_str(s);

	v.safe = self.safe && self.kind == JV_STR;
	return v;
}

struct jv
jf_case(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);

	(void)arg;
	return jv_bad(v) ? v : like(self, ju_case(r, v.s,
	    (enum jcase)c->how));
}

struct jv
jf_center(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);
	struct jstr *s;
	int64_t width;

	(void)c;
	if (jv_bad(v) || jarg_int(arg[0], 80, &width) < 0)
		return bad;
	s = ju_pad(r, v.s, width, " ", '^');
	return s != NULL ? like(self, s) : bad;
}

struct jv
jf_format(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self), args;
	size_t i;

	(void)arg;
	if (jv_bad(v))
		return v;
	if (c->n > 0 && c->n_kw > 0)
		return JV_FAIL("can't handle positional and keyword arguments "
		    "at the same time");
	if (c->n_kw == 0) {
		args = jv_tuple(jlist_new(&r->mem, c->n));
		for (i = 0; i < c->n; i++)
			args.l->at[i] = c->pos[i];
		return jtext_percent(r, v, args);
	}
	args = jv_dict(jdict_new(&r->mem));
	for (i = 0; i < c->n_kw; i++)
		jdict_set(&r->mem, args.d, jv_str(c->kw[i].name),
		    c->kw[i].val);
	return jtext_percent(r, v, args);
}

static int
indent_with(struct jrun *r, struct jv width, struct jstr **out)
{
	int64_t n;

	if (width.kind == JV_STR) {
		*out = width.s;
		return 0;
	}
	if (jarg_int(width, 4, &n) < 0)
		return -1;
	*out = ju_pad(r, jstr_from(&r->mem, ""), n, " ", '<');
	return *out != NULL ? 0 : -1;
}

struct jv
jf_indent(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	bool first = jv_truth(arg[1]), blank = jv_truth(arg[2]);
	struct jtext t = { .a = &r->mem };
	struct jstr *in, *s, *line;
	struct jlist *lines;
	size_t i;

	(void)c;
	if (jarg_str(self, &s) < 0 || indent_with(r, arg[0], &in) < 0)
		return bad;
	lines = ju_lines(r, jstr_join(&r->mem, s, jstr_from(&r->mem, "\n")),
	    false);
	if (jrun_room(r, s->n + lines->n * in->n) < 0)
		return bad;
	for (i = 0; i < lines->n; i++) {
		line = lines->at[i].s;
		if (i > 0)
			jtext_byte(&t, '\n');
		if (i == 0 ? first : blank || line->n > 0)
			jtext_add(&t, in->p, in->n);
		jtext_add(&t, line->p, line->n);
	}
	return like(self, jtext_done(&t));
}

static int
next_of_attribute(struct jrun *r, struct jiter *it, struct jv *out)
{
	int got = jiter_next(r, it->from, out);

	if (got > 0)
		*out = jgetter_get(r, it->more, *out);
	return got > 0 && jv_bad(*out) ? -1 : got;
}

struct jv
jf_join(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv sep = arg[0].kind != JV_MISSING ? jarg_text(r, arg[0])
						  : jrun_str(r, "");
	struct jv none = { 0 };
	struct jgetter *g;
	struct jiter *it;

	(void)c;
	if (jv_bad(sep))
		return bad;
	if (arg[1].kind == JV_MISSING || arg[1].kind == JV_NONE)
		return ju_join(r, sep.s, self, true);
	g = jarena_new(&r->mem, sizeof *g);
	it = jiter_open(r, self);
	if (it == NULL || jgetter_init(r, g, arg[1], false, none) < 0)
		return bad;
	return ju_join(r, sep.s, jlazy(r, next_of_attribute, it, g), true);
}

struct jv
jf_replace(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv s = jarg_text(r, self), old = jarg_text(r, arg[0]),
		  with = jarg_text(r, arg[1]);
	struct jstr *out;
	int64_t count = -1;

	(void)c;
	if (jv_bad(s) || jv_bad(old) || jv_bad(with))
		return bad;
	if (arg[2].kind != JV_NONE && jarg_int(arg[2], -1, &count) < 0)
		return bad;
	out = ju_replace(r, s.s, old.s, with.s, count);
	return out != NULL ? jv_str(out) : bad;
}

struct jv
jf_string(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)arg;
	(void)c;
	return jarg_text(r, self);
}

static bool
begins_word(uint32_t c)
{
	return ju_space(c) ||
	    (c != 0 && c < 0x80 && strchr("-({[<", (int)c) != NULL);
}

/* Words begin after white space and after one of -({[<. */
struct jv
jf_title(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *call)
{
	struct jv v = jarg_text(r, self);
	struct jtext t = { .a = &r->mem };
	struct jstr *part;
	const char *p, *end;
	size_t i, head, n;
	uint32_t c;

	(void)arg;
	(void)call;
	if (jv_bad(v))
		return v;
	p = v.s->p;
	end = p + v.s->n;
	while (p < end) {
		head = (size_t)utf8_decode(p, (size_t)(end - p), &c);
		if (begins_word(c)) {
			jtext_add(&t, p, head);
			p += head;
			continue;
		}
		for (i = head; i < (size_t)(end - p); i += n) {
			n = (size_t)utf8_decode(p + i, (size_t)(end - p) - i,
			    &c);
			if (begins_word(c))
				break;
		}
		part = ju_case(r, jstr_wrap(&r->mem, p, head), JCASE_UPPER);
		jtext_add(&t, part->p, part->n);
		part = ju_case(r, jstr_wrap(&r->mem, p + head, i - head),
		    JCASE_LOWER);
		jtext_add(&t, part->p, part->n);
		p += i;
	}
	return jv_str(jtext_done(&t));
}

struct jv
jf_trim(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv v = jarg_text(r, self);
	struct jstr *chars = NULL;

	(void)c;
	if (jv_bad(v) || (arg[0].kind != JV_MISSING &&
	    arg[0].kind != JV_NONE && jarg_str(arg[0], &chars) < 0))
		return bad;
	return like(self, ju_strip(r, v.s, chars, true, true));
}

static struct jstr *
last_word_off(struct jrun *r, struct jstr *s)
{
	const char *p = memrchr(s->p, ' ', s->n);

	return p != NULL ? jstr_part(&r->mem, s, 0, (size_t)(p - s->p)) : s;
}

struct jv
jf_truncate(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *s, *tail = jstr_from(&r->mem, "...");
	int64_t length, leeway = 5, n = jv_len(self), more;

	(void)c;
	if (n < 0 || jarg_int(arg[0], 255, &length) < 0 ||
	    (arg[2].kind != JV_MISSING && jarg_str(arg[2], &tail) < 0) ||
	    (arg[3].kind != JV_NONE && jarg_int(arg[3], 5, &leeway) < 0))
		return bad;
	more = (int64_t)jstr_len(tail);
	if (length < more)
		return JV_FAIL("expected length >= %jd, got %jd",
		    (intmax_t)more, (intmax_t)length);
	if (leeway < 0)
		return JV_FAIL("expected leeway >= 0, got %jd",
		    (intmax_t)leeway);
	if (n - leeway <= length)
		return self;
	if (jarg_str(self, &s) < 0)
		return bad;
	s = jstr_cut(&r->mem, s, 0, (size_t)(length - more));
	if (!jv_truth(arg[1]))
		s = last_word_off(r, s);
	return jv_str(jstr_join(&r->mem, s, tail));
}

struct jv
jf_wordcount(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *call)
{
	struct jv v = jarg_text(r, self);
	bool in = false, word;
	int64_t n = 0;
	uint32_t c;
	size_t i;

	(void)arg;
	(void)call;
	if (jv_bad(v))
		return v;
	for (i = 0; i < v.s->n; in = word) {
		i += (size_t)utf8_decode(v.s->p + i, v.s->n - i, &c);
		word = ju_word(c);
		n += word && !in;
	}
	return jv_int(n);
}
