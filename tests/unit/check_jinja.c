#include "unit.h"

#include <string.h>

#include "err.h"
#include "jinja/jinja.h"
#include "jinja/value.h"
#include "utf8.h"

/* Render with the members of a JSON object as variables. */
static int
render(const char *text, size_t n, struct jdict *vars, struct buf *out)
{
	struct jrun *r = jinja_run_new();
	struct jinja *t = jinja_parse(text, n);
	char *name;
	size_t i;
	int ret = -1;

	out->n = 0;
	for (i = 0; vars != NULL && i < vars->n; i++) {
		name = xstrndup(vars->at[i].key.s->p, vars->at[i].key.s->n);
		jinja_set(r, name, vars->at[i].val);
		free(name);
	}
	if (t != NULL)
		ret = jinja_render(t, r, out);
	jinja_free(t);
	jinja_run_free(r);
	return ret;
}

static int
plain(const char *text, struct buf *out)
{
	return render(text, strlen(text), NULL, out);
}

static void
refused(const char *text, const char *why)
{
	struct buf out = { 0 };

	ck_assert_msg(plain(text, &out) < 0, "%.60s is not refused", text);
	ck_assert_msg(strstr(errstr(), why) != NULL, "%.60s: %s", text,
	    errstr());
	buf_free(&out);
}

/* tests/data/jinja.jsonl: each line a template, and what Jinja makes of it. */
struct golden {
	struct jarena mem;
	struct buf file;
	const char *at;
	struct jdict *vars;	/* of the first line */
};

static void
golden_open(struct golden *g)
{
	char *path = xprintf("%s/data/jinja.jsonl", getenv("TESTS") != NULL
		? getenv("TESTS")
		: "tests");

	*g = (struct golden){ 0 };
	ck_assert_msg(file_read(path, 16 << 20, &g->file) == 0, "%s",
	    errstr());
	g->at = g->file.p;
	free(path);
}

/* The next line's object, or NULL. */
static struct jdict *
golden_next(struct golden *g)
{
	const char *end = strchr(g->at, '\n');
	struct pull j;
	struct jv v;

	if (end == NULL)
		return NULL;
	pull_init(&j, g->at, (size_t)(end - g->at));
	v = jv_from_json(&g->mem, &j);
	ck_assert_msg(pull_end(&j) == 0, "%s", errstr());
	g->at = end + 1;
	if (g->vars == NULL) {
		g->vars = jdict_text(v.d, "v")->d;
		return golden_next(g);
	}
	return v.d;
}

static void
golden_close(struct golden *g)
{
	jarena_free(&g->mem);
	buf_free(&g->file);
}

static struct jdict *
vars_of(struct golden *g, struct jdict *line)
{
	struct jv *v = jdict_text(line, "v");

	return v != NULL ? v->d : g->vars;
}

START_TEST(templates_render_as_in_python)
{
	struct golden g;
	struct buf out = { 0 };
	struct jdict *line;
	struct jv *t, *want;
	size_t n = 0;
	int r;

	setenv("SOURCE_DATE_EPOCH", "1721952000", 1);
	golden_open(&g);
	while ((line = golden_next(&g)) != NULL) {
		t = jdict_text(line, "t");
		want = jdict_text(line, "out");
		r = render(t->s->p, t->s->n, vars_of(&g, line), &out);
		ck_assert_msg((r == 0) == (want != NULL), "%.*s: %s",
		    (int)t->s->n, t->s->p, r < 0 ? errstr() : "no error");
		if (r == 0)
			ck_assert_msg(out.n == want->s->n &&
				memcmp(out.p, want->s->p, out.n) == 0,
			    "%.*s\nwant %.*s\ngot  %.*s", (int)t->s->n,
			    t->s->p, (int)want->s->n, want->s->p, (int)out.n,
			    out.p);
		n++;
	}
	ck_assert_int_gt(n, 300);
	golden_close(&g);
	buf_free(&out);
}
END_TEST

