#ifndef JINJA_CASE_H
#define JINJA_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * case - upper and title case as Python's str has them.  The tables in
 * case_data.c are written by scripts/jinja-case.
 */
struct jcase_run {
	uint32_t from, to;	/* every step-th of these ... */
	uint32_t step;
	int32_t delta;		/* ... becomes itself and this */
};
extern const struct jcase_run jcase_upper[], jcase_title[];
extern const size_t jcase_n_upper, jcase_n_title;

/* Those that become several, or whose title case is none of the above. */
struct jcase_many {
	uint32_t c;
	uint32_t upper[3], title[3];	/* 0: no more */
};
extern const struct jcase_many jcase_many[];
extern const size_t jcase_n_many;

/* The upper (title) case of c: 1 to 3 characters in out. */
int jcase_map(uint32_t c, bool title, uint32_t out[3]);

#endif
