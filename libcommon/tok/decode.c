#include "tok/decode.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/normalize.h"
#include "tok/pretokenize.h"
#include "tok/unicode.h"
#include "utf8.h"
#include "util.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

void
strings_free(struct strings *l)
{
	buf_free(&l->text);
	free(l->end);
	*l = (struct strings){ 0 };
}

void
strings_close(struct strings *l)
{
	GROW(l->end, l->n, l->cap);
	l->end[l->n++] = l->text.n;
}

static void
strings_add(struct strings *l, const char *s, size_t n)
{
	buf_add(&l->text, s, n);
	strings_close(l);
}

/* A decoder whose fields are enough for all types. */
struct kind_of {
	struct decoder decoder;
	struct buf text;	/* prefix, suffix, pad token */
	struct buf word;	/* word delimiter */
	uint32_t c;		/* replacement, content */
	size_t start, stop;
	bool cleanup;
	bool never;		/* Metaspace that prepends nothing */
	struct replace replace;
};

static const struct kind_of *
self(const struct decoder *d)
{
	return (const struct kind_of *)d;
}

static void
release(struct decoder *d)
{
	struct kind_of *k = (struct kind_of *)d;

	buf_free(&k->text);
	buf_free(&k->word);
	replace_clear(&k->replace);
	free(k);
}

static struct kind_of *
new(int (*apply)(const struct decoder *, const struct strings *,
    struct strings *))
{
	struct kind_of *k = xcalloc(1, sizeof *k);

	k->decoder = (struct decoder){ .apply = apply, .free = release };
	return k;
}

/* Append s[0..n) with every what (not empty) as with. */
static void
replaced(struct buf *out, const char *s, size_t n, const char *what,
    size_t nwhat, const char *with)
{
	const char *p = s, *end = s + n, *q;

	while (nwhat > 0 && p < end &&
	    (q = memmem(p, (size_t)(end - p), what, nwhat)) != NULL) {
		buf_add(out, p, (size_t)(q - p));
		buf_str(out, with);
		p = q + nwhat;
	}
	buf_add(out, p, (size_t)(end - p));
}

/* In place, since nothing grows. */
static void
replace_all(struct buf *s, size_t from, const char *what, const char *with)
{
	size_t nwhat = strlen(what), nwith = strlen(with);
	char *p = s->p + from, *end = s->p + s->n, *o, *q;

	q = memmem(p, (size_t)(end - p), what, nwhat);
	if (q == NULL)
		return;
	for (o = q; q != NULL; q = memmem(p, (size_t)(end - p), what, nwhat)) {
		if (p != s->p + from || o != q)
			memmove(o, p, (size_t)(q - p));
		if (p == s->p + from)
			o = q;
		else
			o += q - p;
		memcpy(o, with, nwith);
		o += nwith;
		p = q + nwhat;
	}
	memmove(o, p, (size_t)(end - p));
	s->n = (size_t)(o - s->p) + (size_t)(end - p);
	s->p[s->n] = '\0';
}

static void
clean(struct buf *s, size_t from, bool contract)
{
	static const char *const pairs[][2] = {
		{ " .", "." }, { " ?", "?" }, { " !", "!" }, { " ,", "," },
		{ " ' ", "'" }, { " n't", "n't" }, { " 'm", "'m" },
		{ " do not", " don't" }, { " 's", "'s" }, { " 've", "'ve" },
		{ " 're", "'re" },
	};
	enum { DO_NOT = 7 };
	size_t i;

	if (from >= s->n || memchr(s->p + from, ' ', s->n - from) == NULL)
		return;
	for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (i != DO_NOT || contract)
			replace_all(s, from, pairs[i][0], pairs[i][1]);
}

void
decode_cleanup(struct buf *s, size_t from)
{
	clean(s, from, true);
}

/* transformers leaves "do not" alone. */
void
tok_clean_up(struct buf *out, size_t from)
{
	clean(out, from, false);
}

static int
wordpiece(const struct decoder *d, const struct strings *in,
    struct strings *out)
{
	const struct kind_of *k = self(d);
	struct slice s;
	size_t i, from;

	for (i = 0; i < in->n; i++) {
		s = strings_at(in, i);
		from = out->text.n;
		if (i > 0 && s.n >= k->text.n &&
		    memcmp(s.p, k->text.p, k->text.n) == 0) {
			s.p += k->text.n;
			s.n -= k->text.n;
		} else if (i > 0) {
			buf_byte(&out->text, ' ');
		}
		buf_add(&out->text, s.p, s.n);
		if (k->cleanup)
			decode_cleanup(&out->text, from);
		strings_close(out);
	}
	return 0;
}

