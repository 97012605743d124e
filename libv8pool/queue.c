/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.c: fairness between bundles.
 *
 * Turns: as in fair queueing each bundle has a clock of its own, which goes on
 * by the time its renders have an isolate.  The one that is furthest behind is
 * next.  One that comes back after a while begins where the others are: it has
 * saved nothing up.
 *
 * Places: while there are enough everybody may have them.  The last ones are
 * kept for bundles that have next to none; and where all are taken, a bundle
 * with less than its share gets one of the bundle with most.
 */
#include "queue.h"

#include "flight.h"
#include "loop.h"
#include "pool.h"

/* --- dividing ------------------------------------------------------------------------ */

/* So many each bundle can always have. */
static unsigned each(unsigned size)
{
    return size / 8 > 1 ? size / 8 : 1;
}

/* But all of them together not more than this is kept free for. */
static unsigned kept_at_most(unsigned size)
{
    return size / 4 > 1 ? size / 4 : 1;
}

/* Pre: pool.mtx is held, the bundles' `held` are set. */
static unsigned kept(const v8pool *pool, unsigned size)
{
    unsigned i, sum = 0;

    for (i = 0; i < pool->bundle_count; i++) {
        unsigned held = pool->bundles[i]->line.held;

        sum += held < each(size) ? each(size) - held : 0;
    }
    return sum < kept_at_most(size) ? sum : kept_at_most(size);
}

/* Nothing to look at: one bundle, nothing to divide, or plenty is left. */
static int is_plenty(const v8pool *pool, unsigned size, unsigned taken)
{
    return pool->bundle_count < 2 || size < 2 ||
           size > taken + kept_at_most(size);
}

/* Pre: as kept(). */
static int may_take(const v8pool *pool, const v8pool_bundle *bundle,
                    unsigned size, unsigned taken)
{
    return taken < size && (bundle->line.held < each(size) ||
                            size - taken > kept(pool, size));
}

/* Pre: pool.mtx is held.  Of the places in one isolate. */
static void note_flights(const struct v8p_worker *worker)
{
    const v8pool *pool = worker->pool;
    const struct v8p_flight *flight;
    unsigned i;

    for (i = 0; i < pool->bundle_count; i++) {
        pool->bundles[i]->line.held = 0;
    }
    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        flight->job->bundle->line.held += !flight->awaits_body;
    }
}

/* Pre: pool.mtx is held.  Of the places to wait; of all of them. */
static void note_jobs(const v8pool *pool, int running_too)
{
    unsigned i;

    for (i = 0; i < pool->bundle_count; i++) {
        struct v8p_line *line = &pool->bundles[i]->line;

        line->held = atomic_load(&line->waiting);
        line->held += running_too ? atomic_load(&line->running) : 0;
    }
}

/* --- lines --------------------------------------------------------------------------- */

/* Pre: pool.mtx is held. */
static void append(struct v8p_line *line, v8pool_job *job)
{
    job->ahead = line->last;
    job->behind = NULL;
    *(line->last != NULL ? &line->last->behind : &line->first) = job;
    line->last = job;
    job->in_line = 1;
}

/* Pre: pool.mtx is held, the job is in its line. */
static void take_out(v8pool_job *job)
{
    struct v8p_line *line = &job->bundle->line;

    *(job->ahead != NULL ? &job->ahead->behind : &line->first) = job->behind;
    *(job->behind != NULL ? &job->behind->ahead : &line->last) = job->ahead;
    job->in_line = 0;
}

void v8p_queue_leave(v8pool_job *job)
{
    int was_in;

    pthread_mutex_lock(&job->pool->mtx);
    was_in = job->in_line;
    if (was_in) {
        take_out(job);
    }
    pthread_mutex_unlock(&job->pool->mtx);
    if (was_in) {
        v8p_job_unref(job); /* the queue's */
    }
}

v8pool_job *v8p_queue_take(v8pool *pool)
{
    v8pool_job *job = NULL;
    unsigned i;

    pthread_mutex_lock(&pool->mtx);
    for (i = 0; i < pool->bundle_count && job == NULL; i++) {
        job = pool->bundles[i]->line.first;
    }
    if (job != NULL) {
        take_out(job);
    }
    pthread_mutex_unlock(&pool->mtx);
    return job;
}

/* --- who is refused ------------------------------------------------------------------ */

/* Pre: pool.mtx is held. */
static int has_place(const v8pool *pool, const v8pool_bundle *bundle)
{
    unsigned waiting = atomic_load(&pool->waiting);
    unsigned limit = pool->config.job_limit;
    unsigned taken = waiting + atomic_load(&pool->running);

    if (waiting >= pool->config.queue_length) {
        return 0;
    }
    if (limit == 0 || is_plenty(pool, limit, taken)) {
        return limit == 0 || taken < limit;
    }
    note_jobs(pool, 1);
    return may_take(pool, bundle, limit, taken);
}

/* Pre: pool.mtx is held, `held` is set.  The bundle that has most of what is
 * divided, and more than `share`; only one that has something to give. */
static v8pool_bundle *richest(const v8pool *pool, unsigned share)
{
    v8pool_bundle *most = NULL;
    unsigned i, least = share;

    for (i = 0; i < pool->bundle_count; i++) {
        v8pool_bundle *bundle = pool->bundles[i];

        if (bundle->line.held > least &&
            atomic_load(&bundle->line.waiting) > 0) {
            most = bundle;
            least = bundle->line.held;
        }
    }
    return most;
}

