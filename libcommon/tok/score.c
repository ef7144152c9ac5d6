#include "tok/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_EXPONENT = 308 };

/* 10^e, e in 0..308, rounded. */
static double
power(int e)
{
	static const double exact[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22 };
	char text[16];

	if (e <= 22)
		return exact[e];
	snprintf(text, sizeof text, "1e%d", e);
	return strtod(text, NULL);
}

/* The digits at *p onto *m, while they fit; how many did and did not. */
static void
digits(const char **p, const char *end, uint64_t *m, int *in, int *out)
{
	uint64_t more;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		if (*out > 0 || __builtin_mul_overflow(*m, 10, &more) ||
		    __builtin_add_overflow(more, (uint64_t)(**p - '0'),
		    &more)) {
			++*out;
			continue;
		}
		*m = more;
		++*in;
	}
}

/* f * 10^e in the steps of serde_json's f64_from_parts. */
static double
scale(double f, int64_t e)
{
	for (; f != 0 && e < -MAX_EXPONENT; e += MAX_EXPONENT)
		f /= 1e308;
	if (f == 0)
		return 0;
	if (e > MAX_EXPONENT)
		return (double)INFINITY;
	return e >= 0 ? f * power((int)e) : f / power((int)-e);
}

/* "e-12", cut where it makes no difference. */
static int64_t
exponent(const char *p, const char *end)
{
	bool minus = ++p < end && *p == '-';
	int64_t e = 0;

	for (; p < end; p++)
		if (*p >= '0' && *p <= '9' && e < 1000000)
			e = e * 10 + (*p - '0');
	return minus ? -e : e;
}

bool
score_read(struct pull *j, double *v)
{
	int in = 0, out = 0;
	const char *p, *end;
	struct slice s;
	uint64_t m = 0;
	int64_t e;
	double f;

	if (!pull_number(j, &s))
		return false;
	p = s.p;
	end = p + s.n;
	p += *p == '-';
	digits(&p, end, &m, &in, &out);
	e = out;
	if (p < end && *p == '.') {
		p++;
		in = out = 0;
		digits(&p, end, &m, &in, &out);
		e -= in;
	}
	if (p < end)
		e += exponent(p, end);
	f = scale((double)m, e);
	if (isinf(f))
		return pull_fail(j, "has a number out of range");
	*v = *s.p == '-' ? -f : f;
	return true;
}
