#include "tok/ggufvocab.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "tok/old.h"
#include "tok/vocab.h"
#include "utf8.h"

enum { MAX_TOKENS = 1 << 23 };
#define KEY "tokenizer.ggml."

/* The pieces in order, as spm.h has them: the types' numbers are the same. */
static int
read_pieces(const struct gguf_meta *g, struct spm *m)
{
	const struct gguf_value *tokens = gguf_find(g, KEY "tokens");
	const struct gguf_value *scores = gguf_find(g, KEY "scores");
	const struct gguf_value *types = gguf_find(g, KEY "token_type");
	static const struct gguf_value none = { .n = 0 };
	struct gguf_value t, s, k;
	struct spm_piece p;
	double type;

	if (tokens == NULL || !tokens->array || tokens->type != GGUF_STRING)
		return fail("it has no " KEY "tokens");
	if (tokens->n > MAX_TOKENS)
		return fail("%llu tokens are more than %d",
		    (unsigned long long)tokens->n, MAX_TOKENS);
	t = *tokens;
	s = scores == NULL ? none : *scores;
	k = types == NULL ? none : *types;
	while (gguf_next_string(&t, &p.text)) {
		if (utf8_valid(p.text.p, p.text.n) != p.text.n)
			return fail("token %zu is not UTF-8", m->n);
		p.score = 0;
		type = SPM_NORMAL;
		gguf_next_number(&s, &p.score);
		gguf_next_number(&k, &type);
		p.type = type >= 1 && type <= 6 ? (int)type : SPM_NORMAL;
		if (!(p.score > -1e300 && p.score < 1e300))
			return fail("token %zu has no sound score", m->n);
		GROW(m->pieces, m->n, m->cap);
		m->pieces[m->n++] = p;
	}
	return m->n > 0 ? 0 : fail("it has no tokens");
}

/* The token that a key's ID names; an empty slice when there is none. */
static struct slice
token(const struct gguf_meta *g, const struct spm *m, const char *key)
{
	int64_t id = gguf_int(g, key, -1);

	return id < 0 || (uint64_t)id >= m->n ? (struct slice){ "", 0 }
					      : m->pieces[id].text;
}

static void
put_string(struct buf *out, struct slice s)
{
	json_put_string(out, s.p, s.n);
}

static bool
same(struct slice s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* What transformers' tokenizer_config.json would say. */
static struct cJSON *
make_config(const struct gguf_meta *g, const struct spm *m)
{
	bool t5 = same(gguf_string(g, KEY "model", ""), "t5");
	struct slice bos = token(g, m, KEY "bos_token_id");
	struct slice eos = token(g, m, KEY "eos_token_id");
	struct slice unk = token(g, m, KEY "unknown_token_id");
	struct cJSON *tree;
	struct buf b = { 0 };

	buf_printf(&b, "{\"add_prefix_space\":%s,\"add_bos_token\":%s,"
	    "\"add_eos_token\":%s,\"bos_token\":",
	    gguf_bool(g, KEY "add_space_prefix", true) ? "true" : "false",
	    gguf_bool(g, KEY "add_bos_token", !t5) ? "true" : "false",
	    gguf_bool(g, KEY "add_eos_token", t5) ? "true" : "false");
	put_string(&b, bos);
	buf_str(&b, ",\"eos_token\":");
	put_string(&b, eos);
	buf_str(&b, ",\"unk_token\":");
	put_string(&b, unk);
	buf_byte(&b, '}');
	tree = json_parse(b.p, b.n);
	buf_free(&b);
	return tree;
}

static bool
all_spaces(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != ' ')
			return false;
	return true;
}

/* "  " is written as spaces, and the order of the tokens is the merges'. */
static void
mend_gemma(struct spm *m, struct buf *spaces)
{
	struct slice *s;
	size_t i;

	buf_reserve(spaces, 3 * 256);
	for (i = 0; i < 256; i++)
		buf_str(spaces, "\xe2\x96\x81");
	for (i = 0; i < m->n; i++) {
		s = &m->pieces[i].text;
		m->pieces[i].score = -(double)i;
		if (s->n > 1 && s->n <= 256 && all_spaces(*s))
			*s = (struct slice){ spaces->p, 3 * s->n };
	}
}

