#include "pooling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "ops.h"
#include "opt.h"
#include "util.h"

enum { JSON_MAX = 1 << 20, DIM_MAX = 1 << 20 };

static const char *const kinds[] = {
	[POOL_MEAN] = "mean",
	[POOL_CLS] = "cls",
	[POOL_MAX] = "max",
	[POOL_LAST] = "last",
	[POOL_MEAN_SQRT_LEN] = "mean-sqrt-len",
	NULL
};

/* The switches of 1_Pooling/config.json; newer files name the mode instead. */
static const struct {
	const char *key, *mode;
	int kind;		/* -1: not supported */
} modes[] = {
	{ "pooling_mode_cls_token", "cls", POOL_CLS },
	{ "pooling_mode_mean_tokens", "mean", POOL_MEAN },
	{ "pooling_mode_max_tokens", "max", POOL_MAX },
	{ "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens",
	    POOL_MEAN_SQRT_LEN },
	{ "pooling_mode_lasttoken", "lasttoken", POOL_LAST },
	{ "pooling_mode_weightedmean_tokens", "weightedmean", -1 },
};
enum { MODES = sizeof modes / sizeof *modes };

int
pooling_parse(const char *name)
{
	return opt_choice(name, kinds);
}

/* "pooling_mode": a name, or a list of one. */
static int
named_mode(struct pooling *how, json *named)
{
	const char *mode = json_text(json_is_array(named)
	    ? json_at(named, 0)
	    : named);
	size_t i;

	if (json_len(named) > 1)
		return fail("asks for several poolings; only one is supported");
	if (mode == NULL)
		return fail("pooling_mode names none");
	for (i = 0; i < MODES; i++)
		if (strcmp(modes[i].mode, mode) == 0 && modes[i].kind >= 0) {
			how->kind = (enum pooling_kind)modes[i].kind;
			return 0;
		}
	return fail("pooling_mode \"%s\" is not supported", mode);
}

static int
switched_mode(struct pooling *how, json *c)
{
	size_t i, n = 0;

	for (i = 0; i < MODES; i++) {
		if (!json_bool(c, modes[i].key, false))
			continue;
		if (modes[i].kind < 0)
			return fail("%s is not supported", modes[i].key);
		how->kind = (enum pooling_kind)modes[i].kind;
		n++;
	}
	if (n > 1)
		return fail("asks for several poolings; only one is supported");
	return 0;
}

static int
read_pooling(struct pooling *how, const char *dir, const char *sub)
{
	char *path = xprintf("%s/%s/config.json", dir, sub);
	struct cJSON *c = json_load(path, JSON_MAX);
	json *named = json_get(c, "pooling_mode");
	int r;

	r = c == NULL		    ? -1
	    : !json_is_null(named) ? named_mode(how, named)
				    : switched_mode(how, c);
	how->without_prompt = !json_bool(c, "include_prompt", true);
	if (c != NULL && r < 0)
		fail("%s: %s", path, errstr());
	json_free(c);
	free(path);
	return r;
}

static bool
safe_path(const char *s)
{
	return s[0] != '/' && strstr(s, "..") == NULL;
}

/* Of a class of sentence-transformers' own its name; else the whole path. */
static const char *
last_name(const char *type)
{
	return strncmp(type, "sentence_transformers.", 22) == 0
	    ? strrchr(type, '.') + 1
	    : type;
}

/* One entry of modules.json. */
static int
read_step(struct pooling *how, const char *dir, json *step)
{
	const char *type = json_str(step, "type", "?");
	const char *last = last_name(type);
	const char *path = json_str(step, "path", "");

	if (strcmp(last, "Transformer") == 0)
		return 0;
	if (strcmp(last, "Normalize") == 0) {
		how->model_normalize = true;
		return 0;
	}
	if (strcmp(last, "Pooling") != 0 || how->model_normalize)
		return fail("step \"%s\" is not supported", type);
	if (!safe_path(path))
		return fail("path \"%s\": leads out of the model", path);
	return read_pooling(how, dir, path);
}

/* truncate_dim, where the model is not used at its full length. */
static int
read_dim(struct pooling *how, const char *dir)
{
	static const char name[] = "config_sentence_transformers.json";
	struct cJSON *c;
	int r = json_load_optional(dir, name, JSON_MAX, &c);

	if (r == 0 && json_size(c, "truncate_dim", 1, DIM_MAX, &how->dim) < 0)
		r = fail("%s/%s: %s", dir, name, errstr());
	json_free(c);
	return r;
}

