#include "show.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "utf8.h"

enum {
	FLUSH = 1 << 16,	/* bytes of text kept before they are written */
	FEW = 6,		/* values, or texts, that a line shows */
	TEXT_SHOWN = 60,	/* bytes of a text */
	NAME_WIDTH = 72,	/* a column is never made wider */
	EMPTY_MAX = 1 << 20,	/* rows of a tensor without elements */
};

static void
flush(FILE *out, struct buf *b)
{
	if (b->n > 0)
		fwrite(b->p, 1, b->n, out);
	b->n = 0;
}

static void
put_element(struct buf *b, const struct tensor *t, size_t i)
{
	char tmp[32];
	float v;

	switch (t->dtype) {
	case DT_BOOL:
		buf_str(b, tensor_int(t, i) ? "true" : "false");
		return;
	case DT_F64:
		json_put_f64(b, ((const double *)t->data)[i]);
		return;
	case DT_F8_E5M2:
	case DT_F8_E4M3:
	case DT_F16:
	case DT_BF16:
	case DT_F32:
		tensor_f32(t, i, 1, &v);
		json_put_f32(b, v);
		return;
	case DT_U64:
		snprintf(tmp, sizeof tmp, "%" PRIu64,
		    ((const uint64_t *)t->data)[i]);
		break;
	default:
		snprintf(tmp, sizeof tmp, "%" PRId64, tensor_int(t, i));
	}
	buf_str(b, tmp);
}

static void
put_brackets(struct buf *b, int n, char c)
{
	while (n-- > 0)
		buf_byte(b, c);
}

/* How many dimensions start anew at element i: size[] is innermost first. */
static int
starts(const size_t *size, int rank, size_t i)
{
	int n = 0;

	while (n < rank && i % size[n] == 0)
		n++;
	return n;
}

static void
put_full(FILE *out, struct buf *b, const struct tensor *t)
{
	size_t i, n = tensor_count(t), size[RANK_MAX], all = 1;
	int k;

	for (k = 0; k < t->rank; k++)
		size[k] = all *= t->dim[t->rank - 1 - k];
	for (i = 0; i < n; i++) {
		k = starts(size, t->rank, i);
		if (i > 0) {
			put_brackets(b, k, ']');
			buf_byte(b, ',');
		}
		put_brackets(b, k, '[');
		put_element(b, t, i);
		if (b->n > FLUSH)
			flush(out, b);
	}
	put_brackets(b, t->rank, ']');
}

/* Arrays down to the first dimension that is 0: [[],[]] */
static void
put_empty(struct buf *b, const struct tensor *t, int axis)
{
	size_t i;

	buf_byte(b, '[');
	for (i = 0; i < t->dim[axis]; i++) {
		if (i > 0)
			buf_byte(b, ',');
		put_empty(b, t, axis + 1);
	}
	buf_byte(b, ']');
}

/* A shape like [1000000000000,0] costs no byte in a file, but here it does. */
static bool
endless(const struct tensor *t)
{
	size_t rows = 1;
	int i;

	for (i = 0; i < t->rank && t->dim[i] > 0; i++)
		if (__builtin_mul_overflow(rows, t->dim[i], &rows) ||
		    rows > EMPTY_MAX)
			return true;
	return false;
}

int
show_values(FILE *out, const struct tensor *t)
{
	struct buf b = { 0 };
	char shape[SHAPE_TEXT];

	if (t->bytes > 0)
		put_full(out, &b, t);
	else if (endless(t))
		return fail("%s: %s has no values, in too many rows", t->name,
		    tensor_shape(t, shape));
	else
		put_empty(&b, t, 0);
	flush(out, &b);
	buf_free(&b);
	return 0;
}

static void
put_shape(struct buf *b, const struct tensor *t)
{
	char shape[SHAPE_TEXT];

	buf_str(b, "\"name\":");
	json_put_string(b, t->name, strlen(t->name));
	buf_printf(b, ",\"dtype\":\"%s\",\"shape\":%s", dtype_name(t->dtype),
	    tensor_shape(t, shape));
}

