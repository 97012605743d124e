/* SPDX-License-Identifier: Apache-2.0
 *
 * sandbox.h: what bundles may do beyond what all may, and which fields of a
 * request they do not see.
 */
#ifndef V8SSR_SANDBOX_H
#define V8SSR_SANDBOX_H

#include "config.h"

/* Whether bundles may see a request header field of that name, as far as its
 * name tells.  Thread: any. */
int v8ssr_sandbox_shows(const v8ssr_dir_config *d, const char *field);

const char *v8ssr_set_allow_eval(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_freeze_intrinsics(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_pass_authorization(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_hide_headers(cmd_parms *cmd, void *dir, int argc,
                                   char *const argv[]);

#endif /* V8SSR_SANDBOX_H */
