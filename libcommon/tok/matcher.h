#ifndef TOK_MATCHER_H
#define TOK_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * matcher - many strings looked for at once (Aho and Corasick, 1975).
 */
struct matcher *matcher_new(void);
void matcher_free(struct matcher *m);

/* Look for s[0..n), n > 0, too; the last of equal strings counts. */
void matcher_add(struct matcher *m, const char *s, size_t n, int32_t value);

/* No more strings come: it can be used. */
void matcher_finish(struct matcher *m);

/*
 * The leftmost match at or after from, and of those that begin there the
 * longest.  False when there is none.
 */
struct match {
	size_t from, to;
	int32_t value;
};
bool matcher_next(const struct matcher *m, const char *s, size_t n,
    size_t from, struct match *out);

#endif
