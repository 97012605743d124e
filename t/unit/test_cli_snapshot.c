/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cli_snapshot.c: `v8ssr snapshot` as mod_v8ssr runs it: a manifest in,
 * an image out, a line on stderr for each bundle that has no snapshot.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "tap.h"
#include "v8pool_image.h"

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define TEXT_MAX ((size_t)64 * 1024)

struct run {
    int status;             /* the exit status; -1 = ended by a signal */
    char *out;              /* mapped: at a page's begin */
    size_t length;
    char err[TEXT_MAX];
};
static struct run run;

static int file_of(const char *data, size_t length)
{
    int fd = memfd_create("test", 0);

    if (write(fd, data, length) != (ssize_t)length) {
        tap_ok(0, "memfd", __FILE__, __LINE__);
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void exec_v8ssr(int in, int out, int err, const char *const *args)
{
    const char *argv[8] = {"v8ssr", NULL};
    int i;

    for (i = 0; args[i] != NULL && i < 6; i++) {
        argv[i + 1] = args[i];
    }
    argv[i + 1] = NULL;
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    alarm(120);
    execv(V8SSR_PROGRAM, (char *const *)argv);
    _exit(127);
}

static void collect(int out, int err)
{
    ssize_t n;

    if (run.out != NULL) {
        munmap(run.out, run.length);
    }
    run.length = (size_t)lseek(out, 0, SEEK_END);
    run.out = run.length == 0 ? NULL
                              : mmap(NULL, run.length, PROT_READ, MAP_PRIVATE,
                                     out, 0);
    lseek(err, 0, SEEK_SET);
    n = read(err, run.err, sizeof(run.err) - 1);
    run.err[n > 0 ? n : 0] = '\0';
}

/* Runs v8ssr with these arguments; what came of it is in `run`. */
static void v8ssr(const char *input, size_t length, const char *const *args)
{
    int in = file_of(input, length);
    int out = file_of("", 0);
    int err = file_of("", 0);
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        exec_v8ssr(in, out, err, args);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    collect(out, err);
    close(in);
    close(out);
    close(err);
}

/* --- manifests ------------------------------------------------------------ */

static char manifest[TEXT_MAX];

static void add(const char *name, const char *options, const char *script)
{
    size_t n = strlen(manifest);

    snprintf(manifest + n, sizeof(manifest) - n,
             "bundle %s\npath /srv/%s.js\n%sscript %zu\n%s\n", name, name,
             options, strlen(script), script);
}

static void snapshot(void)
{
    static const char *const args[] = {"snapshot", "-t", "10000", NULL};

    v8ssr(manifest, strlen(manifest), args);
}

static unsigned lines(const char *text)
{
    unsigned n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

/* The image's entry of the script; NULL = it is not in it. */
static const struct v8p_image_entry *entry_of(const char *script)
{
    const struct v8p_image_header *header = (const void *)run.out;
    const struct v8p_image_entry *entries = (const void *)(header + 1);
    uint64_t i;

    for (i = 0; run.out != NULL && i < header->count; i++) {
        if (entries[i].script.length == strlen(script) &&
            memcmp(run.out + entries[i].script.offset, script,
                   strlen(script)) == 0) {
            return &entries[i];
        }
    }
    return NULL;
}

static int has_snapshot(const char *script)
{
    const struct v8p_image_entry *e = entry_of(script);

    return e != NULL && e->slot > 0 && e->code.length == 0;
}

static int has_code(const char *script)
{
    const struct v8p_image_entry *e = entry_of(script);

    return e != NULL && e->slot == 0 && e->code.length > 0;
}

static int is_image(void)
{
    v8pool_error err;

    if (run.out == NULL ||
        v8pool_image_check(run.out, run.length, &err) != V8POOL_OK) {
        tap_note("  %s", run.out == NULL ? "nothing came" : err.message);
        return 0;
    }
    return 1;
}

/* --- the tests ------------------------------------------------------------ */

#define PAGE "globalThis.renderPage = () => 'page';"
static const char good[] = "var good = 1;" PAGE;

static void test_snapshot_good_bundles_all_in_one(void)
{
    static const char other[] = "globalThis.App = { render: () => 'other' };";
    static const char off[] = "var off = 1;" PAGE;

    *manifest = '\0';
    add("good", "", good);
    add("other", "entry App.render\nself-test /x\n", other);
    add("off", "snapshot off\n", off);
    snapshot();
    IS_INT(run.status, 0);
    IS_STR(run.err, "");
    OK(is_image());
    OK(has_snapshot(good));
    OK(has_snapshot(other));
    OK(has_code(off));
}

static void test_snapshot_killed_by_a_bundle_others_have_theirs(void)
{
    static const struct {
        const char *script;
        const char *why;
    } rows[] = {
        {"globalThis.nf = new Intl.NumberFormat('en');" PAGE,
         "V8 ended by signal "},
        {"globalThis.seg = new Intl.Segmenter('en');" PAGE,
         "V8 ended by signal "},
        {"globalThis.fr = new FinalizationRegistry(() => 1);"
         "fr.register({}, 1);" PAGE,
         "Check failed: "},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[128];

        *manifest = '\0';
        add("good", "", good);
        add("bad", "", rows[i].script);
        add("last", "", PAGE);
        snapshot();
        IS_INT(run.status, 0);
        OK(is_image());
        OK(has_snapshot(good));
        OK(has_snapshot(PAGE));
        OK(has_code(rows[i].script));
        IS_INT(lines(run.err), 1);
        snprintf(line, sizeof(line), "bundle bad: no startup snapshot: %s",
                 i < 2 ? rows[i].why : "V8 ended by signal ");
        HAS_STR(run.err, line);
        HAS_STR(run.err, rows[i].why);
    }
}

/* Each gets its line; an image of code caches alone is one, too. */
static void test_snapshot_killed_by_all_code_caches(void)
{
    static const char a[] = "globalThis.a = new Intl.Collator('de');" PAGE;
    static const char b[] = "globalThis.b = new Intl.Collator('fr');" PAGE;

    *manifest = '\0';
    add("a", "", a);
    add("b", "", b);
    snapshot();
    IS_INT(run.status, 0);
    OK(is_image());
    OK(has_code(a));
    OK(has_code(b));
    IS_INT(lines(run.err), 2);
    HAS_STR(run.err, "bundle a: no startup snapshot: V8 ended by");
    HAS_STR(run.err, "\nbundle b: no startup snapshot: V8 ended by");
}

/* What V8 can take: so that a snapshot is not lost without anybody noticing. */
static void test_snapshot_survives_what_bundles_leave(void)
{
    static const char *const scripts[] = {
        "globalThis.m = new Map([['a', 1]]); globalThis.s = new Set('xy');"
        "globalThis.w = new WeakMap([[m, s]]);" PAGE,
        "globalThis.b = new Uint8Array(70000); globalThis.n = 2n ** 99n;" PAGE,
        "async function f() { await new Promise(() => 1); }; f();" PAGE,
        "globalThis.g = (function* () { yield 1; yield 2; })(); g.next();" PAGE,
        "class A { #p = 1; static s = new A(); }; globalThis.A = A;" PAGE,
        "globalThis.text = (1.5).toLocaleString('de');" PAGE,
        "globalThis.x = /(?<y>a+)/u.exec('aa'); globalThis.p = new Proxy({}, {"
        "}); globalThis.e = new Error('e');" PAGE,
        "globalThis.wasm = typeof WebAssembly;" PAGE,
        "globalThis.fr = new FinalizationRegistry(() => 1);" PAGE,
    };
    size_t i, n = sizeof(scripts) / sizeof(scripts[0]);

    *manifest = '\0';
    for (i = 0; i < n; i++) {
        char name[8] = {(char)('a' + i), '\0'};

        add(name, "", scripts[i]);
    }
    snapshot();
    IS_INT(run.status, 0);
    IS_STR(run.err, "");
    OK(is_image());
    for (i = 0; i < n; i++) {
        OK(has_snapshot(scripts[i]));
    }
}

static void test_snapshot_unloadable_bundle_left_out(void)
{
    static const char throws[] = "\nthrow new Error('not today');";
    static const char nf[] = "var nf = new Intl.NumberFormat('en');" PAGE;

    *manifest = '\0';
    add("throws", "", throws);
    add("good", "", good);
    add("nf", "", nf);
    add("off", "snapshot off\n", throws);
    snapshot();
    IS_INT(run.status, 0);
    OK(is_image());
    OK(has_snapshot(good));
    OK(has_code(nf));
    OK(entry_of(throws) == NULL);
    IS_INT(lines(run.err), 3);
    HAS_STR(run.err, "bundle throws: not in the image: /srv/throws.js:2:1: "
                     "Error: not today\n");
    HAS_STR(run.err, "bundle off: not in the image: /srv/off.js:2:1: Error");
    HAS_STR(run.err, "bundle nf: no startup snapshot: V8 ended by signal");

    *manifest = '\0';
    add("throws", "", throws);
    snapshot();
    IS_INT(run.status, 1);
    IS_INT(run.length, 0);
    IS_INT(lines(run.err), 2);
    HAS_STR(run.err, "bundle throws: not in the image: /srv/throws.js:2:1: ");
    HAS_STR(run.err, "\nno image: no bundle can be in one\n");
}

/* One millisecond is the load's limit; each attempt has five seconds more. */
static void test_snapshot_endless_load_left_out(void)
{
    static const char *const args[] = {"snapshot", "-t", "1", NULL};
    static const char endless[] = "for (;;);";

    *manifest = '\0';
    add("endless", "snapshot off\n", endless);
    add("good", "", good);
    v8ssr(manifest, strlen(manifest), args);
    IS_INT(run.status, 0);
    OK(has_snapshot(good));
    OK(entry_of(endless) == NULL);
    IS_INT(lines(run.err), 1);
    HAS_STR(run.err, "bundle endless: not in the image: V8 ended by signal 14: "
                     "not done after 5 s\n");
}

/* Rendered to warm up, and by nothing that checks a bundle: a function of V8's
 * that never looks whether it should stop. */
static void test_snapshot_endless_page_others_have_theirs(void)
{
    static const char *const args[] = {"snapshot", "-t", "1", NULL};
    static const char deaf[] =
        "globalThis.renderPage = (url) => url !== '/' ? 'x'"
        " : Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);";
    static const char nf[] = "var nf = new Intl.NumberFormat('en');" PAGE;

    *manifest = '\0';
    add("good", "", good);
    add("deaf", "", deaf);
    add("nf", "", nf);
    add("last", "", PAGE);
    v8ssr(manifest, strlen(manifest), args);
    IS_INT(run.status, 0);
    OK(is_image());
    OK(has_snapshot(good));
    OK(has_snapshot(PAGE));
    OK(has_code(nf));
    OK(entry_of(deaf) == NULL);
    IS_INT(lines(run.err), 2);
    HAS_STR(run.err, "bundle deaf: not in the image: V8 ended by signal 14: "
                     "not done after 5 s\n");
    HAS_STR(run.err, "bundle nf: no startup snapshot: V8 ended by signal");
}

/* Each evaluation may take 5 s; together they take longer. */
static void test_snapshot_slow_scripts_each_in_its_own_time(void)
{
    static const char *const args[] = {"snapshot", "-t", "1", NULL};
    static const char slow[] = "const end = Date.now() + 1200;"
                               "while (Date.now() < end);" PAGE;
    char scripts[4][sizeof(slow) + 16];
    int i;

    *manifest = '\0';
    for (i = 0; i < 4; i++) {
        char name[8] = {(char)('a' + i), '\0'};

        snprintf(scripts[i], sizeof(scripts[i]), "%s%d", slow, i);
        add(name, "", scripts[i]);
    }
    v8ssr(manifest, strlen(manifest), args);
    IS_INT(run.status, 0);
    IS_STR(run.err, "");
    for (i = 0; i < 4; i++) {
        OK(has_snapshot(scripts[i]));
    }
}

static void test_snapshot_wrong_manifest_one_error(void)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"", "line 0: bundle NAME was expected"},
        {"\n", "line 1: bundle NAME was expected"},
        {"bundle a", "line 0: bundle NAME was expected"},
        {"bundel a\nscript 1\nx\n", "line 1: bundle NAME was expected"},
        {"bundle a\n", "line 1: a script was expected before the end"},
        {"bundle a\npath /x\n", "line 2: a script was expected before the end"},
        {"bundle a\ncolour red\nscript 1\nx\n",
         "line 2: path, entry, self-test, snapshot off, eval on or script was "
         "expected"},
        {"bundle a\nsnapshot on\nscript 1\nx\n", "line 2: path, entry"},
        {"bundle a\nscript 2\nx\n", "line 2: the script's length"},
        {"bundle a\nscript 1\nxy\n", "line 2: the script's length"},
        {"bundle a\nscript -1\nx\n", "line 2: the script's length"},
        {"bundle a\nscript 1x\nx\n", "line 2: the script's length"},
        {"bundle a\nscript 1000000000000000\nx\n",
         "line 2: the script's length"},
        {"bundle a\nscript 99999999999999999999\nx\n",
         "line 2: the script's length"},
        {"bundle a\nscript 1\nx", "line 2: the script's length"},
        {"bundle a\nscript 1\nx\nbundle b\nscript 7\ny\n",
         "line 4: the script's length"},
    };
    static const char *const args[] = {"snapshot", NULL};
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char error[128];

        snprintf(error, sizeof(error), "manifest: %s", rows[i].error);
        v8ssr(rows[i].text, strlen(rows[i].text), args);
        IS_INT(run.status, 1);
        IS_INT(run.length, 0);
        IS_INT(lines(run.err), 1);
        HAS_STR(run.err, error);
    }
}

