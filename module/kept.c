/* SPDX-License-Identifier: Apache-2.0
 *
 * kept.c: two lists of scripts on httpd's retained data.
 */
#include "kept.h"

#include "retained.h"

#include <http_core.h>
#include <stdlib.h>
#include <string.h>

#define RETAINED "mod_v8ssr generation"

struct retained {
    v8ssr_kept *good;
    v8ssr_kept *refused;
};

static struct retained *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct retained));
}

static int same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int is_of(const v8ssr_kept *kept, const v8ssr_bundle *bundle)
{
    return strcmp(kept->name, bundle->name) == 0 &&
           strcmp(kept->path, bundle->path) == 0 &&
           same_text(kept->entry, bundle->entry);
}

static v8ssr_kept **find_in(v8ssr_kept **at, const v8ssr_bundle *bundle)
{
    while (*at != NULL && !is_of(*at, bundle)) {
        at = &(*at)->next;
    }
    return at;
}

static char *copy_or_null(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static v8ssr_kept *add_to(v8ssr_kept **first, const v8ssr_bundle *bundle,
                          char *script, size_t length)
{
    v8ssr_kept *kept = ap_calloc(1, sizeof(*kept));

    kept->name = strdup(bundle->name);
    kept->path = strdup(bundle->path);
    kept->entry = copy_or_null(bundle->entry);
    kept->self_test = copy_or_null(bundle->self_test);
    kept->options = v8ssr_bundle_options(bundle);
    kept->script = script;
    kept->length = length;
    kept->next = *first;
    *first = kept;
    return kept;
}

static void remove_at(v8ssr_kept **at)
{
    v8ssr_kept *kept = *at;

    *at = kept->next;
    free(kept->name);
    free(kept->path);
    free(kept->entry);
    free(kept->self_test);
    free(kept->script);
    free(kept);
}

v8ssr_kept *v8ssr_kept_find(const v8ssr_bundle *bundle)
{
    return *find_in(&retained()->good, bundle);
}

int v8ssr_kept_is(const v8ssr_kept *kept, const v8ssr_bundle *bundle,
                  const char *script, size_t length)
{
    return kept != NULL && same_text(kept->self_test, bundle->self_test) &&
           kept->options == v8ssr_bundle_options(bundle) &&
           kept->length == length && memcmp(kept->script, script, length) == 0;
}

v8ssr_kept *v8ssr_kept_add(const v8ssr_bundle *bundle, char *script,
                           size_t length)
{
    return add_to(&retained()->good, bundle, script, length);
}

void v8ssr_kept_drop_unused(void)
{
    v8ssr_kept **at = &retained()->good;

    while (*at != NULL) {
        if ((*at)->in_use) {
            (*at)->in_use = 0;
            at = &(*at)->next;
        }
        else {
            remove_at(at);
        }
    }
}

void v8ssr_refused_add(const v8ssr_bundle *bundle, char *script, size_t length)
{
    v8ssr_kept **at = find_in(&retained()->refused, bundle);

    if (*at != NULL) {
        remove_at(at);
    }
    add_to(&retained()->refused, bundle, script, length);
}

int v8ssr_refused_is(const v8ssr_bundle *bundle, const char *script,
                     size_t length)
{
    return v8ssr_kept_is(*find_in(&retained()->refused, bundle), bundle,
                         script, length);
}

void v8ssr_refused_clear(void)
{
    while (retained()->refused != NULL) {
        remove_at(&retained()->refused);
    }
}
