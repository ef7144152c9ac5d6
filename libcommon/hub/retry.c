/* retry - when to try again, and how long to wait before. */
#include <math.h>
#include <stdint.h>
#include <sys/random.h>

#include "hub/http.h"

enum { TOLD_MAX = 20, WAIT_MAX = 600 };
static const double first = 0.5, longest = 8;

/* Between 0 and 1: so that those who failed together do not return together.
 */
static double
chance(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof n, GRND_NONBLOCK) != sizeof n)
		return 0.5;
	return n / 4294967296.0;
}

static bool
worth(const struct http_reply *p, const char *error)
{
	if (error != NULL)
		return !p->refused;
	return p->status == 408 || p->status == 429 || p->status == 500 ||
	    p->status == 502 || p->status == 503 || p->status == 504;
}

double
retry_after(struct retry *r, const struct http_reply *p, const char *error)
{
	if (!worth(p, error))
		return -1;
	if (error == NULL && p->wait >= 0) {
		if (p->wait > WAIT_MAX || ++r->told > TOLD_MAX)
			return -1;
		return (double)p->wait + 0.1 + 0.4 * chance();
	}
	if (++r->failed >= r->tries)
		return -1;
	return fmin(ldexp(first, r->failed - 1), longest) *
	    (0.5 + 0.5 * chance());
}
