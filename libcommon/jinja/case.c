#include "jinja/case.h"

/* The run that c is in; runs are in order and do not overlap. */
static const struct jcase_run *
find(const struct jcase_run *runs, size_t n, uint32_t c)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (c > runs[mid].to)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && c >= runs[lo].from &&
		(c - runs[lo].from) % runs[lo].step == 0
	    ? &runs[lo]
	    : NULL;
}

static const struct jcase_many *
find_many(uint32_t c)
{
	size_t lo = 0, hi = jcase_n_many, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (jcase_many[mid].c < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < jcase_n_many && jcase_many[lo].c == c ? &jcase_many[lo]
							  : NULL;
}

int
jcase_map(uint32_t c, bool title, uint32_t out[3])
{
	const struct jcase_many *m;
	const struct jcase_run *run = NULL;
	const uint32_t *to;
	int n = 0;

	out[0] = c;
	if (c < 0x80) {
		if (c >= 'a' && c <= 'z')
			out[0] = c - ('a' - 'A');
		return 1;
	}
	m = find_many(c);
	if (m != NULL) {
		to = title ? m->title : m->upper;
		for (; n < 3 && to[n] != 0; n++)
			out[n] = to[n];
		return n;
	}
	if (title)
		run = find(jcase_title, jcase_n_title, c);
	if (run == NULL)
		run = find(jcase_upper, jcase_n_upper, c);
	if (run != NULL)
		out[0] = (uint32_t)((int32_t)c + run->delta);
	return 1;
}