/* Pre: as richest().  `own` counts though it may have nothing yet. */
static unsigned share_of(const v8pool *pool, const v8pool_bundle *own,
                         unsigned size)
{
    unsigned i, count = 1;

    for (i = 0; i < pool->bundle_count; i++) {
        count += pool->bundles[i] != own && pool->bundles[i]->line.held > 0;
    }
    return size / count;
}

/* Pre: pool.mtx is held, there is no place.  The one that came last goes: the
 * others have waited for longer.  NULL: the bundle is not to get more. */
static v8pool_job *displace(const v8pool *pool, const v8pool_bundle *own)
{
    int for_jobs = atomic_load(&pool->waiting) < pool->config.queue_length;
    unsigned share;
    v8pool_bundle *most;
    v8pool_job *job;

    note_jobs(pool, for_jobs);
    share = share_of(pool, own,
                     for_jobs ? pool->config.job_limit
                              : pool->config.queue_length);
    most = own->line.held < share ? richest(pool, share) : NULL;
    job = most != NULL ? most->line.last : NULL;
    while (job != NULL && !v8p_job_displace(job, own->name)) {
        job = job->ahead; /* given up already: made room before */
    }
    if (job != NULL) {
        take_out(job);
    }
    return job;
}

/* Pre: pool.mtx is held. */
static void catch_up(v8pool *pool, struct v8p_line *line)
{
    uint64_t spent = atomic_load(&line->spent_us);

    if (line->first == NULL && spent < pool->turn_us) {
        atomic_fetch_add(&line->spent_us, pool->turn_us - spent);
    }
}

/* Counted before a worker can see the job. */
int v8p_queue_push(v8pool *pool, v8pool_job *job, v8pool_job **displaced)
{
    struct v8p_line *line = &job->bundle->line;

    *displaced = NULL;
    if (!has_place(pool, job->bundle) &&
        (*displaced = displace(pool, job->bundle)) == NULL) {
        return 0;
    }
    job->counted = 1;
    atomic_fetch_add(&pool->waiting, 1);
    atomic_fetch_add(&line->waiting, 1);
    catch_up(pool, line);
    append(line, job);
    return 1;
}

/* --- whose turn it is ---------------------------------------------------------------- */

int v8p_queue_suits(const struct v8p_worker *worker,
                    const v8pool_bundle *bundle)
{
    unsigned size = worker->pool->config.concurrency;
    unsigned taken = v8p_loop_count(worker);

    if (is_plenty(worker->pool, size, taken)) {
        return 1;
    }
    note_flights(worker);
    return may_take(worker->pool, bundle, size, taken);
}

/* Pre: as v8p_queue_pop(). */
static v8pool_bundle *next_bundle(const struct v8p_worker *worker)
{
    const v8pool *pool = worker->pool;
    unsigned size = pool->config.concurrency;
    unsigned taken = v8p_loop_count(worker);
    int plenty = is_plenty(pool, size, taken);
    v8pool_bundle *next = NULL;
    unsigned i;

    if (!plenty) {
        note_flights(worker);
    }
    for (i = 0; i < pool->bundle_count; i++) {
        v8pool_bundle *bundle = pool->bundles[i];

        if (bundle->line.first != NULL &&
            (plenty || may_take(pool, bundle, size, taken)) &&
            (next == NULL || atomic_load(&bundle->line.spent_us) <
                                 atomic_load(&next->line.spent_us))) {
            next = bundle;
        }
    }
    return next;
}

/* It pays for its first turn now: else those that take long would be taken by
 * all isolates before the first one is over. */
v8pool_job *v8p_queue_pop(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    v8pool_bundle *bundle = next_bundle(worker);
    v8pool_job *job;
    uint64_t spent;

    if (bundle == NULL) {
        return NULL;
    }
    job = bundle->line.first;
    take_out(job);
    worker->prepaid_us = atomic_load(&bundle->line.begin_us) + 1;
    spent = atomic_fetch_add(&bundle->line.spent_us, worker->prepaid_us);
    if (spent > pool->turn_us) {
        pool->turn_us = spent;
    }
    return job;
}

void v8p_queue_begun(v8pool_job *job)
{
    atomic_fetch_add(&job->pool->running, 1);
    atomic_fetch_add(&job->bundle->line.running, 1);
}

void v8p_queue_over(v8pool_job *job)
{
    atomic_fetch_sub(&job->pool->running, 1);
    atomic_fetch_sub(&job->bundle->line.running, 1);
}

void v8p_queue_spent(v8pool_bundle *bundle, uint64_t us)
{
    atomic_fetch_add(&bundle->line.spent_us, us);
}

void v8p_queue_spent_begin(struct v8p_worker *worker, v8pool_bundle *bundle,
                           uint64_t us)
{
    struct v8p_line *line = &bundle->line;
    uint64_t usual = atomic_load(&line->begin_us);

    atomic_store(&line->begin_us, (7 * usual + us) / 8);
    if (us >= worker->prepaid_us) {
        atomic_fetch_add(&line->spent_us, us - worker->prepaid_us);
    }
    else {
        atomic_fetch_sub(&line->spent_us, worker->prepaid_us - us);
    }
}
