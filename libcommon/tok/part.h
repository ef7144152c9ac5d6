#ifndef TOK_PART_H
#define TOK_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"
#include "tok/tok.h"

/*
 * part - what the parts of a tokenizer share; not for programs.
 *
 * A record's text is cut at the added tokens in it.  Each segment between two
 * of them runs through the steps of the normalizer, which rewrite it, then of
 * the pre-tokenizer, which rewrite or split it into pieces; the model turns
 * each piece into tokens.  The types "Sequence", "ByteLevel" and "Metaspace"
 * of a tokenizer.json become several steps, so that every step does one thing.
 */

/* Texts larger than this are an error, as offsets have 31 bits. */
enum { TOK_TEXT_MAX = 0x7fffffff };

/*
 * Bytes on their way from the record to the model, and, when offsets are
 * wanted, the bytes of the record that each of them stands for.
 */
struct text {
	char *p;
	size_t n, cap;
	struct span *at;	/* [n] when aligned, else unused */
	bool aligned;
	bool full;		/* TOK_TEXT_MAX was passed: this is cut */
};
void text_grow(struct text *t, size_t more);
void text_free(struct text *t);

/* Append s[0..n), all of which stands for the record's bytes at. */
void text_put(struct text *t, const char *s, size_t n, struct span at);

/* Append s[0..n), bytes from.. of the record, each for itself's character. */
void text_put_raw(struct text *t, const char *s, size_t n, size_t from);

/* Append in[from..to) with its alignment. */
void text_copy(struct text *t, const struct text *in, size_t from, size_t to);

/* What byte i of the text stands for; {0,0} when it is not known. */
static inline struct span
text_at(const struct text *t, size_t i)
{
	return t->aligned ? t->at[i] : (struct span){ 0, 0 };
}

/* A piece: bytes of the text, given to the model, or an added token. */
struct piece {
	uint32_t from, to;
	int32_t id;		/* the added token's, or -1 */
};

struct pieces {
	struct text text;
	struct piece *p;
	size_t n, cap;
};
void pieces_grow(struct pieces *o);
void pieces_free(struct pieces *o);

/* Append a piece; an empty one is left out, as it is everywhere. */
static inline void
pieces_add(struct pieces *o, size_t from, size_t to)
{
	if (from == to)
		return;
	if (o->n == o->cap)
		pieces_grow(o);
	o->p[o->n++] = (struct piece){ (uint32_t)from, (uint32_t)to, -1 };
}

/*
 * One step: either change or split is set.  It is the first member of the
 * step's own struct and read-only once loaded; scratch (buffers, match data)
 * is in work, one a thread, made by work_new when that is set.
 */
struct step {
	const char *type;	/* as in the file, for messages and engines */

	/* Append the rewritten in[from..to) to out: 0, or -1 with errstr(). */
	int (*change)(const struct step *s, void *work, const struct text *in,
	    size_t from, size_t to, struct text *out);

	/* Append the parts of in[from..to) to out: 0, or -1 with errstr(). */
	int (*split)(const struct step *s, void *work, const struct text *in,
	    size_t from, size_t to, struct pieces *out);

	bool first_piece;	/* the step asks whether a piece is at the
				   record's start: text.at must be there */
	void *(*work_new)(const struct step *s);
	void (*work_free)(void *work);
	void (*free)(struct step *s);
};

/* The steps of a normalizer or a pre-tokenizer, in their order. */
struct steps {
	struct step **s;
	size_t n, cap;
};
void steps_add(struct steps *l, struct step *s);
void steps_free(struct steps *l);

/*
 * A loader of a component reads its whole object, "type" included; the reader
 * stands before its '{'.  On failure either the reader holds the error or
 * errstr() does, and nothing is left to free.
 *
 * The keys are in a table: a duplicate one is refused, an unknown one skipped,
 * as the reference does.  Members of the object must be preset to their
 * default; null leaves it where the field may be null.
 */
enum field_kind {
	FIELD_BOOL,		/* bool */
	FIELD_SIZE,		/* size_t */
	FIELD_STRING,		/* struct buf, NUL-terminated; append-only */
	FIELD_CHAR,		/* uint32_t: a string of one code point */
	FIELD_CUSTOM		/* read(j, member) */
};
enum { NEEDED = 1, NULLABLE = 2,
	CLOSED = 4		/* of the table's end: no other keys */
};

struct field {
	const char *name;
	enum field_kind kind;
	int flags;
	size_t at;		/* offsetof(struct x, member) */
	int (*read)(struct pull *j, void *member);
};
int fields_read(struct pull *j, const struct field *f, void *object);

/*
 * The "type" of the object that the reader stands before.  Where there is
 * none, as in old files, it is that of the first hint whose key the object
 * has; hints end in a NULL key.  0, or -1: it has no type.
 */
