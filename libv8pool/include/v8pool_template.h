/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_template.h: an HTML page with places in it, into which renders put what
 * they give (docs/bundle-contract.md, "Templates").  Part of v8pool.h, which
 * includes it: include that one.
 *
 * Thread: any; a template never changes.
 */
#ifndef V8POOL_TEMPLATE_H
#define V8POOL_TEMPLATE_H

#define V8POOL_TEMPLATE_MAX ((size_t)1024 * 1024) /* bytes */

typedef struct v8pool_template v8pool_template;

/* Copies the text, which is UTF-8 and has <!--app-html--> or <!--ssr-outlet-->
 * once, <!--app-head--> and <!--ssr-state--> at most once.
 * Owns:   on success the caller owes one v8pool_template_destroy().
 * Errors: E_ARG with message and, where it is known, line; E_MEMORY.
 *         *made is NULL then.  err may be NULL. */
V8POOL_API v8pool_status v8pool_template_create(const char *text,
                                                size_t length,
                                                v8pool_template **made,
                                                v8pool_error *err);

/* The same of a file's text.  Blocks: reads it. */
V8POOL_API v8pool_status v8pool_template_read(const char *path,
                                              v8pool_template **made,
                                              v8pool_error *err);

/* Pre: no render uses it any more.  Clears *made; of NULL: nothing. */
V8POOL_API void v8pool_template_destroy(v8pool_template **made);

/* A hash of the text. */
V8POOL_API uint64_t v8pool_template_id(const v8pool_template *of);

#endif /* V8POOL_TEMPLATE_H */