int
show_values_line(FILE *out, const struct tensor *t, int64_t seq)
{
	struct buf b = { 0 };
	int r;

	buf_byte(&b, '{');
	if (seq >= 0)
		buf_printf(&b, "\"seq\":%" PRId64 ",", seq);
	put_shape(&b, t);
	buf_str(&b, ",\"values\":");
	flush(out, &b);
	buf_free(&b);
	r = show_values(out, t);
	fputs("}\n", out);
	return r;
}

static void
put_header_json(FILE *out, const struct header *h)
{
	struct buf b = { 0 };
	size_t i;

	buf_str(&b, "\"metadata\":{");
	for (i = 0; i < h->nmeta; i++) {
		if (i > 0)
			buf_byte(&b, ',');
		json_put_string(&b, h->meta[i].key, strlen(h->meta[i].key));
		buf_byte(&b, ':');
		json_put_string(&b, h->meta[i].value,
		    strlen(h->meta[i].value));
	}
	buf_str(&b, "},\"tensors\":[");
	for (i = 0; i < h->n; i++) {
		buf_str(&b, i > 0 ? ",{" : "{");
		put_shape(&b, &h->t[i]);
		buf_byte(&b, '}');
	}
	buf_byte(&b, ']');
	flush(out, &b);
	buf_free(&b);
}

/* An element for comparing; what it is printed as is put_element()'s. */
static double
number(const struct tensor *t, size_t i)
{
	float v;

	switch (t->dtype) {
	case DT_F64:
		return ((const double *)t->data)[i];
	case DT_F8_E5M2:
	case DT_F8_E4M3:
	case DT_F16:
	case DT_BF16:
	case DT_F32:
		tensor_f32(t, i, 1, &v);
		return (double)v;
	case DT_U64:
		return (double)((const uint64_t *)t->data)[i];
	default:
		return (double)tensor_int(t, i);
	}
}

static void
put_range(struct buf *b, const struct tensor *t)
{
	size_t i, n = tensor_count(t), nan = 0, min = n, max = n;
	double v;

	for (i = 0; i < n; i++) {
		v = number(t, i);
		if (isnan(v)) {
			nan++;
			continue;
		}
		if (min == n || v < number(t, min))
			min = i;
		if (max == n || v > number(t, max))
			max = i;
	}
	if (min < n) {
		buf_str(b, "  min ");
		put_element(b, t, min);
		buf_str(b, " max ");
		put_element(b, t, max);
	}
	if (nan > 0)
		buf_printf(b, "  NaN %zu", nan);
}

static void
put_few(struct buf *b, const struct tensor *t)
{
	size_t i, n = tensor_count(t);

	for (i = 0; i < n && i < FEW; i++) {
		buf_byte(b, ' ');
		put_element(b, t, i);
	}
	if (n > FEW)
		buf_str(b, " ...");
	if (n > 1)
		put_range(b, t);
}

static void
put_printable(struct buf *b, const char *s, size_t n)
{
	buf_reserve(b, 4 * n + 8);
	b->n += utf8_printable(b->p + b->n, b->cap - b->n, s, n);
	b->p[b->n] = '\0';
}

/* The start of a text; what is left out is not cut inside a character. */
static void
put_text(struct buf *b, const char *s, size_t n)
{
	size_t shown = n < TEXT_SHOWN ? n : TEXT_SHOWN;

	while (shown < n && shown > 0 && ((unsigned char)s[shown] >> 6) == 2)
		shown--;
	buf_str(b, " \"");
	put_printable(b, s, shown);
	buf_str(b, shown < n ? "...\"" : "\"");
}

/* The "x_splits" of a text tensor "x", when it fits; else NULL. */
static const struct tensor *
splits(const struct header *h, const struct tensor *t)
{
	const struct tensor *s;
	char *name;
	ptrdiff_t k;
	size_t i, n;
	int64_t at = 0;

	if (t->dtype != DT_U8 || t->rank != 1)
		return NULL;
	name = xprintf("%s_splits", t->name);
	k = header_find(h, name);
	free(name);
	s = k >= 0 ? &h->t[k] : NULL;
	if (s == NULL || s->dtype != DT_I64 || s->rank != 1)
		return NULL;
	n = tensor_count(s);
	for (i = 0; i < n; at = tensor_int(s, i++))
		if (tensor_int(s, i) < at)
			return NULL;
	return at <= (int64_t)t->bytes ? s : NULL;
}