/* The length of the maximal part at s that can't begin a character. */
static size_t
invalid_part(const char *s, size_t n)
{
	unsigned char b = (unsigned char)s[0], c;
	size_t len, i;

	if (b < 0xc2 || b > 0xf4)
		return 1;
	len = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
	for (i = 1; i < len && i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			break;
		if (i > 1)
			continue;
		if ((b == 0xe0 && c < 0xa0) || (b == 0xed && c > 0x9f) ||
		    (b == 0xf0 && c < 0x90) || (b == 0xf4 && c > 0x8f))
			break;
	}
	return i;
}

/* Append the bytes as text, each maximal invalid part as one U+FFFD. */
static void
lossy(struct buf *out, const char *s, size_t n)
{
	size_t i = 0, ok;

	while (i < n) {
		ok = utf8_valid(s + i, n - i);
		buf_add(out, s + i, ok);
		i += ok;
		if (i == n)
			break;
		buf_str(out, REPLACEMENT);
		i += invalid_part(s + i, n - i);
	}
}

/* Tokens of the byte alphabet to their bytes; any other stays as it is. */
static void
to_bytes(struct buf *out, struct slice s)
{
	const char *p = s.p, *end = s.p + s.n;
	size_t from = out->n;
	int b;

	while (p < end) {
		b = unicode_to_byte(unicode_next(&p));
		if (b < 0) {
			out->n = from;
			buf_add(out, s.p, s.n);
			return;
		}
		buf_byte(out, (char)b);
	}
}

static int
byte_level(const struct decoder *d, const struct strings *in,
    struct strings *out)
{
	struct buf bytes = { 0 };
	size_t i;