START_TEST(a_template_cut_anywhere_ends_in_text_or_one_error)
{
	struct golden g;
	struct buf out = { 0 };
	struct jdict *line;
	const char *last = "";
	struct jv *t;
	size_t i;

	golden_open(&g);
	while ((line = golden_next(&g)) != NULL) {
		t = jdict_text(line, "t");
		if (strncmp(last, t->s->p, 40) == 0)
			continue;
		last = t->s->p;
		for (i = 0; i < t->s->n; i++)
			if (render(t->s->p, i, vars_of(&g, line), &out) < 0)
				ck_assert(strncmp(errstr(), "line ", 5) == 0 ||
				    strstr(errstr(), "UTF-8") != NULL);
	}
	golden_close(&g);
	buf_free(&out);
}
END_TEST

START_TEST(bytes_changed_at_random_do_no_harm)
{
	struct golden g;
	struct buf out = { 0 };
	struct jdict *line;
	struct jv *t;
	uint32_t seed = 1;
	char *text;
	size_t i;
	int k;

	golden_open(&g);
	while ((line = golden_next(&g)) != NULL) {
		t = jdict_text(line, "t");
		for (k = 0; k < 20 && t->s->n > 0; k++) {
			text = xstrndup(t->s->p, t->s->n);
			for (i = 0; i < 3; i++) {
				seed = seed * 1103515245 + 12345;
				text[(seed >> 8) % t->s->n] =
				    "{}%#-+()[]'\"|.,:=~ \nabxi0"[seed % 25];
			}
			if (render(text, t->s->n, vars_of(&g, line), &out) < 0)
				ck_assert(errstr()[0] != '\0');
			free(text);
		}
	}
	golden_close(&g);
	buf_free(&out);
}
END_TEST

START_TEST(time_memory_depth_and_output_are_bounded)
{
	static const char *const list[][2] = {
		{ "{% for i in range(99999) %}{% for j in range(99999) %}"
		  "{% endfor %}{% endfor %}", "steps" },
		{ "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
		    "recursion" },
		{ "{{ 'x' * 99999999999 }}", "MB" },
		{ "{{ [0] * 99999999999 }}", "MB" },
		{ "{% set ns = namespace(a='x' * 1000000) %}"
		  "{% for i in range(999) %}{% set ns.a = ns.a + ns.a %}"
		  "{% endfor %}", "MB" },
		{ "{% set ns = namespace(a=[1] * 1000000) %}"
		  "{% for i in range(999) %}{% set ns.a = ns.a + ns.a %}"
		  "{% endfor %}", "MB" },
		{ "{% set a = 'x' * 1000000 %}{% for i in range(999) %}"
		  "{{ a }}{% endfor %}", "longer than" },
		{ "{% set ns = namespace(a=[]) %}{% for i in range(9999) %}"
		  "{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
		    "nested" },
		{ "{% set ns = namespace(a=[]) %}{% for i in range(9999) %}"
		  "{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a|tojson }}",
		    "nested" },
		{ "{% set ns = namespace(a=[]) %}{% for i in range(9999) %}"
		  "{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a == [ns.a] }}",
		    "nested" },
		{ "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}",
		    "nested" },
		{ "{% set ns = namespace(a=[1]) %}{% for i in range(9999) %}"
		  "{% set ns.a = ns.a|map('int') %}{% endfor %}"
		  "{{ ns.a|list }}", "recursion" },
		{ "{{ '%999999999d' % 1 }}", "too much" },
		{ "{{ '{:999999999}'.format(1) }}", "too much" },
		{ "{{ 'a'.ljust(99999999999) }}", "MB" },
		{ "{{ '.'.replace('', 'x' * 9999999).replace('', "
		  "'x' * 9999999) }}", "MB" },
		{ "{{ [1]|batch(99999999999, 0)|list }}", "MB" },
		{ "{{ range(100001) }}", "Range too big" },
		{ "{{ 9223372036854775807 + 1 }}", "64 bits" },
		{ "{{ 9223372036854775808 }}", "64 bits" },
		{ "{{ 2 ** 63 }}", "64 bits" },
		{ "{{ (-9223372036854775807 - 1) // -1 }}", "64 bits" },
	};
	size_t i;

	for (i = 0; i < sizeof list / sizeof *list; i++)
		refused(list[i][0], list[i][1]);
}
END_TEST

static void
repeated(const char *part, const char *middle, const char *end, int n,
    const char *why)
{
	struct buf b = { 0 };
	int i;

	for (i = 0; i < n; i++)
		buf_str(&b, part);
	buf_str(&b, middle);
	for (i = 0; i < n; i++)
		buf_str(&b, end);
	refused(b.p, why);
	buf_free(&b);
}