static void
put_texts(struct buf *b, const struct tensor *t, const struct tensor *s)
{
	size_t i, n = tensor_count(s), from, to;

	for (i = 0; i + 1 < n && i < FEW; i++) {
		from = (size_t)tensor_int(s, i);
		to = (size_t)tensor_int(s, i + 1);
		put_text(b, (const char *)t->data + from, to - from);
	}
	if (i + 1 < n)
		buf_str(b, " ...");
}

/* "  key: value", the further lines of a value below its first. */
static void
put_meta(struct buf *b, const struct meta *m)
{
	const char *s = m->value;
	size_t n;

	buf_str(b, "  ");
	put_printable(b, m->key, strlen(m->key));
	buf_str(b, ": ");
	for (;;) {
		n = strcspn(s, "\n");
		put_printable(b, s, n);
		buf_byte(b, '\n');
		if (s[n] == '\0')
			return;
		s += n + 1;
		buf_str(b, "    ");
	}
}

static void
put_tensor(struct buf *b, const struct header *h, const struct tensor *t,
    size_t width, bool values)
{
	const struct tensor *s;
	char shape[SHAPE_TEXT];
	size_t start = b->n + 2, n;

	buf_str(b, "  ");
	put_printable(b, t->name, strlen(t->name));
	for (n = b->n - start; n < width; n++)
		buf_byte(b, ' ');
	buf_printf(b, "  %s %s", dtype_name(t->dtype), tensor_shape(t, shape));
	if (values && t->bytes > 0) {
		buf_byte(b, ' ');
		s = splits(h, t);
		if (s != NULL)
			put_texts(b, t, s);
		else
			put_few(b, t);
	}
	buf_byte(b, '\n');
}

/* What the frame's first line and its checked sum have said already. */
static bool
said(const char *key)
{
	return strcmp(key, "hf") == 0 || strcmp(key, "seq") == 0 ||
	    strcmp(key, "sum") == 0;
}

static void
put_header(FILE *out, const struct header *h, bool frame)
{
	struct buf b = { 0 };
	size_t i, n, width = 0;

	for (i = 0; i < h->n; i++) {
		n = strlen(h->t[i].name);
		if (n > width && n <= NAME_WIDTH)
			width = n;
	}
	for (i = 0; i < h->nmeta; i++)
		if (!frame || !said(h->meta[i].key))
			put_meta(&b, &h->meta[i]);
	for (i = 0; i < h->n; i++) {
		put_tensor(&b, h, &h->t[i], width, frame);
		flush(out, &b);
	}
	flush(out, &b);
	buf_free(&b);
}

void
show_frame(FILE *out, const struct header *h, uint64_t seq)
{
	fprintf(out, "frame %ju\n", (uintmax_t)seq);
	put_header(out, h, true);
}

void
show_frame_json(FILE *out, const struct header *h, uint64_t seq)
{
	fprintf(out, "{\"seq\":%ju,", (uintmax_t)seq);
	put_header_json(out, h);
	fputs("}\n", out);
}

void
show_file(FILE *out, const struct safetensors *s)
{
	struct buf b = { 0 };

	put_printable(&b, s->path, strlen(s->path));
	buf_printf(&b, ": %zu tensor%s, %zu bytes\n", s->h.n,
	    s->h.n == 1 ? "" : "s", s->map.n);
	flush(out, &b);
	buf_free(&b);
	put_header(out, &s->h, false);
}

void
show_file_json(FILE *out, const struct safetensors *s)
{
	struct buf b = { 0 };

	buf_str(&b, "{\"file\":");
	json_put_string(&b, s->path, strlen(s->path));
	buf_printf(&b, ",\"bytes\":%zu,", s->map.n);
	flush(out, &b);
	buf_free(&b);
	put_header_json(out, &s->h);
	fputs("}\n", out);
}
