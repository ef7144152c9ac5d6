#include "jinja/parse.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

void *
jparse_line(struct jparse *p)
{
	fail("line %d: %s", p->cur.line, errstr());
	return NULL;
}

int
jparse_next(struct jparse *p)
{
	if (p->has_ahead) {
		p->cur = p->ahead;
		p->has_ahead = false;
		return 0;
	}
	if (jlex_next(&p->lex, &p->cur) == 0)
		return 0;
	return fail("line %d: %s", p->lex.line, errstr());
}

int
jparse_look(struct jparse *p)
{
	if (p->has_ahead)
		return 0;
	if (jlex_next(&p->lex, &p->ahead) < 0)
		return fail("line %d: %s", p->lex.line, errstr());
	p->has_ahead = true;
	return 0;
}

static bool
spells(const struct jtoken *t, const char *name)
{
	return t->kind == T_NAME && t->n == strlen(name) &&
	    memcmp(t->p, name, t->n) == 0;
}

bool
jparse_is(const struct jparse *p, const char *name)
{
	return spells(&p->cur, name);
}

int
jparse_skip(struct jparse *p, const char *name)
{
	if (!jparse_is(p, name))
		return 0;
	return jparse_next(p) < 0 ? -1 : 1;
}

static int
unexpected(struct jparse *p, const char *want)
{
	if (p->cur.kind == T_END)
		jparse_fail(p, "unexpected end of template, expected '%s'",
		    want);
	else if (p->cur.kind == T_NAME)
		jparse_fail(p, "expected token '%s', got '%.*s'", want,
		    p->cur.n < 80 ? (int)p->cur.n : 80, p->cur.p);
	else
		jparse_fail(p, "expected token '%s', got '%s'", want,
		    jtoken_name(p->cur.kind));
	return -1;
}

int
jparse_expect(struct jparse *p, enum jtoken_kind kind)
{
	if (p->cur.kind != kind)
		return unexpected(p, jtoken_name(kind));
	return jparse_next(p);
}

int
jparse_expect_name(struct jparse *p, struct jstr **name)
{
	if (p->cur.kind != T_NAME)
		return unexpected(p, "name");
	*name = jparse_intern(p, p->cur.p, p->cur.n);
	return jparse_next(p);
}

int
jparse_down(struct jparse *p)
{
	if (p->nest >= JINJA_NEST_MAX) {
		jparse_fail(p, "the template is nested too deeply");
		return -1;
	}
	p->nest++;
	return 0;
}

/* What a node needs of a string is worked out now: threads will share it. */
void
jparse_settle(struct jstr *s)
{
	jstr_len(s);
	jstr_hash(s);
	s->shared = true;
	s->origin = JFROM_TEMPLATE;
}

struct jnode *
jnode_new(struct jparse *p, enum jnode_kind kind)
{
	struct jnode *n = jarena_new(&p->t->mem, sizeof *n);

	n->kind = kind;
	n->line = p->cur.line;
	return n;
}

struct jstr *
jparse_intern(struct jparse *p, const char *s, size_t n)
{
	struct jstr *name = jstr_wrap(&p->t->mem, s, n);
	struct jv *known = jdict_str(p->t->names, name);

	if (known != NULL)
		return known->s;
	jparse_settle(name);
	jdict_set(&p->t->mem, p->t->names, jv_str(name), jv_str(name));
	return name;
}

void
jnodes_add(struct jparse *p, struct jnodes *l, struct jnode *n)
{
	size_t cap = l->cap ? 2 * l->cap : 4;

	if (l->n == l->cap) {
		l->at = jarena_grow(&p->t->mem, l->at, l->cap * sizeof *l->at,
		    cap * sizeof *l->at);
		l->cap = cap;
	}
	l->at[l->n++] = n;
}

static struct jnode *statement(struct jparse *p);

static bool
ends(const struct jparse *p, const char *const *names)
{
	for (; *names != NULL; names++)
		if (jparse_is(p, *names))
			return true;
	return false;
}

