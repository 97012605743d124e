/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h: SetHandler v8ssr-status: what the bundles did, for people (HTML)
 * and for programs (?json, ?prometheus).
 */
#ifndef V8SSR_STATUS_H
#define V8SSR_STATUS_H

#include <httpd.h>
#include <http_config.h>

/* Handler phase.  Refuses where no <Location> of the URL has a Require. */
int v8ssr_status_handler(request_rec *r);

/* Require is mod_authz_core's; httpd tells every module that lists it.  This
 * one only remembers that there is one. */
const char *v8ssr_note_require(cmd_parms *cmd, void *dir, const char *args);

#endif /* V8SSR_STATUS_H */
