#include "tok/old.h"

#include <stdlib.h>
#include <string.h>

/* The added tokens, in the order in which transformers adds them. */

struct flags {
	bool special, lstrip, rstrip, single_word, normalized;
};

static const char *
truth(bool b)
{
	return b ? "true" : "false";
}

/* Once each; one that is no piece gets the next ID. */
static void
put(struct old *o, const char *s, size_t n, struct flags f)
{
	int64_t id = vocab_id(&o->ids, s, n);

	if (n == 0 || vocab_id(&o->seen, s, n) >= 0)
		return;
	vocab_add(&o->seen, s, n, (int64_t)o->seen.count);
	if (id < 0) {
		id = o->next++;
		vocab_add(&o->ids, s, n, id);
	}
	buf_printf(o->out, "%s{\"id\":%lld,\"content\":", old_comma(o->out),
	    (long long)id);
	json_put_string(o->out, s, n);
	buf_printf(o->out, ",\"single_word\":%s,\"lstrip\":%s,\"rstrip\":%s,"
	    "\"normalized\":%s,\"special\":%s}", truth(f.single_word),
	    truth(f.lstrip), truth(f.rstrip), truth(f.normalized),
	    truth(f.special));
}

/* What an object says; a plain string is taken whole. */
static struct flags
flags_of(json *t, bool special, bool normalized)
{
	return (struct flags){ .special = special,
		.lstrip = json_bool(t, "lstrip", false),
		.rstrip = json_bool(t, "rstrip", false),
		.single_word = json_bool(t, "single_word", false),
		.normalized = json_bool(t, "normalized", normalized) };
}

/* Is it a special token by name? */
static bool
is_named(const struct old *o, const char *s)
{
	const char *r;
	int i;

	for (i = 0; i < ROLES; i++)
		if ((r = old_role(o, i)) != NULL && strcmp(r, s) == 0)
			return true;
	return false;
}

static bool
is_listed(json *list, const char *s)
{
	const char *text;
	json *n;

	for (n = json_first(list); n != NULL; n = json_next(n)) {
		text = json_is_object(n) ? json_text(json_get(n, "content"))
					 : json_text(n);
		if (text != NULL && strcmp(text, s) == 0)
			return true;
	}
	return false;
}

/* The list of further special tokens that the configs have, or NULL. */
static json *
further(const struct old *o)
{
	json *v = json_get(o->config, "extra_special_tokens");

	if (json_len(v) == 0)
		v = json_get(o->config, "additional_special_tokens");
	if (v == NULL && o->c->files != OLD_SPM)
		v = old_get(o, "additional_special_tokens");
	return v != NULL ? v : old_get(o, "extra_special_tokens");
}

struct listed {
	double index;
	json *node;
};

