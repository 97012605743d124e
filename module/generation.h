/* SPDX-License-Identifier: Apache-2.0
 *
 * generation.h: the scripts the children will serve.  Each is read and checked
 * when httpd reads its configuration; the last good ones outlive a restart.
 */
#ifndef V8SSR_GENERATION_H
#define V8SSR_GENERATION_H

#include "config.h"

/* check_config phase.  Gives every bundle its script.
 * configtest, first start: returns the first failure, having said it.
 * Restart: never fails.  A bundle that is unreadable or broken keeps its last
 * good script, or, if there never was one, is refused by the children. */
int v8ssr_generation_prepare(apr_pool_t *ptemp, server_rec *s);

#endif /* V8SSR_GENERATION_H */
