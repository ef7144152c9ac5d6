#include <string.h>

#include "err.h"
#include "jinja/methods.h"
#include "utf8.h"

static const struct jv bad = { .kind = JV_ERR };

/* start and end, as Python clips them, in bytes. */
struct part {
	size_t from, to;
	bool none;	/* start is behind the end: not even "" is there */
};

static int
part_of(struct jstr *s, const struct jv *arg, struct part *p)
{
	int64_t n = (int64_t)jstr_len(s), from = 0, to = n;

	if ((arg[0].kind != JV_NONE && jarg_int(arg[0], 0, &from) < 0) ||
	    (arg[1].kind != JV_NONE && jarg_int(arg[1], n, &to) < 0))
		return -1;
	from = from < 0 ? (from + n < 0 ? 0 : from + n) : from;
	to = to < 0 ? (to + n < 0 ? 0 : to + n) : to > n ? n : to;
	p->none = from > to;
	p->to = jstr_byte(s, (size_t)to);
	p->from = p->none ? p->to : jstr_byte(s, (size_t)from);
	return 0;
}

/* What a search from the end may cost: it has no better way than to compare. */
static int
pay(struct jrun *r, const struct jstr *s, const struct jstr *x)
{
	return jrun_step(r, (s->n / 256 + 1) * (x->n / 16 + 1));
}

static const char *
find_last(const char *p, size_t n, const struct jstr *x)
{
	const char *q;

	if (x->n > n)
		return NULL;
	for (q = p + n - x->n; q >= p; q--)
		if (memcmp(q, x->p, x->n) == 0)
			return q;
	return NULL;
}

struct jv
jm_find(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *s = self.s, *x;
	const char *at = NULL;
	struct part p;

	if (jarg_str(arg[0], &x) < 0 || part_of(s, arg + 1, &p) < 0 ||
	    (c->how & JM_LAST ? pay(r, s, x)
			      : jrun_step(r, (p.to - p.from) / 256)) < 0)
		return bad;
	if (!p.none)
		at = c->how & JM_LAST
		    ? find_last(s->p + p.from, p.to - p.from, x)
		    : memmem(s->p + p.from, p.to - p.from, x->p, x->n);
	if (at != NULL)
		return jv_int((int64_t)utf8_count(s->p, (size_t)(at - s->p)));
	if (c->how & JM_INDEX)
		return JV_FAIL("substring not found");
	return jv_int(-1);
}

struct jv
jm_str_count(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jstr *s = self.s, *x;
	const char *at, *end;
	struct part p;
	int64_t n = 0;

	(void)c;
	if (jarg_str(arg[0], &x) < 0 || part_of(s, arg + 1, &p) < 0 ||
	    jrun_step(r, (p.to - p.from) / 256) < 0)
		return bad;
	if (p.none)
		return jv_int(0);
	if (x->n == 0)
		return jv_int((int64_t)utf8_count(s->p + p.from,
		    p.to - p.from) + 1);
	end = s->p + p.to;
	for (at = s->p + p.from; (at = memmem(at, (size_t)(end - at), x->p,
	    x->n)) != NULL; at += x->n)
		n++;
	return jv_int(n);
}

static bool
stands_at(const struct jstr *s, struct part p, const struct jstr *x, bool end)
{
	if (p.none || x->n > p.to - p.from)
		return false;
	return memcmp(s->p + (end ? p.to - x->n : p.from), x->p, x->n) == 0;
}

/* One string, or a tuple of them; how: at the end. */
struct jv
jm_startswith(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist one = { .n = 1 }, *l = &one;
	struct jv first = arg[0];
	struct jstr *x;
	struct part p;
	size_t i;

	(void)r;
	one.at = &first;
	if (arg[0].kind == JV_TUPLE)
		l = arg[0].l;
	if (part_of(self.s, arg + 1, &p) < 0)
		return bad;
	for (i = 0; i < l->n; i++) {
		if (jarg_str(l->at[i], &x) < 0)
			return bad;
		if (stands_at(self.s, p, x, c->how))
			return jv_bool(true);
	}
	return jv_bool(false);
}

static struct jv
piece(struct jrun *r, struct jv self, const char *p, const char *end)
{
	struct jv v = jv_str(jstr_part(&r->mem, self.s,
	    (size_t)(p - self.s->p), (size_t)(end - p)));

	v.safe = self.safe;
	return v;
}

