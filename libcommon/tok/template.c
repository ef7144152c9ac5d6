#include "tok/template.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/vocab.h"
#include "util.h"

/*
 * A post-processor maps a list of encodings to another.  What is compiled is
 * such a list of lists; in the end they are joined.
 */
struct state {
	struct post_list *e;
	size_t n, cap;
};

enum { PROCESSORS_MAX = 16, IDS_MAX = 1024 };

/* One piece of a template, before it is known what its special tokens are. */
struct piece_of {
	struct buf name;	/* of a special token; unset for a sequence */
	int seq;
	int32_t type;
};

struct special {
	struct buf name;
	int32_t *ids;
	size_t n, cap;
};

struct processor {
	enum { BERT, ROBERTA, BYTE_LEVEL, TEMPLATE } kind;
	int32_t sep, cls;
	bool trim, prefix, regex;
	struct piece_of *piece[2];	/* single, pair */
	size_t n_piece[2], cap_piece[2];
	struct special *special;
	size_t n_special, cap_special;
};

struct processors {
	struct processor p[PROCESSORS_MAX];
	size_t n;
};

static void
item_add(struct post_list *l, int seq, int32_t id, int32_t type)
{
	GROW(l->item, l->n, l->cap);
	l->item[l->n++] = (struct post_item){ seq, id, type };
}

static struct post_list *
list_add(struct state *s)
{
	GROW(s->e, s->n, s->cap);
	s->e[s->n] = (struct post_list){ 0 };
	return &s->e[s->n++];
}

static void
state_free(struct state *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->e[i].item);
	free(s->e);
	*s = (struct state){ 0 };
}

static void
processor_free(struct processor *p)
{
	size_t i, k;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < p->n_piece[k]; i++)
			buf_free(&p->piece[k][i].name);
		free(p->piece[k]);
	}
	for (i = 0; i < p->n_special; i++) {
		buf_free(&p->special[i].name);
		free(p->special[i].ids);
	}
	free(p->special);
}

/* Reading. */

static int
read_id(struct pull *j, int32_t *id)
{
	int64_t v;

	if (!pull_i64(j, &v))
		return -1;
	if (v < 0 || v >= VOCAB_IDS)
		return fail("post-processor: ID %lld is out of range",
		    (long long)v);
	*id = (int32_t)v;
	return 0;
}

static int
read_type(struct pull *j, void *type)
{
	return read_id(j, type);
}

/* ["[SEP]", 102]: only the number counts. */
static int
read_pair(struct pull *j, void *id)
{
	struct slice s;
	bool ok;

	pull_array(j);
	ok = pull_item(j) && pull_string(j, &s) && pull_item(j) &&
	    read_id(j, id) == 0;
	if (!ok || pull_item(j)) {
		pull_fail(j, "has no [token, ID] where one is wanted");
		return -1;
	}
	return j->error == NULL ? 0 : -1;
}

static int
read_sequence(struct pull *j, void *seq)
{
	struct slice s;

	if (!pull_string(j, &s))
		return -1;
	if (!slice_is(s, "A") && !slice_is(s, "B")) {
		pull_fail(j, "has a sequence in a template that is not A or B");
		return -1;
	}
	*(int *)seq = slice_is(s, "B");
	return 0;
}

/* {"Sequence":{"id":"A","type_id":0}} or {"SpecialToken":{"id":"[CLS]",..}} */
static int
read_piece(struct pull *j, struct piece_of *o)
{
	static const struct field seq[] = {
		{ "id", FIELD_CUSTOM, NEEDED, offsetof(struct piece_of, seq),
		    read_sequence },
		{ "type_id", FIELD_CUSTOM, NEEDED,
		    offsetof(struct piece_of, type), read_type },
		{ 0 }
	}, tok[] = {
		{ "id", FIELD_STRING, NEEDED, offsetof(struct piece_of, name),
		    NULL },
		{ "type_id", FIELD_CUSTOM, NEEDED,
		    offsetof(struct piece_of, type), read_type },
		{ 0 }
	};
	struct slice key;
	int r = -1;

	pull_object(j);
	if (pull_key(j, &key) && slice_is(key, "Sequence"))
		r = fields_read(j, seq, o);
	else if (j->error == NULL && slice_is(key, "SpecialToken"))
		r = fields_read(j, tok, o);
	if (r == 0 && !pull_key(j, &key) && j->error == NULL)
		return 0;
	pull_fail(j, "has a piece of a template that is not understood");
	return -1;
}

static int
read_pieces(struct pull *j, struct processor *p, int pair)
{
	struct piece_of *o;

	pull_array(j);
	while (pull_item(j)) {
		GROW(p->piece[pair], p->n_piece[pair], p->cap_piece[pair]);
		o = &p->piece[pair][p->n_piece[pair]++];
		*o = (struct piece_of){ 0 };
		if (read_piece(j, o) < 0)
			return -1;
	}
	return j->error == NULL ? 0 : -1;
}

static int
read_single(struct pull *j, void *p)
{
	return read_pieces(j, p, 0);
}

