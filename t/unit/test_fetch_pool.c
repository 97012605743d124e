/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_pool.c: the fetcher of a pool: started late, stopped with it,
 * counted where the pool's owner wants; what a job keeps of a policy.
 */
#include "fetch_fixture.h"
#include "fetch_inside.h"
#include "fixture.h"
#include "net_inside.h"
#include "pool.h"

static void test_pool_fetch_thread_is_started_by_the_first(void)
{
    struct origin *o = origin_start();
    v8pool *pool = pool_of(1);
    v8pool_fetch_policy policy = test_policy();
    struct call *call;

    IS_STATUS(v8pool_wait_ready(pool, WAIT_MS), V8POOL_OK);
    IS_INT(pool->fetcher->running, 0);
    call = call_get(pool->fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_STR(call->body, "hello\n");
    IS_INT(pool->fetcher->running, 1);
    IS_INT(pool_stats(pool).fetch.started, 1);
    IS_INT(pool_stats(pool).fetch.ended, 1);
    call_destroy(&call);
    v8pool_destroy(&pool);
    origin_stop(&o);
}

static void test_pool_stop_ends_exchanges(void)
{
    struct origin *o = origin_start();
    v8pool *pool = pool_of(1);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hang"), &policy);
    struct call *call = call_start(call_create(), pool->fetcher, &request);

    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 1));
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_OK);
    IS_INT(call->ends, 1);
    IS_ERROR(call, V8P_FETCH_E_STOPPED);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_OK);
    call_destroy(&call);
    v8pool_destroy(&pool);
    origin_stop(&o);
}

static void test_pool_counts_where_its_owner_wants(void)
{
    v8pool_fetch_counts counts = {.started = 5};
    v8pool_fetch_policy policy = test_policy();
    v8pool_config config;
    v8pool *pool;
    struct call *call;

    pool_config(&config, 1, NULL);
    config.fetch_counts = &counts;
    pool = pool_open(&config);
    call = call_get(pool->fetcher, "http://other.example/", &policy);
    IS_ERROR(call, V8P_FETCH_E_REFUSED);
    IS_INT(pool_stats(pool).fetch.started, 6);
    IS_INT(pool_stats(pool).fetch.refused, 1);
    call_destroy(&call);
    v8pool_destroy(&pool);
    IS_INT(counts.started, 6);
}

/* The asker's memory may go while the render runs. */
static void test_pool_job_copies_policy_and_place(void)
{
    char address[] = "192.0.2.1";
    v8pool *pool = pool_of(1);
    v8pool_fetch_policy policy = test_policy();
    v8pool_request request;
    v8pool_job *job;

    v8pool_request_init(&request);
    request.fetch = &policy;
    request.place.address = address;
    request.place.port = 81;
    request.place.subrequest = 1;
    job = v8p_job_create(pool, NULL, &request, 1);
    policy.timeout_ms = 1;
    address[0] = 'x';
    IS_INT(job->request.fetch->timeout_ms, WAIT_MS);
    IS_INT(job->request.fetch->host_count, 2);
    IS_STR(job->request.place.address, "192.0.2.1");
    IS_INT(job->request.place.port, 81);
    IS_INT(job->request.place.subrequest, 1);
    v8p_job_unref(job);
    v8p_job_unref(job);
    request.fetch = NULL;
    request.place.address = NULL;
    job = v8p_job_create(pool, NULL, &request, 1);
    OK(job->request.fetch == NULL);
    OK(job->request.place.address == NULL);
    v8p_job_unref(job);
    v8p_job_unref(job);
    v8pool_destroy(&pool);
}

struct mail {
    int letters, ends;
    size_t bytes;
};

static struct mail mail_of(v8pool_job *job)
{
    struct mail all = {0};
    const struct v8p_mail *mail;

    pthread_mutex_lock(&job->mtx);
    for (mail = job->mail; mail != NULL; mail = mail->next) {
        all.letters++;
        all.ends += mail->event.kind == V8P_FETCH_END;
        all.bytes += mail->event.length;
    }
    pthread_mutex_unlock(&job->mtx);
    return all;
}

/* Its worker has other things to do meanwhile: with two of them by turns. */
static void test_pool_mail_of_single_bytes_is_put_together(void)
{
    struct origin *o = origin_start();
    v8pool *pool = pool_of(1);
    v8pool_fetch_policy policy = test_policy();
    v8pool_request request;
    v8pool_job *job;
    v8e_fetch asked = {.method = "GET", .url = origin_url(o, NULL, "/crumbs")};

    v8pool_request_init(&request);
    request.fetch = &policy;
    job = v8p_job_create(pool, NULL, &request, 1);
    for (asked.number = 1; asked.number <= 2; asked.number++) {
        IS_INT(v8p_net.start(job, &asked), 0);
    }
    OK(WAIT_UNTIL(mail_of(job).ends == 2));
    IS_INT(mail_of(job).bytes, 2 * ORIGIN_CRUMBS);
    OK(mail_of(job).letters <= 2 * 3); /* head, body, end */
    v8p_net.cancel(job, 1);
    v8p_net.cancel(job, 2);
    v8p_net_clear(job);
    v8p_job_unref(job);
    v8p_job_unref(job);
    v8pool_destroy(&pool);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_pool_fetch_thread_is_started_by_the_first),
         RUN(test_pool_stop_ends_exchanges),
         RUN(test_pool_counts_where_its_owner_wants),
         RUN(test_pool_job_copies_policy_and_place),
         RUN(test_pool_mail_of_single_bytes_is_put_together))
