/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_builtin.c: modules that are no files: the runtime's, and
 * cloudflare:workers.
 */
#include "site.h"

/* Renders "/" of a.js in the site and compares. */
static void check_page(const struct site *site, const char *body)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = site_bundle(site, pool, "a.js", NULL);

    if (bundle != NULL) {
        OK(renders(pool, bundle, "/", body));
    }
    v8pool_destroy(&pool);
}

static void check_refused(const struct site *site, const char *message,
                          v8pool_error *err)
{
    v8pool *pool = pool_of(1);

    IS_STATUS(site_refused(site, pool, "a.js", err), V8POOL_E_BUNDLE);
    HAS_STR(err->message, message);
    v8pool_destroy(&pool);
}

/* node: modules are the runtime's: names, and all of it as default. */
static void test_builtin_modules_imported_and_required(void)
{
    struct site site;
    v8pool_error err;

    site_create(&site);
    site_write(&site, "a.js",
               "import path, { basename } from 'node:path';"
               "import { AsyncLocalStorage } from 'async_hooks';"
               "import './b.cjs';"
               "export const renderPage = async (u) => basename('/x/y')"
               " + (path.basename === basename) + cjs"
               " + (AsyncLocalStorage === globalThis.AsyncLocalStorage)"
               " + (await import('node:path')).posix.sep;");
    site_write(&site, "b.cjs", "globalThis.cjs = require('node:path').sep;");
    check_page(&site, "ytrue/true/");
    site_write(&site, "a.js", "import { nothing } from 'node:path';");
    check_refused(&site, "does not provide an export named 'nothing'", &err);
    site_write(&site, "a.js", "import 'node:none';");
    check_refused(&site, "node:async_hooks, node:", &err);
    site_remove(&site);
}

static void check_workers(const char *name, const char *text)
{
    static const v8pool_header values[] = {{"X", "1"}};
    static const v8pool_env env = {7, values, 1};
    v8pool_request request;
    struct site site;
    struct reply reply;
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle;

    site_create(&site);
    site_write(&site, name, text);
    bundle = site_bundle(&site, pool, name, NULL);
    OK(renders(pool, bundle, "/", "0:undefined"));
    v8pool_request_init(&request);
    request.env = &env;
    request.timeout_ms = request.queue_ms = WAIT_MS;
    reply_send(&reply, pool, bundle, &request);
    IS_STR(reply_body(&reply), "0:1");
    reply_clear(&reply);
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_workers_env_follows_the_render(void)
{
    check_workers("a.js",
                  "import { env } from 'cloudflare:workers';"
                  "const before = Object.keys(env).length;"
                  "export const renderPage = () => before + ':' + env.X;");
    check_workers("a.cjs",
                  "const w = require('cloudflare:workers');"
                  "const before = Object.keys(w.env).length;"
                  "exports.renderPage = () => before + ':' + w.env.X;");
}

TAP_MAIN(RUN(test_builtin_modules_imported_and_required),
         RUN(test_workers_env_follows_the_render))
