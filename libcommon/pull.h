#ifndef PULL_H
#define PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * pull - a JSON reader (RFC 8259) for hot or hostile text: it allocates
 * nothing, keeps integers exact and refuses what is not JSON to the letter.
 *
 *	pull_init(&j, text, n);
 *	pull_object(&j);
 *	while (pull_key(&j, &key))
 *		if (slice_is(key, "dtype"))
 *			pull_string(&j, &dtype);
 *		else
 *			pull_skip(&j);
 *	if (pull_end(&j) < 0)
 *		return -1;
 *
 * The first error sticks: afterwards every function does nothing and returns
 * false, so that only the end need be checked.  Duplicate keys are the
 * caller's to refuse, who knows which keys there are.
 */
enum { PULL_DEPTH = 64 };

/* Borrowed bytes of the text; a string's are between its quotes, as written.
 */
struct slice {
	const char *p;
	size_t n;
};

struct pull {
	const char *at;
	const char *end;
	const char *start;
	const char *error;	/* NULL while all is well */
	int depth;
	bool first;		/* nothing read yet in the inner container */
	char kind[PULL_DEPTH];	/* '{' or '[' */
};

void pull_init(struct pull *j, const char *text, size_t n);

/* The first byte of the next value: one of { [ " t f n - 0..9, or 0. */
char pull_peek(struct pull *j);

/* Enter a container.  Leaving it is what the last pull_key or pull_item does.
 */
bool pull_object(struct pull *j);
bool pull_array(struct pull *j);

/* The next key of the object: false when it ends.  Then read its value. */
bool pull_key(struct pull *j, struct slice *key);

/* Is there another element in the array?  Then read it. */
bool pull_item(struct pull *j);

bool pull_string(struct pull *j, struct slice *s);
bool pull_i64(struct pull *j, int64_t *v);	/* no fraction or exponent */
bool pull_u64(struct pull *j, uint64_t *v);
bool pull_f64(struct pull *j, double *v);
bool pull_number(struct pull *j, struct slice *s);	/* as written */
bool pull_bool(struct pull *j, bool *v);
bool pull_null(struct pull *j);		/* true, and read, when it is null */
bool pull_skip(struct pull *j);		/* any value */

/* Make the reader fail with this text; always false. */
bool pull_fail(struct pull *j, const char *error);

/* Nothing but white space may follow.  0, or -1 with errstr(). */
int pull_end(struct pull *j);

/*
 * Decode the escapes of a string.  out needs s.n bytes; the length.  Lone
 * surrogates become U+FFFD, as Python's and Rust's readers would refuse or
 * replace them.
 */
size_t slice_decode(struct slice s, char *out);

/* Is the string, escapes decoded, this text? */
bool slice_is(struct slice s, const char *text);

#endif
