/* SPDX-License-Identifier: Apache-2.0
 *
 * tap.h: the checks of the C tests, printed as TAP.  A program is a table of
 * functions named test_<thing>_<condition>_<result>; `test_queue test_x` runs
 * one of them alone.
 *
 * Thread: the main thread only; helper threads count, the main thread checks.
 */
#ifndef TAP_H
#define TAP_H

#include <unistd.h>

/* Each prints one line, and where it failed; nonzero = passed.  No check ends
 * the test: a function that cannot go on returns. */
#define OK(expr) tap_ok((expr) ? 1 : 0, #expr, __FILE__, __LINE__)
#define IS_INT(got, wanted)                                                    \
    tap_is_int((long long)(got), (long long)(wanted), #got " == " #wanted,     \
               __FILE__, __LINE__)
#define IS_STR(got, wanted)                                                    \
    tap_is_str((got), (wanted), #got " is " #wanted, __FILE__, __LINE__)
/* `wanted` occurs in `got`. */
#define HAS_STR(got, wanted)                                                   \
    tap_has_str((got), (wanted), #got " has " #wanted, __FILE__, __LINE__)

int tap_ok(int passed, const char *what, const char *file, int line);
int tap_is_int(long long got, long long wanted, const char *what,
               const char *file, int line);
int tap_is_str(const char *got, const char *wanted, const char *what,
               const char *file, int line);
int tap_has_str(const char *got, const char *wanted, const char *what,
                const char *file, int line);

/* A line of explanation. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Polls until the condition holds: its value at the end.  The limit only
 * proves that nothing hangs; it is long enough for a sanitizer's slowness. */
#define WAIT_MS 60000
#define WAIT_UNTIL(condition)                                                  \
    __extension__({                                                            \
        int tap_left = WAIT_MS * 2;                                            \
        while (!(condition) && tap_left-- > 0) {                               \
            usleep(500);                                                       \
        }                                                                      \
        tap_left > 0;                                                          \
    })

struct tap_test {
    const char *name;
    void (*run)(void);
};

#define RUN(test) {#test, test}
#define TAP_MAIN(...)                                                          \
    int main(int argc, char **argv)                                            \
    {                                                                          \
        static const struct tap_test tests[] = {__VA_ARGS__};                  \
                                                                               \
        return tap_main(argc, argv, tests,                                     \
                        (int)(sizeof(tests) / sizeof(tests[0])));              \
    }

/* Runs the table, or the tests named in argv.  The exit status: 0 = all
 * checks passed. */
int tap_main(int argc, char **argv, const struct tap_test *tests, int count);

#endif /* TAP_H */
