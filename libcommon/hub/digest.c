#include "hub/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "util.h"

enum { READ_BYTES = 1 << 18 };

struct digest {
	EVP_MD_CTX *md;
};

static struct digest *
begin(const EVP_MD *kind)
{
	struct digest *d = xmalloc(sizeof *d);

	d->md = EVP_MD_CTX_new();
	if (d->md == NULL || EVP_DigestInit_ex(d->md, kind, NULL) != 1)
		die("out of memory");
	return d;
}

struct digest *
digest_sha256(void)
{
	return begin(EVP_sha256());
}

struct digest *
digest_open(const char *etag, uint64_t size)
{
	struct digest *d;
	char head[32];
	int n;

	if (strlen(etag) == 64)
		return digest_sha256();
	d = begin(EVP_sha1());
	n = snprintf(head, sizeof head, "blob %ju", (uintmax_t)size);
	digest_add(d, head, (size_t)n + 1);
	return d;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	if (EVP_DigestUpdate(d->md, p, n) != 1)
		die("out of memory");
}

void
digest_end(struct digest *d, char out[DIGEST_TEXT])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;

	if (EVP_DigestFinal_ex(d->md, raw, &n) != 1)
		die("out of memory");
	for (i = 0; i < n && 2 * i + 2 < DIGEST_TEXT; i++)
		snprintf(out + (size_t)2 * i, 3, "%02x", (unsigned)raw[i]);
	digest_free(d);
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->md);
	free(d);
}

static int
add_all(struct digest *d, int fd)
{
	char *b = xmalloc(READ_BYTES);
	ssize_t n;

	while ((n = read_all(fd, b, READ_BYTES)) > 0)
		digest_add(d, b, (size_t)n);
	free(b);
	return n < 0 ? -1 : 0;
}

int
digest_file(struct digest *d, const char *path, char out[DIGEST_TEXT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	r = fd < 0 ? fail("%s", strerror(errno)) : add_all(d, fd);
	if (fd >= 0)
		close(fd);
	if (r == 0) {
		digest_end(d, out);
		return 0;
	}
	digest_free(d);
	return fail("%s: %s", path, errstr());
}