START_TEST(nesting_in_the_source_is_bounded)
{
	struct buf b = { 0 }, out = { 0 };
	int i;

	repeated("{% if 1 %}", "", "{% endif %}", 10000, "nested");
	repeated("{% for i in [1] %}", "", "{% endfor %}", 10000, "nested");
	buf_str(&b, "{{ ");
	for (i = 0; i < 10000; i++)
		buf_byte(&b, '(');
	refused(b.p, "nested");
	b.n = 0;
	buf_str(&b, "{{ ");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "- ");
	refused(b.p, "nested");
	b.n = 0;
	buf_str(&b, "{{ ");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "not ");
	refused(b.p, "nested");
	b.n = 0;
	buf_str(&b, "{{ 1");
	for (i = 0; i < 10000; i++)
		buf_str(&b, " if 1 else 1");
	refused(b.p, "nested");
	b.n = 0;
	buf_str(&b, "{{ 1");
	for (i = 0; i < 10000; i++)
		buf_str(&b, " + 1");
	buf_str(&b, " }}");
	refused(b.p, "recursion");
	b.n = 0;
	buf_str(&b, "{% if 0 %}");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "{% elif 0 %}");
	buf_str(&b, "{% else %}x{% endif %}");
	ck_assert_int_eq(plain(b.p, &out), 0);
	ck_assert_str_eq(out.p, "x");
	buf_free(&b);
	buf_free(&out);
}
END_TEST

START_TEST(only_data_can_be_reached)
{
	static const char *const list[] = { "{{ ''.__class__.__mro__ }}",
		"{{ {}.__init__.__globals__ }}", "{{ ''['__class__'].x }}",
		"{{ (''|attr('__class__')).x }}", "{{ [].append(1) }}",
		"{{ {}.update({}) }}", "{{ {}.pop('a') }}",
		"{{ '{0.__class__.__mro__}'.format(1) }}",
		"{{ '{x.__class__.y}'.format(x=1) }}",
		"{% set ns = namespace(_a=1) %}",
		"{% set ns = namespace() %}{% set ns._a = 1 %}",
		"{{ cycler.__init__.__globals__ }}",
		"{{ range.__self__.x }}", "{% include '/etc/passwd' %}",
		"{% import 'os' as os %}", "{% extends 'x' %}",
		"{% from 'os' import path %}" };
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < sizeof list / sizeof *list; i++)
		ck_assert_msg(plain(list[i], &out) < 0, "%s gives %s", list[i],
		    out.p);
	buf_free(&out);
}
END_TEST

/* Appended to again and again: no copy of all that is there already. */
START_TEST(growing_strings_and_lists_cost_little)
{
	struct buf out = { 0 };

	ck_assert_msg(plain("{% set ns = namespace(s='', l=[]) %}"
			    "{% for i in range(100000) %}"
			    "{% set ns.s = ns.s + 'abcdefghij' %}"
			    "{% set ns.l = ns.l + [i] %}"
			    "{% endfor %}{{ ns.s|length }} {{ ns.l|length }}",
			  &out) == 0,
	    "%s", errstr());
	ck_assert_str_eq(out.p, "1000000 100000");
	out.n = 0;
	ck_assert_msg(plain("{% set s = 'é' * 90000 %}{% set ns = "
			    "namespace(n=0) %}{% for i in range(90000) %}"
			    "{% if s[i] == 'é' and s[i:i+2] %}"
			    "{% set ns.n = ns.n + 1 %}{% endif %}{% endfor %}"
			    "{{ ns.n }}",
			  &out) == 0,
	    "%s", errstr());
	ck_assert_str_eq(out.p, "90000");
	buf_free(&out);
}
END_TEST

/* Two strings that grew from the same one do not write into each other. */
START_TEST(values_that_share_bytes_stay_apart)
{
	struct buf out = { 0 };

	ck_assert_int_eq(plain("{% set a = 'x' * 200 %}{% set b = a + 'b' %}"
			       "{% set c = b + 'c' %}{% set d = b + 'd' %}"
			       "{{ c[-2:] }}{{ d[-2:] }}{{ b[-1:] }}"
			       "{% set l = [1, 2] %}{% set m = l + [3] %}"
			       "{% set n = m + [4] %}{% set o = m + [5] %}"
			       "{{ l }}{{ m }}{{ n }}{{ o }}",
			     &out), 0);
	ck_assert_str_eq(out.p,
	    "bcbdb[1, 2][1, 2, 3][1, 2, 3, 4][1, 2, 3, 5]");
	buf_free(&out);
}
END_TEST

