#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "util.h"

/*
 * What is mapped, for the signal handler, which gets no argument of ours: the
 * one global here.  Entries are never removed, only emptied, so the handler
 * may walk the list at any time.
 */
struct entry {
	struct entry *next;
	const unsigned char *_Atomic p;
	size_t n;
	char *path;
};
static struct entry *_Atomic entries;

/*
 * The fault comes from a read of ours in this very thread, outside of libc's
 * locks, so that die(), with its end frame, may be called from here.
 */
static void
cut_short(int sig, siginfo_t *info, void *context)
{
	static atomic_flag dying = ATOMIC_FLAG_INIT;
	uintptr_t at = (uintptr_t)info->si_addr, p;
	struct entry *e;

	(void)context;
	for (e = entries; e != NULL; e = e->next) {
		p = (uintptr_t)e->p;
		if (p == 0 || at < p || at - p >= e->n)
			continue;
		while (atomic_flag_test_and_set(&dying))
			pause();
		die("%s: was cut short while in use", e->path);
	}
	signal(sig, SIG_DFL);
}

static void
watch(const struct map *m, const char *path)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO };
	struct entry *e = xcalloc(1, sizeof *e);

	e->p = m->p;
	e->n = m->n;
	e->path = xstrdup(path);
	e->next = entries;
	while (!atomic_compare_exchange_weak(&entries, &e->next, e))
		continue;
	act.sa_sigaction = cut_short;
	sigemptyset(&act.sa_mask);
	sigaction(SIGBUS, &act, NULL);
}

static int
map_fd(struct map *m, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return fail("%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail("is not a regular file");
	if (st.st_size == 0)
		return fail("is empty");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return fail("%s", strerror(errno));
	m->p = p;
	m->n = (size_t)st.st_size;
	m->owner = st.st_uid;
	return 0;
}

int
map_open(struct map *m, const char *path)
{
	int r, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	*m = (struct map){ 0 };
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	r = map_fd(m, fd);
	close(fd);
	if (r < 0)
		return fail("%s: %s", path, errstr());
	watch(m, path);
	return 0;
}

/* The system's calls want a pointer that is not to const. */
static void *
address(const struct map *m)
{
	union {
		const void *in;
		void *out;
	} p = { .in = m->p };

	return p.out;
}

void
map_populate(const struct map *m)
{
#ifdef MADV_POPULATE_READ
	/* Where the system can't, the faults do it. */
	madvise(address(m), m->n, MADV_POPULATE_READ);
#else
	(void)m;
#endif
}

void
map_close(struct map *m)
{
	struct entry *e;

	if (m->p == NULL)
		return;
	for (e = entries; e != NULL; e = e->next)
		if (e->p == m->p)
			e->p = NULL;
	munmap(address(m), m->n);
	*m = (struct map){ 0 };
}
