/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_host.h: what a bundle may ask of its embedder.  Part of v8pool.h, which
 * includes it: include that one.
 */
#ifndef V8POOL_HOST_H
#define V8POOL_HOST_H

/* Not NUL-terminated. */
typedef struct v8pool_text {
    const char *data;
    size_t length;
} v8pool_text;

/* What a bundle may ask of its embedder while it renders (ctx.cache, ctx.nonce;
 * docs/bundle-contract.md lists the names and arguments).  The pool takes the
 * baton from v8pool_submit() on, also when that fails, and releases it once. */
typedef struct v8pool_host {
    /* Thread: the isolate's; one call at a time for a render.  Blocks: should
     * not; other renders of the isolate wait meanwhile.
     * *result: malloc'ed, UTF-8; data NULL = undefined.
     * Errors: any; err->message is thrown, as a TypeError for E_ARG. */
    v8pool_status (*call)(void *baton, const char *name,
                          const v8pool_text *args, size_t count,
                          v8pool_text *result, v8pool_error *err);
    void (*release)(void *baton); /* any thread; NULL = nothing to do */
    void *baton;
} v8pool_host;

#endif /* V8POOL_HOST_H */
