#include "task/text.h"

#include <stdlib.h>

#include "err.h"
#include "json.h"
#include "model.h"

bool
text_is_ids(struct frame *f)
{
	static const char *const made[] = { "logits", "start_logits",
		"last_hidden_state", "pooler_output", "embedding",
		"hidden_states.0", "attentions.0", "residual" };
	size_t i;

	for (i = 0; i < sizeof made / sizeof *made; i++)
		if (frame_get(f, made[i]) != NULL)
			return false;
	return frame_get(f, "input_ids") != NULL;
}

int
text_open(struct text_run *r, const struct frame *f, const char *name)
{
	char *dir, *stream_name;

	if (name == NULL)
		name = f->model;
	if (name == NULL)
		return fail("the stream names no model; give one with -m");
	if (model_find(name, &dir, &stream_name) < 0)
		return -1;
	r->tok = tok_open(dir);
	free(dir);
	free(stream_name);
	if (r->tok == NULL)
		return -1;
	if (r->clean_up < 0)
		r->clean_up = tok_wants_clean_up(r->tok);
	return 0;
}

void
text_close(struct text_run *r)
{
	tok_free(r->tok);
	r->tok = NULL;
}

static int
row(const struct text_run *r, const int32_t *ids, size_t n, struct buf *text,
    struct buf *out)
{
	text->n = 0;
	if (tok_decode(r->tok, ids, n, r->skip_special, text) < 0)
		return -1;
	if (r->clean_up)
		tok_clean_up(text, 0);
	if (r->json)
		json_put_string(out, text->p == NULL ? "" : text->p, text->n);
	else
		buf_add(out, text->p, text->n);
	buf_byte(out, r->end);
	return 0;
}

int
text_frame(const struct text_run *r, struct frame *f, struct buf *out)
{
	const struct tensor *ids = frame_need(f, "input_ids", DT_I32, 2);
	const struct tensor *mask = NULL;
	size_t b, t, n, B, T;
	struct buf text = { 0 };
	const int32_t *m;
	int32_t *real;
	int bad = 0;

	if (ids == NULL)
		return -1;
	B = ids->dim[0];
	T = ids->dim[1];
	if (frame_get(f, "attention_mask") != NULL) {
		mask = frame_need(f, "attention_mask", DT_I32, 2);
		if (mask == NULL)
			return -1;
		if (mask->dim[0] != B || mask->dim[1] != T)
			return fail("attention_mask: its shape is not that of "
			    "input_ids");
	}
	real = xcalloc(T + 1, sizeof *real);
	for (b = 0; bad == 0 && b < B; b++) {
		m = mask == NULL ? NULL : (const int32_t *)mask->data + b * T;
		for (t = n = 0; t < T; t++)
			if (m == NULL || m[t] != 0)
				real[n++] = ((const int32_t *)ids->data)[
				    b * T + t];
		bad = row(r, real, n, &text, out);
	}
	free(real);
	buf_free(&text);
	return bad;
}
