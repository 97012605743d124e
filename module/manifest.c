/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.c: a list of bundles as one text.
 */
#include "manifest.h"

#include "kept.h"
#include "script.h"

#include <apr_strings.h>
#include <string.h>

/* The bundles of all servers, each once, that have a good script. */
static apr_array_header_t *collect(apr_pool_t *p, server_rec *s)
{
    apr_array_header_t *all = apr_array_make(p, 4, sizeof(v8ssr_bundle *));
    int i, k;

    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);

        for (i = 0; i < c->bundles->nelts; i++) {
            v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

            for (k = 0; k < all->nelts &&
                        APR_ARRAY_IDX(all, k, v8ssr_bundle *) != bundle; k++) {
            }
            if (k == all->nelts && v8ssr_kept_find(bundle) != NULL) {
                APR_ARRAY_PUSH(all, v8ssr_bundle *) = bundle;
            }
        }
    }
    return all;
}

static const char *head_of(apr_pool_t *p, const v8ssr_bundle *bundle,
                           size_t length)
{
    unsigned options = v8ssr_bundle_options(bundle);

    return apr_pstrcat(
        p, "bundle ", bundle->name, "\npath ", bundle->path, "\n",
        bundle->entry != NULL ? apr_pstrcat(p, "entry ", bundle->entry, "\n",
                                            NULL)
                              : "",
        bundle->self_test != NULL
            ? apr_pstrcat(p, "self-test ", bundle->self_test, "\n", NULL)
            : "",
        (options & V8POOL_NO_SNAPSHOT) != 0 ? "snapshot off\n" : "",
        (options & V8POOL_ALLOW_EVAL) != 0 ? "eval on\n" : "",
        apr_psprintf(p, "script %" APR_SIZE_T_FMT "\n", length), NULL);
}

static void append(v8ssr_manifest *manifest, const char *data, size_t length)
{
    memcpy(manifest->text + manifest->length, data, length);
    manifest->length += length;
}

static void write_all(apr_pool_t *p, const apr_array_header_t *bundles,
                      v8ssr_manifest *manifest)
{
    const char **heads = apr_palloc(p, (size_t)bundles->nelts * sizeof(*heads));
    size_t room = 0;
    int i;

    for (i = 0; i < bundles->nelts; i++) {
        const v8ssr_bundle *b = APR_ARRAY_IDX(bundles, i, v8ssr_bundle *);
        size_t length = v8ssr_kept_find(b)->length;

        heads[i] = head_of(p, b, length);
        room += strlen(heads[i]) + length + 1;
    }
    manifest->text = apr_palloc(p, room);
    for (i = 0; i < bundles->nelts; i++) {
        const v8ssr_kept *kept =
            v8ssr_kept_find(APR_ARRAY_IDX(bundles, i, v8ssr_bundle *));

        append(manifest, heads[i], strlen(heads[i]));
        append(manifest, kept->script, kept->length);
        append(manifest, "\n", 1);
    }
}

/* Another V8, library or program makes another image of the same text. */
static void make_key(apr_pool_t *p, const v8ssr_server_config *c,
                     v8ssr_manifest *manifest)
{
    char text[V8SSR_KEY_LENGTH + 1];
    const char *all;

    v8ssr_store_hash(manifest->text, manifest->length, text);
    all = apr_pstrcat(p, text, "\n", v8ssr_script_checker(p, c), NULL);
    v8ssr_store_hash(all, strlen(all), manifest->key);
}

int v8ssr_manifest_make(apr_pool_t *p, server_rec *s, v8ssr_manifest *manifest)
{
    const apr_array_header_t *bundles = collect(p, s);

    memset(manifest, 0, sizeof(*manifest));
    if (bundles->nelts == 0) {
        return 0;
    }
    manifest->bundles = bundles->nelts;
    write_all(p, bundles, manifest);
    make_key(p, v8ssr_server_config_of(s), manifest);
    return 1;
}