static void test_snapshot_wrong_usage_told(void)
{
    static const char *const rows[][5] = {
        {"snapshot", "-t", "0", NULL},       {"snapshot", "-t", "-5", NULL},
        {"snapshot", "-t", "3600001", NULL}, {"snapshot", "-t", "1s", NULL},
        {"snapshot", "-t", "", NULL},        {"snapshot", "file", NULL},
    };
    size_t i;

    *manifest = '\0';
    add("good", "", good);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8ssr(manifest, strlen(manifest), rows[i]);
        IS_INT(run.status, 2);
        IS_INT(run.length, 0);
        HAS_STR(run.err, rows[i][2] != NULL
                             ? "-t: milliseconds from 1 to 3600000 expected"
                             : "a manifest on standard input");
        HAS_STR(run.err, "usage: v8ssr snapshot [-t LIMIT_MS]");
    }
}

TAP_MAIN(RUN(test_snapshot_good_bundles_all_in_one),
         RUN(test_snapshot_killed_by_a_bundle_others_have_theirs),
         RUN(test_snapshot_killed_by_all_code_caches),
         RUN(test_snapshot_survives_what_bundles_leave),
         RUN(test_snapshot_unloadable_bundle_left_out),
         RUN(test_snapshot_endless_load_left_out),
         RUN(test_snapshot_endless_page_others_have_theirs),
         RUN(test_snapshot_slow_scripts_each_in_its_own_time),
         RUN(test_snapshot_wrong_manifest_one_error),
         RUN(test_snapshot_wrong_usage_told))
