#include "jinja/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"

int
jrun_step(struct jrun *r, size_t n)
{
	r->steps += n;
	if (r->steps > JINJA_STEPS_MAX)
		return fail("takes more than %d steps", JINJA_STEPS_MAX);
	if (r->mem.used > JINJA_MEMORY_MAX)
		return fail("needs more than %d MB", JINJA_MEMORY_MAX >> 20);
	return 0;
}

int
jrun_room(struct jrun *r, size_t n)
{
	if (n > JINJA_MEMORY_MAX)
		return fail("needs more than %d MB", JINJA_MEMORY_MAX >> 20);
	return jrun_step(r, n / 256);
}

int
jrun_enter(struct jrun *r)
{
	if (r->depth >= JINJA_DEPTH_MAX)
		return fail("maximum recursion depth exceeded");
	r->depth++;
	return 0;
}

void
jrun_leave(struct jrun *r)
{
	r->depth--;
}

struct jv
jrun_undef(struct jrun *r, struct jv of, struct jv name)
{
	struct jundef *u = jarena_new(&r->mem, sizeof *u);

	u->of = of;
	u->name = name;
	return (struct jv){ .kind = JV_UNDEF, .undef = u };
}

struct jv
jrun_undef_hint(struct jrun *r, const char *hint)
{
	struct jundef *u = jarena_new(&r->mem, sizeof *u);

	u->hint = hint;
	return (struct jv){ .kind = JV_UNDEF, .undef = u };
}

struct jv
jrun_text(struct jrun *r, const char *p, size_t n)
{
	return jv_str(jstr_copy(&r->mem, p, n));
}

struct jv
jrun_str(struct jrun *r, const char *text)
{
	return jv_str(jstr_from(&r->mem, text));
}

struct jframe *
jframe_push(struct jrun *r)
{
	struct jframe *f = jarena_new(&r->mem, sizeof *f);

	f->up = r->env;
	return f;
}

void
jframe_set(struct jrun *r, struct jframe *f, struct jstr *name, struct jv v)
{
	size_t i, cap = f->cap ? 2 * f->cap : 4;

	for (i = 0; i < f->n; i++)
		if (f->at[i].name == name) {
			f->at[i].val = v;
			return;
		}
	if (f->n == f->cap) {
		f->at = jarena_grow(&r->mem, f->at, f->cap * sizeof *f->at,
		    cap * sizeof *f->at);
		f->cap = cap;
	}
	f->at[f->n++] = (struct jslot){ name, v };
}

struct jv *
jrun_find(const struct jframe *f, const struct jstr *name)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->at[i].name == name)
			return &f->at[i].val;
	return NULL;
}

struct jv
jrun_lookup(struct jrun *r, struct jstr *name)
{
	struct jframe *f;
	struct jv *given, v;

	for (f = r->env; f != NULL; f = f->up) {
		given = jrun_find(f, name);
		if (given != NULL)
			return *given;
	}
	given = jdict_str(r->vars, name);
	if (given != NULL)
		return *given;
	v = jglobal_find(r, name);
	if (v.kind != JV_MISSING)
		return v;
	return jrun_undef(r, v, jv_str(name));
}

struct jrun *
jinja_run_new(void)
{
	struct jrun *r = xcalloc(1, sizeof *r);
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	r->vars = jdict_new(&r->mem);
	r->fixed_now = epoch != NULL &&
	    parse_i64(epoch, 0, 253402300799, &r->now) == 0;
	if (!r->fixed_now)
		r->now = (int64_t)time(NULL);
	return r;
}

void
jinja_reset(struct jrun *r)
{
	jarena_reset(&r->mem);
	r->vars = jdict_new(&r->mem);
}

void
jinja_run_free(struct jrun *r)
{
	if (r == NULL)
		return;
	jarena_free(&r->mem);
	free(r);
}

int64_t
jinja_now(const struct jrun *r)
{
	return r->now;
}

void
jinja_set(struct jrun *r, const char *name, struct jv v)
{
	struct jstr *s = jstr_copy(&r->mem, name, strlen(name));

	jdict_set(&r->mem, r->vars, jv_str(s), v);
}

void
jinja_set_text(struct jrun *r, const char *name, const char *s, size_t n)
{
	struct jv v = jrun_text(r, s, n);

	v.s->origin = JFROM_TEMPLATE;
	jinja_set(r, name, v);
}

void
jinja_track(struct jrun *r)
{
	r->tracks = true;
}

const char *
jinja_data(const struct jrun *r)
{
	return r->data;
}

int
jinja_render(const struct jinja *t, struct jrun *r, struct buf *out)
{
	struct jtext text = { .a = &r->mem, .tracks = r->tracks };
	enum jflow flow;

	r->t = t;
	r->out = &text;
	r->steps = 0;
	r->depth = 0;
	r->line = 1;
	r->env = NULL;
	r->env = r->root = jframe_push(r);
	flow = jexec_body(r, &t->body);
	if (flow == FLOW_ERROR)
		return fail("line %d: %s", r->line, errstr());
	buf_add(out, text.p, text.n);
	r->data = text.data;
	return 0;
}

struct jarena *
jinja_arena(struct jrun *r)
{
	return &r->mem;
}
