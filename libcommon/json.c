#include "json.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "utf8.h"

struct cJSON *
json_parse(const char *text, size_t n)
{
	const char *end;
	struct cJSON *tree = cJSON_ParseWithLengthOpts(text, n, &end, 0);

	if (tree == NULL)
		return fail("is not valid JSON"), NULL;
	while (end < text + n && *end != '\0' && strchr(" \t\r\n", *end))
		end++;
	if (end < text + n) {
		cJSON_Delete(tree);
		return fail("has something after the JSON"), NULL;
	}
	return tree;
}

struct cJSON *
json_load(const char *path, size_t limit)
{
	struct buf b = { 0 };
	struct cJSON *tree;

	if (file_read(path, limit, &b) < 0) {
		buf_free(&b);
		return NULL;
	}
	tree = json_parse(b.p, b.n);
	if (tree == NULL)
		fail("%s: %s", path, errstr());
	buf_free(&b);
	return tree;
}

int
json_load_optional(const char *dir, const char *file, size_t limit,
    struct cJSON **out)
{
	char *path = xprintf("%s/%s", dir, file);
	int r = 0;

	*out = NULL;
	if (file_exists(path)) {
		*out = json_load(path, limit);
		r = *out != NULL ? 0 : -1;
	}
	free(path);
	return r;
}

void
json_free(struct cJSON *tree)
{
	cJSON_Delete(tree);
}

json *
json_get(json *object, const char *key)
{
	return json_is_object(object)
	    ? cJSON_GetObjectItemCaseSensitive(object, key)
	    : NULL;
}

json *
json_at(json *array, size_t i)
{
	json *n = json_is_array(array) ? array->child : NULL;

	while (n != NULL && i-- > 0)
		n = n->next;
	return n;
}

json *
json_first(json *container)
{
	return json_is_object(container) || json_is_array(container)
	    ? container->child
	    : NULL;
}

json *
json_next(json *node)
{
	return node->next;
}

const char *
json_name(json *node)
{
	return node->string != NULL ? node->string : "";
}

size_t
json_len(json *container)
{
	size_t n = 0;
	json *i;

	for (i = json_first(container); i != NULL; i = i->next)
		n++;
	return n;
}

bool
json_is_object(json *node)
{
	return cJSON_IsObject(node);
}

bool
json_is_array(json *node)
{
	return cJSON_IsArray(node);
}

bool
json_is_null(json *node)
{
	return node == NULL || cJSON_IsNull(node);
}

bool
json_is_number(json *node)
{
	return cJSON_IsNumber(node);
}

bool
json_is_bool(json *node)
{
	return cJSON_IsBool(node);
}

const char *
json_text(json *node)
{
	return cJSON_IsString(node) ? node->valuestring : NULL;
}

double
json_number(json *node)
{
	return cJSON_IsNumber(node) ? node->valuedouble : 0;
}

bool
json_true(json *node)
{
	return cJSON_IsTrue(node);
}

const char *
json_str(json *object, const char *key, const char *otherwise)
{
	const char *s = json_text(json_get(object, key));

	return s != NULL ? s : otherwise;
}

bool
json_bool(json *object, const char *key, bool otherwise)
{
	json *n = json_get(object, key);

	return cJSON_IsBool(n) ? cJSON_IsTrue(n) : otherwise;
}

int
json_size(json *object, const char *key, size_t lo, size_t hi, size_t *out)
{
	json *n = json_get(object, key);
	double v;

	if (json_is_null(n))
		return 0;
	v = json_number(n);
	if (!cJSON_IsNumber(n) || v != floor(v))
		return fail("%s is not a whole number", key);
	if (v < (double)lo || v > (double)hi)
		return fail("%s is %.0f, want %zu..%zu", key, v, lo, hi);
	*out = (size_t)v;
	return 0;
}

int
json_real(json *object, const char *key, double lo, double hi, double *out)
{
	json *n = json_get(object, key);

	if (json_is_null(n))
		return 0;
	if (!cJSON_IsNumber(n))
		return fail("%s is not a number", key);
	if (!(n->valuedouble >= lo && n->valuedouble <= hi))
		return fail("%s is %g, want %g..%g", key, n->valuedouble, lo,
		    hi);
	*out = n->valuedouble;
	return 0;
}

/* What stands for an ASCII character in a JSON string; NULL for itself. */
static const char *
escaped(unsigned char c, char tmp[8])
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c ? strchr(from, c) : NULL;

	if (p != NULL)
		snprintf(tmp, 8, "\\%c", to[p - from]);
	else if (c < 0x20 || c == 0x7f)
		snprintf(tmp, 8, "\\u%04x", c);
	else
		return NULL;
	return tmp;
}

void
json_put_string(struct buf *b, const char *s, size_t n)
{
	const char *e;
	size_t i, from = 0;
	uint32_t c;
	char tmp[8];
	int len;

	buf_byte(b, '"');
	for (i = 0; i < n; i += (size_t)(len ? len : 1)) {
		len = utf8_decode(s + i, n - i, &c);
		e = len == 0  ? "\xef\xbf\xbd"
		    : len > 1 ? NULL
			      : escaped((unsigned char)s[i], tmp);
		if (e == NULL)
			continue;
		buf_add(b, s + from, i - from);
		buf_str(b, e);
		from = i + 1;
	}
	buf_add(b, s + from, n - from);
	buf_byte(b, '"');
}

/* "-0" would be read as an integer, and lose its sign. */
static bool
put_special(struct buf *b, double v)
{
	if (isfinite(v) && (v != 0 || !signbit(v)))
		return false;
	buf_str(b, v == 0 ? "-0.0"
	    : isnan(v)	  ? "NaN"
	    : v < 0	  ? "-Infinity"
			  : "Infinity");
	return true;
}

/* %g drops trailing zeros, so few digits need a search for denormals only. */
void
json_put_f32(struct buf *b, float v)
{
	int digits = fabsf(v) < FLT_MIN ? 1 : 6;
	char tmp[32];
	int n;

	if (put_special(b, (double)v))
		return;
	do {
		n = snprintf(tmp, sizeof tmp, "%.*g", digits, (double)v);
	} while (digits++ < 9 && strtof(tmp, NULL) != v);
	buf_add(b, tmp, (size_t)n);
}

void
json_put_f64(struct buf *b, double v)
{
	int digits = fabs(v) < DBL_MIN ? 1 : 15;
	char tmp[32];
	int n;

	if (put_special(b, v))
		return;
	do {
		n = snprintf(tmp, sizeof tmp, "%.*g", digits, v);
	} while (digits++ < 17 && strtod(tmp, NULL) != v);
	buf_add(b, tmp, (size_t)n);
}

void
json_put_tree(struct buf *b, json *tree)
{
	char *p = cJSON_PrintUnformatted(tree);

	if (p == NULL)
		die("out of memory");
	buf_str(b, p);
	cJSON_free(p);
}
