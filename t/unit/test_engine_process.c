/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_process.c: V8 and the process around it: fork, signals, stacks,
 * threads (v8-rules d1 to d7).  V8 starts in children only, as under httpd.
 */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static const char source[] =
    "const deeper = (n) => deeper(n + 1) + 1;\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/loop') for (;;);\n"
    "  if (url === '/deep') { try { deeper(0); } catch (e) { return e.name; } }\n"
    "  if (url === '/regexp') return String(/^(a+)+$/.test('a'.repeat(20)));\n"
    "  return 'page ' + url; };";

/* Runs check() in a child; its result is the child's exit status.  -1: the
 * child died. */
static int in_child(int (*check)(void))
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(120);
        _exit(check());
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status)) {
        tap_note("  the child died of signal %d", WTERMSIG(status));
        return -1;
    }
    return WEXITSTATUS(status);
}

static v8pool *open_with(unsigned isolates, v8pool_bundle **bundle)
{
    v8pool *pool = pool_of(isolates);

    *bundle = pool != NULL ? bundle_of(pool, "b", source) : NULL;
    return pool;
}

/* 0 = good, else the number of the step that was not. */
static int render_some(void)
{
    v8pool_bundle *bundle;
    v8pool *pool = open_with(2, &bundle);
    struct reply reply;

    if (bundle == NULL || !renders(pool, bundle, "/a", "page /a")) {
        return 1;
    }
    if (reply_get(&reply, pool, bundle, "/loop", 50) != V8POOL_E_TIMEOUT) {
        return 2;
    }
    if (!renders(pool, bundle, "/b", "page /b")) {
        return 3;
    }
    v8pool_destroy(&pool);
    return 0;
}

static void test_fork_pool_in_child_works(void)
{
    OK(WAIT_UNTIL(thread_count() == 1)); /* V8 has not been started here */
    IS_INT(in_child(render_some), 0);
    IS_INT(in_child(render_some), 0);
    IS_INT(thread_count(), 1);
}

/* The name of the engine may be asked for in the parent: it starts nothing. */
static void test_version_starts_nothing(void)
{
    HAS_STR(v8pool_engine_version(), "V8 1");
    IS_INT(thread_count(), 1);
    IS_INT(in_child(render_some), 0);
}

