#include "tok/old.h"

#include <stdlib.h>
#include <string.h>

/* Normalizer, pre-tokenizer and decoder, by the letters of the class. */

#define UNDERLINE "\xe2\x96\x81"	/* stands for a space */
#define CONTRACTIONS "'s|'t|'re|'ve|'m|'ll|'d"
#define QWEN(more) "(?i:" CONTRACTIONS ")|[^\\r\\n\\p{L}\\p{N}]?" \
    "[\\p{L}" more "]+|\\p{N}| ?[^\\s\\p{L}" more "\\p{N}]+[\\r\\n]*|"    \
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const char *
truth(bool b)
{
	return b ? "true" : "false";
}

static void
put_replace(struct buf *out, const char *kind, const char *pattern,
    const char *by)
{
	buf_printf(out, "%s{\"type\":\"Replace\",\"pattern\":{\"%s\":",
	    old_comma(out), kind);
	json_put_string(out, pattern, strlen(pattern));
	buf_str(out, "},\"content\":");
	json_put_string(out, by, strlen(by));
	buf_byte(out, '}');
}

static void
put_split(struct buf *out, const char *pattern, size_t n, const char *behavior,
    bool invert)
{
	old_item(out, "{\"type\":\"Split\",\"pattern\":{\"Regex\":");
	json_put_string(out, pattern, n);
	buf_printf(out, "},\"behavior\":\"%s\",\"invert\":%s}", behavior,
	    truth(invert));
}

/* Normalizers. */

