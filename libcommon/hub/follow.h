#ifndef HUB_FOLLOW_H
#define HUB_FOLLOW_H

#include <stdint.h>

/*
 * follow - a thread that hashes a file while it grows, so that hashing takes
 * its time beside the download and not after it.
 */
struct follower;

enum follow_state { FOLLOW_BUSY, FOLLOW_RIGHT, FOLLOW_WRONG, FOLLOW_BROKEN };

/* fd and etag must live until follow_end().  wake is called by the thread. */
struct follower *follow_start(int fd, const char *etag, uint64_t size,
    void (*wake)(void *arg), void *arg);

/* So many bytes are in the file now. */
void follow_grown(struct follower *f, uint64_t have);

/*
 * How far is it?  Once the whole size was reached: is the hash right?
 * FOLLOW_BROKEN: errstr().
 */
enum follow_state follow_state(struct follower *f);

/* Stop, wait for the thread and free. */
void follow_end(struct follower *f);

#endif