static int pools_again(void)
{
    int i;

    for (i = 0; i < 5; i++) {
        int rc = render_some();

        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static void test_pools_after_each_other_all_work(void)
{
    IS_INT(in_child(pools_again), 0);
}

static int two_pools(void)
{
    v8pool_bundle *bundles[2];
    v8pool *pools[2];
    int i, rc = 0;

    for (i = 0; i < 2; i++) {
        pools[i] = open_with(1, &bundles[i]);
    }
    for (i = 0; i < 20; i++) {
        rc |= !renders(pools[i % 2], bundles[i % 2], "/a", "page /a");
    }
    v8pool_destroy(&pools[0]);
    rc |= !renders(pools[1], bundles[1], "/b", "page /b");
    v8pool_destroy(&pools[1]);
    return rc;
}

static void test_pools_beside_each_other_both_work(void)
{
    IS_INT(in_child(two_pools), 0);
}

/* The number of signals whose disposition V8 has changed. */
static int signals_changed(void)
{
    struct sigaction before[65], after;
    v8pool_bundle *bundle;
    v8pool *pool;
    int i, changed = 0;

    for (i = 1; i < 65; i++) {
        memset(&before[i], 0, sizeof(before[i]));
        sigaction(i, NULL, &before[i]);
    }
    pool = open_with(2, &bundle);
    changed += !renders(pool, bundle, "/regexp", "true");
    changed += !renders(pool, bundle, "/deep", "RangeError");
    for (i = 1; i < 65; i++) {
        memset(&after, 0, sizeof(after));
        sigaction(i, NULL, &after);
        changed += before[i].sa_handler != after.sa_handler ||
                   before[i].sa_flags != after.sa_flags;
    }
    v8pool_destroy(&pool);
    return changed;
}

static void test_signal_handlers_unchanged(void)
{
    IS_INT(in_child(signals_changed), 0);
}

static void own_handler(int number)
{
    (void)number;
}

/* The handler of SIGTRAP while there is a pool that is asked to catch it. */
static void (*handler_with_traps(void))(int)
{
    v8pool_config config;
    struct sigaction action;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.guard.traps = 1;
    pool = pool_open(&config);
    sigaction(SIGTRAP, NULL, &action);
    v8pool_destroy(&pool);
    return action.sa_handler;
}

static int traps_are_caught(void)
{
    return handler_with_traps() == SIG_DFL;
}

static int own_handler_stays(void)
{
    signal(SIGTRAP, own_handler);
    return handler_with_traps() != own_handler;
}

static void test_signal_trap_caught_when_asked_for(void)
{
    IS_INT(in_child(traps_are_caught), 0);
    IS_INT(in_child(own_handler_stays), 0);
}

/* httpd's threads block signals; the pool's threads inherit that. */
static int renders_with_signals_blocked(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    return render_some();
}

static void test_signals_blocked_works(void)
{
    IS_INT(in_child(renders_with_signals_blocked), 0);
}

static void *inline_main(void *arg)
{
    v8pool_bundle *bundle;
    v8pool *pool = open_with(0, &bundle);
    struct reply reply;
    int *rc = arg;
    int i;

    *rc = 0;
    for (i = 0; i < 5; i++) {
        *rc |= !renders(pool, bundle, "/deep", "RangeError");
        *rc |= !renders(pool, bundle, "/regexp", "true");
        *rc |= reply_get(&reply, pool, bundle, "/loop", 30) !=
               V8POOL_E_TIMEOUT;
        *rc |= !renders(pool, bundle, "/a", "page /a");
    }
    v8pool_destroy(&pool);
    return NULL;
}

static int inline_with_stack(size_t bytes)
{
    pthread_attr_t attr;
    pthread_t thread;
    int rc = 1;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, bytes);
    if (pthread_create(&thread, &attr, inline_main, &rc) != 0) {
        return 2;
    }
    pthread_join(thread, NULL);
    return rc;
}

/* Less than V8 takes by itself: it must have been told. */
static int inline_in_512_kb(void)
{
    return inline_with_stack((size_t)512 << 10);
}

static int inline_in_1_mb(void)
{
    return inline_with_stack((size_t)1 << 20);
}

static int inline_in_8_mb(void)
{
    return inline_with_stack((size_t)8 << 20);
}

static int inline_on_main(void)
{
    int rc;

    inline_main(&rc);
    return rc;
}

static void test_inline_small_stack_recursion_survived(void)
{
    IS_INT(in_child(inline_in_512_kb), 0);
    IS_INT(in_child(inline_in_1_mb), 0);
    IS_INT(in_child(inline_in_8_mb), 0);
    IS_INT(in_child(inline_on_main), 0);
}

/* LeakSanitizer does not see into V8's heap, which exit() leaves as it is. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

/* exit() with a render under way: no crash on the way out (d4). */
static int exit_while_rendering(void)
{
    v8pool_bundle *bundle;
    v8pool *pool = open_with(2, &bundle);

    if (submit(pool, bundle, "/loop", UINT32_MAX) == NULL ||
        !WAIT_UNTIL(pool_stats(pool).running == 1)) {
        return 1;
    }
    exit(0);
}

static void test_exit_while_rendering_no_crash(void)
{
    IS_INT(in_child(exit_while_rendering), 0);
}

struct asker {
    pthread_t thread;
    v8pool *pool;
    v8pool_bundle *bundle;
    int bad;
};

static void *asker_main(void *arg)
{
    struct asker *a = arg;
    struct reply reply;
    int i;

    for (i = 0; i < 100; i++) {
        v8pool_job *job;

        a->bad += !renders(a->pool, a->bundle, "/a", "page /a");
        if (i % 25 == 0) {
            a->bad += reply_get(&reply, a->pool, a->bundle, "/loop", 5) !=
                      V8POOL_E_TIMEOUT;
            job = submit(a->pool, a->bundle, "/loop", UINT32_MAX);
            v8pool_job_release(&job);
        }
    }
    return NULL;
}

static int many_askers(void)
{
    struct asker askers[6];
    v8pool_bundle *bundle;
    v8pool *pool = open_with(3, &bundle);
    int i, bad = 0;

    for (i = 0; i < 6; i++) {
        askers[i] = (struct asker){0, pool, bundle, 0};
        pthread_create(&askers[i].thread, NULL, asker_main, &askers[i]);
    }
    for (i = 0; i < 6; i++) {
        pthread_join(askers[i].thread, NULL);
        bad += askers[i].bad;
    }
    v8pool_destroy(&pool);
    return bad;
}

static void test_many_askers_all_served(void)
{
    IS_INT(in_child(many_askers), 0);
}

TAP_MAIN(RUN(test_fork_pool_in_child_works), RUN(test_version_starts_nothing),
         RUN(test_pools_after_each_other_all_work),
         RUN(test_pools_beside_each_other_both_work),
         RUN(test_signal_handlers_unchanged),
         RUN(test_signal_trap_caught_when_asked_for), RUN(test_signals_blocked_works),
         RUN(test_inline_small_stack_recursion_survived),
         RUN(test_exit_while_rendering_no_crash),
         RUN(test_many_askers_all_served))
