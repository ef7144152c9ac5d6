#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hub/plain.h"
#include "json.h"

static void
put_field(struct buf *b, const char *s)
{
	plain_field(b, s, strlen(s));
}

static void
put_string(struct buf *b, const char *s)
{
	json_put_string(b, s, strlen(s));
}

/* Decimal units, as disks are sold and as the original prints them. */
void
report_size(struct buf *b, uint64_t size, bool human)
{
	static const char units[] = "KMGTPE";
	double v = (double)size / 1000;
	int i = 0;

	if (!human || size < 1000) {
		buf_printf(b, "%" PRIu64, size);
		return;
	}
	for (; v >= 999.95; v /= 1000)
		i++;
	buf_printf(b, "%.1f%c", v, units[i]);
}

static void
put_time(struct buf *b, int64_t t)
{
	time_t when = (time_t)t;
	char text[64];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(text, "-", 2);
	buf_str(b, text);
}

/* Append the refs of a revision with put() and commas; how many. */
static size_t
put_refs(struct buf *b, const struct scan_repo *r,
    const struct scan_revision *v, void (*put)(struct buf *, const char *))
{
	size_t i, n = 0;

	for (i = 0; i < r->refs; i++)
		if (r->ref[i].revision == v) {
			buf_str(b, n++ ? "," : "");
			put(b, r->ref[i].name);
		}
	return n;
}

void
report_row(struct buf *b, const struct scan_repo *r,
    const struct scan_revision *v, bool human)
{
	buf_printf(b, "%s\t", r->type);
	put_field(b, r->repo);
	buf_byte(b, '\t');
	put_field(b, v->commit);
	buf_byte(b, '\t');
	if (put_refs(b, r, v, put_field) == 0)
		buf_byte(b, '-');
	buf_byte(b, '\t');
	report_size(b, v->size, human);
	buf_byte(b, '\t');
	put_time(b, v->used);
	buf_byte(b, '\n');
}

void
report_json(struct buf *b, const struct scan_repo *r,
    const struct scan_revision *v)
{
	struct buf path = { 0 }, line = { 0 };

	buf_printf(&line, "{\"type\":\"%s\",\"repo\":", r->type);
	put_string(&line, r->repo);
	buf_str(&line, ",\"commit\":");
	put_string(&line, v->commit);
	buf_str(&line, ",\"refs\":[");
	put_refs(&line, r, v, put_string);
	buf_printf(&line, "],\"size\":%" PRIu64 ",\"files\":%zu,\"used\":\"",
	    v->size, v->n);
	put_time(&line, v->used);
	buf_str(&line, "\",\"changed\":\"");
	put_time(&line, v->changed);
	buf_printf(&path, "%s/snapshots/%s", r->dir, v->commit);
	buf_str(&line, "\",\"path\":");
	put_string(&line, path.p);
	buf_byte(&line, '}');
	plain_json(b, line.p, line.n);
	buf_byte(b, '\n');
	buf_free(&path);
	buf_free(&line);
}

static void
tell_broken(const struct scan_repo *r, const struct scan_revision *v,
    void (*tell)(const char *line))
{
	size_t i;
	char *line;

	for (i = 0; i < v->n; i++) {
		if (v->file[i].kind != SCAN_BROKEN)
			continue;
		line = xprintf("%s: snapshots/%s/%s: leads to nothing",
		    r->dir, v->commit, v->file[i].path);
		tell(line);
		free(line);
	}
}

void
report_problems(const struct scan_repo *r, bool broken,
    void (*tell)(const char *line))
{
	size_t i;
	char *line;

	for (i = 0; i < r->problems; i++) {
		line = xprintf("%s: %s", r->dir, r->problem[i]);
		tell(line);
		free(line);
	}
	for (i = 0; broken && i < r->revisions; i++)
		if (r->revision[i].marked)
			tell_broken(r, &r->revision[i], tell);
}

void
report_gone(struct buf *b, const char *path, uint64_t size)
{
	buf_printf(b, "%" PRIu64 "\t", size);
	put_field(b, path);
	buf_byte(b, '\n');
}

void
report_verified(struct buf *b, const struct verify_line *l)
{
	static const char *const words[] = { "OK", "FAILED", "MISSING",
		"UNKNOWN" };
	bool why = l->why != NULL && strcmp(l->why, "hash") != 0;

	put_field(b, l->path);
	buf_printf(b, ": %s%s%s\n", words[l->state], why ? " " : "",
	    why ? l->why : "");
}
