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

/* The configuration that is read is that of a restart, where nothing may fail: 0
 * in both passes of a start, and in configtest. */
int v8ssr_generation_is_restart(void);

/* Between restarts: reads and checks the bundle's file and remembers the
 * verdict for v8ssr_generation_adopt(), or the restart that follows
 * v8ssr_generation_restart(); what is served now stays.  A refusal is logged.
 * Returns 1 when there is a new good script.  Blocks: as a check. */
int v8ssr_generation_try(apr_pool_t *ptemp, server_rec *s,
                         v8ssr_bundle *bundle);

/* Between restarts: the newest good scripts are those that children forked from
 * now on serve. */
void v8ssr_generation_adopt(server_rec *s);

/* Has httpd restart gracefully, as `apachectl graceful` does. */
void v8ssr_generation_restart(void);

#endif /* V8SSR_GENERATION_H */