static struct jnode *
print(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_PRINT);

	if (jparse_next(p) < 0)
		return NULL;
	n->a = jparse_tuple(p, true, NULL);
	if (n->a == NULL || jparse_expect(p, T_PRINT_END) < 0)
		return NULL;
	return n;
}

static struct jnode *
data(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_DATA);

	n->val = jv_str(jstr_wrap(&p->t->mem, p->cur.p, p->cur.n));
	jparse_settle(n->val.s);
	return jparse_next(p) < 0 ? NULL : n;
}

/*
 * Text and tags up to a tag whose name is in the list; that name is then the
 * current token.  Without a list, to the end of the template.
 */
static int
body(struct jparse *p, const char *const *names, struct jbody *out)
{
	struct jnodes list = { 0 };
	struct jnode *n;

	while (p->cur.kind != T_END) {
		if (p->cur.kind == T_DATA) {
			n = data(p);
		} else if (p->cur.kind == T_PRINT) {
			n = print(p);
		} else {
			if (jparse_next(p) < 0)
				return -1;
			if (names != NULL && ends(p, names))
				break;
			n = statement(p);
			if (n != NULL && jparse_expect(p, T_BLOCK_END) < 0)
				return -1;
		}
		if (n == NULL)
			return -1;
		jnodes_add(p, &list, n);
	}
	*out = (struct jbody){ list.at, list.n };
	return 0;
}

/* The rest of a tag, then a body; drop: read the name that ended it. */
static int
block(struct jparse *p, const char *const *names, struct jbody *out,
    bool drop)
{
	int line = p->cur.line;

	if (p->cur.kind == T_COLON && jparse_next(p) < 0)
		return -1;
	if (jparse_expect(p, T_BLOCK_END) < 0 || jparse_down(p) < 0 ||
	    body(p, names, out) < 0)
		return -1;
	p->nest--;
	if (p->cur.kind == T_END)
		return fail("line %d: Unexpected end of template: the block "
		    "begun here lacks its '%s'", line, names[0]);
	return drop ? jparse_next(p) : 0;
}

static struct jnode *
parse_set(struct jparse *p)
{
	static const char *const end[] = { "endset", NULL };
	struct jnode *n = jnode_new(p, N_SET);
	bool soft = p->soft;

	n->a = jparse_target(p, true, NULL);
	if (n->a == NULL)
		return NULL;
	if (p->cur.kind == T_ASSIGN) {
		if (jparse_next(p) < 0)
			return NULL;
		n->b = jparse_tuple(p, true, NULL);
		return n->b != NULL ? n : NULL;
	}
	n->kind = N_SET_BLOCK;
	p->soft = false;
	if (p->cur.kind == T_PIPE) {
		n->b = jparse_filters(p, NULL, false);
		if (n->b == NULL)
			return NULL;
	}
	if (block(p, end, &n->body, true) < 0)
		return NULL;
	p->soft = soft;
	return n;
}

static int
assigns_loop(struct jparse *p, const struct jnode *target)
{
	size_t i;

	if (target->kind == N_NAME && target->name == p->t->loop) {
		jparse_fail(p, "Can't assign to special loop variable in "
		    "for-loop target");
		return -1;
	}
	for (i = 0; i < target->n_kids; i++)
		if (assigns_loop(p, target->kids[i]) < 0)
			return -1;
	return 0;
}

/* target in list if test recursive */
static int
for_head(struct jparse *p, struct jnode *n)
{
	int r;

	n->a = jparse_target(p, false, "in");
	if (n->a == NULL || assigns_loop(p, n->a) < 0)
		return -1;
	if (!jparse_is(p, "in"))
		return unexpected(p, "in");
	if (jparse_next(p) < 0)
		return -1;
	n->b = jparse_tuple(p, false, "recursive");
	if (n->b == NULL)
		return -1;
	p->soft = false;
	r = jparse_skip(p, "if");
	if (r < 0 || (r > 0 && (n->c = jparse_expr(p)) == NULL))
		return -1;
	r = jparse_skip(p, "recursive");
	n->recursive = r > 0;
	return r < 0 ? -1 : 0;
}

