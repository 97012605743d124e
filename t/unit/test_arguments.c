/* SPDX-License-Identifier: Apache-2.0
 *
 * test_arguments.c: what is refused at the front door, and what of a request
 * is copied there.
 */
#include "fixture.h"

#include "job.h"

#include <stdlib.h>

static v8pool_status create_with(const v8pool_config *config)
{
    v8pool_error err = {0};
    v8pool *pool = (v8pool *)&err; /* must be overwritten */
    v8pool_status status = v8pool_create(config, &pool, &err);

    OK((status == V8POOL_OK) == (pool != NULL));
    OK(status == V8POOL_OK || (err.status == status && err.message[0] != 0));
    v8pool_destroy(&pool);
    OK(pool == NULL);
    return status;
}

static void test_config_out_of_range_refused(void)
{
    v8pool_config good, bad;

    v8pool_config_init(&good);
    IS_STATUS(create_with(&good), V8POOL_OK);
    bad = good, bad.isolates = 1025;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.queue_length = 0;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.queue_length = 1000001;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.heap_limit_bytes = 8 * 1024 * 1024 - 1;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.load_timeout_ms = 0;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.channel_bytes = 0; /* no chunk would ever pass */
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.isolates = 0, bad.recycle_renders = 1; /* no thread */
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
    bad = good, bad.isolates = 0, bad.recycle_ms = 1;
    IS_STATUS(create_with(&bad), V8POOL_E_ARG);
}

static void test_config_defaults_as_documented(void)
{
    v8pool_config c;
    v8pool_request r;

    v8pool_config_init(&c);
    IS_INT(c.isolates, 1);
    IS_INT(c.queue_length, 512);
    IS_INT(c.heap_limit_bytes, 256 << 20);
    IS_INT(c.arraybuffer_limit_bytes, 64 << 20);
    IS_INT(c.channel_bytes, 256 << 10);
    IS_INT(c.load_timeout_ms, 10000);
    IS_INT(c.recycle_renders, 0);
    IS_INT(c.recycle_ms, 0);
    OK(c.log == NULL);
    v8pool_request_init(&r);
    IS_STR(r.method, "GET");
    IS_STR(r.url, "/");
    IS_STR(r.origin, "");
    IS_INT(r.queue_ms, 1000);
    IS_INT(r.timeout_ms, 3000);
    IS_INT(r.max_response_bytes, 16 << 20);
    OK(r.body == NULL && r.env == NULL);
}

static v8pool_status load_with(v8pool *pool, v8pool_bundle_config config)
{
    v8pool_error err = {0};
    v8pool_bundle *bundle = (v8pool_bundle *)&err;
    v8pool_status status =
        v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err);

    OK((status == V8POOL_OK) == (bundle != NULL));
    OK(status == V8POOL_OK || err.message[0] != '\0');
    return status;
}

static void test_bundle_bad_arguments_refused(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config both = {"b", "/nonexistent/x.js", "good", 4, NULL, 0};
    v8pool_bundle_config none = {"b", NULL, NULL, 0, NULL, 0};
    v8pool_bundle_config unnamed = {"", NULL, "good", 4, NULL, 0};
    v8pool_bundle_config nameless = {NULL, NULL, "good", 4, NULL, 0};
    v8pool_bundle_config missing = {"b", "/nonexistent/x.js", NULL, 0, NULL, 0};
    v8pool_bundle_config directory = {"b", "/", NULL, 0, NULL, 0};
    v8pool_bundle_config device = {"b", "/dev/zero", NULL, 0, NULL, 0};
    v8pool_bundle_config good = {"b", NULL, "good", 4, NULL, 0};

    IS_STATUS(load_with(pool, both), V8POOL_OK); /* the path is not read */
    IS_STATUS(load_with(pool, none), V8POOL_E_ARG);
    IS_STATUS(load_with(pool, unnamed), V8POOL_E_ARG);
    IS_STATUS(load_with(pool, nameless), V8POOL_E_ARG);
    IS_STATUS(load_with(pool, missing), V8POOL_E_BUNDLE);
    IS_STATUS(load_with(pool, directory), V8POOL_E_BUNDLE);
    IS_STATUS(load_with(pool, device), V8POOL_E_BUNDLE);
    IS_STATUS(load_with(pool, good), V8POOL_OK);
    v8pool_destroy(&pool);
}

static void test_bundle_unreadable_error_names_file(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config missing = {"b", "/nonexistent/x.js", NULL, 0, NULL, 0};
    v8pool_bundle *bundle;
    v8pool_error err;

    v8pool_bundle_load(pool, &missing, WAIT_MS, &bundle, &err);
    IS_STR(err.source, "/nonexistent/x.js");
    HAS_STR(err.message, "No such file");
    v8pool_destroy(&pool);
}

