/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c: `v8ssr check`: does a bundle load, has it an entry, does its
 * self-test render?  mod_v8ssr runs it when httpd reads its configuration.
 * What is wrong is one line on stderr, frames joined by " | ".
 */
#include "v8ssr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    v8pool_bundle_config bundle;
    v8pool_format format;
    const char *self_test;
    long limit_ms;
};

static int parse(int argc, char **argv, struct options *o)
{
    int option;

    memset(o, 0, sizeof(*o));
    o->limit_ms = 10000;
    while ((option = getopt(argc, argv, "ae:F:s:t:p:z")) != -1) {
        switch (option) {
        case 'a':
            o->bundle.options |= V8POOL_ALLOW_EVAL;
            break;
        case 'z':
            o->bundle.options |= V8POOL_FREEZE;
            break;
        case 'e':
            o->bundle.entry = optarg;
            break;
        case 'F':
            if (!v8pool_format_parse(optarg, &o->format)) {
                return v8ssr_usage("check", "-F: auto, esm, iife or cjs "
                                            "expected");
            }
            break;
        case 's':
            o->self_test = optarg;
            break;
        case 'p':
            o->bundle.path = optarg;
            break;
        case 't':
            if (!v8ssr_parse_number(optarg, 1, 3600000, &o->limit_ms)) {
                return v8ssr_usage("check",
                                   "-t: milliseconds from 1 to 3600000 "
                                   "expected");
            }
            break;
        default:
            return v8ssr_usage("check", "unknown option");
        }
    }
    return argc - optind == 1 ? V8SSR_DONE
                              : v8ssr_usage("check", "BUNDLE expected");
}

static int print_failure(const v8pool_error *err)
{
    const char *frame = strstr(err->stack, "    at ");

    v8ssr_print_place(err);
    fputs(err->message, stderr);
    while (frame != NULL) {
        int length = (int)strcspn(frame + 4, "\n");

        fprintf(stderr, " | %.*s", length, frame + 4);
        frame = strstr(frame + 4, "    at ");
    }
    fputc('\n', stderr);
    return V8SSR_FAILED;
}

static int render_self_test(v8pool *pool, v8pool_bundle *bundle,
                            const struct options *o)
{
    v8pool_request request;
    v8pool_answer answer;
    v8pool_error err;
    v8pool_status status;

    v8pool_request_init(&request);
    request.url = o->self_test;
    request.timeout_ms = (uint32_t)o->limit_ms;
    status = v8pool_render(pool, bundle, &request, &answer, &err);
    if (status != V8POOL_OK) {
        if (status == V8POOL_DECLINED) {
            fprintf(stderr, "the self-test %s was declined (null)\n",
                    o->self_test);
            return V8SSR_FAILED;
        }
        fprintf(stderr, "the self-test %s failed: ", o->self_test);
        return print_failure(&err);
    }
    if (answer.status >= 400) {
        fprintf(stderr, "the self-test %s was answered with status %d\n",
                o->self_test, answer.status);
        v8pool_answer_clear(&answer);
        return V8SSR_FAILED;
    }
    printf("self-test %s: %d, %zu bytes\n", o->self_test, answer.status,
           answer.length);
    v8pool_answer_clear(&answer);
    return V8SSR_DONE;
}

static int check(struct options *o)
{
    v8pool_config config;
    v8pool_bundle *bundle;
    v8pool_error err;
    v8pool *pool;
    int rc = V8SSR_DONE;

    v8pool_config_init(&config);
    config.load_timeout_ms = (uint32_t)o->limit_ms;
    config.log = v8ssr_log;
    if (v8pool_create(&config, &pool, &err) != V8POOL_OK) {
        return print_failure(&err);
    }
    if (v8pool_bundle_load(pool, &o->bundle, (uint32_t)o->limit_ms + 2000,
                           &bundle, &err) != V8POOL_OK) {
        rc = print_failure(&err);
    }
    else {
        printf("loads, entry %s\n", v8pool_bundle_entry(bundle));
        if (o->self_test != NULL) {
            rc = render_self_test(pool, bundle, o);
        }
    }
    v8pool_destroy(&pool);
    return rc;
}

int v8ssr_cmd_check(int argc, char **argv)
{
    struct options o;
    char *input = NULL;
    int rc = parse(argc, argv, &o);

    if (rc != V8SSR_DONE) {
        return rc;
    }
    if (strcmp(argv[optind], "-") != 0) {
        o.bundle.path = argv[optind];
        input = v8ssr_read_bundle(o.bundle.path, o.format,
                                  &o.bundle.source_length);
    }
    else {
        input = v8ssr_read_input(&o.bundle.source_length);
    }
    if (input == NULL) {
        return V8SSR_FAILED;
    }
    o.bundle.source = input;
    o.bundle.name = o.bundle.path != NULL ? o.bundle.path : "stdin";
    rc = check(&o);
    free(input);
    return rc;
}