/* Each byte of the text: '.' the template's, 'd' data; a table to add to. */
static const struct {
	const char *text, *want;
} origins[] = {
	{ "<{{ s }}>", ".dd." },
	{ "{{ '<' ~ s ~ '>' }}{{ 'a' ~ 5 ~ true }}", ".dd......." },
	{ "{{ (' <' + s + '> ') | trim }}", ".dd." },
	{ "{{ ('<' + s + '>')[1:] }}{{ ('<' + s)[0] }}", "dd.." },
	{ "{% set x %}<{{ s }}>{% endset %}{{ x }}{{ x }}", ".dd..dd." },
	{ "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(s) }}{{ m('c') }}",
	    ".dd...." },
	{ "{% filter trim %} <{{ s }}{% endfilter %}", ".dd" },
	{ "{{ s | upper }}{{ 'c' | upper }}{{ s.title() }}", "dd.dd" },
	{ "{{ l | join('--') }}{{ '-'.join(l) }}", "d..dd.d" },
	{ "{{ '%s!' % s }}{{ '{}!'.format(s) }}", "dddddd" },
	{ "{{ s | tojson }}{{ l }}", "dddddddddddddd" },
	{ "{{ 5 }}{{ s | length }}{{ 1.5 }}{{ none }}", "........." },
	{ "{{ {'ab': '<u>'}[s] }}{{ {'ab': '<u>'}.get(s) }}", "......" },
	{ "{{ 'k'.replace('k', s) }}{{ s.replace('a', '<') }}", "dddd" },
	{ "{{ s.split('b')[0] }}{{ 'x y'.split()[1] }}", "d." },
	{ "{% for c in s %}{{ c }}-{% endfor %}", "d.d." },
	{ "{{ no | default('n') }}{{ s | default('n') }}", ".dd" },
	{ "{{ bos }}{{ bos + s }}{{ '-' * 3 }}{{ s * 2 }}",
	    "......dd...dddd" },
	{ "{% set n = namespace(t='') %}{% for x in l %}{% set n.t = n.t + "
	  "'<' + x %}{% endfor %}{{ n.t }}{{ n.t | lower }}", ".d.ddddd" },
	{ "{% for k, v in o.items() %}{{ k }}={{ v }}{% endfor %}", "d.d" },
	{ "{% for x in l | map('upper') %}{{ x }}{% endfor %}", "dd" },
	{ "{{ s | string | safe | escape }}{{ '<' ~ s | e }}", "dd.dd" },
};

START_TEST(it_is_known_what_is_data)
{
	static const char json[] =
	    "{\"s\":\"ab\",\"l\":[\"x\",\"y\"],\"o\":{\"k\":\"v\"}}";
	struct jrun *r = jinja_run_new();
	struct buf out = { 0 };
	struct jinja *t;
	struct pull j;
	struct jv v;
	size_t i, k;

	jinja_track(r);
	for (i = 0; i < sizeof origins / sizeof *origins; i++) {
		jinja_reset(r);
		out.n = 0;
		pull_init(&j, json, sizeof json - 1);
		v = jv_from_json(jinja_arena(r), &j);
		for (k = 0; k < v.d->n; k++)
			jinja_set(r, k == 0 ? "s" : k == 1 ? "l" : "o",
			    v.d->at[k].val);
		jinja_set_text(r, "bos", "<s>", 3);
		t = jinja_parse(origins[i].text, strlen(origins[i].text));
		ck_assert_msg(t != NULL && jinja_render(t, r, &out) == 0,
		    "%s: %s", origins[i].text, errstr());
		ck_assert_msg(out.n == strlen(origins[i].want), "%s: %.*s",
		    origins[i].text, (int)out.n, out.p);
		for (k = 0; k < out.n; k++)
			ck_assert_msg((origins[i].want[k] == 'd') ==
				jinja_data(r)[k], "%s: byte %zu of %.*s",
			    origins[i].text, k, (int)out.n, out.p);
		jinja_free(t);
	}
	jinja_run_free(r);
	buf_free(&out);
}
END_TEST

