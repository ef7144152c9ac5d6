#ifndef HUB_REMOTE_H
#define HUB_REMOTE_H

#include "hub/snapshot.h"

/*
 * remote - look into a safetensors file without fetching it: its header, by
 * one or two requests for its first bytes.  From the snapshot when it is
 * there.
 *
 * The header's JSON, checked, is appended to out.  0, or -1 with errstr().
 */
int remote_header(const struct snapshot *s, const char *path,
    struct buf *out);

#endif
