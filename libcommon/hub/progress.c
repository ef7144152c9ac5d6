#include "hub/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hub/http.h"

enum { BAR_MAX = 40, BAR_MIN = 5, COLUMNS_MAX = 200 };
static const double interval = 0.1;

void
progress_open(struct progress *p, bool wanted)
{
	*p = (struct progress){ .on = wanted && isatty(STDERR_FILENO) };
}

/* 1.23 GB, as disks are sold and as the Hub shows sizes. */
static void
size_text(char *out, size_t room, double n)
{
	static const char units[] = " kMGTP";
	size_t u = 0;

	while (n >= 1000 && u < sizeof units - 2) {
		n /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(out, room, "%.0f B", n);
	else
		snprintf(out, room, "%.*f %cB", n < 10 ? 2 : n < 100 ? 1 : 0,
		    n, units[u]);
}

static void
time_text(char *out, size_t room, double s)
{
	unsigned t = s < 0 || s > 359999 ? 359999 : (unsigned)s;

	if (t >= 3600)
		snprintf(out, room, "%u:%02u:%02u", t / 3600, t / 60 % 60,
		    t % 60);
	else
		snprintf(out, room, "%u:%02u", t / 60, t % 60);
}

/* "[###-----] ", as wide as there is room for; "" when there is not enough. */
static void
bar_text(char out[BAR_MAX + 4], size_t room, double part)
{
	size_t width = room < BAR_MAX ? room : BAR_MAX, full;

	out[0] = '\0';
	if (width < BAR_MIN)
		return;
	full = (size_t)(part * (double)width);
	out[0] = '[';
	memset(out + 1, '-', width);
	memset(out + 1, '#', full);
	memcpy(out + 1 + width, "] ", 3);
}

void
progress_line(char *out, size_t room, const struct amount *a, double rate)
{
	char done[16], total[16], speed[16], left[16] = "-:--";
	char text[COLUMNS_MAX + 1], bar[BAR_MAX + 4];
	double part = a->total == 0 || a->bytes > a->total ? 1
	    : (double)a->bytes / (double)a->total;
	int n;

	size_text(done, sizeof done, (double)a->bytes);
	size_text(total, sizeof total, (double)a->total);
	size_text(speed, sizeof speed, rate);
	if (rate > 0)
		time_text(left, sizeof left,
		    (1 - part) * (double)a->total / rate);
	n = snprintf(text, sizeof text, "%s of %s, %s/s, %s left, file %zu "
	    "of %zu%s%s", done, total, speed, left, a->files, a->of,
	    a->note == NULL ? "" : ", ", a->note == NULL ? "" : a->note);
	bar_text(bar, room > (size_t)n + 8 ? room - (size_t)n - 8 : 0, part);
	snprintf(out, room + 1, "%3.0f%% %s%s", part * 100, bar, text);
}

static size_t
columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col < 2)
		return 79;
	return w.ws_col > COLUMNS_MAX ? COLUMNS_MAX : w.ws_col - 1u;
}

void
progress_show(struct progress *p, const struct amount *a)
{
	char line[COLUMNS_MAX + 1];
	double now, rate = 0;

	if (!p->on)
		return;
	now = http_now();
	if (now - p->last < interval)
		return;
	if (p->start == 0) {
		p->start = now;
		p->first = a->bytes;
	} else if (a->bytes > p->first)
		rate = (double)(a->bytes - p->first) / (now - p->start);
	p->last = now;
	p->drawn = true;
	progress_line(line, columns(), a, rate);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	p->drawn = false;
}