	(void)d;
	for (i = 0; i < in->n; i++)
		to_bytes(&bytes, strings_at(in, i));
	lossy(&out->text, bytes.p, bytes.n);
	strings_close(out);
	buf_free(&bytes);
	return 0;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that <0xNN> stands for, or -1; Rust also takes <0x+N>. */
static int
byte_token(struct slice s)
{
	int hi, lo;

	if (s.n != 6 || memcmp(s.p, "<0x", 3) != 0 || s.p[5] != '>')
		return -1;
	hi = s.p[3] == '+' ? 0 : hex(s.p[3]);
	lo = hex(s.p[4]);
	return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

bool
decode_is_byte(struct slice token)
{
	return byte_token(token) >= 0;
}

static void
flush_bytes(struct buf *bytes, struct strings *out)
{
	size_t i;

	if (bytes->n == 0)
		return;
	if (utf8_valid(bytes->p, bytes->n) == bytes->n)
		strings_add(out, bytes->p, bytes->n);
	else
		for (i = 0; i < bytes->n; i++)
			strings_add(out, REPLACEMENT, 3);
	bytes->n = 0;
}

static int
byte_fallback(const struct decoder *d, const struct strings *in,
    struct strings *out)
{
	struct buf bytes = { 0 };
	struct slice s;
	size_t i;
	int b;

	(void)d;
	for (i = 0; i < in->n; i++) {
		s = strings_at(in, i);
		b = byte_token(s);
		if (b >= 0) {
			buf_byte(&bytes, (char)b);
			continue;
		}
		flush_bytes(&bytes, out);
		strings_add(out, s.p, s.n);
	}
	flush_bytes(&bytes, out);
	buf_free(&bytes);
	return 0;
}

static int
fuse(const struct decoder *d, const struct strings *in, struct strings *out)
{
	(void)d;
	strings_add(out, in->text.p, in->text.n);
	return 0;
}

static int
strip(const struct decoder *d, const struct strings *in, struct strings *out)
{
	const struct kind_of *k = self(d);
	struct slice s;
	size_t i, n, cut, len;
	char c[4];

	len = (size_t)utf8_encode(k->c, c);
	for (i = 0; i < in->n; i++) {
		s = strings_at(in, i);
		n = s.n;
		for (cut = 0; cut < k->start && s.n >= len &&
		    memcmp(s.p, c, len) == 0; cut++) {
			s.p += len;
			s.n -= len;
		}
		/* both ends are cut from the whole: they may meet */
		for (cut = 0; cut < k->stop && n >= len && s.n >= len &&
		    memcmp(s.p + s.n - len, c, len) == 0; cut++)
			s.n -= len;
		strings_add(out, s.p, s.n);
	}
	return 0;
}

static int
metaspace(const struct decoder *d, const struct strings *in,
    struct strings *out)
{
	const struct kind_of *k = self(d);
	const char *p, *q, *end;
	struct slice s;
	size_t i;

	for (i = 0; i < in->n; i++) {
		s = strings_at(in, i);
		for (p = s.p, end = s.p + s.n; p < end; p = q) {
			q = p;
			if (unicode_next(&q) != k->c)
				buf_add(&out->text, p, (size_t)(q - p));
			else if (i > 0 || k->never)
				buf_byte(&out->text, ' ');
		}
		strings_close(out);
	}
	return 0;
}

static int
replace(const struct decoder *d, const struct strings *in,
    struct strings *out)
{
	const struct replace *r = &self(d)->replace;
	struct pattern_work *w = pattern_work_new();
	struct pattern_iter it;
	struct slice s;
	struct span at;
	size_t i, done;
	int got = 0;

	for (i = 0; got == 0 && i < in->n; i++) {
		s = strings_at(in, i);
		done = 0;
		pattern_start(&it, r->pattern, w, s.p, s.n);
		while ((got = pattern_next(&it, &at)) > 0) {
			buf_add(&out->text, s.p + done, at.from - done);
			buf_add(&out->text, r->content.p, r->content.n);
			done = at.to;
		}
		buf_add(&out->text, s.p + done, s.n - done);
		strings_close(out);
	}
	pattern_work_free(w);
	return got;
}

static int
bpe(const struct decoder *d, const struct strings *in, struct strings *out)
{
	const struct kind_of *k = self(d);
	struct slice s;
	size_t i;

	for (i = 0; i < in->n; i++) {
		s = strings_at(in, i);
		replaced(&out->text, s.p, s.n, k->text.p, k->text.n,
		    i + 1 == in->n ? "" : " ");
		strings_close(out);
	}
	return 0;
}

/* Connectionist temporal classification: repeats are one, pads nothing. */
static int
ctc(const struct decoder *d, const struct strings *in, struct strings *out)
{
	const struct kind_of *k = self(d);
	struct slice s, last = { NULL, 0 };
	struct buf tmp = { 0 };
	size_t i;

	for (i = 0; i < in->n; i++, last = s) {
		s = strings_at(in, i);
		if (last.p != NULL && last.n == s.n &&
		    memcmp(last.p, s.p, s.n) == 0)
			continue;
		tmp.n = 0;
		replaced(&tmp, s.p, s.n, k->text.p, k->text.n, "");
		if (k->cleanup) {
			decode_cleanup(&tmp, 0);
			replaced(&out->text, tmp.p, tmp.n, k->word.p,
			    k->word.n, " ");
		} else {
			buf_add(&out->text, tmp.p, tmp.n);
		}
		if (out->text.n > (out->n > 0 ? out->end[out->n - 1] : 0))
			strings_close(out);
	}
	buf_free(&tmp);
	return 0;
}

#define MEMBER(m) offsetof(struct kind_of, m)
static const struct field wordpiece_fields[] = {
	{ "prefix", FIELD_STRING, NEEDED, MEMBER(text), NULL },
	{ "cleanup", FIELD_BOOL, NEEDED, MEMBER(cleanup), NULL },
	{ 0 }
}, no_fields[] = {
	{ 0 }
}, byte_level_fields[] = {	/* which say nothing here */
	{ "add_prefix_space", FIELD_BOOL, NEEDED, MEMBER(cleanup), NULL },
	{ "trim_offsets", FIELD_BOOL, NEEDED, MEMBER(cleanup), NULL },
	{ "use_regex", FIELD_BOOL, 0, MEMBER(cleanup), NULL },
	{ 0 }
}, strip_fields[] = {
	{ "content", FIELD_CHAR, NEEDED, MEMBER(c), NULL },
	{ "start", FIELD_SIZE, NEEDED, MEMBER(start), NULL },
	{ "stop", FIELD_SIZE, NEEDED, MEMBER(stop), NULL },
	{ 0 }
}, bpe_fields[] = {
	{ "suffix", FIELD_STRING, NEEDED, MEMBER(text), NULL },
	{ 0 }
}, ctc_fields[] = {
	{ "pad_token", FIELD_STRING, NEEDED, MEMBER(text), NULL },
	{ "word_delimiter_token", FIELD_STRING, NEEDED, MEMBER(word), NULL },
	{ "cleanup", FIELD_BOOL, NEEDED, MEMBER(cleanup), NULL },
	{ 0 }
};
#undef MEMBER

static const struct kind {
	const char *type;
	int (*apply)(const struct decoder *, const struct strings *,
	    struct strings *);
	const struct field *fields;
	int hold, hold_joined;
	bool joins;
} kinds[] = {
	{ "BPEDecoder", bpe, bpe_fields, HOLD_TOKEN, HOLD_ALL, false },
	{ "ByteFallback", byte_fallback, no_fields, HOLD_BYTES, HOLD_ALL,
	    false },
	{ "ByteLevel", byte_level, byte_level_fields, HOLD_CHAR, HOLD_ALL,
	    true },
	{ "CTC", ctc, ctc_fields, 0, HOLD_ALL, false },
	{ "Fuse", fuse, no_fields, 0, 0, true },
	{ "Metaspace", metaspace, NULL, 0, 0, false },
	{ "Replace", replace, NULL, 0, HOLD_ALL, false },
	{ "Strip", strip, strip_fields, 0, 0, false },
	{ "WordPiece", wordpiece, wordpiece_fields, 0, HOLD_ALL, false },
	{ NULL, NULL, NULL, 0, 0, false }
};

static void
decoders_add(struct decoders *l, struct decoder *d)
{
	GROW(l->d, l->n, l->cap);
	l->d[l->n++] = d;
}

void
decoders_free(struct decoders *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->d[i]->free(l->d[i]);
	free(l->d);
	*l = (struct decoders){ 0 };
}

static int
read_metaspace(struct pull *j, struct kind_of *d)
{
	struct metaspace m = { 0 };

	if (metaspace_read(j, &m) < 0)
		return -1;
	d->c = m.replacement;
	d->never = m.prepend == PREPEND_NEVER;
	return 0;
}

static int
load(struct pull *j, void *decoders)
{
	return decoder_load(j, decoders);
}

int
decoder_load(struct pull *j, struct decoders *out)
{
	static const struct part_hint hints[] = {
		{ "suffix", "BPEDecoder" }, { "prefix", "WordPiece" },
		{ "pad_token", "CTC" }, { "pattern", "Replace" },
		{ "start", "Strip" }, { NULL, NULL }
	};
	const struct kind *k;
	struct kind_of *d;
	struct slice type;

	if (pull_null(j)) {
		out->none = out->n == 0;
		return 0;
	}
	out->none = false;
	if (part_type(j, "decoder", hints, &type) < 0)
		return -1;
	if (slice_is(type, "Sequence"))
		return part_sequence(j, "decoders", load, out);
	for (k = kinds; k->type != NULL; k++)
		if (slice_is(type, k->type))
			break;
	if (k->type == NULL)
		return part_unknown(j, "decoder", type);
	d = new(k->apply);
	d->decoder.hold = k->hold;
	d->decoder.hold_joined = k->hold_joined;
	d->decoder.joins = k->joins;
	decoders_add(out, &d->decoder);
	if (k->apply == metaspace)
		return read_metaspace(j, d);
	if (k->apply == replace)
		return replace_read(j, &d->replace);
	if (fields_read(j, k->fields, d) < 0)
		return -1;
	if (k->apply == strip && d->stop > 0)
		d->decoder.hold_joined = HOLD_ALL;
	return 0;
}

int
decoders_hold(const struct decoders *l)
{
	bool joined = false;
	size_t i;
	int hold = 0;

	for (i = 0; i < l->n; i++) {
		hold |= joined ? l->d[i]->hold_joined : l->d[i]->hold;
		joined |= l->d[i]->joins;
	}
	return hold;
}

static void
join(const struct strings *l, const char *with, struct buf *out)
{
	struct slice s;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (i > 0)
			buf_str(out, with);
		s = strings_at(l, i);
		buf_add(out, s.p, s.n);
	}
}

int
decoders_run(const struct decoders *l, struct strings *in, struct buf *out)
{
	struct strings other = { 0 }, swap;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++) {
		other.n = other.text.n = 0;
		r = l->d[i]->apply(l->d[i], in, &other);
		swap = *in;
		*in = other;
		other = swap;
	}
	if (r == 0)
		join(in, l->none ? " " : "", out);
	strings_free(&other);
	return r;
}