int
pooling_open(struct pooling *how, const char *dir)
{
	char *path = xprintf("%s/modules.json", dir);
	struct cJSON *list;
	int r = json_load_optional(dir, "modules.json", JSON_MAX, &list);
	json *step;

	*how = (struct pooling){ .kind = POOL_MEAN };
	for (step = json_first(list); step != NULL && r == 0;
	     step = json_next(step))
		if (read_step(how, dir, step) < 0)
			r = fail("%s: %s", path, errstr());
	json_free(list);
	free(path);
	return r == 0 ? read_dim(how, dir) : r;
}

/* The hidden states of one text, and which of them count. */
struct text {
	const float *h;		/* [T,D] */
	const int32_t *mask;	/* [T], NULL: all */
	size_t T, D;
};

static bool
counts(const struct text *x, size_t t)
{
	return x->mask == NULL || x->mask[t] != 0;
}

/* Sum or maximum over the real tokens; their number. */
static size_t
accumulate(const struct text *x, bool max, double *sum)
{
	size_t t, d, n = 0;
	double v;

	for (d = 0; d < x->D; d++)
		sum[d] = max ? -(double)INFINITY : 0;
	for (t = 0; t < x->T; t++) {
		if (!counts(x, t))
			continue;
		n++;
		for (d = 0; d < x->D; d++) {
			v = (double)x->h[t * x->D + d];
			sum[d] = !max ? sum[d] + v : v > sum[d] ? v : sum[d];
		}
	}
	return n;
}

static void
pool_sum(const struct text *x, enum pooling_kind kind, double *sum, float *out)
{
	size_t d, n = accumulate(x, kind == POOL_MAX, sum);
	double by = kind == POOL_MEAN	       ? (double)n
	    : kind == POOL_MEAN_SQRT_LEN ? sqrt((double)n)
						: 1;

	for (d = 0; d < x->D && n > 0; d++)
		out[d] = (float)(sum[d] / by);
}

/* The first or the last real token. */
static void
pool_one(const struct text *x, bool last, float *out)
{
	size_t i, t;

	for (i = 0; i < x->T; i++) {
		t = last ? x->T - 1 - i : i;
		if (!counts(x, t))
			continue;
		memcpy(out, x->h + t * x->D, x->D * sizeof *out);
		return;
	}
}

static void
pool_text(const struct text *x, enum pooling_kind kind, double *sum,
    float *out)
{
	if (kind == POOL_CLS || kind == POOL_LAST)
		pool_one(x, kind == POOL_LAST, out);
	else
		pool_sum(x, kind, sum, out);
}

/* Keep the first n values of each row, in place. */
static void
narrow(float *x, size_t rows, size_t from, size_t n)
{
	size_t i;

	for (i = 1; i < rows; i++)
		memmove(x + i * n, x + i * from, n * sizeof *x);
}

int
pooling_apply(const struct pooling *how, struct pool *p, struct frame *f)
{
	const struct tensor *h = frame_need(f, "last_hidden_state", DT_F32, 3);
	const struct tensor *mask = frame_get(f, "attention_mask");
	struct text x = { 0 };
	size_t i, B, D, keep;
	double *sum;
	float *out;

	if (h == NULL)
		return -1;
	if (mask != NULL &&
	    (mask->dtype != DT_I32 || !tensor_is(mask, 2, h->dim)))
		return fail("attention_mask: is not I32 of the states' shape");
	B = h->dim[0];
	D = h->dim[2];
	keep = how->dim ? how->dim : D;
	if (keep > D)
		return fail("--dim %zu: the model gives %zu", keep, D);
	sum = frame_alloc(f, D * sizeof *sum);
	out = frame_alloc(f, B * D * sizeof *out);
	memset(out, 0, B * D * sizeof *out);
	x = (struct text){ .T = h->dim[1], .D = D };
	for (i = 0; i < B; i++) {
		x.h = (const float *)h->data + i * x.T * D;
		x.mask = mask ? (const int32_t *)mask->data + i * x.T : NULL;
		pool_text(&x, how->kind, sum, out + i * D);
	}
	if (how->model_normalize)
		l2_normalize(p, out, B, D, 1e-12f);
	narrow(out, B, D, keep);
	if (how->normalize)
		l2_normalize(p, out, B, keep, 1e-12f);
	frame_drop(f, "last_hidden_state");
	memcpy(frame_add(f, "embedding", DT_F32, 2, (size_t[]){ B, keep }),
	    out, B * keep * sizeof *out);
	return 0;
}
