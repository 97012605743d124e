/* SPDX-License-Identifier: Apache-2.0
 *
 * upload.c: reads the client while its render goes on, without waiting for
 * either: what a render does not read stays in the client's TCP.
 */
#include "upload.h"

#include "client.h"
#include "log.h"

#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>
#include <apr_buckets.h>

APLOG_USE_MODULE(v8ssr);

/* Of the request's pool. */
#define KEY "mod_v8ssr upload"

#define PIECE (64 * 1024)

/* A body of HTTP/2 is no socket's that could be polled: it is looked at after
 * so many milliseconds, then ever less often. */
#define LOOK_FIRST_MS 2u
#define LOOK_LAST_MS 50u

/* Reads of a body that nobody wants, rather than give the connection up. */
#define LEFT_READS 8

struct v8ssr_upload {
    request_rec *r;
    apr_off_t most;
    apr_off_t got;
    apr_bucket_brigade *bb;
    int is_over;      /* nothing more is read */
    int status;       /* OK: nothing is wrong so far */
    int is_answered;  /* the answer has begun */
    int is_told;      /* what is, has been logged */
    apr_time_t since; /* when it last came, or was asked for; 0 = it is not */
    uint32_t look_ms; /* of HTTP/2 */
};

int v8ssr_upload_fits(const request_rec *r)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t bytes;

    if (apr_table_get(r->headers_in, "Transfer-Encoding") != NULL) {
        return 1;
    }
    return length != NULL && ap_parse_strict_length(&bytes, length) &&
           bytes > PIECE;
}

void v8ssr_upload_begin(request_rec *r, apr_off_t most)
{
    v8ssr_upload *upload = apr_pcalloc(r->pool, sizeof(*upload));

    upload->r = r;
    upload->most = most;
    upload->status = OK;
    upload->bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    upload->look_ms = LOOK_FIRST_MS;
    apr_pool_userdata_setn(upload, KEY, NULL, r->pool);
}

v8ssr_upload *v8ssr_upload_of(const request_rec *r)
{
    void *found = NULL;
    v8ssr_upload *upload;

    apr_pool_userdata_get(&found, KEY, r->pool);
    upload = found;
    /* an ErrorDocument's request has the same pool, and no body */
    return upload != NULL && upload->r == r ? upload : NULL;
}

/* --- reading ------------------------------------------------------------------------ */

static void fail(v8ssr_upload *upload, v8pool_job *job, int status)
{
    upload->is_over = 1;
    upload->status = status;
    v8pool_job_body_end(job, status == HTTP_REQUEST_ENTITY_TOO_LARGE
                                 ? V8POOL_BODY_TOO_LARGE
                                 : V8POOL_BODY_CUT);
}

/* Whoever has gone is told from whoever sends nonsense by the socket: the job is
 * given up, and its code told so. */
static void fail_to_read(v8ssr_upload *upload, v8pool_job *job, apr_status_t rv)
{
    if (v8ssr_client_is_gone(upload->r)) {
        upload->is_over = 1;
        return;
    }
    fail(upload, job, ap_map_http_request_error(rv, HTTP_BAD_REQUEST));
}

/* Metadata but the end is nobody's. */
static void hand_over(v8ssr_upload *upload, v8pool_job *job, apr_bucket *b)
{
    const char *data;
    apr_size_t length;
    apr_status_t rv;

    if (APR_BUCKET_IS_EOS(b)) {
        upload->is_over = 1;
        v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    }
    if (APR_BUCKET_IS_METADATA(b)) {
        return;
    }
    rv = apr_bucket_read(b, &data, &length, APR_BLOCK_READ);
    if (rv != APR_SUCCESS) {
        fail_to_read(upload, job, rv);
        return;
    }
    upload->got += (apr_off_t)length;
    if (upload->got > upload->most) {
        fail(upload, job, HTTP_REQUEST_ENTITY_TOO_LARGE);
    }
    else if (length > 0) {
        (void)v8pool_job_body(job, data, length);
    }
}

static void hand_over_all(v8ssr_upload *upload, v8pool_job *job)
{
    apr_bucket *b;

    while (!APR_BRIGADE_EMPTY(upload->bb) && !upload->is_over) {
        b = APR_BRIGADE_FIRST(upload->bb);
        hand_over(upload, job, b);
        apr_bucket_delete(b);
    }
    apr_brigade_cleanup(upload->bb);
}

/* What is there.  1: something was. */
static int read_some(v8ssr_upload *upload, apr_size_t most, apr_status_t *rv)
{
    *rv = ap_get_brigade(upload->r->input_filters, upload->bb,
                         AP_MODE_READBYTES, APR_NONBLOCK_READ,
                         most < PIECE ? (apr_off_t)most : PIECE);
    if (APR_STATUS_IS_EAGAIN(*rv)) {
        *rv = APR_SUCCESS;
    }
    return *rv == APR_SUCCESS && !APR_BRIGADE_EMPTY(upload->bb);
}

