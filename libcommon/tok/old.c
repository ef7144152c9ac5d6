#include "tok/old.h"

#include <stdlib.h>
#include <string.h>

#include "tok/tok.h"

const char *const old_roles[ROLES] = { "bos_token", "eos_token", "unk_token",
	"sep_token", "pad_token", "cls_token", "mask_token" };

const char *
old_comma(const struct buf *out)
{
	char last = out->p[out->n - 1];

	return last == '[' || last == '{' || last == ':' ? "" : ",";
}

void
old_item(struct buf *out, const char *text)
{
	buf_str(out, old_comma(out));
	buf_str(out, text);
}

bool
old_word(const char **list, struct slice *word)
{
	const char *p = *list;

	if (p == NULL)
		return false;
	p += strspn(p, " ");
	*word = (struct slice){ p, strcspn(p, " ") };
	*list = p + word->n;
	return word->n > 0;
}

/* The map counts only where the config does not list the added tokens. */
json *
old_get(const struct old *o, const char *key)
{
	json *v = NULL;

	if (json_get(o->config, "added_tokens_decoder") == NULL)
		v = json_get(o->map, key);
	return v != NULL ? v : json_get(o->config, key);
}

const char *
old_role(const struct old *o, int role)
{
	json *v = old_get(o, old_roles[role]);

	if (v == NULL)
		return o->c->role[role] != NULL ? o->c->role[role]
						: o->own[role];
	return json_is_object(v) ? json_text(json_get(v, "content"))
				 : json_text(v);
}

/* The language's token; some classes write "__en__" for "en". */
static void
language(const struct old *o, struct slice *word)
{
	const char *s = json_str(o->config, o->c->language_key,
	    o->c->language);

	if (o->c->underlined && strstr(s, "__") == NULL) {
		o->language->n = 0;
		buf_printf(o->language, "__%s__", s);
		s = o->language->p;
	}
	*word = (struct slice){ s, strlen(s) };
}

bool
old_resolve(const struct old *o, struct slice *word)
{
	static const char letters[ROLES + 1] = "beuspcm";
	const char *s;

	if (word->n != 2 || word->p[0] != '@')
		return true;
	if (word->p[1] == 'l') {
		language(o, word);
		return true;
	}
	s = old_role(o, (int)(strchr(letters, word->p[1]) - letters));
	if (s == NULL)
		return false;
	*word = (struct slice){ s, strlen(s) };
	return true;
}

bool
old_made(const struct old *o, struct slice word, struct old_made *made)
{
	static const struct old_made all[] = {
		{ "#ids", "<extra_id_", 0, 100, 0 },
		{ "#ids_down", "<extra_id_", 100, 0, 0 },
		{ "#unks", "<unk_", 2, 103, -100 },
		{ "#made_up", "<madeupword", 0, 7, 0 },
	};
	enum { MOST = 10000 };
	size_t i, n;

	for (i = 0; i < sizeof all / sizeof *all; i++)
		if (slice_is(word, all[i].word))
			break;
	if (i == sizeof all / sizeof *all)
		return false;
	*made = all[i];
	n = (size_t)(made->from > made->to ? made->from : made->to);
	if (json_size(o->config, i == 2 ? "offset" : "extra_ids", 0, MOST,
	    &n) < 0)
		n = 0;
	if (i < 3)
		*(made->from > made->to ? &made->from : &made->to) = (int)n;
	return true;
}

/* The special pieces that a SentencePiece file names itself. */
static void
find_own(struct old *o)
{
	const int ids[3] = { o->m->bos, o->m->eos, o->m->unk };
	const struct slice *s;
	int i;

	for (i = 0; i < 3; i++) {
		if (ids[i] < 0)
			continue;
		s = &o->m->pieces[ids[i]].text;
		o->own[i] = xstrndup(s->p, s->n);
	}
}

static int
put_all(struct old *o)
{
	buf_str(o->out, "{\"version\":\"1.0\",\"model\":");
	if (old_model(o) < 0)
		return -1;
	buf_str(o->out, ",\"added_tokens\":[");
	old_added(o);
	buf_str(o->out, "],\"normalizer\":");
	old_normalizer(o);
	buf_str(o->out, ",\"pre_tokenizer\":");
	old_splitter(o);
	buf_str(o->out, ",\"post_processor\":");
	if (old_post(o) < 0)
		return -1;
	buf_str(o->out, ",\"decoder\":");
	old_decoder(o);
	buf_byte(o->out, '}');
	return 0;
}

int
old_json(struct old *o)
{
	struct buf lang = { 0 };
	size_t k;
	int r, i;

	o->prefix = json_bool(o->config, "add_prefix_space",
	    o->m != NULL || o->c->prefix);
	o->legacy = json_bool(o->config, "legacy", o->c->plain);
	o->language = &lang;
	vocab_init(&o->seen, 0);
	vocab_init(&o->ids, 0);
	if (o->c == &class_plain)
		find_own(o);
	r = old_pieces(o);
	if (r == 0)
		r = put_all(o);
	for (i = 0; i < 3; i++)
		free(o->own[i]);
	for (k = 0; k < o->n_texts; k++)
		free(o->texts[k]);
	free(o->texts);
	free(o->v);
	buf_free(&lang);
	vocab_free(&o->seen);
	return r;
}