/* The value with each letter a..z in its strings as a Cyrillic one. */
static struct jv
cyrillic(struct jarena *a, struct jv v)
{
	struct jtext t = { .a = a };
	struct jdict *d;
	struct jlist *l;
	size_t i;

	if (v.kind == JV_STR) {
		for (i = 0; i < v.s->n; i++)
			if (v.s->p[i] >= 'a' && v.s->p[i] <= 'z')
				jtext_char(&t, 0x430u + (uint32_t)(v.s->p[i] -
				    'a'));
			else
				jtext_byte(&t, v.s->p[i]);
		v = jv_str(jtext_done(&t));
		v.s->origin = JFROM_DATA;
	} else if (v.kind == JV_LIST) {
		l = jlist_new(a, v.l->n);
		for (i = 0; i < l->n; i++)
			l->at[i] = cyrillic(a, v.l->at[i]);
		v.l = l;
	} else if (v.kind == JV_DICT) {
		d = jdict_new(a);
		for (i = 0; i < v.d->n; i++)
			jdict_set(a, d, v.d->at[i].key,
			    cyrillic(a, v.d->at[i].val));
		v.d = d;
	}
	return v;
}

static bool
is_cyrillic(char c)
{
	return (c & (char)0xfc) == (char)0xd0;	/* U+0400 to U+04FF */
}

static bool
writes_cyrillic(const struct jstr *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (is_cyrillic(s->p[i]))
			return true;
	return memmem(s->p, s->n, "\\u04", 4) != NULL;
}

/* What templates do not write they must have from the variables. */
START_TEST(no_data_passes_for_the_template_s)
{
	struct golden g;
	struct jrun *r = jinja_run_new();
	struct buf out = { 0 };
	struct jdict *line, *vars;
	struct jinja *t;
	struct jv *text;
	size_t i, n = 0;
	char *name;

	jinja_track(r);
	golden_open(&g);
	while ((line = golden_next(&g)) != NULL) {
		text = jdict_text(line, "t");
		if (writes_cyrillic(text->s))
			continue;
		jinja_reset(r);
		out.n = 0;
		vars = cyrillic(jinja_arena(r), jv_dict(vars_of(&g, line))).d;
		for (i = 0; i < vars->n; i++) {
			name = xstrndup(vars->at[i].key.s->p,
			    vars->at[i].key.s->n);
			jinja_set(r, name, vars->at[i].val);
			free(name);
		}
		t = jinja_parse(text->s->p, text->s->n);
		if (t != NULL && jinja_render(t, r, &out) == 0)
			for (i = 0; i < out.n; i++) {
				n += is_cyrillic(out.p[i]);
				ck_assert_msg(!is_cyrillic(out.p[i]) ||
					jinja_data(r)[i], "%.*s: byte %zu of "
				    "%.*s", (int)text->s->n, text->s->p, i,
				    (int)out.n, out.p);
			}
		jinja_free(t);
	}
	ck_assert_int_gt(n, 400);
	jinja_run_free(r);
	golden_close(&g);
	buf_free(&out);
}
END_TEST

START_TEST(errors_name_the_line)
{
	refused("a\nb\n{{ 1 / 0 }}\n", "line 3: division by zero");
	refused("a\n{% if x %}\n", "line 2: Unexpected end");
	refused("{% if true %}\n\n{{ x.y.z }}{% endif %}",
	    "line 3: 'x' is undefined");
	refused("{{ raise_exception('no\nway') }}", "line 1: no\nway");
	refused("{{ 'a' + 1 }}", "can only concatenate str (not \"int\")");
	refused("\xff", "UTF-8");
}
END_TEST

UNIT_MAIN("jinja", templates_render_as_in_python,
    a_template_cut_anywhere_ends_in_text_or_one_error,
    bytes_changed_at_random_do_no_harm,
    time_memory_depth_and_output_are_bounded,
    nesting_in_the_source_is_bounded, only_data_can_be_reached,
    growing_strings_and_lists_cost_little,
    values_that_share_bytes_stay_apart, it_is_known_what_is_data,
    no_data_passes_for_the_template_s, errors_name_the_line)
