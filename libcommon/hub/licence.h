#ifndef HUB_LICENCE_H
#define HUB_LICENCE_H

#include "json.h"

/*
 * licence - what a repository says about its licence.
 *
 * "mit", or "apache-2.0,mit" when it lists several; "unknown" when it states
 * none.  The caller frees.
 */
char *licence_of(json *info);

/* The same from a README.md; NULL with errstr() when it can't be read. */
char *licence_of_card(const char *path);

/*
 * Are all of a repository's licences among the allowed ones ("mit,apache-2.0",
 * case does not matter)?  0, or -1 with errstr().
 */
int licence_allowed(const char *licence, const char *allowed);

#endif
