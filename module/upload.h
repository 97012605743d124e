/* SPDX-License-Identifier: Apache-2.0
 *
 * upload.h: the body of a request that is read while its bundle renders.
 *
 * Thread: the request's.
 */
#ifndef V8SSR_UPLOAD_H
#define V8SSR_UPLOAD_H

#include "v8pool.h"

#include <httpd.h>

typedef struct v8ssr_upload v8ssr_upload;

/* Whether it may be long, or come slowly: its length is not known, or more than
 * a few reads bring. */
int v8ssr_upload_fits(const request_rec *r);

/* From now on it is read while waiting, up to `most` bytes; where the client
 * waits for "100 Continue", once the bundle reads.  In r's pool. */
void v8ssr_upload_begin(request_rec *r, apr_off_t most);

/* NULL: its body is none that is streamed. */
v8ssr_upload *v8ssr_upload_of(const request_rec *r);

/* As v8pool_job_wait(), and gives the job what has come of the body meanwhile.
 * It may return 0 before the time is over. */
int v8ssr_upload_wait(v8ssr_upload *upload, v8pool_job *job, uint32_t wait_ms,
                      v8pool_event *event);

/* OK, or the HTTP status that its client gets: 413, 408, 400, what httpd's
 * filters say.  The first time it is logged. */
int v8ssr_upload_failed(const request_rec *r);

/* The render has ended: nobody will read what is left of it. */
void v8ssr_upload_leave(const request_rec *r);

/* Before an answer: if the body has not come by now, no other request can follow
 * on the connection. */
void v8ssr_upload_close(const request_rec *r);

#endif /* V8SSR_UPLOAD_H */
