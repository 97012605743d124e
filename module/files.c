/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "script.h"

#include <apr_strings.h>
#include <sys/stat.h>

struct v8ssr_files {
    apr_pool_t *pool;
    apr_array_header_t *paths; /* const char * */
    uint64_t stamp;            /* 0: no file was looked at */
};

v8ssr_files *v8ssr_files_create(apr_pool_t *p)
{
    apr_pool_t *pool;
    v8ssr_files *files;

    apr_pool_create(&pool, p);
    files = apr_pcalloc(pool, sizeof(*files));
    files->pool = pool;
    files->paths = apr_array_make(pool, 4, sizeof(const char *));
    return files;
}

void v8ssr_files_destroy(v8ssr_files **files)
{
    if (*files != NULL) {
        apr_pool_destroy((*files)->pool);
        *files = NULL;
    }
}

static uint64_t mix(uint64_t stamp, uint64_t number)
{
    stamp = (stamp ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    return stamp ^ stamp >> 32;
}

/* One that is not there counts, too: it may come. */
static uint64_t add(uint64_t stamp, const struct stat *st, int is_there)
{
    v8ssr_file_id id = {0, 0, 0, 0};

    if (is_there) {
        id = v8ssr_file_id_of(st);
    }
    stamp = mix(stamp + 1, id.device);
    stamp = mix(stamp, id.inode);
    stamp = mix(stamp, (uint64_t)id.size);
    return mix(stamp, (uint64_t)id.modified_ns);
}

void v8ssr_files_opened(void *baton, const char *path, int fd)
{
    v8ssr_files *files = baton;
    struct stat st;
    int is_there = (fd >= 0 ? fstat(fd, &st) : stat(path, &st)) == 0;

    APR_ARRAY_PUSH(files->paths, const char *) =
        apr_pstrdup(files->pool, path);
    files->stamp = add(files->stamp, &st, is_there);
}

uint64_t v8ssr_files_stamp(const v8ssr_files *files)
{
    return files->stamp;
}

int v8ssr_files_look(const v8ssr_files *files, uint64_t *stamp)
{
    int i;

    *stamp = 0;
    for (i = 0; i < files->paths->nelts; i++) {
        struct stat st;
        int is_there =
            stat(APR_ARRAY_IDX(files->paths, i, const char *), &st) == 0;

        if (i == 0 && (!is_there || !S_ISREG(st.st_mode))) {
            return 0;
        }
        *stamp = add(*stamp, &st, is_there);
    }
    return files->paths->nelts > 0;
}
