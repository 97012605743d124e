/* SPDX-License-Identifier: Apache-2.0
 *
 * v8ssr.c: the command line program: bundles without a server.
 */
#include "v8ssr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_WAIT_MS 15000u

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
};

static const struct command commands[] = {
    {"check", v8ssr_cmd_check,
     "v8ssr check [-e ENTRY] [-s SELF-TEST-URL] [-t LIMIT_MS] [-p SHOWN-PATH]\n"
     "             BUNDLE (- = standard input)"},
    {"render", v8ssr_cmd_render,
     "v8ssr render [-e ENTRY] [-H 'Name: value']... [-m METHOD] [-d BODY]\n"
     "             [-E NAME=VALUE]... [-o ORIGIN] [-r REPEAT] [-t TIMEOUT_MS]\n"
     "             BUNDLE URL"},
    {"bench", v8ssr_cmd_bench,
     "v8ssr bench [-e ENTRY] [-n RENDERS] [-t THREADS]\n"
     "             [-y YOUNG_GENERATION_MIB] BUNDLE URL"},
};

static const struct command *find_command(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

int v8ssr_usage(const char *command, const char *format, ...)
{
    const struct command *found = find_command(command);
    va_list args;

    fprintf(stderr, "v8ssr %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nusage: %s\n", found->usage);
    return V8SSR_USAGE;
}

void v8ssr_print_place(const v8pool_error *err)
{
    if (err->source[0] != '\0' && err->line > 0) {
        fprintf(stderr, "%s:%d:%d: ", err->source, err->line, err->column);
    }
    else if (err->source[0] != '\0') {
        fprintf(stderr, "%s: ", err->source);
    }
}

void v8ssr_print_error(const v8pool_error *err)
{
    v8ssr_print_place(err);
    fprintf(stderr, "%s\n", err->message);
    if (err->stack[0] != '\0') {
        fprintf(stderr, "%s\n", err->stack);
    }
}

void v8ssr_log(void *baton, v8pool_log_level level, const char *bundle,
               const char *text, const v8pool_error *error)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    (void)baton;
    (void)bundle;
    if (error == NULL) { /* errors come back from the call that failed */
        fprintf(stderr, "console.%s: %s\n", names[level], text);
    }
}

int v8ssr_parse_number(const char *text, long from, long to, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number >= from &&
           *number <= to;
}

v8pool *v8ssr_open(const char *path, const char *entry, unsigned isolates,
                   size_t young_bytes, v8pool_bundle **bundle)
{
    v8pool_bundle_config what = {path, path, NULL, 0, entry};
    v8pool_config config;
    v8pool_error err;
    v8pool *pool;

    v8pool_config_init(&config);
    config.isolates = isolates;
    config.young_bytes = young_bytes;
    config.log = v8ssr_log;
    if (v8pool_create(&config, &pool, &err) != V8POOL_OK) {
        v8ssr_print_error(&err);
        return NULL;
    }
    if (v8pool_bundle_load(pool, &what, LOAD_WAIT_MS, bundle, &err) !=
        V8POOL_OK) {
        v8ssr_print_error(&err);
        v8pool_destroy(&pool);
    }
    return pool;
}

static void print_usage(FILE *to)
{
    size_t i;

    fputs("v8ssr: renders JavaScript bundles with libv8pool\n", to);
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(to, "  %s\n", commands[i].usage);
    }
    fputs("  v8ssr --version\n", to);
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("v8ssr %s, %s\n", V8POOL_VERSION, v8pool_engine_version());
        return V8SSR_DONE;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
        return V8SSR_DONE;
    }
    command = argc > 1 ? find_command(argv[1]) : NULL;
    if (command == NULL) {
        if (argc > 1) {
            fprintf(stderr, "v8ssr: no command \"%s\"\n", argv[1]);
        }
        print_usage(stderr);
        return V8SSR_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
