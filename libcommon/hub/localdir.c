#include "hub/localdir.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "err.h"
#include "hub/cache.h"
#include "hub/place.h"
#include "util.h"

enum { NOTE_LIMIT = 4096 };

char *
local_note(const char *dir, const char *path, const char *suffix)
{
	return xprintf("%s/.cache/huggingface/download/%s%s", dir, path,
	    suffix);
}

/* base64url of the SHA-1 of "<last part>.metadata", as the original has it. */
static void
short_hash(const char *path, char out[32])
{
	const char *slash = strrchr(path, '/');
	char *name = xprintf("%s.metadata", slash == NULL ? path : slash + 1);
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *p;

	if (EVP_Digest(name, strlen(name), raw, &n, EVP_sha1(), NULL) != 1)
		die("out of memory");
	free(name);
	EVP_EncodeBlock((unsigned char *)out, raw, 20);
	for (p = out; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
}

char *
local_partial(const char *dir, const struct tree_file *f)
{
	const char *slash = strrchr(f->path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - f->path) + 1;
	char hash[32];

	short_hash(f->path, hash);
	return xprintf("%s/.cache/huggingface/download/%.*s%s.%s.incomplete",
	    dir, folder, f->path, hash, tree_etag(f));
}

/* Three lines: commit, etag, seconds since 1970. */
static bool
read_note(const char *path, char *commit, char *etag, double *when)
{
	struct buf b = { 0 };
	bool ok = file_read(path, NOTE_LIMIT, &b) == 0 && b.n > 0 &&
	    sscanf(b.p, "%79s %79s %lf", commit, etag, when) == 3;

	buf_free(&b);
	return ok;
}

bool
local_vouched(const char *dir, const struct tree_file *f, const char *commit)
{
	char *note = local_note(dir, f->path, ".metadata");
	char *path = xprintf("%s/%s", dir, f->path);
	char of[80], etag[80];
	struct stat st;
	double when;
	bool ok;

	ok = read_note(note, of, etag, &when) && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && (uint64_t)st.st_size == f->size &&
	    (double)st.st_mtime - 1 <= when &&
	    strcmp(etag, tree_etag(f)) == 0 &&
	    (commit == NULL || strcmp(of, commit) == 0);
	free(note);
	free(path);
	return ok;
}

/* Best effort: only backup programs and git care. */
static void
mark(const char *dir)
{
	char *ignore = xprintf("%s/.cache/huggingface/.gitignore", dir);
	char *tag = xprintf("%s/.cache/huggingface/CACHEDIR.TAG", dir);

	if (!file_exists(ignore))
		place_write(ignore, "*", 1);
	if (!file_exists(tag))
		place_write(tag, cache_tag, strlen(cache_tag));
	free(ignore);
	free(tag);
}

int
local_vouch(const char *dir, const struct tree_file *f, const char *commit)
{
	char *note = local_note(dir, f->path, ".metadata");
	struct timespec t;
	char *text;
	int r;

	clock_gettime(CLOCK_REALTIME, &t);
	text = xprintf("%s\n%s\n%jd.%06ld\n", commit, tree_etag(f),
	    (intmax_t)t.tv_sec, t.tv_nsec / 1000);
	mark(dir);
	r = place_write(note, text, strlen(text));
	free(text);
	free(note);
	return r;
}
