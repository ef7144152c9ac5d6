#include "hub/tree.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "hub/name.h"
#include "hub/place.h"
#include "utf8.h"
#include "util.h"

/* A listing of a million files is 200 MB; none is known that is near it. */
enum { LIST_LIMIT = 256 << 20, FILES_MAX = 1000000 };

const char *
tree_etag(const struct tree_file *f)
{
	return f->sha256[0] != '\0' ? f->sha256 : f->oid;
}

static int
by_path(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int
tree_sort(struct tree *t)
{
	size_t i;

	if (t->n > 0)
		qsort(t->file, t->n, sizeof *t->file, by_path);
	for (i = 1; i < t->n; i++)
		if (strcmp(t->file[i - 1].path, t->file[i].path) == 0)
			return fail("%.200s: listed twice", t->file[i].path);
	return 0;
}

struct tree_file *
tree_find(const struct tree *t, const char *path)
{
	size_t lo = 0, hi = t->n, mid;
	int r;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		r = strcmp(path, t->file[mid].path);
		if (r == 0)
			return &t->file[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* A hex digest of exactly this length, or "" when there is none. */
static int
digest(json *object, const char *key, size_t len, char *out)
{
	const char *s = json_str(object, key, "");

	if (s[0] != '\0' && (strlen(s) != len ||
	    strspn(s, "0123456789abcdef") != len))
		return fail("%s is no hash of %zu hex digits", key, len);
	memcpy(out, s, strlen(s) + 1);
	return 0;
}

/* Names and hashes become paths: none is taken on trust. */
static int
tree_add(struct tree *t, const char *path, const struct tree_file *f)
{
	if (name_check_file(path) < 0)
		return fail("%.200s: %s", path, errstr());
	if (f->oid[0] == '\0' && f->sha256[0] == '\0')
		return fail("%.200s: has no hash", path);
	if (t->n >= FILES_MAX)
		return fail("more than %d files", FILES_MAX);
	GROW(t->file, t->n, t->cap);
	t->file[t->n] = *f;
	t->file[t->n++].path = xstrdup(path);
	return 0;
}

static int
file_size(json *o, const char *key, uint64_t *size)
{
	size_t n = (size_t)*size;

	if (json_size(o, key, 0, (size_t)1 << 50, &n) < 0)
		return -1;
	*size = n;
	return 0;
}

static int
add_entry(struct tree *t, json *e)
{
	const char *path = json_str(e, "path", NULL);
	json *lfs = json_get(e, "lfs");
	struct tree_file f = { 0 };

	if (path == NULL || json_is_null(json_get(e, "size")))
		return fail("an entry without path or size");
	if (file_size(e, "size", &f.size) < 0 ||
	    digest(e, "oid", 40, f.oid) < 0 ||
	    digest(e, "xetHash", 64, f.xet) < 0 ||
	    digest(lfs, "oid", 64, f.sha256) < 0 ||
	    file_size(lfs, "size", &f.size) < 0)
		return fail("%.200s: %s", path, errstr());
	return tree_add(t, path, &f);
}

int
tree_add_page(struct tree *t, json *page)
{
	json *e;

	if (!json_is_array(page))
		return fail("the list of files is no array");
	for (e = json_first(page); e != NULL; e = json_next(e))
		if (strcmp(json_str(e, "type", ""), "file") == 0 &&
		    add_entry(t, e) < 0)
			return -1;
	return 0;
}

static int
add_noted(struct tree *t, json *e)
{
	struct tree_file f = { 0 };

	if (json_is_null(json_get(e, "size")) ||
	    file_size(e, "size", &f.size) < 0 ||
	    digest(e, "blob_id", 40, f.oid) < 0 ||
	    digest(e, "lfs_sha256", 64, f.sha256) < 0 ||
	    file_size(e, "lfs_size", &f.size) < 0 ||
	    digest(e, "xet_hash", 64, f.xet) < 0)
		return fail("a damaged entry");
	return tree_add(t, json_name(e), &f);
}

int
tree_load(struct tree *t, const char *path)
{
	struct cJSON *root = json_load(path, LIST_LIMIT);
	size_t version = 0;
	json *files, *e;
	int r = 0;

	if (root == NULL)
		return -1;
	files = json_get(root, "files");
	if (json_size(root, "format_version", 0, 1000, &version) < 0 ||
	    version != 1 || !json_is_object(files))
		r = fail("is no list of files of version 1");
	for (e = json_first(files); e != NULL && r == 0; e = json_next(e))
		r = add_noted(t, e);
	json_free(root);
	if (r == 0)
		r = tree_sort(t);
	if (r == 0)
		return 0;
	tree_free(t);
	return fail("%s: %s", path, errstr());
}

bool
tree_there(const char *path)
{
	struct cJSON *root = json_load(path, LIST_LIMIT);

	json_free(root);
	return root != NULL;
}

/* A JSON string in ASCII, as Python writes it. */
static void
put_ascii(struct buf *b, const char *s)
{
	size_t n = strlen(s), i;
	uint32_t c;
	int len;

	buf_byte(b, '"');
	for (i = 0; i < n; i += (size_t)len) {
		len = utf8_decode(s + i, n - i, &c);
		if (len == 0)
			c = 0xfffd, len = 1;
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (char)c);
		else if (c >= ' ' && c <= '~')
			buf_byte(b, (char)c);
		else if (c < 0x10000)
			buf_printf(b, "\\u%04x", (unsigned)c);
		else
			buf_printf(b, "\\u%04x\\u%04x",
			    (unsigned)(0xd7c0 + (c >> 10)),
			    (unsigned)(0xdc00 | (c & 0x3ff)));
	}
	buf_byte(b, '"');
}

static void
put_file(struct buf *b, const struct tree_file *f)
{
	buf_str(b, "\n  ");
	put_ascii(b, f->path);
	buf_printf(b, ": {\n   \"size\": %ju,\n   \"blob_id\": \"%s\"",
	    (uintmax_t)f->size, f->oid);
	if (f->sha256[0] != '\0')
		buf_printf(b, ",\n   \"lfs_sha256\": \"%s\",\n   "
		    "\"lfs_size\": %ju", f->sha256, (uintmax_t)f->size);
	if (f->xet[0] != '\0')
		buf_printf(b, ",\n   \"xet_hash\": \"%s\"", f->xet);
	buf_str(b, "\n  }");
}

/* Byte for byte what Python's json.dump(indent=1) writes. */
int
tree_save(const struct tree *t, const char *path)
{
	struct buf b = { 0 };
	size_t i;
	int r;

	buf_str(&b, "{\n \"format_version\": 1,\n \"files\": {");
	for (i = 0; i < t->n; i++) {
		if (i > 0)
			buf_byte(&b, ',');
		put_file(&b, &t->file[i]);
	}
	buf_str(&b, t->n > 0 ? "\n }\n}" : "}\n}");
	r = place_write(path, b.p, b.n);
	buf_free(&b);
	return r;
}

void
tree_free(struct tree *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->file[i].path);
	free(t->file);
	*t = (struct tree){ 0 };
}
