#ifndef HUB_DIGEST_H
#define HUB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/*
 * digest - the two hashes by which the Hub names a file's content: SHA-256 of
 * the bytes (LFS), or git's SHA-1 of "blob SIZE\0" and the bytes.
 */
enum { DIGEST_TEXT = 65 };

struct digest;

/* How the etag was made is told by its length, 64 or 40 digits. */
struct digest *digest_open(const char *etag, uint64_t size);
struct digest *digest_sha256(void);
void digest_add(struct digest *d, const void *p, size_t n);

/* The hash in lower-case hex; d is freed. */
void digest_end(struct digest *d, char out[DIGEST_TEXT]);
void digest_free(struct digest *d);

/* Hash a whole file into out: 0, or -1 with errstr().  d is freed. */
int digest_file(struct digest *d, const char *path, char out[DIGEST_TEXT]);

#endif
