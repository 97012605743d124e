/* SPDX-License-Identifier: Apache-2.0
 *
 * render.c: `v8ssr render`: one URL, as the server would answer it.
 */
#include "v8ssr.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 64

struct options {
    struct v8ssr_subject subject;
    long repeat;
    v8pool_request request;
    v8pool_header headers[PAIRS_MAX];
    v8pool_header env[PAIRS_MAX];
    v8pool_env env_set;
    const char *template; /* NULL = none */
};

/* Splits "name: value" or "NAME=value" in place. */
static int add_pair(v8pool_header *pairs, size_t *count, char *text, char glue)
{
    char *at = strchr(text, glue);

    if (at == NULL || at == text || *count == PAIRS_MAX) {
        return 0;
    }
    *at++ = '\0';
    while (*at == ' ') {
        at++;
    }
    pairs[*count].name = text;
    pairs[*count].value = at;
    (*count)++;
    return 1;
}

static void lower_case(char *text)
{
    for (; *text != '\0' && *text != ':'; text++) {
        *text = (char)tolower((unsigned char)*text);
    }
}

/* Returns NULL or what is wrong. */
static const char *take_option(struct options *o, int option, char *arg)
{
    long number;

    switch (option) {
    case 'a':
        o->subject.options |= V8POOL_ALLOW_EVAL;
        return NULL;
    case 'z':
        o->subject.options |= V8POOL_FREEZE;
        return NULL;
    case 'e':
        o->subject.entry = arg;
        return NULL;
    case 'f':
        o->request.fresh = 1;
        return NULL;
    case 'F':
        return v8pool_format_parse(arg, &o->subject.format)
                   ? NULL
                   : "-F: auto, esm, iife or cjs expected";
    case 'i':
        o->subject.image = arg;
        return NULL;
    case 'm':
        o->request.method = arg;
        return NULL;
    case 'o':
        o->request.origin = arg;
        return NULL;
    case 'd':
        o->request.body = arg;
        o->request.body_length = strlen(arg);
        return NULL;
    case 'H':
        lower_case(arg);
        return add_pair(o->headers, &o->request.header_count, arg, ':')
                   ? NULL
                   : "-H: \"Name: value\" expected";
    case 'E':
        return add_pair(o->env, &o->env_set.count, arg, '=')
                   ? NULL
                   : "-E: NAME=VALUE expected";
    case 'r':
        return v8ssr_parse_number(arg, 1, 1000000, &o->repeat)
                   ? NULL
                   : "-r: a number from 1 to 1000000 expected";
    case 'T':
        o->template = arg;
        return NULL;
    case 't':
        if (!v8ssr_parse_number(arg, 1, 3600000, &number)) {
            return "-t: milliseconds from 1 to 3600000 expected";
        }
        o->request.timeout_ms = (uint32_t)number;
        return NULL;
    default:
        return "unknown option";
    }
}

static int parse(int argc, char **argv, struct options *o)
{
    int option;

    memset(o, 0, sizeof(*o));
    v8pool_request_init(&o->request);
    o->repeat = 1;
    while ((option = getopt(argc, argv, "ae:fF:i:H:m:d:E:o:r:t:T:z")) != -1) {
        const char *wrong = take_option(o, option, optarg);

        if (wrong != NULL) {
            return v8ssr_usage("render", "%s", wrong);
        }
    }
    if (argc - optind != 2) {
        return v8ssr_usage("render", "BUNDLE and URL expected");
    }
    o->subject.path = argv[optind];
    o->subject.isolates = 1;
    o->request.url = argv[optind + 1];
    o->request.headers = o->headers;
    o->env_set.id = 1;
    o->env_set.values = o->env;
    o->request.env = &o->env_set;
    return V8SSR_DONE;
}

static void print_answer(const v8pool_answer *answer)
{
    size_t i;

    printf("%d\n", answer->status);
    for (i = 0; i < answer->header_count; i++) {
        printf("%s: %s\n", answer->headers[i].name, answer->headers[i].value);
    }
    putchar('\n');
    fwrite(answer->body, 1, answer->length, stdout);
    fflush(stdout);
}

/* stderr, so that the page alone can be piped on. */
static void print_timing(const v8pool_answer *answer)
{
    const v8pool_timing *t = &answer->timing;

    fprintf(stderr,
            "%zu bytes; queue %u us, call %u us, output %u us, of these "
            "garbage collection %u us\n",
            answer->length, (unsigned)t->queue_us, (unsigned)t->call_us,
            (unsigned)t->output_us, (unsigned)t->gc_us);
}

static int render_one(v8pool *pool, v8pool_bundle *bundle,
                      const v8pool_request *request, int last)
{
    v8pool_answer answer;
    v8pool_error err;
    v8pool_status status =
        v8pool_render(pool, bundle, request, &answer, &err);

    if (status == V8POOL_DECLINED) {
        fprintf(stderr, "declined: the bundle returned null\n");
    }
    else if (status != V8POOL_OK) {
        v8ssr_print_error(&err);
        return V8SSR_FAILED;
    }
    else if (last) {
        print_answer(&answer);
    }
    print_timing(&answer);
    v8pool_answer_clear(&answer);
    return V8SSR_DONE;
}

static long now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

/* 0: said why. */
static int read_template(const struct options *o, v8pool_template **made)
{
    v8pool_error err;

    *made = NULL;
    if (o->template == NULL ||
        v8pool_template_read(o->template, made, &err) == V8POOL_OK) {
        return 1;
    }
    fprintf(stderr, "%s", err.source);
    if (err.line > 0) {
        fprintf(stderr, ":%d", err.line);
    }
    fprintf(stderr, ": %s\n", err.message);
    return 0;
}

int v8ssr_cmd_render(int argc, char **argv)
{
    struct options o;
    v8pool_template *template;
    v8pool_bundle *bundle;
    v8pool *pool;
    int rc = parse(argc, argv, &o);
    long i, start;

    if (rc != V8SSR_DONE) {
        return rc;
    }
    if (!read_template(&o, &template)) {
        return V8SSR_FAILED;
    }
    o.request.wrapped_in = template;
    start = now_us();
    pool = v8ssr_open(&o.subject, &bundle);
    if (pool == NULL) {
        v8pool_template_destroy(&template);
        return V8SSR_FAILED;
    }
    fprintf(stderr, "start of V8 and of the bundle %ld us\n", now_us() - start);
    for (i = 0; i < o.repeat && rc == V8SSR_DONE; i++) {
        rc = render_one(pool, bundle, &o.request, i + 1 == o.repeat);
    }
    v8pool_destroy(&pool);
    v8pool_template_destroy(&template);
    return rc;
}