static void
put_charsmap(struct old *o)
{
	if (o->m == NULL || o->m->charsmap.n == 0)
		return;
	old_item(o->out,
	    "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"");
	spm_put_base64(o->out, o->m->charsmap.p, o->m->charsmap.n);
	buf_str(o->out, "\"}");
}

static void
put_bert(struct old *o, char kind)
{
	json *accents = json_get(o->config, "strip_accents");
	bool lower = kind != 'h';

	if (kind == 'b')
		lower = json_bool(o->config, "do_lower_case", o->c->lower);
	buf_printf(o->out, "%s{\"type\":\"BertNormalizer\",\"clean_text\":%s,"
	    "\"handle_chinese_chars\":%s,\"strip_accents\":%s,"
	    "\"lowercase\":%s}", old_comma(o->out),
	    truth(json_bool(o->config, "clean_text", true)),
	    truth(json_bool(o->config, "tokenize_chinese_chars", true)),
	    kind == 'h' ? "false" : kind == 'o' || json_is_null(accents)
	    ? "null" : truth(json_true(accents)), truth(lower));
}

/* SeamlessM4T's */
static void
put_seamless(struct buf *out)
{
	put_replace(out, "Regex", "[\\n\\r\\t]", " ");
	old_item(out, "{\"type\":\"NFKC\"}");
	old_item(out, "{\"type\":\"Strip\",\"strip_left\":false,"
	    "\"strip_right\":true}");
	put_replace(out, "Regex", " +" UNDERLINE, UNDERLINE);
	put_replace(out, "Regex", "^" UNDERLINE "+$", "");
	put_replace(out, "Regex", " {2,}", UNDERLINE);
}

static void
put_normalizer(struct old *o, char letter)
{
	struct buf *out = o->out;

	switch (letter) {
	case 'c':	/* the file's own map */
		put_charsmap(o);
		break;
	case 'q':	/* TeX's quotes */
		put_replace(out, "String", "``", "\"");
		put_replace(out, "String", "''", "\"");
		break;
	case 'a':	/* accents go, unless they are to be kept */
	case 'A':
		if (letter == 'A' || !json_bool(o->config, "keep_accents",
		    o->c->accents))
			old_item(out, "{\"type\":\"NFKD\"},"
			    "{\"type\":\"StripAccents\"}");
		break;
	case 'l':	/* lower case, if asked for */
	case 'L':
		if (letter == 'L' || json_bool(o->config, "do_lower_case",
		    o->c->lower))
			old_item(out, "{\"type\":\"Lowercase\"}");
		break;
	case 's':	/* one space for several */
		put_replace(out, "Regex", " {2,}", " ");
		break;
	case '_':
		put_replace(out, "Regex", " {2,}", UNDERLINE);
		break;
	case 't':
		put_replace(out, "Regex", "\\s{2,}|[\\n\\r\\t]", " ");
		break;
	case 'k':
		put_replace(out, "Regex", "\\s+", " ");
		break;
	case 'N':	/* newlines, where there is no map */
		if (o->m->charsmap.n == 0)
			put_replace(out, "Regex", "\\n", " ");
		break;
	case 'n':
		old_item(out, "{\"type\":\"NFC\"}");
		break;
	case 'r':
		old_item(out, "{\"type\":\"Strip\",\"strip_left\":false,"
		    "\"strip_right\":true}");
		break;
	case 'p':
		if (o->prefix)
			old_item(out, "{\"type\":\"Prepend\",\"prepend\":\""
			    UNDERLINE "\"}");
		break;
	case 'u':
		put_replace(out, "String", " ", UNDERLINE);
		break;
	case 'M':
		put_seamless(out);
		break;
	case 'b':
	case 'd':	/* in lower case, whatever the config says */
	case 'h':	/* Herbert's */
	case 'o':	/* OpenAI GPT's */
		put_bert(o, letter);
	}
}

/* What SentencePiece itself does by the file's settings. */
static void
put_plain_normalizer(struct old *o)
{
	put_charsmap(o);
	if (o->m->one_space) {
		put_replace(o->out, "Regex", "\\A +| +\\z", "");
		put_replace(o->out, "Regex", " {2,}", " ");
	}
	if (o->m->escape)
		put_replace(o->out, "String", " ", UNDERLINE);
	/* Metaspace does not add what is there, SentencePiece does. */
	if (o->m->dummy_prefix && o->legacy)
		put_replace(o->out, "Regex", "\\A" UNDERLINE,
		    UNDERLINE UNDERLINE);
}

void
old_normalizer(struct old *o)
{
	const char *s = o->c->normalizer;

	buf_str(o->out, "{\"type\":\"Sequence\",\"normalizers\":[");
	if (o->c->plain)
		put_plain_normalizer(o);
	else if (s != NULL && *s == '?')	/* none without a map */
		s = o->m->charsmap.n > 0 ? s + 1 : NULL;
	for (; s != NULL && *s != '\0'; s++)
		put_normalizer(o, *s);
	buf_str(o->out, "]}");
}

/* Pre-tokenizers. */

static const char *
scheme(const struct old *o)
{
	char c = o->c->scheme;

	if (c == 'L' || o->c->plain)
		c = o->legacy ? 'A' : 'F';
	if (c == 'D')
		c = o->prefix ? 'a' : 'f';
	if ((c == 'A' || c == 'F') && !o->prefix && !o->c->plain)
		return "never";
	return c == 'a' || c == 'A' ? "always" : "first";
}

static void
put_metaspace(struct old *o, bool split)
{
	buf_printf(o->out, "%s{\"type\":\"Metaspace\",\"replacement\":\""
	    UNDERLINE "\",\"prepend_scheme\":\"%s\",\"split\":%s}",
	    old_comma(o->out), scheme(o), truth(split));
}

static void
put_byte_level(struct old *o, bool prefix, bool regex)
{
	buf_printf(o->out, "%s{\"type\":\"ByteLevel\",\"add_prefix_space\":%s,"
	    "\"trim_offsets\":true,\"use_regex\":%s}", old_comma(o->out),
	    truth(prefix), truth(regex));
}

static void
put_splitter(struct old *o, char letter)
{
	static const char qwen2[] = QWEN(""), qwen3[] = QWEN("\\p{M}");
	static const char clip[] = "<\\|startoftext\\|>|<\\|endoftext\\|>|"
	    CONTRACTIONS "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
	struct buf *out = o->out;

	switch (letter) {
	case 'w':
		old_item(out, "{\"type\":\"WhitespaceSplit\"}");
		break;
	case 'p':
		if (json_bool(o->config, "split_by_punct", false))
			old_item(out, "{\"type\":\"Punctuation\","
			    "\"behavior\":\"Isolated\"}");
		break;
	case 'm':
	case 'f':
		put_metaspace(o, letter == 'm');
		break;
	case 'g':
		old_item(out, "{\"type\":\"Split\",\"pattern\":{\"String\":"
		    "\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":"
		    "false}");
		break;
	case 'b':
		old_item(out, "{\"type\":\"BertPreTokenizer\"}");
		break;
	case 'd':
		old_item(out, "{\"type\":\"Digits\","
		    "\"individual_digits\":true}");
		break;
	case 'B':
		put_byte_level(o, o->prefix, true);
		break;
	case 'Q':
		put_split(out, qwen2, sizeof qwen2 - 1, "Isolated", false);
		put_byte_level(o, o->prefix, false);
		break;
	case '5':
		put_split(out, qwen3, sizeof qwen3 - 1, "Isolated", false);
		put_byte_level(o, o->prefix, false);
		break;
	case 'C':
		put_split(out, clip, sizeof clip - 1, "Removed", true);
		put_byte_level(o, false, true);
	}
}

static int
longer_first(const void *a, const void *b)
{
	const struct spm_piece *const *x = a, *const *y = b;

	if ((*x)->text.n != (*y)->text.n)
		return (*x)->text.n > (*y)->text.n ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

/* The pieces that must stay whole, as a regular expression. */
static void
put_user_defined(struct old *o)
{
	const struct spm_piece **list = xmalloc((o->n + 1) * sizeof *list);
	struct buf re = { 0 };
	size_t n = 0, i, k;
	char c;

	for (i = 0; i < o->n; i++)
		if (o->v[i].type == SPM_USER && o->v[i].text.n > 0)
			list[n++] = &o->v[i];
	qsort(list, n, sizeof *list, longer_first);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(&re, '|');
		for (k = 0; k < list[i]->text.n; k++) {
			c = list[i]->text.p[k];
			if (c > ' ' && c < 0x7f && strchr("()[]{}?*+-|^$\\.&~#",
			    c) != NULL)
				buf_byte(&re, '\\');
			buf_byte(&re, c);
		}
	}
	if (n > 0)
		put_split(o->out, re.p, re.n, "Isolated", false);
	buf_free(&re);
	free(list);
}

void
old_splitter(struct old *o)
{
	const char *s = o->c->splitter;

	buf_str(o->out, "{\"type\":\"Sequence\",\"pretokenizers\":[");
	if (o->c->plain && o->m->dummy_prefix)
		put_metaspace(o, false);
	if (o->c->plain)
		put_user_defined(o);
	for (; s != NULL && *s != '\0'; s++)
		put_splitter(o, *s);
	buf_str(o->out, "]}");
}

/* Decoders. */

static void
put_decoder(struct old *o, char letter)
{
	struct buf *out = o->out;

	switch (letter) {
	case 'm':
		put_metaspace(o, true);
		break;
	case 'r':
		put_replace(out, "String", UNDERLINE, " ");
		break;
	case 'b':
		old_item(out, "{\"type\":\"ByteFallback\"}");
		break;
	case 'F':
		old_item(out, "{\"type\":\"Fuse\"}");
		break;
	case 's':
	case 'S':
		if (letter == 'S' || o->prefix)
			old_item(out, "{\"type\":\"Strip\",\"content\":\" \","
			    "\"start\":1,\"stop\":0}");
		break;
	case 'w':
		old_item(out, "{\"type\":\"WordPiece\",\"prefix\":\"##\","
		    "\"cleanup\":true}");
		break;
	case 'B':
		put_byte_level(o, true, true);
		break;
	case 'k':	/* the mark of a word's end is a space */
		put_replace(out, "String", "</w>", " ");
		old_item(out, "{\"type\":\"Strip\",\"content\":\" \","
		    "\"start\":1,\"stop\":1}");
		break;
	case 'e':
		old_item(out, "{\"type\":\"BPEDecoder\",\"suffix\":\"</w>\"}");
	}
}

void
old_decoder(struct old *o)
{
	const char *s = o->c->decoder;

	if (o->c->plain)
		s = o->m->dummy_prefix
		    ? o->m->byte_fallback ? "rbFS" : "rFS"
		    : o->m->byte_fallback ? "rbF" : "r";
	buf_str(o->out, "{\"type\":\"Sequence\",\"decoders\":[");
	for (; s != NULL && *s != '\0'; s++)
		put_decoder(o, *s);
	buf_str(o->out, "]}");
}
