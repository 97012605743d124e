/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.h: stale pages are rendered anew in the background.
 */
#ifndef V8SSR_REFRESH_H
#define V8SSR_REFRESH_H

#include "cached.h"

/* Request thread.  Renders the page anew, as this request would have it, unless
 * somebody is at it, SSRCacheRevalidateMax renders run on this host, or it
 * failed lately.  Does not block. */
void v8ssr_refresh(request_rec *r, v8ssr_cached *cached);

/* After the pool has stopped: waits for the threads, at most two seconds. */
void v8ssr_refresh_end(void);

#endif /* V8SSR_REFRESH_H */
