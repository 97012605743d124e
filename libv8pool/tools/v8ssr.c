/* SPDX-License-Identifier: Apache-2.0
 *
 * v8ssr.c: the command line program: bundles without a server.
 */
#include "v8ssr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOAD_WAIT_MS 15000u
#define INPUT_MAX ((size_t)256 * 1024 * 1024)

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
};

static const struct command commands[] = {
    {"check", v8ssr_cmd_check,
     "v8ssr check [-a] [-z] [-e ENTRY] [-F FORMAT] [-s SELF-TEST-URL] [-t LIMIT_MS]\n"
     "             [-p SHOWN-PATH] BUNDLE (- = standard input)"},
    {"render", v8ssr_cmd_render,
     "v8ssr render [-e ENTRY] [-F FORMAT] [-i IMAGE] [-a] [-f] [-z]\n"
     "             [-H 'Name: value']...\n"
     "             [-m METHOD] [-d BODY] [-E NAME=VALUE]... [-o ORIGIN] [-r REPEAT]\n"
     "             [-t TIMEOUT_MS] [-T TEMPLATE] BUNDLE URL"},
    {"bench", v8ssr_cmd_bench,
     "v8ssr bench [-e ENTRY] [-i IMAGE] [-f] [-m] [-z] [-n RENDERS] [-t THREADS]\n"
     "             [-y YOUNG_GENERATION_MIB] BUNDLE URL"},
    {"snapshot", v8ssr_cmd_snapshot,
     "v8ssr snapshot [-t LIMIT_MS] < MANIFEST > IMAGE"},
    {"start", v8ssr_cmd_start,
     "v8ssr start [-e ENTRY] [-n STARTS] -i IMAGE BUNDLE URL"},
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
    fprintf(stderr, "\nusage: %s\n", found != NULL ? found->usage : "v8ssr");
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

/* Mapped for good, as an image must be.  0: said why. */
static int map_image(const char *path, v8pool_config *config)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *image;

    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        fprintf(stderr, "%s: %s\n", path,
                fd < 0 ? strerror(errno) : "an image was expected");
        return 0;
    }
    image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (image == MAP_FAILED) {
        perror(path);
        return 0;
    }
    config->image = image;
    config->image_length = (size_t)st.st_size;
    return 1;
}

char *v8ssr_read_bundle(const char *path, v8pool_format format, size_t *length)
{
    v8pool_read_config from = {.path = path, .format = format};
    v8pool_error err;
    char *source;

    if (v8pool_bundle_read(&from, &source, length, &err) != V8POOL_OK) {
        v8ssr_print_error(&err);
    }
    return source;
}

/* NULL: said why. */
static v8pool *open_config(const v8pool_config *config,
                           const v8pool_bundle_config *what,
                           v8pool_bundle **bundle)
{
    v8pool_error err;
    v8pool *pool;

    if (v8pool_create(config, &pool, &err) != V8POOL_OK) {
        v8ssr_print_error(&err);
        return NULL;
    }
    if (v8pool_bundle_load(pool, what, LOAD_WAIT_MS, bundle, &err) !=
        V8POOL_OK) {
        v8ssr_print_error(&err);
        v8pool_destroy(&pool);
    }
    return pool;
}

v8pool *v8ssr_open(const struct v8ssr_subject *subject, v8pool_bundle **bundle)
{
    v8pool_bundle_config what = {subject->path, subject->path, NULL, 0,
                                 subject->entry, subject->options};
    v8pool_config config;
    v8pool *pool;
    char *source;

    v8pool_config_init(&config);
    config.isolates = subject->isolates;
    config.young_bytes = subject->young_bytes;
    config.log = v8ssr_log;
    if (subject->image != NULL && !map_image(subject->image, &config)) {
        return NULL;
    }
    source = v8ssr_read_bundle(subject->path, subject->format,
                               &what.source_length);
    if (source == NULL) {
        return NULL;
    }
    what.source = source;
    pool = open_config(&config, &what, bundle);
    free(source); /* the pool has its own */
    return pool;
}

char *v8ssr_read_input(size_t *length)
{
    char *text = NULL;
    size_t room = 0;
    size_t n;

    *length = 0;
    do {
        if (*length == room) {
            char *grown = realloc(text, room = room * 2 + 65536);

            if (grown == NULL || room > 2 * INPUT_MAX) {
                fprintf(stderr, "standard input: too large\n");
                free(grown != NULL ? grown : text);
                return NULL;
            }
            text = grown;
        }
        n = fread(text + *length, 1, room - *length, stdin);
        *length += n;
    } while (n > 0);
    return text;
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