struct part_hint {
	const char *key, *type;
};
int part_type(struct pull *j, const char *what,
    const struct part_hint *hints, struct slice *type);

/* Refuse a type by name: -1. */
int part_unknown(struct pull *j, const char *what, struct slice type);

/* The position of a string among n names, or -1: it is refused. */
int part_choice(struct pull *j, const char *what, const char *const *names,
    size_t n);

/* A "Sequence": its array of components, none of which is null.  0 or -1. */
int part_sequence(struct pull *j, const char *key,
    int (*load)(struct pull *j, void *out), void *out);

/* Read a string with its escapes decoded onto b.  0 or -1. */
int part_string(struct pull *j, struct buf *b);

/* Tokens as a model gives them out; grows, never shrinks. */
struct tok_out {
	int32_t *ids;
	struct span *at;	/* bytes of what was given to the model or
				   engine; only filled when want_at */
	int32_t *word;		/* likewise: the number of the piece */
	bool want_at;
	int32_t next_word;	/* what goes into word; an engine counts it on
				   with each piece, a model leaves it alone */
	size_t n, cap;
};
void tok_out_grow(struct tok_out *o);
void tok_out_free(struct tok_out *o);

/*
 * Tokens from..o->n were made of the piece p of the aligned text t: their
 * spans become those of the record.
 */
void tok_out_place(struct tok_out *o, size_t from, const struct text *t,
    const struct piece *p);

static inline void
tok_out_add(struct tok_out *o, int32_t id, size_t from, size_t to)
{
	if (o->n == o->cap)
		tok_out_grow(o);
	o->ids[o->n] = id;
	if (o->want_at) {
		o->at[o->n] = (struct span){ (uint32_t)from, (uint32_t)to };
		o->word[o->n] = o->next_word;
	}
	o->n++;
}

/*
 * A model: WordPiece, BPE, Unigram, WordLevel.  It is the first member of the
 * model's own struct and read-only once loaded; what encoding needs as scratch
 * (buffers, a word cache) is in the model's work, one a thread.
 */
struct tok_model {
	/* Append the tokens of one pre-token, s[0..n), n > 0: 0, or -1. */
	int (*encode)(const struct tok_model *m, void *work, const char *s,
	    size_t n, struct tok_out *o);
	void *(*work_new)(const struct tok_model *m);	/* NULL: needs none */
	void (*work_free)(void *work);
	int32_t (*id)(const struct tok_model *m, const char *piece, size_t n);
	const char *(*piece)(const struct tok_model *m, int32_t id,
	    size_t *len);
	/* Is the token spelled as the text was, as Unigram's unknown? NULL: no
	 */
	bool (*as_in_text)(const struct tok_model *m, int32_t id);
	size_t size;		/* one more than the largest ID */
	size_t count;		/* pieces: where new added tokens' IDs begin */
	bool marks_subwords;	/* a piece inside a word has a mark, as "##" */
	void (*free)(struct tok_model *m);
};

/*
 * Each reads the "model" object of a tokenizer.json; the reader stands before
 * its '{'.  NULL on failure, as for components.
 */
struct tok_model *wordpiece_load(struct pull *j);
struct tok_model *wordlevel_load(struct pull *j);
struct tok_model *bpe_load(struct pull *j);
struct tok_model *unigram_load(struct pull *j);

/* Components that are files of their own: a step, or NULL. */
struct step *precompiled_load(struct pull *j);
struct step *nfc_load(struct pull *j);		/* and NFD, NFKC, NFKD */

/*
 * An engine does all of a known stack (normalizer, pre-tokenizer, model) in
 * one pass over a segment, giving the same tokens.  When one fits, it is made
 * at load and used in place of the steps; spans and words it fills in as a
 * model does, for bytes of the segment.
 */
struct engine {
	int (*encode)(const struct engine *e, void *work, const char *s,
	    size_t n, struct tok_out *o);
	void *(*work_new)(const struct engine *e);
	void (*work_free)(void *work);
	void (*free)(struct engine *e);
	bool spans;		/* may be used when o->want_at */

	/*
	 * Segments that are to be encoded next, in this order, if no added
	 * token turns up in them: the engine may do ahead what is quicker for
	 * many.  Earlier ones are forgotten.  NULL: it has no use for that.
	 */
	void (*look_ahead)(const struct engine *e, void *work,
	    const struct slice *v, size_t n);
};

/* Made from the finished parts of a tokenizer; NULL when they are no fit. */
struct engine *bpe_engine(const struct steps *normalizer,
    const struct steps *pretokenizer, const struct tok_model *m);
struct engine *wordpiece_engine(const struct steps *normalizer,
    const struct steps *pretokenizer, const struct tok_model *m);
struct engine *unigram_engine(const struct steps *normalizer,
    const struct steps *pretokenizer, const struct tok_model *m);

#endif