static int
by_index(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* {"7": {"content": "<x>", ...}}, as flags say */
static void
put_decoder_entry(struct old *o, json *t)
{
	const char *s = json_text(json_get(t, "content"));
	struct flags f;

	if (s == NULL)
		return;
	f = flags_of(t, json_bool(t, "special", false) || is_named(o, s),
	    !json_bool(t, "special", false));
	if (o->c == &class_plain && o->m->dummy_prefix)
		f.normalized = false;
	put(o, s, strlen(s), f);
}

/* {"<x>": 7}, the old form of that */
static void
put_old_entry(struct old *o, json *t)
{
	const char *s = json_name(t);
	bool special = is_named(o, s) || is_listed(further(o), s);

	put(o, s, strlen(s), (struct flags){ .special = special,
	    .normalized = !special && !(o->c == &class_plain &&
		o->m->dummy_prefix) });
}

static void
put_listed(struct old *o)
{
	json *list = json_get(o->config, "added_tokens_decoder"), *t;
	bool old = list == NULL;
	struct listed *all;
	size_t n = 0, i;
	char *end;

	if (old)
		list = o->added;
	all = xmalloc((json_len(list) + 1) * sizeof *all);
	for (t = json_first(list); t != NULL; t = json_next(t))
		all[n++] = (struct listed){ old ? json_number(t)
		    : strtod(json_name(t), &end), t };
	qsort(all, n, sizeof *all, by_index);
	for (i = 0; i < n; i++)
		if (old)
			put_old_entry(o, all[i].node);
		else
			put_decoder_entry(o, all[i].node);
	free(all);
}

/* Will put_extra() come to it as well?  Then what that says of it counts. */
static bool
is_piece(const struct old *o, const char *s)
{
	const struct spm_piece *p;
	size_t i;

	if (o->c->files != OLD_SPM || json_len(further(o)) > 0 ||
	    (o->c->extra != NULL && strchr(o->c->extra, '*') == NULL))
		return false;
	for (i = 0; i < o->m->n; i++) {
		p = &o->m->pieces[i];
		if ((p->type == SPM_CONTROL || p->type == SPM_USER) &&
		    slice_is(p->text, s))
			return true;
	}
	return false;
}

static void
put_roles(struct old *o)
{
	struct flags f;
	const char *s;
	json *v;
	int i;

	for (i = 0; i < ROLES; i++) {
		s = old_role(o, i);
		if (s == NULL)
			continue;
		v = old_get(o, old_roles[i]);
		f = flags_of(v, true, false);
		if (is_piece(o, s)) {
			f = (struct flags){ .special = true };
		} else if (!json_is_object(v) && i == ROLE_MASK) {
			f.lstrip = o->c->mask != '\0';
			f.normalized = o->c->mask == 'n';
		}
		put(o, s, strlen(s), f);
	}
}

/* "image_token" and the like, which only this model has. */
static void
put_own_roles(struct old *o)
{
	json *v;
	const char *s;
	size_t n;
	int i;

	for (v = json_first(o->config); v != NULL; v = json_next(v)) {
		n = strlen(json_name(v));
		if (n < 6 || strcmp(json_name(v) + n - 6, "_token") != 0)
			continue;
		for (i = 0; i < ROLES; i++)
			if (strcmp(json_name(v), old_roles[i]) == 0)
				break;
		s = json_is_object(v) ? json_text(json_get(v, "content"))
				      : json_text(v);
		if (i == ROLES && s != NULL)
			put(o, s, strlen(s), flags_of(v, true, false));
	}
}

/* The control and user-defined pieces of a SentencePiece file. */
static void
put_pieces(struct old *o)
{
	const struct spm_piece *p;
	size_t i;

	for (i = 0; i < o->m->n; i++) {
		p = &o->m->pieces[i];
		if (p->type == SPM_CONTROL ||
		    (p->type == SPM_USER && o->c != &class_plain))
			put(o, p->text.p, p->text.n, (struct flags){
			    .special = p->type == SPM_CONTROL });
	}
}

/* Marian's languages, ">>fra<<", which texts may begin with. */
static void
put_codes(struct old *o)
{
	const char *s;
	size_t i, n;

	for (i = 0; i < o->ids.size; i++) {
		s = vocab_piece(&o->ids, (int32_t)i, &n);
		if (s != NULL && n > 4 && memcmp(s, ">>", 2) == 0 &&
		    memcmp(s + n - 2, "<<", 2) == 0)
			put(o, s, n, (struct flags){ .special = false });
	}
}

static void
put_made(struct old *o, const struct old_made *m)
{
	char *text;
	int i;

	for (i = m->from; i < m->to; i++) {
		text = xprintf("%s%d>", m->name, i);
		put(o, text, strlen(text), (struct flags){ .special = true });
		free(text);
	}
}

static void
put_extra(struct old *o)
{
	const char *list = o->c->extra != NULL ? o->c->extra : "*";
	struct old_made made;
	struct slice word;

	if (o->c->codes)
		put_codes(o);
	if (o->c->files == OLD_SPM_VOCAB)
		return;
	while (old_word(&list, &word)) {
		if (*word.p != '*' && !old_made(o, word, &made))
			put(o, word.p, word.n, (struct flags){
			    .special = true });
		else if (*word.p != '*')
			put_made(o, &made);
		else if (o->c->files == OLD_SPM)
			put_pieces(o);
	}
}

static void
put_further(struct old *o, json *list)
{
	const char *s;
	json *n;

	for (n = json_first(list); n != NULL; n = json_next(n)) {
		s = json_is_object(n) ? json_text(json_get(n, "content"))
				      : json_text(n);
		if (s != NULL)
			put(o, s, strlen(s), flags_of(n, true, false));
	}
}

void
old_added(struct old *o)
{
	json *list = further(o);

	put_listed(o);
	put_roles(o);
	put_own_roles(o);
	if (json_len(list) > 0)
		put_further(o, list);
	else
		put_extra(o);
}
