#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

enum { TEXT_MAX = 1024 };

static _Thread_local char text[TEXT_MAX];
static const char *program = "hf";
static void (*exit_hook)(void *, const char *);
static void *exit_arg;

static void __attribute__((format(printf, 2, 0)))
format(char *out, const char *fmt, va_list ap)
{
	char tmp[TEXT_MAX];

	if (vsnprintf(tmp, sizeof tmp, fmt, ap) >= (int)sizeof tmp)
		memcpy(tmp + sizeof tmp - 4, "...", 4);
	memcpy(out, tmp, sizeof tmp);
}

int
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(text, fmt, ap);
	va_end(ap);
	return -1;
}

const char *
errstr(void)
{
	return text;
}

void
err_program(const char *name)
{
	program = name;
}

const char *
err_name(void)
{
	return program;
}

void
on_die(void (*hook)(void *, const char *), void *arg)
{
	exit_hook = hook;
	exit_arg = arg;
}

/* One write, so that the lines of a pipeline's programs never interleave. */
static void
say(const char *message)
{
	char line[TEXT_MAX * 4 + 64];
	size_t n;
	int head;

	head = snprintf(line, sizeof line, "%.40s: ", program);
	n = (size_t)head + utf8_printable(line + head,
	    sizeof line - (size_t)head - 1, message, strlen(message));
	line[n++] = '\n';
	fwrite(line, 1, n, stderr);
	fflush(stderr);
}

void
warn(const char *fmt, ...)
{
	char message[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(message, fmt, ap);
	va_end(ap);
	say(message);
}

static _Noreturn void
leave(int code, const char *message)
{
	void (*hook)(void *, const char *) = exit_hook;

	say(message);
	exit_hook = NULL;
	if (hook != NULL)
		hook(exit_arg, message);
	_Exit(code);
}

void
die(const char *fmt, ...)
{
	char message[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(message, fmt, ap);
	va_end(ap);
	leave(EXIT_FAILED, message);
}

void
die_code(int code, const char *fmt, ...)
{
	char message[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(message, fmt, ap);
	va_end(ap);
	leave(code, message);
}
