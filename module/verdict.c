/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.c: a note is a file of the store without contents of interest: its
 * name is the hash of all that the verdict depends on.
 */
#include "verdict.h"

#include "script.h"
#include "store.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char NOTE[] = "passed its check\n";

/* The MPM takes -k out of what modules see of the arguments. */
static size_t read_arguments(char *arguments, size_t size)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, arguments, size) : -1;

    if (fd >= 0) {
        close(fd);
    }
    return length > 0 ? (size_t)length : 0;
}

static int is_signal(const char *word)
{
    return strcmp(word, "graceful") == 0 || strcmp(word, "restart") == 0;
}

int v8ssr_verdict_is_for_another(void)
{
    char arguments[4096 + 2] = "";
    size_t length = read_arguments(arguments, sizeof(arguments) - 2);
    const char *at = arguments; /* two ends follow the last one */

    for (; at < arguments + length; at += strlen(at) + 1) {
        if (strncmp(at, "-k", 2) == 0) {
            return is_signal(at[2] != '\0' ? at + 2 : at + 3);
        }
    }
    return 0;
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "-";
}

static void make_key(apr_pool_t *p, const v8ssr_server_config *c,
                     const v8ssr_bundle *bundle, const char *script,
                     size_t length, char *key)
{
    char hash[V8SSR_KEY_LENGTH + 1];
    const char *all;

    v8ssr_store_hash(script, length, hash);
    all = apr_psprintf(p, "%s%s\n%s\n%s\n%s\n%u\n%" APR_TIME_T_FMT "\n%s", NOTE,
                       hash, bundle->path, or_none(bundle->entry),
                       or_none(bundle->self_test), v8ssr_bundle_options(bundle),
                       v8ssr_load_timeout(c), v8ssr_script_checker(p, c));
    v8ssr_store_hash(all, strlen(all), key);
}

void v8ssr_verdict_note(apr_pool_t *p, const v8ssr_server_config *c,
                        const v8ssr_bundle *bundle, const char *script,
                        size_t length)
{
    char key[V8SSR_KEY_LENGTH + 1];
    int dir;

    if (v8ssr_store_open(p, v8ssr_image_dir(p, c), &dir) == NULL) {
        make_key(p, c, bundle, script, length, key);
        (void)v8ssr_store_put(p, dir, key, NOTE, sizeof(NOTE) - 1);
        close(dir);
    }
}

int v8ssr_verdict_is_good(apr_pool_t *p, const v8ssr_server_config *c,
                          const v8ssr_bundle *bundle, const char *script,
                          size_t length)
{
    char key[V8SSR_KEY_LENGTH + 1];
    v8ssr_mapping note = {NULL, 0, NULL, 0};
    int dir, is_good;

    if (v8ssr_store_open(p, v8ssr_image_dir(p, c), &dir) != NULL) {
        return 0;
    }
    make_key(p, c, bundle, script, length, key);
    is_good = v8ssr_store_find(p, dir, key, &note) == NULL &&
              note.length == sizeof(NOTE) - 1 &&
              memcmp(note.image, NOTE, sizeof(NOTE) - 1) == 0;
    v8ssr_mapping_destroy(&note);
    close(dir);
    return is_good;
}
