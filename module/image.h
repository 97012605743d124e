/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h: the startup image of a generation: what evaluating its bundles
 * comes to, made once by the v8ssr program, mapped by the parent, and
 * inherited by every child.
 */
#ifndef V8SSR_IMAGE_H
#define V8SSR_IMAGE_H

#include <httpd.h>

/* post_config hook, at a start and at every restart: the generation's image is
 * found or made, images of no use any more are unmapped, old files removed.
 * Never fails: without an image the children evaluate the bundles. */
int v8ssr_image_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s);

/* Between restarts: makes the image of the newest good scripts.  What is served
 * now stays.  Blocks: as long as the v8ssr program takes. */
void v8ssr_image_prepare(apr_pool_t *p, server_rec *s);
/* The same, and it is that of the children forked from now on. */
void v8ssr_image_adopt(apr_pool_t *p, server_rec *s);

/* The generation's image; NULL and 0 when there is none.  Stays until the
 * child ends.  Thread: any. */
void v8ssr_image_get(const void **image, size_t *length);

#endif /* V8SSR_IMAGE_H */
