/* SPDX-License-Identifier: Apache-2.0
 *
 * retained.h: memory that outlives restarts, and memory that children share.
 */
#ifndef V8SSR_RETAINED_H
#define V8SSR_RETAINED_H

#include <httpd.h>

/* Of that key, zeros at first, until httpd ends.  key: constant.  Configuration
 * phase, and children after their fork. */
void *v8ssr_retained(const char *key, apr_size_t size);

/* Zeros, shared with every child that is forked later; the caller unmaps it.
 * NULL: there is none. */
void *v8ssr_map_shared(apr_size_t size);

#endif /* V8SSR_RETAINED_H */
