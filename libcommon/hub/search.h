#ifndef HUB_SEARCH_H
#define HUB_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/name.h"
#include "json.h"
#include "util.h"

/*
 * search - what is looked for, on the Hub or among the cached cards, and how
 * a find is shown.
 */
enum search_sort { SORT_NONE, SORT_DOWNLOADS, SORT_LIKES, SORT_MODIFIED };

/* NULL: any.  All texts are borrowed. */
struct query {
	enum hub_type type;
	const char *words;	/* with blanks between */
	const char *task;
	const char *license;
	const char *library;
	const char *language;
	const char *author;
	enum search_sort sort;
	size_t limit;
};

/* The first page's path and query below the endpoint; the caller frees. */
char *search_path(const struct query *q);

/* What a line shows; NULL and negative numbers are not known: "-". */
struct find {
	const char *id;
	const char *task;
	const char *license;
	int64_t downloads;
	int64_t likes;
	int64_t parameters;
	const char *gated;	/* "no", "auto", "manual" */
};

/* Append the fields with TABs between and a LF, fit for a terminal. */
void search_row(struct buf *b, const struct find *f);

/* The same from the Hub's answer for one repository. */
void search_json_row(struct buf *b, json *info);

#endif
