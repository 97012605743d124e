/* SPDX-License-Identifier: Apache-2.0
 *
 * host.c: one for each render; it holds copies, because the pool's thread may
 * still be at work when the request is gone.
 */
#include "host.h"

#include "cached.h"
#include "forget.h"
#include "fragment.h"
#include "zone.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct v8ssr_host {
    server_rec *s;
    v8ssr_fragments fragments;
    char nonce[V8SSR_NONCE_LENGTH + 1]; /* "" = nobody asked */
    char name[];                        /* the host's, normalised */
};

int v8ssr_nonce_make(char *text)
{
    uint64_t number[2];

    if (getrandom(number, sizeof(number), 0) != sizeof(number)) {
        return 0;
    }
    snprintf(text, V8SSR_NONCE_LENGTH + 1, "%016llx%016llx",
             (unsigned long long)number[0], (unsigned long long)number[1]);
    return 1;
}

const char *v8ssr_host_nonce(const v8ssr_host *host)
{
    return host != NULL && host->nonce[0] != '\0' ? host->nonce : NULL;
}

static v8pool_status fail(v8pool_error *err, v8pool_status status,
                          const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return status;
}

/* The same one however often it is asked for. */
static v8pool_status give_nonce(v8ssr_host *host, v8pool_text *result,
                                v8pool_error *err)
{
    if (host->nonce[0] == '\0' && !v8ssr_nonce_make(host->nonce)) {
        return fail(err, V8POOL_E_ENGINE, "ctx.nonce: %s", strerror(errno));
    }
    result->data = strdup(host->nonce);
    result->length = V8SSR_NONCE_LENGTH;
    return V8POOL_OK;
}

static void add_subject(v8ssr_forget *forget, const v8pool_text *arg)
{
    const char *text;

    if (arg->length == 0) {
        return; /* ctx.js writes a letter before each */
    }
    text = apr_pstrmemdup(forget->p, arg->data + 1, arg->length - 1);
    if (arg->data[0] == 't') {
        v8ssr_forget_tags(forget, text);
    }
    else {
        v8ssr_forget_path(forget, text);
    }
}

/* soft, then "tNAME" or "pPATH" each. */
static v8pool_status invalidate(v8ssr_host *host, const v8pool_text *args,
                                size_t count, v8pool_error *err)
{
    v8ssr_forget forget;
    apr_pool_t *p;
    v8pool_status status = V8POOL_OK;
    size_t i;

    if (v8ssr_zone() == NULL) {
        return V8POOL_OK; /* nothing is kept */
    }
    apr_pool_create(&p, NULL);
    v8ssr_forget_init(&forget, p, host->name);
    forget.soft = args[0].length > 0;
    for (i = 1; i < count; i++) {
        add_subject(&forget, &args[i]);
    }
    if (forget.wrong != NULL) {
        status = fail(err, V8POOL_E_ARG, "ctx.cache.invalidate: %s",
                      forget.wrong);
    }
    else {
        v8ssr_forget_now(&forget, host->s);
    }
    apr_pool_destroy(p);
    return status;
}

/* ctx.js and caches.js are the only callers, but a bundle may have changed what
 * they spread their lists with. */
static int has_arguments(size_t count, size_t least, v8pool_error *err)
{
    if (count >= least) {
        return 1;
    }
    fail(err, V8POOL_E_ARG,
         "ctx.cache: %" APR_SIZE_T_FMT " arguments came where %" APR_SIZE_T_FMT
         " were expected: the bundle has changed the iterator of arrays",
         count, least);
    return 0;
}

static v8pool_status call(void *baton, const char *name,
                          const v8pool_text *args, size_t count,
                          v8pool_text *result, v8pool_error *err)
{
    v8ssr_host *host = baton;

    if (strcmp(name, "nonce") == 0) {
        return give_nonce(host, result, err);
    }
    if (strcmp(name, "fragment.get") == 0) {
        return !has_arguments(count, 1, err)
                   ? V8POOL_E_ARG
                   : v8ssr_fragment_get(&host->fragments, args, result, err);
    }
    if (strcmp(name, "fragment.put") == 0) {
        return !has_arguments(count, 5, err)
                   ? V8POOL_E_ARG
                   : v8ssr_fragment_put(&host->fragments, args, count, err);
    }
    if (strcmp(name, "cache.invalidate") == 0) {
        return !has_arguments(count, 1, err)
                   ? V8POOL_E_ARG
                   : invalidate(host, args, count, err);
    }
    return fail(err, V8POOL_E_ARG, "%s: this server does not have it", name);
}

v8ssr_host *v8ssr_host_make(request_rec *r, const v8ssr_bundle *bundle,
                            const char *name, v8pool_host *calls)
{
    size_t length = strlen(name) + 1;
    v8ssr_host *host = malloc(sizeof(*host) + length);

    if (host == NULL) {
        return NULL;
    }
    host->s = r->server;
    host->nonce[0] = '\0';
    memcpy(host->name, name, length);
    v8ssr_fragments_init(&host->fragments, r, bundle, host->name);
    calls->call = call;
    calls->release = free;
    calls->baton = host;
    return host;
}
