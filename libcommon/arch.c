#include "arch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "util.h"

struct net {
	const struct arch *arch;
	struct pool *pool;
	void *own;
	const char *const *defaults;
};

static const struct arch *
find(const char *type)
{
	const char *const *t;
	size_t i;

	for (i = 0; archs[i] != NULL; i++)
		for (t = archs[i]->model_types; *t != NULL; t++)
			if (strcmp(*t, type) == 0)
				return archs[i];
	return NULL;
}

/* Is "DistilBertForMaskedLM" a class of "distilbert"? */
static bool
is_class_of(const char *class, const char *type)
{
	for (; *type != '\0'; type++) {
		if (*type == '-' || *type == '_')
			continue;
		if (tolower((unsigned char)*class++) != *type)
			return false;
	}
	return strncmp(class, "For", 3) == 0 ||
	    strncmp(class, "Model", 5) == 0;
}

/* Configs from before there was a model_type name only the class. */
static const char *
type_of(json *config)
{
	const char *class = json_text(json_at(json_get(config,
	    "architectures"), 0));
	const char *const *t;
	size_t i;

	for (i = 0; class != NULL && archs[i] != NULL; i++)
		for (t = archs[i]->model_types; *t != NULL; t++)
			if (is_class_of(class, *t))
				return *t;
	return "";
}

static void
unknown(const char *type)
{
	struct buf b = { 0 };
	const char *const *t;
	size_t i;

	for (i = 0; archs[i] != NULL; i++)
		for (t = archs[i]->model_types; *t != NULL; t++)
			buf_printf(&b, "%s%s", b.n ? ", " : "", *t);
	fail("model_type \"%s\" is not known; known are %s", type, b.p);
	buf_free(&b);
}

/* A sentence-transformers model is used for what its stack gives. */
static const char *const *
defaults(const struct model *m, const struct arch *a, const void *own)
{
	static const char *const stack[] = { "last_hidden_state", NULL };
	char *modules = model_path(m, "modules.json");
	bool sentence = file_exists(modules);

	free(modules);
	return sentence ? stack : a->defaults(own);
}

struct net *
net_open(struct model *m, struct pool *pool)
{
	const char *type = json_str(m->config, "model_type",
	    type_of(m->config));
	const struct arch *a = find(type);
	struct net *n;
	void *own;

	if (a == NULL) {
		unknown(type);
		return fail("%s/config.json: %s", m->dir, errstr()), NULL;
	}
	if (model_weights(m) < 0)
		return NULL;
	own = a->load(m, pool);
	if (own == NULL)
		return fail("%s: %s", m->dir, errstr()), NULL;
	n = xcalloc(1, sizeof *n);
	*n = (struct net){ a, pool, own, defaults(m, a, own) };
	return n;
}

int
net_forward(struct net *n, struct frame *f, const char *const *want)
{
	struct outputs *o;
	struct batch b;

	if (batch_pack(&b, f) < 0 ||
	    batch_check(&b, f, b.position_ids, n->arch->max_positions(n->own),
		"position") < 0)
		return -1;
	o = frame_alloc(f, sizeof *o);
	*o = (struct outputs){ .f = f, .b = &b };
	o->want = want != NULL ? want : n->defaults;
	if (n->arch->forward(n->own, n->pool, &b, o) < 0)
		return -1;
	return outputs_finish(o);
}
