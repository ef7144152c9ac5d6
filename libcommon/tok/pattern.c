#include "tok/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/patternimpl.h"

/*
 * MATCH_LIMIT bounds the steps of one search, about a second's worth;
 * JIT_STACK what it may remember.
 */
enum { MATCH_LIMIT = 20000000, JIT_STACK = 16 << 20 };

struct pattern {
	const struct pattern_matcher *known;	/* or NULL */
	pcre2_code *code;		/* or NULL: then literal, or known */
	bool jit;
	char *literal;
	size_t n;
};

struct pattern_work {
	pcre2_match_data *md;
	pcre2_match_context *ctx;
	pcre2_jit_stack *stack;
};

static pcre2_code *
compile(const char *text, size_t n)
{
	pcre2_compile_context *ctx = pcre2_compile_context_create(NULL);
	pcre2_code *code;
	PCRE2_UCHAR msg[120];
	PCRE2_SIZE at;
	int err;

	if (ctx == NULL)
		die("out of memory");
	pcre2_set_newline(ctx, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(ctx, PCRE2_BSR_UNICODE);
	pcre2_set_parens_nest_limit(ctx, 250);
	code = pcre2_compile((PCRE2_SPTR)text, n, PCRE2_UTF | PCRE2_UCP |
	    PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &err, &at, ctx);
	pcre2_compile_context_free(ctx);
	if (code == NULL) {
		pcre2_get_error_message(err, msg, sizeof msg);
		fail("regex: %s", (char *)msg);
	}
	return code;
}

struct pattern *
pattern_regex(const char *text, size_t n)
{
	const struct pattern_matcher *known = pattern_known(text, n);
	struct pattern *p;

	if (known == NULL)
		return pattern_pcre2(text, n);
	p = xcalloc(1, sizeof *p);
	p->known = known;
	return p;
}

struct pattern *
pattern_pcre2(const char *text, size_t n)
{
	struct pattern *p;
	struct buf re = { 0 };
	pcre2_code *code = NULL;

	if (pattern_translate(text, n, &re) == 0)
		code = compile(re.p, re.n);
	buf_free(&re);
	if (code == NULL)
		return NULL;
	p = xcalloc(1, sizeof *p);
	p->code = code;
	p->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	return p;
}

struct pattern *
pattern_literal(const char *text, size_t n)
{
	struct pattern *p = xcalloc(1, sizeof *p);

	p->literal = xstrndup(text, n);
	p->n = n;
	return p;
}

struct pattern *
pattern_gpt2(void)
{
	return pattern_regex(pattern_gpt2_text, strlen(pattern_gpt2_text));
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	free(p->literal);
	free(p);
}

struct pattern_work *
pattern_work_new(void)
{
	struct pattern_work *w = xcalloc(1, sizeof *w);

	w->md = pcre2_match_data_create(1, NULL);
	w->ctx = pcre2_match_context_create(NULL);
	w->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK, NULL);
	if (w->md == NULL || w->ctx == NULL || w->stack == NULL)
		die("out of memory");
	pcre2_set_match_limit(w->ctx, MATCH_LIMIT);
	pcre2_jit_stack_assign(w->ctx, NULL, w->stack);
	return w;
}

void
pattern_work_free(struct pattern_work *w)
{
	if (w == NULL)
		return;
	pcre2_match_data_free(w->md);
	pcre2_match_context_free(w->ctx);
	pcre2_jit_stack_free(w->stack);
	free(w);
}

void
pattern_start(struct pattern_iter *it, const struct pattern *p,
    struct pattern_work *w, const char *s, size_t n)
{
	*it = (struct pattern_iter){ .p = p, .w = w, .s = s, .n = n,
		.last = SIZE_MAX };
}

static int
find_literal(struct pattern_iter *it, struct span *at)
{
	const struct pattern *p = it->p;
	const char *hit;

	hit = memmem(it->s + it->from, it->n - it->from, p->literal, p->n);
	if (hit == NULL)
		return 0;
	at->from = (uint32_t)(hit - it->s);
	at->to = at->from + (uint32_t)p->n;
	return 1;
}

static int
find_regex(struct pattern_iter *it, struct span *at)
{
	struct pattern_work *w = it->w;
	PCRE2_UCHAR msg[120];
	size_t *v;
	int r;

	r = (it->p->jit ? pcre2_jit_match : pcre2_match)(it->p->code,
	    (PCRE2_SPTR)it->s, it->n, it->from, PCRE2_NO_UTF_CHECK, w->md,
	    w->ctx);
	if (r == PCRE2_ERROR_NOMATCH)
		return 0;
	if (r < 0) {
		pcre2_get_error_message(r, msg, sizeof msg);
		return fail("a regex of the tokenizer is too complex for the "
		    "text: %s", (char *)msg);
	}
	v = pcre2_get_ovector_pointer(w->md);
	*at = (struct span){ (uint32_t)v[0], (uint32_t)v[1] };
	return 1;
}

/* The character at offset i of the text in bytes; 1 at its end. */
static size_t
step(const struct pattern_iter *it, size_t i)
{
	size_t k = 1;

	while (i + k < it->n && ((unsigned char)it->s[i + k] & 0xc0) == 0x80)
		k++;
	return k;
}

static int
find_known(struct pattern_iter *it, struct span *at)
{
	size_t i = it->from, to;

	for (; i < it->n; i += step(it, i)) {
		to = it->p->known->match(it->s, i, it->n);
		if (to == i)
			continue;
		*at = (struct span){ (uint32_t)i, (uint32_t)to };
		return 1;
	}
	return 0;
}

static int
find(struct pattern_iter *it, struct span *at)
{
	if (it->p->known != NULL)
		return find_known(it, at);
	return it->p->code != NULL ? find_regex(it, at) : find_literal(it, at);
}

int
pattern_next(struct pattern_iter *it, struct span *at)
{
	int r;

	while (it->from <= it->n) {
		r = find(it, at);
		if (r <= 0)
			return r;
		if (at->from < at->to || at->to != it->last) {
			it->from = it->last = at->to;
			return 1;
		}
		it->from += step(it, it->from);
	}
	return 0;
}

bool
pattern_covers(const struct pattern *p)
{
	return p->known != NULL && p->known->covers;
}

bool
pattern_is_literal(const struct pattern *p, const char *text)
{
	return p->literal != NULL && p->n == strlen(text) &&
	    memcmp(p->literal, text, p->n) == 0;
}

const struct pattern_matcher *
pattern_matcher(const struct pattern *p)
{
	return p->known;
}
