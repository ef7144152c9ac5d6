#ifndef HUB_REPORT_H
#define HUB_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/scan.h"
#include "hub/verify.h"
#include "util.h"

/*
 * report - what a cache holds, as lines: nothing in them can reach the
 * terminal but as text (plain.h).
 */

/* type, repo, commit, refs, size, last use: TAB between, LF at the end. */
void report_row(struct buf *b, const struct scan_repo *r,
    const struct scan_revision *v, bool human);

/* The same and more as one JSON object, LF at the end. */
void report_json(struct buf *b, const struct scan_repo *r,
    const struct scan_revision *v);

/*
 * What is wrong with the repository, a line each; with broken, also the links
 * of marked revisions that lead to nothing.
 */
void report_problems(const struct scan_repo *r, bool broken,
    void (*tell)(const char *line));

/* What goes, and the bytes that it frees: "size TAB path". */
void report_gone(struct buf *b, const char *path, uint64_t size);

/* As sha256sum -c prints it. */
void report_verified(struct buf *b, const struct verify_line *l);

/* 1234567 as it is, or as 1.2M. */
void report_size(struct buf *b, uint64_t size, bool human);

#endif