/* "llama" and "t5": a SentencePiece model in other clothes. */
static int
sentencepiece(const struct gguf_meta *g, struct spm *m, struct buf *out)
{
	struct slice arch = gguf_string(g, "general.architecture", "");
	const struct gguf_value *map = gguf_find(g,
	    KEY "precompiled_charsmap");
	bool t5 = same(gguf_string(g, KEY "model", ""), "t5");
	bool gemma = arch.n >= 5 && memcmp(arch.p, "gemma", 5) == 0;
	struct buf spaces = { 0 };
	struct old o = { .m = m, .out = out };
	struct cJSON *config;
	int r;

	m->kind = t5 ? SPM_UNIGRAM : SPM_BPE;
	m->bos = (int)gguf_int(g, KEY "bos_token_id", -1);
	m->eos = (int)gguf_int(g, KEY "eos_token_id", -1);
	m->unk = (int)gguf_int(g, KEY "unknown_token_id", t5 ? 2 : 0);
	m->pad = -1;
	m->dummy_prefix = gguf_bool(g, KEY "add_space_prefix", true);
	m->one_space = gguf_bool(g, KEY "remove_extra_whitespaces", t5);
	m->escape = true;
	if (map != NULL && map->array && map->type <= GGUF_I8)
		m->charsmap = (struct slice){ (const char *)map->p, map->n };
	if (m->bos < 0 || (size_t)m->bos >= m->n)
		m->bos = -1;
	if (m->eos < 0 || (size_t)m->eos >= m->n)
		m->eos = -1;
	if (gemma)
		mend_gemma(m, &spaces);
	config = make_config(g, m);
	o.config = config;
	o.c = !t5 ? class_named("GgufLlamaTokenizer") : m->dummy_prefix
	    ? class_named("GgufT5Tokenizer") : &class_plain;
	r = config == NULL ? -1 : old_json(&o);
	vocab_free(&o.ids);
	json_free(config);
	buf_free(&spaces);
	return r;
}

static void
put_added(const struct spm *m, struct buf *out)
{
	const struct spm_piece *p;
	bool first = true;
	size_t i;

	buf_byte(out, '[');
	for (i = 0; i < m->n; i++) {
		p = &m->pieces[i];
		if (p->type != SPM_CONTROL && p->type != SPM_USER)
			continue;
		buf_printf(out, "%s{\"id\":%zu,\"content\":", first ? "" : ",",
		    i);
		put_string(out, p->text);
		buf_printf(out, ",\"single_word\":false,\"lstrip\":false,"
		    "\"rstrip\":false,\"normalized\":false,\"special\":%s}",
		    p->type == SPM_CONTROL ? "true" : "false");
		first = false;
	}
	buf_byte(out, ']');
}

/* Where a token stands in a template, or nothing. */
static void
put_part(struct buf *out, struct slice token, int type)
{
	if (token.n == 0)
		return;
	buf_str(out, "{\"SpecialToken\":{\"id\":");
	put_string(out, token);
	buf_printf(out, ",\"type_id\":%d}},", type);
}

static void
put_known(struct buf *out, struct slice token, int64_t id)
{
	if (token.n == 0)
		return;
	put_string(out, token);
	buf_str(out, ":{\"id\":");
	put_string(out, token);
	buf_printf(out, ",\"ids\":[%lld],\"tokens\":[", (long long)id);
	put_string(out, token);
	buf_str(out, "]},");
}

static void
unput_comma(struct buf *out)
{
	if (out->p[out->n - 1] == ',')
		out->n--;
}

