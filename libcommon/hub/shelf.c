#include "shelf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "hub/plain.h"
#include "hub/scan.h"
#include "safetensors.h"

static const struct scan_revision *
choose(const struct scan_repo *r)
{
	const struct scan_ref *main = scan_ref(r, "main");
	const struct scan_revision *v = main == NULL ? NULL : main->revision;
	size_t i;

	for (i = 0; v == NULL && i < r->revisions; i++)
		if (i == 0 || r->revision[i].changed > v->changed)
			v = &r->revision[i];
	return v;
}

/* Elements of all tensors of a file; 0 when it can't be read. */
static int64_t
elements(const char *path)
{
	struct safetensors s;
	int64_t total = 0;
	size_t i;

	if (safetensors_peek(&s, path) < 0)
		return 0;
	for (i = 0; i < s.h.n; i++)
		total += (int64_t)tensor_count(&s.h.t[i]);
	safetensors_close(&s);
	return total;
}

static bool
is_weights(const char *path)
{
	static const char end[] = ".safetensors";
	size_t n = strlen(path), m = sizeof end - 1;

	return n > m && strcmp(path + n - m, end) == 0 &&
	    strchr(path, '/') == NULL;
}

static int64_t
parameters(const struct scan_revision *v, const char *dir)
{
	int64_t total = 0;
	char *path;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (!is_weights(v->file[i].path))
			continue;
		path = xprintf("%s/%s", dir, v->file[i].path);
		total += elements(path);
		free(path);
	}
	return total > 0 ? total : -1;
}

static bool
has(const struct card *c, enum card_field f, const char *value)
{
	struct card_list l;
	bool found = value == NULL;
	const char *s;
	size_t i;

	if (found)
		return true;
	card_values(c, f, &l);
	for (i = 0; i < l.n && !found; i++) {
		s = front_text(l.v[i]);
		found = s != NULL && strcasecmp(s, value) == 0;
	}
	free(l.v);
	return found;
}

/* Do all words stand in the name or in the README, in any case? */
static bool
has_words(const struct shelf_book *k, const char *words)
{
	char *copy, *rest, *word;
	bool found = true;

	if (words == NULL)
		return true;
	copy = rest = xstrdup(words);
	while (found && (word = strsep(&rest, " ")) != NULL)
		found = strcasestr(k->id, word) != NULL ||
		    (k->card.text.p != NULL &&
		    strcasestr(k->card.text.p, word) != NULL);
	free(copy);
	return found;
}

static bool
by_author(const char *id, const char *author)
{
	size_t n = author == NULL ? 0 : strlen(author);

	return author == NULL ||
	    (strncasecmp(id, author, n) == 0 && id[n] == '/');
}

static bool
wanted(const struct shelf_book *k, const struct query *q)
{
	const struct card *c = &k->card;

	return by_author(k->id, q->author) && has_words(k, q->words) &&
	    has(c, CARD_TASK, q->task) && has(c, CARD_LICENSE, q->license) &&
	    has(c, CARD_LANGUAGE, q->language) &&
	    (has(c, CARD_LIBRARY, q->library) ||
	    has(c, CARD_TAG, q->library));
}

static void
free_book(struct shelf_book *k)
{
	free(k->id);
	free(k->commit);
	free(k->path);
	card_free(&k->card);
}

/* A card that is not there is an empty one; one that is broken, too. */
static void
read_card(struct shelf_book *k, void (*broken)(const char *why))
{
	char *path = xprintf("%s/README.md", k->path);

	if (file_exists(path) && card_load(&k->card, path) < 0) {
		broken(errstr());
		k->card = (struct card){ 0 };
	}
	free(path);
}

static void
add_repo(struct shelf *s, const struct scan_repo *r, const struct query *q,
    void (*broken)(const char *why))
{
	const struct scan_revision *v = choose(r);
	struct shelf_book k = { .parameters = -1 };

	if (v == NULL || strcmp(r->type, type_name(q->type)) != 0)
		return;
	k.id = xstrdup(r->repo);
	k.commit = xstrdup(v->commit);
	k.path = xprintf("%s/snapshots/%s", r->dir, v->commit);
	k.changed = v->changed;
	read_card(&k, broken);
	if (!wanted(&k, q)) {
		free_book(&k);
		return;
	}
	k.parameters = parameters(v, k.path);
	GROW(s->book, s->n, s->cap);
	s->book[s->n++] = k;
}

static int
newest_first(const void *a, const void *b)
{
	const struct shelf_book *x = a, *y = b;

	if (x->changed != y->changed)
		return x->changed < y->changed ? 1 : -1;
	return strcmp(x->id, y->id);
}

int
shelf_search(struct shelf *s, const char *root, const struct query *q,
    void (*broken)(const char *why))
{
	struct scan_list l;
	struct scan_repo r;
	size_t i;

	*s = (struct shelf){ 0 };
	if (scan_root(root, &l) < 0)
		return -1;
	for (i = 0; i < l.n; i++) {
		scan_repo(root, l.folder[i], &r);
		add_repo(s, &r, q, broken);
		scan_free(&r);
	}
	scan_list_free(&l);
	if (q->sort == SORT_MODIFIED && s->n > 0)
		qsort(s->book, s->n, sizeof *s->book, newest_first);
	while (s->n > q->limit)
		free_book(&s->book[--s->n]);
	return 0;
}

void
shelf_free(struct shelf *s)
{
	while (s->n > 0)
		free_book(&s->book[--s->n]);
	free(s->book);
	*s = (struct shelf){ 0 };
}

/* A field's values with commas between; NULL when it has none. */
static char *
joined(const struct card *c, enum card_field f)
{
	struct card_list l;
	struct buf b = { 0 };
	size_t i;

	card_values(c, f, &l);
	for (i = 0; i < l.n; i++) {
		buf_str(&b, i ? "," : "");
		if (front_text(l.v[i]) != NULL)
			buf_str(&b, l.v[i]->text);
		else
			front_put_json(&b, l.v[i]);
	}
	free(l.v);
	return b.p;
}

void
shelf_row(struct buf *b, const struct shelf_book *k)
{
	char *task = joined(&k->card, CARD_TASK);
	char *license = joined(&k->card, CARD_LICENSE);
	struct find f = {
		.id = k->id,
		.task = task,
		.license = license,
		.downloads = -1,
		.likes = -1,
		.parameters = k->parameters,
	};

	search_row(b, &f);
	free(task);
	free(license);
}

void
shelf_json(struct buf *b, const struct shelf_book *k)
{
	struct buf o = { 0 };

	buf_str(&o, "{\"id\":");
	json_put_string(&o, k->id, strlen(k->id));
	buf_str(&o, ",\"commit\":");
	json_put_string(&o, k->commit, strlen(k->commit));
	buf_str(&o, ",\"path\":");
	json_put_string(&o, k->path, strlen(k->path));
	if (k->parameters >= 0)
		buf_printf(&o, ",\"parameters\":%" PRId64, k->parameters);
	buf_byte(&o, ',');
	card_put_json(&o, &k->card);
	buf_byte(&o, '}');
	plain_json(b, o.p, o.n);
	buf_byte(b, '\n');
	buf_free(&o);
}
