#ifndef HUB_ENV_H
#define HUB_ENV_H

#include <stdbool.h>

/*
 * env - the environment variables that huggingface_hub reads, with its rules:
 * "1", "on", "yes", "true" in any case are true, "~" and "$NAME" in a
 * directory are expanded.
 */
struct env {
	char *home;		/* HF_HOME, absolute */
	char *cache;		/* HF_HUB_CACHE, absolute */
	char *endpoint;		/* HF_ENDPOINT without trailing slash */
	bool offline;		/* HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE */
	bool links;		/* not HF_HUB_DISABLE_SYMLINKS */
	bool progress;		/* not HF_HUB_DISABLE_PROGRESS_BARS */
	long connect_timeout;	/* seconds: HF_HUB_ETAG_TIMEOUT */
	long stall_timeout;	/* seconds: HF_HUB_DOWNLOAD_TIMEOUT */
	const char *warning;	/* to be shown by the program, or NULL */
};

void env_read(struct env *e);
void env_free(struct env *e);

/* Is the variable set to one of the true values? */
bool env_true(const char *variable);

/* A directory named by a user, expanded and absolute; the caller frees. */
char *env_directory(const char *s);

#endif
