/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c: from the good scripts of a configuration to their image.  Images are
 * kept on httpd's retained data until no generation uses them, so that
 * restarts neither make one twice nor let the parent grow.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */
#endif
#include "image.h"

#include "helper.h"
#include "kept.h"
#include "log.h"
#include "manifest.h"
#include "retained.h"
#include "store.h"
#include "v8pool_image.h"

#include <http_core.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr image"
#define UNUSED_AGE apr_time_from_sec(24 * 3600)

/* One image, or the fact that there can be none of that key. */
struct image {
    struct image *next;
    char key[V8SSR_KEY_LENGTH + 1];
    v8ssr_mapping mapping;
};

struct retained {
    struct image *first;
    struct image *current; /* of the generation that runs; NULL = none */
};

static struct retained *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct retained));
}

static struct image *find_kept(const char *key)
{
    struct image *image = retained()->first;

    while (image != NULL && strcmp(image->key, key) != 0) {
        image = image->next;
    }
    return image;
}

static struct image *keep(const char *key, const v8ssr_mapping *mapping)
{
    struct image *image = ap_calloc(1, sizeof(*image));

    memcpy(image->key, key, sizeof(image->key));
    image->mapping = *mapping;
    image->next = retained()->first;
    retained()->first = image;
    return image;
}

/* The children that use one have it mapped themselves. */
static void drop_all_but(const struct image *current)
{
    struct image **at = &retained()->first;

    while (*at != NULL) {
        struct image *image = *at;

        if (image == current) {
            at = &image->next;
        }
        else {
            *at = image->next;
            v8ssr_mapping_destroy(&image->mapping);
            free(image);
        }
    }
}

static void log_said(server_rec *s, apr_pool_t *p, const char *said)
{
    char *state;
    char *line = apr_strtok(apr_pstrdup(p, said), "\n", &state);

    for (; line != NULL; line = apr_strtok(NULL, "\n", &state)) {
        if (strncmp(line, "bundle ", 7) == 0) {
            ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, V8SSR_LOGNO(0049) "%s",
                         line);
        }
    }
}

/* Or children would have no pool at all: SSRHelper may be of another version.
 * NULL, or what is wrong; it is not mapped any more then. */
static const char *check(apr_pool_t *p, v8ssr_mapping *mapping)
{
    v8pool_error err;

    if (mapping->image == NULL ||
        v8pool_image_check(mapping->image, mapping->length, &err) ==
            V8POOL_OK) {
        return NULL;
    }
    v8ssr_mapping_destroy(mapping);
    return apr_pstrdup(p, err.message);
}

/* Nobody can change the file any more, should a process of the helper's be
 * left. */
static const char *map_sealed(apr_pool_t *p, int fd, v8ssr_mapping *mapping)
{
    off_t length = lseek(fd, 0, SEEK_END);
    void *base;

    if (length <= 0) {
        return NULL; /* the program has none to offer */
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) !=
        0) {
        return apr_psprintf(p, "F_ADD_SEALS: %s", strerror(errno));
    }
    base = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED) {
        return apr_psprintf(p, "mmap: %s", strerror(errno));
    }
    mapping->base = base;
    mapping->image = base;
    mapping->size = mapping->length = (size_t)length;
    return check(p, mapping);
}

static const char *run_helper(apr_pool_t *p, server_rec *s,
                              const v8ssr_manifest *manifest, int output)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    const char *argv[] = {v8ssr_helper(c), "snapshot", "-t",
                          apr_psprintf(p, "%" APR_TIME_T_FMT,
                                       apr_time_as_msec(v8ssr_load_timeout(c))),
                          NULL};
    /* One that does not end is tried with the others, alone, and for a code
     * cache: the program must get through, or all bundles lose their image. */
    apr_interval_time_t each =
        3 * (v8ssr_load_timeout(c) + apr_time_from_sec(6));
    const char *said = "";
    v8ssr_helper_run run = {argv[0], argv, manifest->text, manifest->length,
                            each * manifest->bundles + apr_time_from_sec(5),
                            output, V8SSR_IMAGE_MAX, &said};
    const char *wrong = v8ssr_helper_run_in(p, &run);

    log_said(s, p, said);
    return wrong;
}

static const char *build(apr_pool_t *p, server_rec *s,
                         const v8ssr_manifest *manifest, v8ssr_mapping *mapping)
{
    int output = memfd_create("v8ssr image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const char *wrong;

    memset(mapping, 0, sizeof(*mapping));
    if (output < 0) {
        return apr_psprintf(p, "memfd_create: %s", strerror(errno));
    }
    wrong = run_helper(p, s, manifest, output);
    if (wrong == NULL) {
        wrong = map_sealed(p, output, mapping);
    }
    close(output);
    return wrong;
}

static void log_unusable(server_rec *s, const char *path, const char *wrong)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 V8SSR_LOGNO(0046) "SSRImageDir %s cannot be used, images are "
                                   "not kept for the next start: %s",
                 path, wrong);
}