static struct jnode *
parse_for(struct jparse *p)
{
	static const char *const mid[] = { "endfor", "else", NULL };
	static const char *const end[] = { "endfor", NULL };
	struct jnode *n = jnode_new(p, N_FOR);
	bool in_loop = p->in_loop, soft = p->soft, more;

	if (for_head(p, n) < 0)
		return NULL;
	p->in_loop = true;
	if (block(p, mid, &n->body, false) < 0)
		return NULL;
	p->in_loop = in_loop;
	more = jparse_is(p, "else");
	if (jparse_next(p) < 0)
		return NULL;
	if (more && block(p, end, &n->other, true) < 0)
		return NULL;
	p->soft = soft;
	return n;
}

/* A chain of nodes, so that many elifs are not deep. */
static struct jnode *
parse_if(struct jparse *p)
{
	static const char *const mid[] = { "endif", "elif", "else", NULL };
	static const char *const end[] = { "endif", NULL };
	struct jnode *first = NULL, *n, **next = &first;
	bool soft = p->soft, more, other;

	p->soft = true;
	do {
		*next = n = jnode_new(p, N_IF);
		next = &n->b;
		n->a = jparse_tuple(p, false, NULL);
		if (n->a == NULL || block(p, mid, &n->body, false) < 0)
			return NULL;
		more = jparse_is(p, "elif");
		other = jparse_is(p, "else");
		if (jparse_next(p) < 0)
			return NULL;
	} while (more);
	if (other && block(p, end, &n->other, true) < 0)
		return NULL;
	p->soft = soft;
	return first;
}

static int
parameter(struct jparse *p, struct jargs *args, size_t *cap)
{
	size_t want = *cap ? 2 * *cap : 4;
	struct jnamed *a;

	if (args->n_kw == *cap) {
		args->kw = jarena_grow(&p->t->mem, args->kw,
		    *cap * sizeof *args->kw, want * sizeof *args->kw);
		*cap = want;
	}
	a = &args->kw[args->n_kw];
	*a = (struct jnamed){ 0 };
	if (jparse_expect_name(p, &a->name) < 0)
		return -1;
	if (p->cur.kind == T_ASSIGN) {
		if (jparse_next(p) < 0 || (a->val = jparse_expr(p)) == NULL)
			return -1;
	} else if (args->n_kw > 0 && a[-1].val != NULL) {
		jparse_fail(p, "non-default argument follows default argument");
		return -1;
	}
	args->n_kw++;
	return 0;
}

/* (a, b=1) of a macro or a call block. */
static int
signature(struct jparse *p, struct jargs *args)
{
	size_t cap = 0;

	if (jparse_expect(p, T_LPAREN) < 0)
		return -1;
	while (p->cur.kind != T_RPAREN) {
		if (args->n_kw > 0 && jparse_expect(p, T_COMMA) < 0)
			return -1;
		if (parameter(p, args, &cap) < 0)
			return -1;
	}
	return jparse_next(p);
}

static bool
has_parameter(const struct jargs *args, const struct jstr *name,
    bool *has_default)
{
	size_t i;

	for (i = 0; i < args->n_kw; i++)
		if (args->kw[i].name == name) {
			*has_default = args->kw[i].val != NULL;
			return true;
		}
	return false;
}

/* The body of a macro or call block, and which special names it asks for. */
static int
macro_body(struct jparse *p, struct jnode *n, const char *const *end)
{
	struct jmacro_scope scope = { .up = p->macro };
	bool in_loop = p->in_loop, soft = p->soft, given = false;

	p->macro = &scope;
	p->in_loop = p->soft = false;
	if (block(p, end, &n->body, true) < 0)
		return -1;
	p->macro = scope.up;
	p->in_loop = in_loop;
	p->soft = soft;
	n->caller = scope.caller;
	if (scope.caller && has_parameter(n->args, p->t->caller, &given) &&
	    !given) {
		jparse_fail(p, "When defining macros or call blocks the "
		    "special \"caller\" argument must be omitted or be given "
		    "a default.");
		return -1;
	}
	n->kwargs = scope.kwargs &&
	    !has_parameter(n->args, p->t->kwargs, &given);
	n->varargs = scope.varargs &&
	    !has_parameter(n->args, p->t->varargs, &given);
	return 0;
}