static v8pool_status submit_with(v8pool *pool, v8pool_bundle *bundle,
                                 v8pool_request request)
{
    v8pool_job *job = (v8pool_job *)pool;
    v8pool_status status = v8pool_submit(pool, bundle, &request, &job);

    OK((status == V8POOL_OK) == (job != NULL));
    if (job != NULL) {
        finish(&job);
    }
    return status;
}

static void test_request_bad_arguments_refused(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_request good, bad;

    v8pool_request_init(&good);
    IS_STATUS(submit_with(pool, bundle, good), V8POOL_OK);
    bad = good, bad.method = NULL;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_E_ARG);
    bad = good, bad.url = NULL;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_E_ARG);
    bad = good, bad.origin = NULL;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_E_ARG);
    bad = good, bad.timeout_ms = 0;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_E_ARG);
    bad = good, bad.header_count = 1;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_E_ARG);
    bad = good, bad.body = NULL, bad.body_length = 5;
    IS_STATUS(submit_with(pool, bundle, bad), V8POOL_OK);
    v8pool_destroy(&pool);
}

static char *heap_text(const char *text)
{
    return strdup(text);
}

/* Submits a request whose every byte is freed at once. */
static v8pool_job *submit_and_free(v8pool *pool, v8pool_bundle *bundle)
{
    v8pool_header *headers = malloc(2 * sizeof(*headers));
    char *texts[] = {heap_text("POST"), heap_text("/copied"),
                     heap_text("https://o.example"), heap_text("accept"),
                     heap_text("*/*"), heap_text("x-empty"), heap_text("")};
    char *body = malloc(4);
    v8pool_request r;
    v8pool_job *job = NULL;
    size_t i;

    memcpy(body, "b\0dy", 4);
    v8pool_request_init(&r);
    r.method = texts[0], r.url = texts[1], r.origin = texts[2];
    headers[0] = (v8pool_header){texts[3], texts[4]};
    headers[1] = (v8pool_header){texts[5], texts[6]};
    r.headers = headers, r.header_count = 2;
    r.body = body, r.body_length = 4;
    r.queue_ms = WAIT_MS;
    (void)v8pool_submit(pool, bundle, &r, &job);
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(texts[i], '#', strlen(texts[i]));
        free(texts[i]);
    }
    memset(headers, '#', 2 * sizeof(*headers));
    free(headers);
    memset(body, '#', 4);
    free(body);
    return job;
}

static void test_request_freed_after_submit_was_copied(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_job *job = submit_and_free(pool, bundle);
    const v8pool_request *r = &job->request;
    v8pool_event event;

    v8pool_job_release(&blocker);
    IS_STR(r->method, "POST");
    IS_STR(r->origin, "https://o.example");
    IS_INT(r->header_count, 2);
    IS_STR(r->headers[0].name, "accept");
    IS_STR(r->headers[0].value, "*/*");
    IS_STR(r->headers[1].name, "x-empty");
    IS_STR(r->headers[1].value, "");
    IS_INT(r->body_length, 4);
    OK(memcmp(r->body, "b\0dy", 5) == 0);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_HEAD);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_CHUNK);
    OK(event.length == 7 && memcmp(event.data, "/copied", 7) == 0);
    v8pool_chunk_free(event.data);
    IS_STATUS(finish(&job), V8POOL_OK);
    v8pool_destroy(&pool);
}

/* timeout_ms + grace must not wrap around. */
static void test_request_longest_timeout_waits(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-1500", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    IS_STATUS(finish(&job), V8POOL_OK);
    v8pool_destroy(&pool);
}

static void test_release_nothing_harmless(void)
{
    v8pool_job *job = NULL;
    v8pool *pool = NULL;
    v8pool_answer answer = {0};

    v8pool_job_release(&job);
    v8pool_destroy(&pool);
    v8pool_answer_clear(&answer);
    v8pool_chunk_free(NULL);
    OK(job == NULL && pool == NULL);
}

TAP_MAIN(RUN(test_config_out_of_range_refused),
         RUN(test_config_defaults_as_documented),
         RUN(test_bundle_bad_arguments_refused),
         RUN(test_bundle_unreadable_error_names_file),
         RUN(test_request_bad_arguments_refused),
         RUN(test_request_freed_after_submit_was_copied),
         RUN(test_request_longest_timeout_waits),
         RUN(test_release_nothing_harmless))