static int
read_double(struct pull *j, void *p)
{
	return read_pieces(j, p, 1);
}

static int
read_ids(struct pull *j, void *special)
{
	struct special *s = special;

	pull_array(j);
	while (pull_item(j)) {
		if (s->n == IDS_MAX) {
			pull_fail(j, "has too many IDs for one special token");
			return -1;
		}
		GROW(s->ids, s->n, s->cap);
		if (read_id(j, &s->ids[s->n]) < 0)
			return -1;
		s->n++;
	}
	return j->error == NULL ? 0 : -1;
}

static int
skip_strings(struct pull *j, void *special)
{
	struct slice s;

	(void)special;
	pull_array(j);
	while (pull_item(j))
		pull_string(j, &s);
	return j->error == NULL ? 0 : -1;
}

static int
read_specials(struct pull *j, void *processor)
{
	static const struct field fields[] = {
		{ "id", FIELD_STRING, NEEDED, offsetof(struct special, name),
		    NULL },
		{ "ids", FIELD_CUSTOM, NEEDED, 0, read_ids },
		{ "tokens", FIELD_CUSTOM, NEEDED, 0, skip_strings },
		{ 0 }
	};
	struct processor *p = processor;
	struct slice key;
	struct special *s;

	pull_object(j);
	while (pull_key(j, &key)) {
		GROW(p->special, p->n_special, p->cap_special);
		s = &p->special[p->n_special++];
		*s = (struct special){ 0 };
		if (fields_read(j, fields, s) < 0)
			return -1;
	}
	return j->error == NULL ? 0 : -1;
}

static const struct field bert_fields[] = {
#define MEMBER(m) offsetof(struct processor, m)
	{ "sep", FIELD_CUSTOM, NEEDED, MEMBER(sep), read_pair },
	{ "cls", FIELD_CUSTOM, NEEDED, MEMBER(cls), read_pair },
	{ 0 }
}, roberta_fields[] = {
	{ "sep", FIELD_CUSTOM, NEEDED, MEMBER(sep), read_pair },
	{ "cls", FIELD_CUSTOM, NEEDED, MEMBER(cls), read_pair },
	{ "trim_offsets", FIELD_BOOL, NEEDED, MEMBER(trim), NULL },
	{ "add_prefix_space", FIELD_BOOL, NEEDED, MEMBER(prefix), NULL },
	{ 0 }
}, byte_level_fields[] = {
	{ "add_prefix_space", FIELD_BOOL, NEEDED, MEMBER(prefix), NULL },
	{ "trim_offsets", FIELD_BOOL, NEEDED, MEMBER(trim), NULL },
	{ "use_regex", FIELD_BOOL, 0, MEMBER(regex), NULL },
	{ 0 }
}, template_fields[] = {
	{ "single", FIELD_CUSTOM, NEEDED, 0, read_single },
	{ "pair", FIELD_CUSTOM, NEEDED, 0, read_double },
	{ "special_tokens", FIELD_CUSTOM, NEEDED, 0, read_specials },
	{ 0 }
#undef MEMBER
};

static const struct kind {
	const char *type;
	const struct field *fields;
} kinds[] = {
	[BERT] = { "BertProcessing", bert_fields },
	[ROBERTA] = { "RobertaProcessing", roberta_fields },
	[BYTE_LEVEL] = { "ByteLevel", byte_level_fields },
	[TEMPLATE] = { "TemplateProcessing", template_fields },
};

static int
read_processor(struct pull *j, void *processors)
{
	static const struct part_hint hints[] = {
		{ "single", "TemplateProcessing" },
		{ "trim_offsets", "RobertaProcessing" },
		{ "sep", "BertProcessing" }, { NULL, NULL }
	};
	struct processors *l = processors;
	struct processor *p;
	struct slice type;
	size_t k;

	if (part_type(j, "post-processor", hints, &type) < 0)
		return -1;
	if (slice_is(type, "Sequence"))
		return part_sequence(j, "processors", read_processor, l);
	for (k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if (slice_is(type, kinds[k].type))
			break;
	if (k == sizeof kinds / sizeof *kinds)
		return part_unknown(j, "post-processor", type);
	if (l->n == PROCESSORS_MAX) {
		pull_fail(j, "has too many post-processors");
		return -1;
	}
	p = &l->p[l->n++];
	*p = (struct processor){ .kind = k };
	return fields_read(j, kinds[k].fields, p);
}

/* Compiling. */

/* cls A sep; and for a further one: sep B sep (Roberta) or B sep (Bert). */
static void
wrap(struct state *s, const struct processor *p)
{
	struct post_list old;
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		old = s->e[i];
		s->e[i] = (struct post_list){ 0 };
		if (i == 0)
			item_add(&s->e[i], -1, p->cls, 0);
		else if (p->kind == ROBERTA)
			item_add(&s->e[i], -1, p->sep, 0);
		for (k = 0; k < old.n; k++)
			item_add(&s->e[i], old.item[k].seq, old.item[k].id,
			    old.item[k].type);
		item_add(&s->e[i], -1, p->sep,
		    i > 0 && p->kind == BERT ? 1 : 0);
		free(old.item);
	}
}

