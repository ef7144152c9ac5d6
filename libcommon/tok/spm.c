#include "tok/spm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "tok/protobuf.h"
#include "utf8.h"

enum { MAX_PIECES = 1 << 23 };

/* message SentencePiece { piece = 1; score = 2; type = 3 } */
static int
read_piece(struct spm *m, struct slice message)
{
	struct spm_piece piece = { { "", 0 }, 0, SPM_NORMAL };
	struct protobuf b;

	protobuf_init(&b, message.p, message.n);
	while (protobuf_field(&b)) {
		if (b.field == 1)
			piece.text = protobuf_bytes(&b);
		else if (b.field == 2)
			piece.score = (double)protobuf_float(&b);
		else if (b.field == 3)
			piece.type = (int)protobuf_int(&b);
	}
	if (b.bad)
		return fail("piece %zu is damaged", m->n);
	if (utf8_valid(piece.text.p, piece.text.n) != piece.text.n)
		return fail("piece %zu is not UTF-8", m->n);
	if (!isfinite(piece.score))
		return fail("piece %zu has a score that is no number", m->n);
	if (m->n == MAX_PIECES)
		return fail("more than %d pieces", MAX_PIECES);
	GROW(m->pieces, m->n, m->cap);
	m->pieces[m->n++] = piece;
	return 0;
}

/* message TrainerSpec: only what matters for use. */
static int
read_trainer(struct spm *m, struct slice message)
{
	struct protobuf b;
	bool suffix = false;

	protobuf_init(&b, message.p, message.n);
	while (protobuf_field(&b))
		switch (b.field) {
		case 3:
			m->kind = (int)protobuf_int(&b);
			break;
		case 24:
			suffix = protobuf_int(&b) != 0;
			break;
		case 35:
			m->byte_fallback = protobuf_int(&b) != 0;
			break;
		case 40:
			m->unk = (int)protobuf_int(&b);
			break;
		case 41:
			m->bos = (int)protobuf_int(&b);
			break;
		case 42:
			m->eos = (int)protobuf_int(&b);
			break;
		case 43:
			m->pad = (int)protobuf_int(&b);
			break;
		}
	if (b.bad)
		return fail("its trainer_spec is damaged");
	if (suffix)
		return fail("treat_whitespace_as_suffix is not known here");
	return 0;
}

/* message NormalizerSpec */
static int
read_normalizer(struct spm *m, struct slice message)
{
	struct protobuf b;

	protobuf_init(&b, message.p, message.n);
	while (protobuf_field(&b))
		switch (b.field) {
		case 2:
			m->charsmap = protobuf_bytes(&b);
			break;
		case 3:
			m->dummy_prefix = protobuf_int(&b) != 0;
			break;
		case 4:
			m->one_space = protobuf_int(&b) != 0;
			break;
		case 5:
			m->escape = protobuf_int(&b) != 0;
			break;
		}
	return b.bad ? fail("its normalizer_spec is damaged") : 0;
}

static int
check(const struct spm *m)
{
	const int ids[] = { m->unk, m->bos, m->eos, m->pad };
	size_t i;

	if (m->n == 0)
		return fail("it has no pieces: not a SentencePiece model");
	if (m->kind != SPM_UNIGRAM && m->kind != SPM_BPE)
		return fail("model_type %d is neither Unigram (1) nor BPE (2)",
		    m->kind);
	for (i = 0; i < sizeof ids / sizeof *ids; i++)
		if (ids[i] >= 0 && (size_t)ids[i] >= m->n)
			return fail("special ID %d is not one of %zu pieces",
			    ids[i], m->n);
	if (m->unk < 0)
		return fail("it has no unknown piece");
	return 0;
}

/* message ModelProto */
static int
read_model(struct spm *m, struct protobuf *b)
{
	int r = 0;

	while (r == 0 && protobuf_field(b)) {
		if (b->field == 1)
			r = read_piece(m, protobuf_bytes(b));
		else if (b->field == 2)
			r = read_trainer(m, protobuf_bytes(b));
		else if (b->field == 3)
			r = read_normalizer(m, protobuf_bytes(b));
	}
	if (r == 0 && b->bad)
		r = fail("it is cut or damaged, or no SentencePiece model");
	return r == 0 ? check(m) : -1;
}

int
spm_read(struct spm *m, const char *p, size_t n)
{
	struct protobuf b;

	/* The defaults of sentencepiece_model.proto. */
	*m = (struct spm){ .kind = SPM_UNIGRAM, .unk = 0, .bos = 1, .eos = 2,
		.pad = -1, .dummy_prefix = true, .one_space = true,
		.escape = true };
	protobuf_init(&b, p, n);
	if (read_model(m, &b) == 0)
		return 0;
	spm_free(m);
	return -1;
}

void
spm_free(struct spm *m)
{
	free(m->pieces);
	*m = (struct spm){ 0 };
}