static struct jnode *
parse_macro(struct jparse *p)
{
	static const char *const end[] = { "endmacro", NULL };
	struct jnode *n = jnode_new(p, N_MACRO);
	bool soft = p->soft;

	n->args = jarena_new(&p->t->mem, sizeof *n->args);
	p->soft = false;
	if (jparse_expect_name(p, &n->name) < 0 || signature(p, n->args) < 0)
		return NULL;
	p->soft = soft;
	return macro_body(p, n, end) < 0 ? NULL : n;
}

static struct jnode *
parse_call(struct jparse *p)
{
	static const char *const end[] = { "endcall", NULL };
	struct jnode *n = jnode_new(p, N_CALL_BLOCK);

	n->name = p->t->caller;
	n->args = jarena_new(&p->t->mem, sizeof *n->args);
	if (p->cur.kind == T_LPAREN && signature(p, n->args) < 0)
		return NULL;
	n->a = jparse_expr(p);
	if (n->a == NULL)
		return NULL;
	if (n->a->kind != N_CALL)
		return jparse_fail(p, "expected call");
	return macro_body(p, n, end) < 0 ? NULL : n;
}

static struct jnode *
parse_filter(struct jparse *p)
{
	static const char *const end[] = { "endfilter", NULL };
	struct jnode *n = jnode_new(p, N_FILTER_BLOCK);
	bool soft = p->soft;

	p->soft = false;
	n->a = jparse_filters(p, NULL, true);
	if (n->a == NULL || block(p, end, &n->body, true) < 0)
		return NULL;
	p->soft = soft;
	return n;
}

static struct jnode *
parse_with(struct jparse *p)
{
	static const char *const end[] = { "endwith", NULL };
	struct jnode *n = jnode_new(p, N_WITH), *v;
	struct jnodes targets = { 0 }, values = { 0 };
	bool soft = p->soft;

	p->soft = false;
	while (p->cur.kind != T_BLOCK_END) {
		if (targets.n > 0 && jparse_expect(p, T_COMMA) < 0)
			return NULL;
		v = jparse_target(p, false, NULL);
		if (v == NULL || jparse_expect(p, T_ASSIGN) < 0)
			return NULL;
		jnodes_add(p, &targets, v);
		v = jparse_expr(p);
		if (v == NULL)
			return NULL;
		jnodes_add(p, &values, v);
	}
	n->kids = targets.at;
	n->n_kids = targets.n;
	n->args = jarena_new(&p->t->mem, sizeof *n->args);
	n->args->pos = values.at;
	if (block(p, end, &n->body, true) < 0)
		return NULL;
	p->soft = soft;
	return n;
}

static struct jnode *
parse_generation(struct jparse *p)
{
	static const char *const end[] = { "endgeneration", NULL };
	struct jnode *n = jnode_new(p, N_SCOPE);
	bool in_loop = p->in_loop, soft = p->soft;

	p->in_loop = p->soft = false;
	if (block(p, end, &n->body, true) < 0)
		return NULL;
	p->in_loop = in_loop;
	p->soft = soft;
	return n;
}

static struct jnode *
parse_block(struct jparse *p)
{
	static const char *const end[] = { "endblock", NULL };
	struct jnode *n = jnode_new(p, N_BLOCK);
	bool in_loop = p->in_loop, soft = p->soft;

	p->in_loop = p->soft = false;
	if (jparse_expect_name(p, &n->name) < 0 ||
	    block(p, end, &n->body, true) < 0)
		return NULL;
	p->in_loop = in_loop;
	p->soft = soft;
	if (p->cur.kind == T_NAME &&
	    jparse_intern(p, p->cur.p, p->cur.n) == n->name &&
	    jparse_next(p) < 0)
		return NULL;
	return n;
}

