/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.h: renders that go on in the background: of stale pages, and those
 * whose visitor has waited for long enough.
 */
#ifndef V8SSR_REFRESH_H
#define V8SSR_REFRESH_H

#include "render.h"

/* Request thread.  Renders the page anew, as this request would have it, unless
 * somebody is at it, SSRCacheRevalidateMax renders run on this host, or it
 * failed lately.  Does not block. */
void v8ssr_refresh(request_rec *r, v8ssr_cached *cached);

/* Request thread.  The page of a visitor who has left for something else is
 * stored when it is there.  Takes job, flight, lock and *pass; extra->is_handed_on says
 * so.  0: there is no thread to be had, and nothing was taken. */
int v8ssr_refresh_late(request_rec *r, const v8ssr_choice *choice,
                       v8ssr_render_extra *extra, v8pool_job *job,
                       const v8ssr_host *host, v8ssr_breaker_pass *pass);

/* After the pool has stopped: waits for the threads, at most two seconds. */
void v8ssr_refresh_end(void);

#endif /* V8SSR_REFRESH_H */