/* It is to come.  0: it does not, for now or for good. */
static int take(v8ssr_upload *upload, v8pool_job *job, apr_size_t room)
{
    apr_time_t now = apr_time_now();
    apr_status_t rv;

    if (read_some(upload, room, &rv)) {
        upload->since = now;
        upload->look_ms = LOOK_FIRST_MS;
        hand_over_all(upload, job);
        return !upload->is_over;
    }
    if (upload->since == 0) {
        upload->since = now;
    }
    if (rv != APR_SUCCESS) {
        fail_to_read(upload, job, rv);
    }
    else if (now - upload->since > upload->r->server->timeout) {
        fail(upload, job, HTTP_REQUEST_TIME_OUT);
    }
    return 0;
}

/* --- waiting ------------------------------------------------------------------------ */

/* httpd does it for reads that block only.  An answer that has begun says that
 * by itself. */
static void say_continue(const v8ssr_upload *upload)
{
    request_rec *r = upload->r;
    const char *line = r->status_line;
    int status = r->status;

    if (upload->is_answered) {
        r->expecting_100 = 0;
        return;
    }
    r->status = HTTP_CONTINUE;
    r->status_line = NULL;
    ap_send_interim_response(r, 0);
    r->status = status;
    r->status_line = line;
}

/* Bytes that the render takes now. */
static apr_size_t room(v8ssr_upload *upload, v8pool_job *job)
{
    if (upload->is_over) {
        return 0;
    }
    if (upload->r->expecting_100) {
        if (!v8pool_job_body_is_wanted(job)) {
            return 0;
        }
        say_continue(upload);
    }
    return v8pool_job_body_room(job);
}

/* Nothing has come. */
static int wait_for_client(v8ssr_upload *upload, v8pool_job *job,
                           uint32_t wait_ms, v8pool_event *event)
{
    int fd = v8ssr_client_socket(upload->r);

    if (fd < 0) {
        wait_ms = wait_ms < upload->look_ms ? wait_ms : upload->look_ms;
        if (upload->look_ms < LOOK_LAST_MS) {
            upload->look_ms *= 2;
        }
    }
    return v8pool_job_wait_fd(job, event, wait_ms, fd);
}

int v8ssr_upload_wait(v8ssr_upload *upload, v8pool_job *job, uint32_t wait_ms,
                      v8pool_event *event)
{
    apr_size_t bytes;

    while ((bytes = room(upload, job)) > 0) {
        int more = take(upload, job, bytes);

        if (v8pool_job_wait(job, event, 0)) {
            return 1;
        }
        if (!more) {
            return upload->is_over
                       ? 0
                       : wait_for_client(upload, job, wait_ms, event);
        }
    }
    upload->since = 0;
    return v8pool_job_wait_fd(job, event, wait_ms, -1);
}

/* --- the end ------------------------------------------------------------------------ */

int v8ssr_upload_failed(const request_rec *r)
{
    v8ssr_upload *upload = v8ssr_upload_of(r);

    if (upload == NULL || upload->status == OK) {
        return OK;
    }
    if (!upload->is_told) {
        upload->is_told = 1;
        /* of what they refuse themselves, httpd's filters send the answer */
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      V8SSR_LOGNO(0104) "%s %s: its body broke off while it "
                                        "was rendered: status %d after %"
                                        APR_OFF_T_FMT " bytes",
                      r->method, r->uri,
                      upload->status == AP_FILTER_ERROR ? r->status
                                                        : upload->status,
                      upload->got);
    }
    return upload->status;
}

void v8ssr_upload_leave(const request_rec *r)
{
    v8ssr_upload *upload = v8ssr_upload_of(r);
    apr_status_t rv;
    int i;

    if (upload == NULL || r->expecting_100) {
        return; /* it is not on its way */
    }
    for (i = 0; i < LEFT_READS && !upload->is_over; i++) {
        if (!read_some(upload, PIECE, &rv)) {
            return;
        }
        upload->is_over = APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(upload->bb));
        apr_brigade_cleanup(upload->bb);
    }
}

/* A stream of HTTP/2 ends without its connection. */
void v8ssr_upload_close(const request_rec *r)
{
    v8ssr_upload *upload = v8ssr_upload_of(r);

    if (upload == NULL) {
        return;
    }
    upload->is_answered = 1;
    if (r->connection->master == NULL &&
        (!upload->is_over || upload->status != OK)) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}
