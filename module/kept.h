/* SPDX-License-Identifier: Apache-2.0
 *
 * kept.h: scripts that passed their check, and those that did not, over
 * restarts.  On httpd's retained data and malloc'ed: they outlive pconf.
 *
 * Thread: the parent's only one.  Children inherit what the list points to
 *         when they are forked, and never change it.
 */
#ifndef V8SSR_KEPT_H
#define V8SSR_KEPT_H

#include "config.h"

/* One script, and what it was checked as. */
typedef struct v8ssr_kept {
    struct v8ssr_kept *next;
    char *name;
    char *path;
    char *entry;     /* NULL = the contract's order */
    char *self_test; /* NULL = none */
    unsigned options; /* v8ssr_bundle_options() */
    char *script;
    size_t length;
    int in_use;      /* by the configuration being read */
} v8ssr_kept;

/* The newest good script of a bundle, or NULL. */
v8ssr_kept *v8ssr_kept_find(const v8ssr_bundle *bundle);
int v8ssr_kept_is(const v8ssr_kept *kept, const v8ssr_bundle *bundle,
                  const char *script, size_t length);

/* Owns: script (malloc'ed) is the list's from then on. */
v8ssr_kept *v8ssr_kept_add(const v8ssr_bundle *bundle, char *script,
                           size_t length);

/* What no bundle of this configuration uses is of no use to the next. */
void v8ssr_kept_drop_unused(void);

/* The last script of a bundle that did not pass; the last one only. */
void v8ssr_refused_add(const v8ssr_bundle *bundle, char *script,
                       size_t length);
int v8ssr_refused_is(const v8ssr_bundle *bundle, const char *script,
                     size_t length);
void v8ssr_refused_clear(void);

#endif /* V8SSR_KEPT_H */
