/* SPDX-License-Identifier: Apache-2.0
 *
 * tap.c: numbering, diagnostics and the table of tests.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test that takes longer has hung: SIGALRM ends the program. */
#define TEST_SECONDS 300u

static int checks;
static int failures;

void tap_note(const char *format, ...)
{
    va_list args;

    fputs("# ", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* TAP reads '#' in a description as a directive. */
static void print_what(const char *what)
{
    for (; *what != '\0'; what++) {
        if (*what == '#') {
            putchar('\\');
        }
        putchar(*what == '\n' ? ' ' : *what);
    }
    putchar('\n');
    fflush(stdout);
}

int tap_ok(int passed, const char *what, const char *file, int line)
{
    checks++;
    failures += !passed;
    printf("%sok %d - ", passed ? "" : "not ", checks);
    print_what(what);
    if (!passed) {
        tap_note("  failed at %s:%d", file, line);
    }
    return passed;
}

int tap_is_int(long long got, long long wanted, const char *what,
               const char *file, int line)
{
    if (!tap_ok(got == wanted, what, file, line)) {
        tap_note("  got %lld, wanted %lld", got, wanted);
        return 0;
    }
    return 1;
}

static void show_texts(const char *got, const char *wanted)
{
    tap_note("  got    \"%s\"", got != NULL ? got : "(NULL)");
    tap_note("  wanted \"%s\"", wanted);
}

int tap_is_str(const char *got, const char *wanted, const char *what,
               const char *file, int line)
{
    int same = got != NULL && strcmp(got, wanted) == 0;

    if (!tap_ok(same, what, file, line)) {
        show_texts(got, wanted);
    }
    return same;
}

int tap_has_str(const char *got, const char *wanted, const char *what,
                const char *file, int line)
{
    int has = got != NULL && strstr(got, wanted) != NULL;

    if (!tap_ok(has, what, file, line)) {
        show_texts(got, wanted);
    }
    return has;
}

static int is_wanted(int argc, char **argv, const char *name)
{
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return 1;
        }
    }
    return argc < 2;
}

int tap_main(int argc, char **argv, const struct tap_test *tests, int count)
{
    int ran = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (is_wanted(argc, argv, tests[i].name)) {
            tap_note("%s", tests[i].name);
            alarm(TEST_SECONDS);
            tests[i].run();
            alarm(0);
            ran++;
        }
    }
    if (ran == 0) {
        fprintf(stderr, "%s: no such test\n", argv[0]);
        return 2;
    }
    printf("1..%d\n", checks);
    return failures == 0 && checks > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
