/* SPDX-License-Identifier: Apache-2.0
 *
 * body.h: the body of a request, for a bundle, as a whole (upload.h: in pieces).
 */
#ifndef V8SSR_BODY_H
#define V8SSR_BODY_H

#include <httpd.h>

typedef struct v8ssr_body {
    const request_rec *of;
    const char *data;
    apr_size_t length;
} v8ssr_body;

/* What v8ssr_body_read() has read; NULL: nothing. */
const v8ssr_body *v8ssr_body_of(const request_rec *r);

/* Reads all of it, if it has at most `most` bytes; in r's pool.
 * Blocks: as long as the client takes (httpd's Timeout, mod_reqtimeout).
 * Returns OK or an HTTP status: 413, what httpd's filters say. */
int v8ssr_body_read(request_rec *r, apr_off_t most);

#endif /* V8SSR_BODY_H */
