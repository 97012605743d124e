/* SPDX-License-Identifier: Apache-2.0
 *
 * save.c: the output filter V8SSR_SAVE, behind mod_brotli and mod_deflate and
 * in front of byte ranges and chunks.  What passes it compressed is stored, so
 * that the next one who wants it gets it without compressing.
 */
#include "cache.h"

#include <util_filter.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define NAME "V8SSR_SAVE"

struct save {
    v8ssr_cached *cached;
    char *bytes;    /* malloc'ed: bodies do not belong into request pools */
    size_t length, room;
};

static enum rcache_coding coding_of(const request_rec *r)
{
    const char *name = apr_table_get(r->headers_out, "Content-Encoding");
    int coding = 0;

    while (coding < RCACHE_IDENTITY &&
           (name == NULL || strcmp(name, rcache_coding_name(coding)) != 0)) {
        coding++;
    }
    return coding;
}

static apr_status_t forget(void *data)
{
    struct save *save = data;

    free(save->bytes);
    save->bytes = NULL;
    return APR_SUCCESS;
}

static int grow(struct save *save, size_t more)
{
    size_t room = save->room > 0 ? save->room : 16 * 1024;
    char *bytes;

    while (room < save->length + more) {
        room *= 2;
    }
    if (room == save->room) {
        return 1;
    }
    bytes = realloc(save->bytes, room);
    if (bytes == NULL) {
        return 0;
    }
    save->bytes = bytes;
    save->room = room;
    return 1;
}

static int append(struct save *save, apr_bucket *b)
{
    const char *data;
    apr_size_t length;

    if (APR_BUCKET_IS_METADATA(b)) {
        return 1;
    }
    if (apr_bucket_read(b, &data, &length, APR_BLOCK_READ) != APR_SUCCESS ||
        !grow(save, length)) {
        return 0;
    }
    memcpy(save->bytes + save->length, data, length);
    save->length += length;
    return 1;
}

static void store(const request_rec *r, struct save *save)
{
    struct iovec body = {save->bytes, save->length};

    v8ssr_cached_put_coded(save->cached, coding_of(r), &body);
}

static apr_status_t filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    struct save *save = f->ctx;
    int going_on = coding_of(f->r) != RCACHE_IDENTITY;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb);
         going_on && b != APR_BRIGADE_SENTINEL(bb); b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_EOS(b)) {
            store(f->r, save);
            going_on = 0;
        }
        else {
            going_on = append(save, b);
        }
    }
    if (!going_on) {
        ap_remove_output_filter(f);
    }
    return ap_pass_brigade(f->next, bb);
}

void v8ssr_save_register(apr_pool_t *p)
{
    (void)p;
    ap_register_output_filter(NAME, filter, NULL, AP_FTYPE_CONTENT_SET + 2);
}

void v8ssr_save_coded(request_rec *r, v8ssr_cached *cached)
{
    struct save *save = apr_pcalloc(r->pool, sizeof(*save));

    save->cached = cached;
    apr_pool_cleanup_register(r->pool, save, forget, apr_pool_cleanup_null);
    ap_add_output_filter(NAME, save, r, r->connection);
}
