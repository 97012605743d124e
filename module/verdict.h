/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.h: `httpd -k graceful` reads and checks the configuration, then signals
 * the server, which would check the same scripts once more while nobody accepts.
 * What passed in the one process is noted in SSRImageDir for the other.
 *
 * Thread: the process's only one.
 */
#ifndef V8SSR_VERDICT_H
#define V8SSR_VERDICT_H

#include "config.h"

/* 1: this process will signal another one: -k graceful, -k restart. */
int v8ssr_verdict_is_for_another(void);

/* Best effort: a check that is not noted is made again. */
void v8ssr_verdict_note(apr_pool_t *p, const v8ssr_server_config *c,
                        const v8ssr_bundle *bundle, const char *script,
                        size_t length);

/* 1: this very script passed, as this bundle, in this V8, and the note is ours:
 * the directory is as trusted as for images (store.h). */
int v8ssr_verdict_is_good(apr_pool_t *p, const v8ssr_server_config *c,
                          const v8ssr_bundle *bundle, const char *script,
                          size_t length);

#endif /* V8SSR_VERDICT_H */
