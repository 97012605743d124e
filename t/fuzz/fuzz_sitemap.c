/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_sitemap.c: a site's sitemap.  The input is the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "fuzz.h"

#include "module/sitemap.h"

#include <apr_cstr.h>
#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <apr_general.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- in place of httpd's ----------------------------------------------------- */

int ap_cstr_casecmp(const char *a, const char *b)
{
    return apr_cstr_casecmp(a, b);
}

int ap_cstr_casecmpn(const char *a, const char *b, apr_size_t n)
{
    return apr_cstr_casecmpn(a, b, n);
}

int ap_strcasecmp_match(const char *text, const char *pattern)
{
    return apr_fnmatch(pattern, text, APR_FNM_CASE_BLIND);
}

/* Parts of an index are never found: the files beside a memfd are not ours. */
char *ap_make_dirstr_parent(apr_pool_t *p, const char *path)
{
    MUST(*path == '/');
    return apr_pstrdup(p, "/nowhere/");
}

/* ------------------------------------------------------------------------------ */

static void check(const apr_array_header_t *urls, const char *wrong,
                  const char *path)
{
    int i;

    MUST(wrong == NULL || strstr(wrong, ": ") != NULL);
    MUST(wrong == NULL || strncmp(wrong, "/nowhere/", 9) == 0 ||
         strncmp(wrong, path, strlen(path)) == 0);
    MUST(urls->nelts <= V8SSR_SITEMAP_URLS);
    for (i = 0; i < urls->nelts; i++) {
        const char *url = APR_ARRAY_IDX(urls, i, const char *);

        MUST(*url == '/');
        MUST(strchr(url, '#') == NULL);
    }
}

static server_rec *host_of(apr_pool_t *p)
{
    server_rec *s = apr_pcalloc(p, sizeof(*s));

    s->server_hostname = "shop.example";
    s->wild_names = apr_array_make(p, 1, sizeof(const char *));
    APR_ARRAY_PUSH(s->wild_names, const char *) = "*.shop.example";
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *all;
    apr_pool_t *p;
    apr_array_header_t *urls;
    char path[32];
    int fd = memfd_create("sitemap.xml", 0);
    int next;

    if (all == NULL) {
        apr_initialize();
        apr_pool_create(&all, NULL);
    }
    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    apr_pool_create(&p, all);
    urls = apr_array_make(p, 4, sizeof(const char *));
    check(urls, v8ssr_sitemap_read(p, host_of(p), path, urls), path);
    apr_pool_destroy(p);
    next = dup(fd); /* nothing is left open */
    MUST(next == fd + 1);
    close(next);
    close(fd);
    return 0;
}
