/* SPDX-License-Identifier: Apache-2.0
 *
 * page_config.h: directives about single pages; setters for the command table.
 */
#ifndef V8SSR_PAGE_CONFIG_H
#define V8SSR_PAGE_CONFIG_H

#include <httpd.h>
#include <http_config.h>

const char *v8ssr_set_streaming(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_flush(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_scope(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_log_console(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_max_response(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_max_body(cmd_parms *cmd, void *dir, const char *arg);

#endif /* V8SSR_PAGE_CONFIG_H */
