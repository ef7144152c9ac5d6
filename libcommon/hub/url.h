#ifndef HUB_URL_H
#define HUB_URL_H

#include <stdbool.h>

/*
 * url - who is asked, as libcurl itself reads the URL, so that what is checked
 * and where it connects can't differ.
 */

/*
 * "scheme://host:port", all that must be equal for a token to go there.  Only
 * http and https, no user or password.  NULL with errstr(); the caller frees.
 */
char *url_origin(const char *url);

/* May an origin be shown a token: https, or this very machine? */
bool origin_trusted(const char *origin);
bool origin_loopback(const char *origin);

#endif