/* From memory into the directory, and mapped from there: httpds that share it
 * share the pages, too. */
static void move_to_store(apr_pool_t *p, server_rec *s, int dir,
                          const char *key, v8ssr_mapping *mapping)
{
    v8ssr_mapping stored;
    const char *wrong =
        v8ssr_store_put(p, dir, key, mapping->image, mapping->length);

    if (wrong == NULL) {
        wrong = v8ssr_store_find(p, dir, key, &stored);
    }
    if (wrong != NULL) {
        log_unusable(s, v8ssr_image_dir(p, v8ssr_server_config_of(s)), wrong);
    }
    else if (stored.image != NULL) {
        v8ssr_mapping_destroy(mapping);
        *mapping = stored;
    }
}

/* 1: it was there. */
static int find_stored(apr_pool_t *p, server_rec *s, int dir, const char *key,
                       v8ssr_mapping *mapping)
{
    const char *wrong = v8ssr_store_find(p, dir, key, mapping);

    if (wrong == NULL) {
        wrong = check(p, mapping);
    }
    if (wrong != NULL) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0047) "image %s in SSRImageDir is not used and "
                                       "made anew: %s",
                     key, wrong);
    }
    return mapping->image != NULL;
}

static void find_or_build(apr_pool_t *p, server_rec *s, int dir,
                          const v8ssr_manifest *manifest,
                          v8ssr_mapping *mapping)
{
    apr_time_t began = apr_time_now();
    const char *how = "found";
    const char *wrong;

    if (dir < 0 || !find_stored(p, s, dir, manifest->key, mapping)) {
        how = "made";
        wrong = build(p, s, manifest, mapping);
        if (wrong != NULL) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                         V8SSR_LOGNO(0048) "no startup image, children "
                                           "evaluate their bundles: %s",
                         wrong);
            return;
        }
        if (mapping->image == NULL) {
            return;
        }
        if (dir >= 0) {
            move_to_store(p, s, dir, manifest->key, mapping);
        }
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                 V8SSR_LOGNO(0050) "startup image %s, %" APR_SIZE_T_FMT
                                   " bytes, %s in %ld ms",
                 manifest->key, mapping->length, how,
                 (long)apr_time_as_msec(apr_time_now() - began));
}

/* The image of the newest good scripts; NULL: no bundle has one. */
static struct image *prepare(apr_pool_t *p, server_rec *s, int sweep)
{
    const char *path = v8ssr_image_dir(p, v8ssr_server_config_of(s));
    v8ssr_manifest manifest;
    struct image *image;
    v8ssr_mapping mapping = {NULL, 0, NULL, 0};
    const char *wrong;
    int dir = -1;

    if (!v8ssr_manifest_make(p, s, &manifest)) {
        return NULL;
    }
    image = find_kept(manifest.key);
    if (image != NULL && !sweep) {
        return image;
    }
    wrong = v8ssr_store_open(p, path, &dir);
    if (wrong != NULL) {
        dir = -1;
        log_unusable(s, path, wrong);
    }
    if (image == NULL) {
        find_or_build(p, s, dir, &manifest, &mapping);
        image = keep(manifest.key, &mapping);
    }
    if (dir >= 0) {
        v8ssr_store_sweep(dir, manifest.key, UNUSED_AGE);
        close(dir);
    }
    return image;
}

/* What failed is tried again by a restart that somebody asked for. */
static void forget_failures(void)
{
    struct image *image = retained()->first;

    for (; image != NULL; image = image->next) {
        if (image->mapping.image == NULL) {
            image->key[0] = '\0';
        }
    }
}

static void take(struct image *image)
{
    retained()->current = image;
    drop_all_but(image);
    forget_failures();
}

int v8ssr_image_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* everything is read once more */
    }
    take(prepare(ptemp, s, 1));
    return OK;
}

/* As prepare(); nothing is left in p. */
static struct image *prepare_in_passing(apr_pool_t *p, server_rec *s, int sweep)
{
    struct image *image;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    image = prepare(sub, s, sweep);
    apr_pool_destroy(sub);
    return image;
}

void v8ssr_image_prepare(apr_pool_t *p, server_rec *s)
{
    prepare_in_passing(p, s, 0);
}

void v8ssr_image_adopt(apr_pool_t *p, server_rec *s)
{
    take(prepare_in_passing(p, s, 1));
}

void v8ssr_image_get(const void **image, size_t *length)
{
    const struct image *current = retained()->current;

    *image = current != NULL ? current->mapping.image : NULL;
    *length = current != NULL ? current->mapping.length : 0;
}
