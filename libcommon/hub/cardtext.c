/* cardtext - a card as aligned text, for people and for awk. */
#include <stdlib.h>
#include <string.h>

#include "hub/card.h"
#include "hub/plain.h"
#include "utf8.h"

enum { LABEL = 12, COLUMNS = 4 };

static void
put_label(struct buf *b, const char *label)
{
	buf_printf(b, "%-*s", LABEL, label);
}

void
card_put_line(struct buf *b, const char *label, const char *value)
{
	put_label(b, label);
	plain_field(b, value, strlen(value));
	buf_byte(b, '\n');
}

/* The texts of a result's columns: task, dataset, metric, value. */
struct row {
	struct buf cell[COLUMNS];
	bool verified;
};

static struct row
make_row(const struct card_result *r)
{
	const struct front *const part[COLUMNS] = { r->task, r->dataset,
		r->metric, r->value };
	struct row row = { .verified = r->verified };
	int i;

	for (i = 0; i < COLUMNS; i++)
		card_put(&row.cell[i], part[i]);
	return row;
}

static void
put_row(struct buf *b, struct row *row, const size_t *width)
{
	size_t pad;
	int i;

	put_label(b, "result");
	for (i = 0; i < COLUMNS; i++) {
		buf_add(b, row->cell[i].p, row->cell[i].n);
		pad = width[i] - utf8_count(row->cell[i].p, row->cell[i].n) +
		    2;
		if (i < COLUMNS - 1 || row->verified)
			buf_printf(b, "%*s", (int)pad, "");
		buf_free(&row->cell[i]);
	}
	buf_str(b, row->verified ? "verified\n" : "\n");
}

static void
put_results(struct buf *b, const struct card *c)
{
	size_t width[COLUMNS] = { 0 }, i, n;
	struct card_results r;
	struct row *row;
	int j;

	card_results(c, &r);
	row = xcalloc(r.n, sizeof *row);
	for (i = 0; i < r.n; i++) {
		row[i] = make_row(&r.v[i]);
		for (j = 0; j < COLUMNS; j++) {
			n = utf8_count(row[i].cell[j].p, row[i].cell[j].n);
			if (n > width[j])
				width[j] = n;
		}
	}
	for (i = 0; i < r.n; i++)
		put_row(b, &row[i], width);
	free(row);
	free(r.v);
}

void
card_put_text(struct buf *b, const struct card *c)
{
	struct card_list l;
	size_t i;
	int f;

	for (f = 0; f < CARD_FIELDS; f++) {
		card_values(c, (enum card_field)f, &l);
		for (i = 0; i < l.n; i++) {
			put_label(b, card_field_name[f]);
			card_put(b, l.v[i]);
			buf_byte(b, '\n');
		}
		free(l.v);
	}
	put_results(b, c);
}
