#ifndef UTIL_H
#define UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/*
 * util - memory, byte strings, files and numbers.
 *
 * The x functions end the program when memory is out (the one case in which
 * the library does); the caller frees with free().  Counts are multiplied
 * with a check.
 */
void *xmalloc(size_t n);
void *xmalloc_large(size_t n);	/* 64-byte aligned, on huge pages where it
				   fills some: few misses of the TLB */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Make room for one more element in an array of *cap elements, of which n are
 * used: GROW(list, n, cap); list[n++] = ...
 */
#define GROW(p, n, cap) ((p) = grow((p), (n), &(cap), sizeof *(p)))
void *grow(void *p, size_t n, size_t *cap, size_t size);

/* A string that grows; always NUL-terminated once something was added. */
struct buf {
	char *p;
	size_t n;
	size_t cap;
};
void buf_add(struct buf *b, const void *p, size_t n);
void buf_byte(struct buf *b, char c);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_reserve(struct buf *b, size_t more);
void buf_free(struct buf *b);

/* Write all of v[0..n); the array is used up.  0, or -1 with errstr(). */
int writev_all(int fd, struct iovec *v, int n);
int write_all(int fd, const void *p, size_t n);

/* Read n bytes unless the end comes first; the count, or -1 with errstr(). */
ssize_t read_all(int fd, void *p, size_t n);

/*
 * Append the file to b.  It must be a regular file of at most limit bytes;
 * a FIFO or a device is refused without waiting for it.  0 or -1.
 */
int file_read(const char *path, size_t limit, struct buf *b);

/* Is there something of this name that is a regular file, a directory? */
bool file_exists(const char *path);
bool dir_exists(const char *path);

/* Whole-string numbers, lo <= *out <= hi; 0, or -1 with errstr(). */
int parse_i64(const char *s, int64_t lo, int64_t hi, int64_t *out);
int parse_size(const char *s, size_t lo, size_t hi, size_t *out);
int parse_f64(const char *s, double lo, double hi, double *out);

/* The CPUs that this process may use, by its mask and its quota; at least 1. */
size_t usable_cpus(void);

#endif