/* [first] A [last], and the same again or only B and last for a pair. */
static void
put_template(const struct gguf_meta *g, const struct spm *m, const char *first,
    const char *last, bool again, struct buf *out)
{
	struct slice none = { "", 0 };
	struct slice a = first == NULL ? none : token(g, m, first);
	struct slice z = last == NULL ? none : token(g, m, last);

	buf_str(out, "{\"type\":\"TemplateProcessing\",\"single\":[");
	put_part(out, a, 0);
	buf_str(out, "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},");
	put_part(out, z, 0);
	unput_comma(out);
	buf_str(out, "],\"pair\":[");
	put_part(out, a, 0);
	buf_str(out, "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},");
	put_part(out, z, 0);
	if (again)
		put_part(out, a, 1);
	buf_str(out, "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}},");
	put_part(out, z, 1);
	unput_comma(out);
	buf_str(out, "],\"special_tokens\":{");
	if (first != NULL)
		put_known(out, a, gguf_int(g, first, 0));
	if (last != NULL && (first == NULL || a.n != z.n ||
	    memcmp(a.p, z.p, a.n) != 0))
		put_known(out, z, gguf_int(g, last, 0));
	unput_comma(out);
	buf_str(out, "}}");
}

/* {"piece": ID, ...}, the last of equal ones. */
static void
put_vocab(const struct spm *m, struct buf *out)
{
	struct vocab seen = { 0 };
	const struct slice *s;
	size_t i;

	vocab_init(&seen, m->n);
	buf_byte(out, '{');
	for (i = m->n; i-- > 0;) {
		s = &m->pieces[i].text;
		if (vocab_id(&seen, s->p, s->n) >= 0)
			continue;
		vocab_add(&seen, s->p, s->n, (int64_t)i);
		put_string(out, *s);
		buf_printf(out, ":%zu,", i);
	}
	unput_comma(out);
	buf_byte(out, '}');
	vocab_free(&seen);
}

static void
put_splits(const struct gguf_split *split, struct buf *out)
{
	size_t i;

	buf_str(out, "{\"type\":\"Sequence\",\"pretokenizers\":[");
	if (split->digits)
		buf_str(out, "{\"type\":\"Digits\","
		    "\"individual_digits\":true},");
	for (i = 0; i < 3 && split->re[i] != NULL; i++) {
		buf_str(out, "{\"type\":\"Split\",\"pattern\":{\"Regex\":");
		json_put_string(out, split->re[i], strlen(split->re[i]));
		buf_str(out, "},\"behavior\":\"Isolated\",\"invert\":false},");
	}
	buf_printf(out, "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
	    "\"trim_offsets\":true,\"use_regex\":%s}]}",
	    i == 0 ? "true" : "false");
}

/* "gpt2" */
static int
byte_level(const struct gguf_meta *g, struct spm *m, struct buf *out)
{
	static const char level[] = "{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":false,"
	    "\"use_regex\":true}";
	const struct gguf_value *merges = gguf_find(g, KEY "merges");
	struct slice pre = gguf_string(g, KEY "pre", "");
	const struct gguf_split *split = gguf_split(pre);
	bool bos = gguf_bool(g, KEY "add_bos_token", false);
	bool eos = gguf_bool(g, KEY "add_eos_token", false);
	struct gguf_value v;
	struct slice s;

	if (split == NULL)
		return fail(KEY "pre \"%.*s\" is not known", (int)pre.n, pre.p);
	if (merges == NULL || !merges->array || merges->type != GGUF_STRING)
		return fail("it has no " KEY "merges");
	buf_str(out, "{\"added_tokens\":");
	put_added(m, out);
	buf_printf(out, ",\"normalizer\":%s,\"pre_tokenizer\":",
	    split->nfc ? "{\"type\":\"NFC\"}" : "null");
	put_splits(split, out);
	buf_printf(out, ",\"post_processor\":{\"type\":\"Sequence\","
	    "\"processors\":[%s", level);
	if (bos || eos) {
		buf_byte(out, ',');
		put_template(g, m, bos ? KEY "bos_token_id" : NULL,
		    eos ? KEY "eos_token_id" : NULL, true, out);
	}
	buf_printf(out, "]},\"decoder\":%s,\"model\":{\"type\":\"BPE\","
	    "\"ignore_merges\":%s,\"vocab\":", level,
	    split->ignore_merges ? "true" : "false");
	put_vocab(m, out);
	buf_str(out, ",\"merges\":[");
	for (v = *merges; gguf_next_string(&v, &s);) {
		put_string(out, s);
		buf_byte(out, ',');
	}
	unput_comma(out);
	buf_str(out, "]}}");
	return 0;
}

