/* SPDX-License-Identifier: Apache-2.0
 *
 * request.h: a request's way to its bundle, hook by hook.
 */
#ifndef V8SSR_REQUEST_H
#define V8SSR_REQUEST_H

#include <httpd.h>

int v8ssr_translate_name(request_rec *r);
int v8ssr_map_to_storage(request_rec *r);
int v8ssr_type_checker(request_rec *r);
int v8ssr_fixups(request_rec *r);
int v8ssr_handler(request_rec *r);

/* After fixups: a bundle answers it. */
int v8ssr_is_ours(const request_rec *r);

#endif /* V8SSR_REQUEST_H */
