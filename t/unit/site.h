/* SPDX-License-Identifier: Apache-2.0
 *
 * site.h: a folder of files for a test, below the temporary one.
 */
#ifndef SITE_H
#define SITE_H

#include "fixture.h"

struct site {
    char path[64]; /* real: no link on the way */
};

/* Ends the program where it fails. */
void site_create(struct site *site);
/* Name may have folders, which are made. */
void site_write(const struct site *site, const char *name, const char *text);
void site_link(const struct site *site, const char *name, const char *target);
/* In one of four buffers that take turns. */
const char *site_path(const struct site *site, const char *name);
/* With all that is in it. */
void site_remove(struct site *site);

/* Loads a file of it, its shown path the real one.  Checks the status. */
v8pool_bundle *site_bundle(const struct site *site, v8pool *pool,
                           const char *name, const char *entry);
/* The same of one that must not load: what is wrong. */
v8pool_status site_refused(const struct site *site, v8pool *pool,
                           const char *name, v8pool_error *err);

#endif /* SITE_H */