/*
 * A word's first piece begins with U+2581 and the others with nothing, where
 * vocab.txt has nothing and "##".  The new texts are in names, to whose
 * offsets the pieces point until it stops growing.
 */
static bool
respell(struct spm *m, struct buf *names)
{
	size_t *at = xmalloc((m->n + 1) * sizeof *at), i;
	struct spm_piece *p;
	bool upper = false;

	for (i = 0; i < m->n; i++) {
		p = &m->pieces[i];
		at[i] = names->n;
		if (p->text.n > 3 &&
		    memcmp(p->text.p, "\xe2\x96\x81", 3) == 0) {
			buf_add(names, p->text.p + 3, p->text.n - 3);
			upper = upper || (p->text.p[3] >= 'A' &&
			    p->text.p[3] <= 'Z');
		} else {
			if (p->type != SPM_CONTROL && p->type != SPM_UNKNOWN)
				buf_str(names, "##");
			buf_add(names, p->text.p, p->text.n);
		}
	}
	at[m->n] = names->n;
	for (i = 0; i < m->n; i++)
		m->pieces[i].text = (struct slice){ names->p + at[i],
			at[i + 1] - at[i] };
	free(at);
	return upper;
}

/* "bert": whether it is cased is not said, but a cased one has capitals. */
static int
wordpiece(const struct gguf_meta *g, struct spm *m, struct buf *out)
{
	struct buf names = { 0 };
	bool upper = respell(m, &names);
	struct slice unk = token(g, m, KEY "unknown_token_id");
	const char *cls = gguf_find(g, KEY "cls_token_id") != NULL
	    ? KEY "cls_token_id" : KEY "bos_token_id";
	const char *sep = gguf_find(g, KEY "seperator_token_id") != NULL
	    ? KEY "seperator_token_id" : gguf_find(g,
		KEY "sep_token_id") != NULL ? KEY "sep_token_id"
	    : KEY "eos_token_id";

	if (unk.n == 0)
		unk = (struct slice){ "[UNK]", 5 };
	buf_str(out, "{\"added_tokens\":");
	put_added(m, out);
	buf_printf(out, ",\"normalizer\":{\"type\":\"BertNormalizer\","
	    "\"clean_text\":true,\"handle_chinese_chars\":true,"
	    "\"strip_accents\":null,\"lowercase\":%s},\"pre_tokenizer\":"
	    "{\"type\":\"BertPreTokenizer\"},\"post_processor\":",
	    upper ? "false" : "true");
	put_template(g, m, cls, sep, false, out);
	buf_str(out, ",\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\","
	    "\"cleanup\":true},\"model\":{\"type\":\"WordPiece\","
	    "\"unk_token\":");
	put_string(out, unk);
	buf_str(out, ",\"continuing_subword_prefix\":\"##\","
	    "\"max_input_chars_per_word\":100,\"vocab\":");
	put_vocab(m, out);
	buf_str(out, "}}");
	buf_free(&names);
	return 0;
}

int
gguf_json(const struct gguf_meta *g, struct buf *out)
{
	struct slice model = gguf_string(g, KEY "model", "");
	struct spm m = { 0 };
	int r;

	r = read_pieces(g, &m);
	if (r < 0)
		;
	else if (same(model, "gpt2"))
		r = byte_level(g, &m, out);
	else if (same(model, "llama") || same(model, "t5"))
		r = sentencepiece(g, &m, out);
	else if (same(model, "bert"))
		r = wordpiece(g, &m, out);
	else
		r = fail(KEY "model \"%.*s\" is not known", (int)model.n,
		    model.p);
	spm_free(&m);
	return r;
}