static void
set_types(struct post_list *l, int32_t type)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->item[i].type = type;
}

static const struct special *
find_special(const struct processor *p, const struct buf *name)
{
	size_t i;

	for (i = 0; i < p->n_special; i++)
		if (p->special[i].name.n == name->n &&
		    memcmp(p->special[i].name.p, name->p, name->n) == 0)
			return &p->special[i];
	return NULL;
}

/* The encodings become the template's pieces, each one of its own. */
static int
fill(struct state *s, const struct processor *p, bool special)
{
	const struct piece_of *o;
	const struct special *t;
	struct state new = { 0 };
	struct post_list *l;
	size_t i, k;
	int pair = s->n == 2;

	if (s->n != 1 && s->n != 2)
		return fail("post-processor: TemplateProcessing can't take "
		    "what another one has taken apart");
	for (i = 0; i < p->n_piece[pair]; i++) {
		o = &p->piece[pair][i];
		if (o->name.p == NULL && (size_t)o->seq >= s->n) {
			state_free(&new);
			return fail("post-processor: the template for one "
			    "text has a second");
		}
		t = o->name.p == NULL ? NULL : find_special(p, &o->name);
		if (o->name.p != NULL && t == NULL) {
			state_free(&new);
			return fail("post-processor: \"%s\" is not among its "
			    "special tokens", o->name.p);
		}
		if (t != NULL && !special)
			continue;
		l = list_add(&new);
		for (k = 0; t != NULL && k < t->n; k++)
			item_add(l, -1, t->ids[k], o->type);
		if (t != NULL)
			continue;
		set_types(&s->e[o->seq], o->type);
		for (k = 0; k < s->e[o->seq].n; k++)
			item_add(l, s->e[o->seq].item[k].seq,
			    s->e[o->seq].item[k].id, o->type);
	}
	state_free(s);
	*s = new;
	return 0;
}

static int
apply(struct state *s, const struct processor *p, bool special)
{
	size_t i;

	if (p->kind == TEMPLATE)
		return fill(s, p, special);
	for (i = 0; p->kind == ROBERTA && i < s->n; i++)
		set_types(&s->e[i], 0);
	if (p->kind != BYTE_LEVEL && special)
		wrap(s, p);
	return 0;
}

static int
compile(const struct processors *l, bool pair, bool special,
    struct post_list *out)
{
	struct state s = { 0 };
	size_t i, k;
	int r = 0;

	item_add(list_add(&s), 0, -1, 0);
	if (pair)
		item_add(list_add(&s), 1, -1, 1);
	for (i = 0; r == 0 && i < l->n; i++)
		r = apply(&s, &l->p[i], special);
	for (i = 0; r == 0 && i < s.n; i++)
		for (k = 0; k < s.e[i].n; k++)
			item_add(out, s.e[i].item[k].seq, s.e[i].item[k].id,
			    s.e[i].item[k].type);
	state_free(&s);
	return r;
}

/* How many tokens each says that it adds; its template is believed. */
static size_t
count_added(const struct processor *p, int pair)
{
	const struct special *t;
	size_t i, n = 0;

	if (p->kind == BERT)
		return pair ? 3 : 2;
	if (p->kind == ROBERTA)
		return pair ? 4 : 2;
	for (i = 0; i < p->n_piece[pair]; i++) {
		if (p->piece[pair][i].name.p == NULL)
			continue;
		t = find_special(p, &p->piece[pair][i].name);
		n += t == NULL ? 0 : t->n;
	}
	return n;
}

static int
compile_all(const struct processors *l, struct post *out)
{
	const struct processor *p;
	size_t i;
	int k;

	for (i = 0; i < l->n; i++) {
		p = &l->p[i];
		for (k = 0; k < 2; k++)
			out->added[k] += count_added(p, k);
		if (p->kind == ROBERTA)
			out->keeps_types = true;
		if (!p->trim)
			continue;
		if (out->n_trim == POST_TRIMS)
			return fail("post-processor: too many of them trim");
		out->trim_prefix[out->n_trim++] = p->prefix;
	}
	for (k = 0; k < 4; k++)
		if (compile(l, k & 2, k & 1, &out->list[k >> 1][k & 1]) < 0)
			return -1;
	return 0;
}

void
post_init(struct post *p)
{
	static const struct processors none = { .n = 0 };

	*p = (struct post){ 0 };
	compile_all(&none, p);
}

void
post_free(struct post *p)
{
	int k;

	for (k = 0; k < 4; k++)
		free(p->list[k >> 1][k & 1].item);
	*p = (struct post){ 0 };
}

int
post_load(struct pull *j, struct post *p)
{
	struct processors *l;
	size_t i;
	int r;

	if (pull_null(j))
		return 0;
	l = xcalloc(1, sizeof *l);
	r = read_processor(j, l);
	post_free(p);
	if (r == 0 && compile_all(l, p) < 0) {
		pull_fail(j, "");
		r = -1;
	}
	for (i = 0; i < l->n; i++)
		processor_free(&l->p[i]);
	free(l);
	return r;
}