static struct jnode *
parse_print(struct jparse *p)
{
	struct jnode *n = jnode_new(p, N_SCOPE), *one;
	struct jnodes list = { 0 };

	while (p->cur.kind != T_BLOCK_END) {
		if (list.n > 0 && jparse_expect(p, T_COMMA) < 0)
			return NULL;
		one = jnode_new(p, N_PRINT);
		one->a = jparse_expr(p);
		if (one->a == NULL)
			return NULL;
		jnodes_add(p, &list, one);
	}
	n->body = (struct jbody){ list.at, list.n };
	return n;
}

static struct jnode *
leave_loop(struct jparse *p, enum jnode_kind kind)
{
	if (!p->in_loop)
		return jparse_fail(p, "'%s' outside loop",
		    kind == N_BREAK ? "break" : "continue");
	return jnode_new(p, kind);
}

static struct jnode *
parse_break(struct jparse *p)
{
	return leave_loop(p, N_BREAK);
}

static struct jnode *
parse_continue(struct jparse *p)
{
	return leave_loop(p, N_CONTINUE);
}

/* Of these, a chat template has no use, and a file it may not read. */
static struct jnode *
refuse(struct jparse *p, const char *name)
{
	static const char *const not_here[] = { "include", "import", "from",
		"extends", "autoescape", NULL };
	size_t i;

	for (i = 0; not_here[i] != NULL; i++)
		if (strcmp(name, not_here[i]) == 0)
			return jparse_fail(p, "'%s' is not supported", name);
	return jparse_fail(p, "Encountered unknown tag '%s'.", name);
}

static const struct {
	const char *name;
	struct jnode *(*parse)(struct jparse *p);
} statements[] = {
	{ "if", parse_if },
	{ "for", parse_for },
	{ "set", parse_set },
	{ "macro", parse_macro },
	{ "call", parse_call },
	{ "filter", parse_filter },
	{ "with", parse_with },
	{ "generation", parse_generation },
	{ "block", parse_block },
	{ "print", parse_print },
	{ "break", parse_break },
	{ "continue", parse_continue },
};

static struct jnode *
statement(struct jparse *p)
{
	char name[64];
	size_t i;

	if (p->cur.kind != T_NAME)
		return jparse_fail(p, "tag name expected");
	for (i = 0; i < sizeof statements / sizeof *statements; i++)
		if (jparse_is(p, statements[i].name))
			return jparse_next(p) < 0 ? NULL
						  : statements[i].parse(p);
	name[utf8_printable(name, sizeof name - 1, p->cur.p, p->cur.n)] = '\0';
	return refuse(p, name);
}

static struct jinja *
template_new(struct jparse *p)
{
	struct jinja *t = xcalloc(1, sizeof *t);

	p->t = t;
	t->names = jdict_new(&t->mem);
	t->loop = jparse_intern(p, "loop", 4);
	t->caller = jparse_intern(p, "caller", 6);
	t->varargs = jparse_intern(p, "varargs", 7);
	t->kwargs = jparse_intern(p, "kwargs", 6);
	return t;
}

struct jinja *
jinja_parse(const char *text, size_t n)
{
	struct jparse p = { 0 };
	struct jinja *t;

	if (n > JINJA_SOURCE_MAX)
		return fail("has %zu bytes, more than %d", n,
		    JINJA_SOURCE_MAX), NULL;
	if (utf8_valid(text, n) != n)
		return fail("is not UTF-8"), NULL;
	t = template_new(&p);
	jlex_init(&p.lex, &t->mem, text, n);
	if (jparse_next(&p) < 0 || body(&p, NULL, &t->body) < 0) {
		jinja_free(t);
		return NULL;
	}
	return t;
}

void
jinja_free(struct jinja *t)
{
	if (t == NULL)
		return;
	jarena_free(&t->mem);
	free(t);
}
