#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/spm.h"
#include "tok/tok.h"
#include "tok/unicode.h"
#include "tok/vocab.h"

#define UNDERLINE "\xe2\x96\x81"	/* stands for a space */

/* The tokenizer being written. */
struct writer {
	const struct spm *m;
	const struct spm_class *c;	/* NULL: by the model's settings */
	json *config;
	struct buf *out;
	struct spm_piece *v;	/* [n] the pieces, by ID */
	size_t n, cap;
	struct vocab ids;	/* of the pieces and of new added tokens */
	struct vocab added;	/* tokens written, numbered as they come */
	int unk;
	bool prefix, legacy;
	struct buf names;	/* made-up pieces, see make_up() */
};

/* A list with commas: the text before an element. */
static const char *
comma(struct buf *out)
{
	char last = out->p[out->n - 1];

	return last == '[' || last == '{' ? "" : ",";
}

static void
item(struct buf *out, const char *text)
{
	buf_printf(out, "%s%s", comma(out), text);
}

static bool
same(struct slice s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* Pieces. */

static void
add_piece(struct writer *w, struct slice text, double score, int type)
{
	GROW(w->v, w->n, w->cap);
	w->v[w->n++] = (struct spm_piece){ text, score, type };
}

/* The next word of a list, or false. */
static bool
next_word(const char **list, struct slice *word)
{
	const char *p = *list;

	if (p == NULL)
		return false;
	p += strspn(p, " ");
	*word = (struct slice){ p, strcspn(p, " ") };
	*list = p + word->n;
	return word->n > 0;
}

static void
add_words(struct writer *w, const char *list)
{
	struct slice word;

	while (next_word(&list, &word))
		add_piece(w, word, same(word, "<unk>NOTUSED") ? -100 : 0,
		    SPM_NORMAL);
}

/*
 * Pieces like "<extra_id_7>", from first to last; their texts are kept in
 * names, which is filled once.
 */
static void
make_up(struct writer *w, const char *name, int first, int last, double score)
{
	int step = first < last ? 1 : -1, i;
	size_t at;

	buf_reserve(&w->names, 32u * (size_t)(abs(last - first) + 1));
	for (i = first; i != last + step; i += step) {
		at = w->names.n;
		buf_printf(&w->names, "%s%d>", name, i);
		add_piece(w, (struct slice){ w->names.p + at,
		    w->names.n - at }, score, SPM_NORMAL);
	}
}

static bool
ends_in_number_comma(struct slice s)
{
	const char *p = s.p + s.n - 1;

	if (s.n < 2 || *p != ',')
		return false;
	do
		p--;
	while (p > s.p && ((unsigned char)*p & 0xc0) == 0x80);
	return (unicode_class(unicode_next(&p)) & UC_ND) != 0;
}

/* Old Gemma models lack the tab, and have its byte instead. */
static void
add_tab(struct writer *w)
{
	size_t i, at = w->n;

	for (i = 0; i < w->n; i++) {
		if (same(w->v[i].text, "\t"))
			return;
		if (same(w->v[i].text, "<0x09>"))
			at = i;
	}
	if (at < w->n)
		w->v[at].text = (struct slice){ "\t", 1 };
}

static int
extra_ids(struct writer *w)
{
	size_t extra = 100;

	if (json_size(w->config, "extra_ids", 0, 10000, &extra) < 0)
		return -1;
	if (extra > 0)
		make_up(w, "<extra_id_", (int)extra - 1, 0, 0);
	return 0;
}

static bool
is_class(const struct writer *w, const char *name)
{
	return w->c != NULL && strcmp(w->c->name, name) == 0;
}

/* The pieces as the class has them. */
static int
make_pieces(struct writer *w)
{
	size_t i = w->c != NULL ? (size_t)w->c->skip : 0, before;
	const struct spm_piece *p;
	bool cheap;

	if (w->c != NULL)
		add_words(w, w->c->head);
	if (is_class(w, "Pegasus"))
		make_up(w, "<unk_", 2, 102, -100);
	before = w->n;
	for (; i < w->m->n; i++) {
		p = &w->m->pieces[i];
		cheap = w->c != NULL && w->c->commas &&
		    ends_in_number_comma(p->text);
		add_piece(w, p->text, cheap ? p->score - 100 : p->score,
		    p->type);
	}
	w->unk = w->m->unk;
	if (w->c == NULL)
		return 0;
	w->unk = w->c->unk >= 0 ? w->c->unk
	    : w->m->unk + (int)before - w->c->skip;
	add_words(w, w->c->tail);
	if (is_class(w, "Gemma"))
		add_tab(w);
	return is_class(w, "T5") ? extra_ids(w) : 0;
}

static int
number_pieces(struct writer *w)
{
	size_t i;

	vocab_init(&w->ids, w->n);
	for (i = 0; i < w->n; i++)
		if (vocab_id(&w->ids, w->v[i].text.p, w->v[i].text.n) < 0 &&
		    vocab_add(&w->ids, w->v[i].text.p, w->v[i].text.n,
			(int64_t)i) < 0)
			return -1;
	if (w->unk < 0 || (size_t)w->unk >= w->n)
		return fail("the unknown piece's ID %d is none of %zu", w->unk,
		    w->n);
	return 0;
}

/* Added tokens. */

struct added {
	bool special, lstrip, rstrip, single_word, normalized;
};

static const char *
truth(bool b)
{
	return b ? "true" : "false";
}

/* Once each; one that is no piece gets the next ID. */
static void
put_added(struct writer *w, const char *s, size_t n, struct added a)
{
	int64_t id = vocab_id(&w->ids, s, n);

	if (n == 0 || vocab_id(&w->added, s, n) >= 0)
		return;
	vocab_add(&w->added, s, n, (int64_t)w->added.count);
	if (id < 0) {
		id = (int64_t)w->ids.size;
		vocab_add(&w->ids, s, n, id);
	}
	buf_printf(w->out, "%s{\"id\":%lld,\"content\":", comma(w->out),
	    (long long)id);
	json_put_string(w->out, s, n);
	buf_printf(w->out, ",\"single_word\":%s,\"lstrip\":%s,\"rstrip\":%s,"
	    "\"normalized\":%s,\"special\":%s}", truth(a.single_word),
	    truth(a.lstrip), truth(a.rstrip), truth(a.normalized),
	    truth(a.special));
}

/* Those that tokenizer_config.json lists, with what it says of them. */
static void
put_listed(struct writer *w)
{
	json *list = json_get(w->config, "added_tokens_decoder"), *t;
	const char *s;

	for (t = json_first(list); t != NULL; t = json_next(t)) {
		s = json_text(json_get(t, "content"));
		if (s == NULL)
			continue;
		put_added(w, s, strlen(s), (struct added){
		    .special = json_bool(t, "special", false),
		    .lstrip = json_bool(t, "lstrip", false),
		    .rstrip = json_bool(t, "rstrip", false),
		    .single_word = json_bool(t, "single_word", false),
		    .normalized = (w->c != NULL || !w->m->dummy_prefix) &&
			json_bool(t, "normalized", false) });
	}
}

/* "<s>" or {"content": "<s>"}; what the class has when there is no such key. */
static const char *
special(const struct writer *w, const char *key, const char *otherwise)
{
	return json_get(w->config, key) == NULL
	    ? otherwise
	    : tok_config_token(w->config, key);
}

static void
put_special(struct writer *w, const char *key, const char *otherwise)
{
	const char *s = special(w, key, otherwise);

	if (s != NULL)
		put_added(w, s, strlen(s), (struct added){ .special = true,
		    .lstrip = strcmp(key, "mask_token") == 0 });
}

static void
put_added_tokens(struct writer *w)
{
	static const struct spm_class none = { .name = NULL };
	const struct spm_class *c = w->c != NULL ? w->c : &none;
	const struct spm_piece *p;
	bool turn;
	size_t i;

	put_listed(w);
	for (i = 0; i < w->m->n; i++) {
		p = &w->m->pieces[i];
		turn = is_class(w, "Gemma") &&
		    (same(p->text, "<start_of_turn>") ||
		    same(p->text, "<end_of_turn>"));
		if (p->type == SPM_USER && w->c != NULL)
			put_added(w, p->text.p, p->text.n,
			    (struct added){ .special = turn });
		else if (p->type == SPM_CONTROL ||
		    (p->type == SPM_UNKNOWN && w->c == NULL))
			put_added(w, p->text.p, p->text.n,
			    (struct added){ .special = true });
	}
	put_special(w, "bos_token", c->bos);
	put_special(w, "eos_token", c->eos);
	put_special(w, "unk_token", c->unk_token);
	put_special(w, "sep_token", c->sep);
	put_special(w, "pad_token", c->pad);
	put_special(w, "cls_token", c->cls);
	put_special(w, "mask_token", c->mask);
	for (i = 0; i < w->n && is_class(w, "T5"); i++)
		if (w->v[i].text.n > 10 &&
		    memcmp(w->v[i].text.p, "<extra_id_", 10) == 0)
			put_added(w, w->v[i].text.p, w->v[i].text.n,
			    (struct added){ .special = true });
}

/* Normalizers. */

static void
put_charsmap(struct writer *w)
{
	if (w->m->charsmap.n == 0)
		return;
	item(w->out, "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"");
	spm_put_base64(w->out, w->m->charsmap.p, w->m->charsmap.n);
	buf_str(w->out, "\"}");
}

static void
put_replace(struct buf *out, const char *kind, const char *pattern,
    const char *by)
{
	buf_printf(out, "%s{\"type\":\"Replace\",\"pattern\":{\"%s\":",
	    comma(out), kind);
	json_put_string(out, pattern, strlen(pattern));
	buf_str(out, "},\"content\":");
	json_put_string(out, by, strlen(by));
	buf_byte(out, '}');
}

/* ALBERT's: the quotes of two characters, accents, case. */
static void
put_albert(struct writer *w)
{
	bool accents = json_bool(w->config, "keep_accents", w->c->accents);
	bool lower = json_bool(w->config, "do_lower_case", w->c->lower);
	bool first = w->c->normalizer == 'b';

	put_replace(w->out, "String", "``", "\"");
	put_replace(w->out, "String", "''", "\"");
	if (first)
		put_replace(w->out, "Regex", " {2,}", " ");
	if (!accents)
		item(w->out, "{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"}");
	if (lower)
		item(w->out, "{\"type\":\"Lowercase\"}");
	put_charsmap(w);
	if (!first)
		put_replace(w->out, "Regex", " {2,}", " ");
}

/* What SentencePiece itself does by these settings. */
static void
put_plain_normalizer(struct writer *w)
{
	put_charsmap(w);
	if (w->m->one_space) {
		put_replace(w->out, "Regex", "\\A +| +\\z", "");
		put_replace(w->out, "Regex", " {2,}", " ");
	}
	if (w->m->escape)
		put_replace(w->out, "String", " ", UNDERLINE);
	/* Metaspace does not add what is there, SentencePiece does. */
	if (w->m->dummy_prefix && w->legacy)
		put_replace(w->out, "Regex", "\\A" UNDERLINE,
		    UNDERLINE UNDERLINE);
}

static void
put_strip(struct buf *out, bool left)
{
	buf_printf(out, "%s{\"type\":\"Strip\",\"strip_left\":%s,"
	    "\"strip_right\":true}", comma(out), truth(left));
}

static void
put_normalizer(struct writer *w)
{
	buf_str(w->out, "{\"type\":\"Sequence\",\"normalizers\":[");
	switch (w->c == NULL ? '\0' : w->c->normalizer) {
	case '\0':
		put_plain_normalizer(w);
		break;
	case 'a':
	case 'b':
		put_albert(w);
		break;
	case 'd':
		if (json_bool(w->config, "do_lower_case", false))
			item(w->out, "{\"type\":\"Lowercase\"}");
		put_strip(w->out, true);
		put_charsmap(w);
		put_replace(w->out, "Regex", " {2,}", " ");
		break;
	case 'l':
		if (w->legacy && w->prefix)
			item(w->out, "{\"type\":\"Prepend\",\"prepend\":\""
			    UNDERLINE "\"}");
		if (w->legacy)
			put_replace(w->out, "String", " ", UNDERLINE);
		break;
	case 'g':
		put_replace(w->out, "String", " ", UNDERLINE);
		break;
	case 'p':
		put_charsmap(w);
		break;
	default:
		put_charsmap(w);
		put_strip(w->out, false);
		put_replace(w->out, "Regex", " {2,}", UNDERLINE);
	}
	buf_str(w->out, "]}");
}

/* Pre-tokenizers and decoders. */

static void
put_metaspace(struct writer *w, bool split)
{
	const char *scheme = !w->prefix ? "never"
	    : w->legacy ? "always" : "first";

	buf_printf(w->out, "%s{\"type\":\"Metaspace\",\"replacement\":\""
	    UNDERLINE "\",\"prepend_scheme\":\"%s\",\"split\":%s}",
	    w->out->p[w->out->n - 1] == ':' ? "" : comma(w->out), scheme,
	    truth(split));
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
put_user_defined(struct writer *w)
{
	const struct spm_piece **list = xmalloc((w->n + 1) * sizeof *list);
	struct buf re = { 0 };
	size_t n = 0, i, k;
	char c;

	for (i = 0; i < w->n; i++)
		if (w->v[i].type == SPM_USER && w->v[i].text.n > 0)
			list[n++] = &w->v[i];
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
	if (n > 0) {
		buf_printf(w->out, "%s{\"type\":\"Split\",\"pattern\":"
		    "{\"Regex\":", comma(w->out));
		json_put_string(w->out, re.p, re.n);
		buf_str(w->out, "},\"behavior\":\"Isolated\","
		    "\"invert\":false}");
	}
	buf_free(&re);
	free(list);
}

static void
put_splitter(struct writer *w)
{
	buf_str(w->out, "{\"type\":\"Sequence\",\"pretokenizers\":[");
	switch (w->c == NULL ? '\0' : w->c->split) {
	case '\0':
		if (w->m->dummy_prefix)
			put_metaspace(w, false);
		put_user_defined(w);
		break;
	case 'l':
		if (!w->legacy)
			put_metaspace(w, false);
		break;
	case 'g':
		item(w->out, "{\"type\":\"Split\",\"pattern\":{\"String\":\" "
		    "\"},\"behavior\":\"MergedWithPrevious\",\"invert\":"
		    "false}");
		break;
	case 'd':
		if (json_bool(w->config, "split_by_punct", false))
			item(w->out, "{\"type\":\"Punctuation\",\"behavior\":"
			    "\"Isolated\"}");
		put_metaspace(w, true);
		break;
	default:
		if (w->c->split == 'w')
			item(w->out, "{\"type\":\"WhitespaceSplit\"}");
		put_metaspace(w, true);
	}
	buf_str(w->out, "]}");
}

static void
put_decoder(struct writer *w)
{
	char kind = w->c == NULL ? '\0' : w->c->split;
	bool strip = kind == '\0' ? w->m->dummy_prefix
				  : kind == 'l' && w->prefix;
	bool bytes = kind != '\0' || w->m->byte_fallback;

	if (kind != '\0' && kind != 'l' && kind != 'g') {
		put_metaspace(w, true);
		return;
	}
	buf_str(w->out, "{\"type\":\"Sequence\",\"decoders\":[");
	put_replace(w->out, "String", UNDERLINE, " ");
	if (bytes)
		item(w->out, "{\"type\":\"ByteFallback\"}");
	if (bytes || strip)
		item(w->out, "{\"type\":\"Fuse\"}");
	if (strip)
		item(w->out, "{\"type\":\"Strip\",\"content\":\" \","
		    "\"start\":1,\"stop\":0}");
	buf_str(w->out, "]}");
}

/* Post-processors. */

/* "[CLS]:0 $A:0" as a list. */
static void
put_template(struct writer *w, const char *list)
{
	struct slice word;
	char type;

	buf_byte(w->out, '[');
	while (next_word(&list, &word)) {
		type = '0';
		if (word.n > 2 && word.p[word.n - 2] == ':') {
			type = word.p[word.n - 1];
			word.n -= 2;
		}
		buf_str(w->out, comma(w->out));
		if (word.n == 2 && *word.p == '$')
			buf_printf(w->out, "{\"Sequence\":{\"id\":\"%c\",",
			    word.p[1]);
		else {
			buf_str(w->out, "{\"SpecialToken\":{\"id\":");
			json_put_string(w->out, word.p, word.n);
			buf_byte(w->out, ',');
		}
		buf_printf(w->out, "\"type_id\":%c}}", type);
	}
	buf_byte(w->out, ']');
}

/* What the template's tokens are. */
static void
put_template_tokens(struct writer *w, const char *list)
{
	struct vocab seen = { 0 };
	struct slice word;
	int32_t id;

	vocab_init(&seen, 0);
	buf_byte(w->out, '{');
	while (next_word(&list, &word)) {
		if (word.n > 2 && word.p[word.n - 2] == ':')
			word.n -= 2;
		if (*word.p == '$' || vocab_id(&seen, word.p, word.n) >= 0)
			continue;
		vocab_add(&seen, word.p, word.n, (int64_t)seen.count);
		id = vocab_id(&w->ids, word.p, word.n);
		buf_str(w->out, comma(w->out));
		json_put_string(w->out, word.p, word.n);
		buf_str(w->out, ":{\"id\":");
		json_put_string(w->out, word.p, word.n);
		buf_printf(w->out, ",\"ids\":[%d],\"tokens\":[",
		    id < 0 ? w->unk : id);
		json_put_string(w->out, word.p, word.n);
		buf_str(w->out, "]}");
	}
	buf_byte(w->out, '}');
	vocab_free(&seen);
}

static void
put_post(struct writer *w, const char *single, const char *pair)
{
	buf_str(w->out, "{\"type\":\"TemplateProcessing\",\"single\":");
	put_template(w, single);
	buf_str(w->out, ",\"pair\":");
	put_template(w, pair);
	buf_str(w->out, ",\"special_tokens\":");
	put_template_tokens(w, pair);
	buf_byte(w->out, '}');
}

/* Can it stand in a template's list? */
static bool
is_word(const char *s)
{
	return s != NULL && *s != '\0' && strchr(s, ' ') == NULL;
}

/* add_bos_token and add_eos_token. */
static void
put_bos_eos(struct writer *w)
{
	static const struct spm_class none = { .name = NULL };
	const struct spm_class *c = w->c != NULL ? w->c : &none;
	const struct slice *b = w->m->bos < 0 ? NULL :
	    &w->m->pieces[w->m->bos].text;
	const struct slice *e = w->m->eos < 0 ? NULL :
	    &w->m->pieces[w->m->eos].text;
	char *own_bos = b == NULL ? NULL : xstrndup(b->p, b->n);
	char *own_eos = e == NULL ? NULL : xstrndup(e->p, e->n);
	const char *bos = special(w, "bos_token", c->bos ? c->bos : own_bos);
	const char *eos = special(w, "eos_token", c->eos ? c->eos : own_eos);
	bool add_bos = is_word(bos) &&
	    json_bool(w->config, "add_bos_token", c->adds_bos);
	bool add_eos = is_word(eos) &&
	    json_bool(w->config, "add_eos_token", false);
	char *one, *two, *pair;

	one = xprintf("%s%s$A:0%s%s%s", add_bos ? bos : "",
	    add_bos ? ":0 " : "", add_eos ? " " : "", add_eos ? eos : "",
	    add_eos ? ":0" : "");
	two = xprintf("%s%s$B:1%s%s%s", add_bos ? bos : "",
	    add_bos ? ":1 " : "", add_eos ? " " : "", add_eos ? eos : "",
	    add_eos ? ":1" : "");
	/* A Unigram model with both is one of XLM-RoBERTa's family. */
	pair = add_bos && add_eos && is_class(w, "Gguf")
	    ? xprintf("%s $A %s %s $B %s", bos, eos, eos, eos)
	    : xprintf("%s %s", one, two);
	if (add_bos || add_eos)
		put_post(w, one, pair);
	else
		buf_str(w->out, "null");
	free(one);
	free(two);
	free(pair);
	free(own_bos);
	free(own_eos);
}

/* The model. */

static void
put_unigram(struct writer *w)
{
	size_t i;

	/* Scores are floats, and stay what they are: see unigram_load(). */
	buf_printf(w->out, "{\"type\":\"Unigram\",\"exact_scores\":true,"
	    "\"unk_id\":%d,\"byte_fallback\":%s,\"vocab\":[", w->unk,
	    truth(w->c == NULL ? w->m->byte_fallback :
		w->c->split == 'l' || w->c->split == 'g'));
	for (i = 0; i < w->n; i++) {
		buf_str(w->out, i > 0 ? ",[" : "[");
		json_put_string(w->out, w->v[i].text.p, w->v[i].text.n);
		buf_byte(w->out, ',');
		json_put_f64(w->out, w->v[i].score);
		buf_byte(w->out, ']');
	}
	buf_str(w->out, "]}");
}

static void
put_bpe(struct writer *w)
{
	const struct spm_piece *unk = &w->v[w->unk];
	bool whole = false;
	size_t i;

	for (i = 0; w->c == NULL && i < w->n; i++)
		whole = whole || w->v[i].type == SPM_USER;
	buf_str(w->out, "{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":");
	json_put_string(w->out, unk->text.p, unk->text.n);
	buf_printf(w->out, ",\"fuse_unk\":true,\"byte_fallback\":%s,"
	    "\"ignore_merges\":%s,\"vocab\":{",
	    truth(w->c == NULL ? w->m->byte_fallback :
		w->c->split == 'l' || w->c->split == 'g'), truth(whole));
	for (i = 0; i < w->n; i++) {
		if (vocab_id(&w->ids, w->v[i].text.p, w->v[i].text.n) !=
		    (int32_t)i)
			continue;	/* twice in the model */
		buf_str(w->out, comma(w->out));
		json_put_string(w->out, w->v[i].text.p, w->v[i].text.n);
		buf_printf(w->out, ":%zu", i);
	}
	buf_str(w->out, "},\"merges\":");
	spm_put_merges(w->v, w->n, w->c != NULL, w->out);
	buf_byte(w->out, '}');
}

static void
put_all(struct writer *w)
{
	buf_str(w->out, "{\"version\":\"1.0\",\"truncation\":null,"
	    "\"padding\":null,\"added_tokens\":[");
	put_added_tokens(w);
	buf_str(w->out, "],\"normalizer\":");
	put_normalizer(w);
	buf_str(w->out, ",\"pre_tokenizer\":");
	put_splitter(w);
	buf_str(w->out, ",\"post_processor\":");
	if (w->c != NULL && w->c->single != NULL)
		put_post(w, w->c->single, w->c->pair);
	else
		put_bos_eos(w);
	buf_str(w->out, ",\"decoder\":");
	put_decoder(w);
	buf_str(w->out, ",\"model\":");
	if (w->m->kind == SPM_UNIGRAM)
		put_unigram(w);
	else
		put_bpe(w);
	buf_byte(w->out, '}');
}

int
spm_json(const struct spm *m, json *config, struct buf *out)
{
	struct writer w = { .m = m, .config = config, .out = out,
		.c = spm_class(json_str(config, "tokenizer_class", "")),
		.prefix = json_bool(config, "add_prefix_space", true),
		.legacy = json_bool(config, "legacy", true) };
	int r;

	r = make_pieces(&w);
	if (r == 0)
		r = number_pieces(&w);
	vocab_init(&w.added, 0);
	if (r == 0)
		put_all(&w);
	vocab_free(&w.added);
	vocab_free(&w.ids);
	buf_free(&w.names);
	free(w.v);
	return r;
}
