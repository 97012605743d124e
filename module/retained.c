/* SPDX-License-Identifier: Apache-2.0
 *
 * retained.c: httpd's retained data and anonymous mappings.
 */
#include "retained.h"

#include <http_config.h>
#include <sys/mman.h>

void *v8ssr_retained(const char *key, apr_size_t size)
{
    void *data = ap_retained_data_get(key);

    return data != NULL ? data : ap_retained_data_create(key, size);
}

void *v8ssr_map_shared(apr_size_t size)
{
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return base != MAP_FAILED ? base : NULL;
}
