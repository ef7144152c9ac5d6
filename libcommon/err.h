#ifndef ERR_H
#define ERR_H

/*
 * err - the last error's text, and the way out of a program.
 *
 * The library calls fail() and returns; a program in cmd/ calls die().
 * This file holds the only mutable globals of the library: the text, the
 * program's name and the exit hook.  The text belongs to the thread.
 */
enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_STREAM = 3 };

/* Set the text that errstr() returns; always -1.  errstr() may be an argument.
 */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The text of the last fail() in this thread; "" before the first. */
const char *errstr(void);

/* The name that messages begin with. */
void err_program(const char *name);
const char *err_name(void);

/*
 * Print "name: message" as one line, run the exit hook, exit 1 (die) or with
 * the given code.  Control bytes and invalid UTF-8 come out as \xNN, so that
 * a name from outside can't forge a line or reach the terminal.
 */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_code(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print "name: message" in the same way and go on. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What die() calls between the message and the exit: once, and never again. */
void on_die(void (*hook)(void *arg, const char *message), void *arg);

#endif
