/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* nftw */
#endif
#include "site.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void must(int done, const char *what)
{
    if (!done) {
        perror(what);
        exit(1);
    }
}

void site_create(struct site *site)
{
    strcpy(site->path, "/tmp/v8pool-site-XXXXXX");
    must(mkdtemp(site->path) != NULL, site->path);
}

const char *site_path(const struct site *site, const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", site->path, name);
    return path;
}

static void make_folders(char *path)
{
    char *slash = path;

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

void site_write(const struct site *site, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s", site_path(site, name));
    make_folders(path);
    f = fopen(path, "w");
    must(f != NULL, path);
    must(fputs(text, f) >= 0 && fclose(f) == 0, path);
}

void site_link(const struct site *site, const char *name, const char *target)
{
    must(symlink(target, site_path(site, name)) == 0, name);
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void site_remove(struct site *site)
{
    nftw(site->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

v8pool_bundle *site_bundle(const struct site *site, v8pool *pool,
                           const char *name, const char *entry)
{
    v8pool_bundle_config config = {.name = name, .entry = entry};
    v8pool_bundle *bundle = NULL;
    v8pool_error err = {0};

    config.path = site_path(site, name);
    if (!IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err),
                   V8POOL_OK)) {
        tap_note("  %s:%d:%d: %s", err.source, err.line, err.column,
                 err.message);
    }
    return bundle;
}

v8pool_status site_refused(const struct site *site, v8pool *pool,
                           const char *name, v8pool_error *err)
{
    v8pool_bundle_config config = {.name = name};
    v8pool_bundle *bundle;

    config.path = site_path(site, name);
    memset(err, 0, sizeof(*err));
    return v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, err);
}
