#ifndef HUB_README_H
#define HUB_README_H

#include <stdbool.h>

#include "hub/api.h"
#include "hub/cache.h"
#include "hub/name.h"

/*
 * readme - where a card is: on the disk as named, in the cache, or, when it
 * is not there, on the Hub, from where it is fetched into the cache just as
 * hf-fetch would.  A card that is in the cache costs no request.
 */
struct readme_source {
	struct env env;
	struct cache cache;
	struct hub hub;
	bool open;		/* the hub is */
};

void readme_source_open(struct readme_source *s);
void readme_source_close(struct readme_source *s);

struct readme {
	char *path;		/* of the README.md */
	struct hub_name name;
	char commit[COMMIT_LEN + 1];	/* "" for one that was named by path */
};

/*
 * Find the card of [TYPE/]REPO[@REV], or of a path, which begins with "/" or
 * ".": a README or its directory.  0, or -1 with errstr(); readme_close()
 * after 0.
 */
int readme_open(struct readme_source *s, const char *name, enum hub_type type,
    struct readme *r);
void readme_close(struct readme *r);

#endif
