#ifndef HUB_REPORT_H
#define HUB_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/scan.h"
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

/* 1234567 as it is, or as 1.2M. */
void report_size(struct buf *b, uint64_t size, bool human);

#endif