struct jv
jm_partition(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	bool left = c->how == JM_LEFT;
	struct jlist *l = jlist_new(&r->mem, 3);
	const char *p = self.s->p, *end = p + self.s->n, *at;
	struct jstr *sep;

	if (jarg_str(arg[0], &sep) < 0)
		return bad;
	if (sep->n == 0)
		return JV_FAIL("empty separator");
	if (pay(r, self.s, sep) < 0)
		return bad;
	at = left ? memmem(p, self.s->n, sep->p, sep->n)
		  : find_last(p, self.s->n, sep);
	l->at[0] = l->at[1] = l->at[2] = piece(r, self, p, p);
	if (at == NULL) {
		l->at[left ? 0 : 2] = self;
		return jv_tuple(l);
	}
	l->at[0] = piece(r, self, p, at);
	l->at[1] = piece(r, self, at, at + sep->n);
	l->at[2] = piece(r, self, at + sep->n, end);
	return jv_tuple(l);
}

static void
turn(struct jlist *l)
{
	struct jv tmp;
	size_t i;

	for (i = 0; i < l->n / 2; i++) {
		tmp = l->at[i];
		l->at[i] = l->at[l->n - 1 - i];
		l->at[l->n - 1 - i] = tmp;
	}
}

static const char *
before(const char *p, const char *end, uint32_t *c)
{
	const char *q;

	for (q = end - 1; q > p && (*q & 0xc0) == 0x80; q--)
		continue;
	utf8_decode(q, (size_t)(end - q), c);
	return q;
}

/* Words between white space, at most max cuts from the left. */
static void
split_space(struct jrun *r, struct jv self, int64_t max, struct jlist *l)
{
	const char *p = self.s->p, *end = p + self.s->n, *q;
	uint32_t c;
	int n;

	for (;;) {
		for (; p < end; p += n) {
			n = utf8_decode(p, (size_t)(end - p), &c);
			if (!ju_space(c))
				break;
		}
		if (p == end)
			return;
		if (max == 0)
			break;
		for (q = p; q < end; q += n) {
			n = utf8_decode(q, (size_t)(end - q), &c);
			if (ju_space(c))
				break;
		}
		jlist_add(&r->mem, l, piece(r, self, p, q));
		p = q;
		max -= max > 0;
	}
	jlist_add(&r->mem, l, piece(r, self, p, end));
}

static void
rsplit_space(struct jrun *r, struct jv self, int64_t max, struct jlist *l)
{
	const char *p = self.s->p, *end = p + self.s->n, *q, *word;
	uint32_t c = 0;

	for (;;) {
		while (end > p && (q = before(p, end, &c), ju_space(c)))
			end = q;
		if (end == p)
			return;
		if (max == 0)
			break;
		for (q = end; q > p; q = word) {
			word = before(p, q, &c);
			if (ju_space(c))
				break;
		}
		jlist_add(&r->mem, l, piece(r, self, q, end));
		end = q;
		max -= max > 0;
	}
	jlist_add(&r->mem, l, piece(r, self, p, end));
}

static void
split_at(struct jrun *r, struct jv self, const struct jstr *sep, int64_t max,
    struct jlist *l)
{
	const char *p = self.s->p, *end = p + self.s->n, *q;

	while (max != 0 && (q = memmem(p, (size_t)(end - p), sep->p,
	    sep->n)) != NULL) {
		jlist_add(&r->mem, l, piece(r, self, p, q));
		p = q + sep->n;
		max -= max > 0;
	}
	jlist_add(&r->mem, l, piece(r, self, p, end));
}

static void
rsplit_at(struct jrun *r, struct jv self, const struct jstr *sep, int64_t max,
    struct jlist *l)
{
	const char *p = self.s->p, *end = p + self.s->n, *q;

	while (max != 0 &&
	    (q = find_last(p, (size_t)(end - p), sep)) != NULL) {
		jlist_add(&r->mem, l, piece(r, self, q + sep->n, end));
		end = q;
		max -= max > 0;
	}
	jlist_add(&r->mem, l, piece(r, self, p, end));
}

struct jv
jm_split(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jlist *l = jlist_new(&r->mem, 0);
	bool left = c->how == JM_LEFT;
	struct jstr *sep = NULL;
	int64_t max;

	if (jarg_int(arg[1], -1, &max) < 0 || jrun_room(r, self.s->n) < 0 ||
	    (arg[0].kind != JV_MISSING && arg[0].kind != JV_NONE &&
		jarg_str(arg[0], &sep) < 0))
		return bad;
	if (!left && sep != NULL && pay(r, self.s, sep) < 0)
		return bad;
	if (sep == NULL)
		(left ? split_space : rsplit_space)(r, self, max, l);
	else if (sep->n == 0)
		return JV_FAIL("empty separator");
	else
		(left ? split_at : rsplit_at)(r, self, sep, max, l);
	if (!left)
		turn(l);
	return jrun_step(r, l->n) < 0 ? bad : jv_list(l);
}

struct jv
jm_splitlines(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	(void)c;
	return jv_list(ju_lines(r, self.s, jv_truth(arg[0])));
}
