/* SPDX-License-Identifier: Apache-2.0
 *
 * mod_v8ssr.c: the module's record and its hooks, nothing else.
 */
#include "module/breaker.h"
#include "module/child.h"
#include "module/cache.h"
#include "module/config.h"
#include "module/counts.h"
#include "module/fallback.h"
#include "module/fetch.h"
#include "module/fill.h"
#include "module/image.h"
#include "module/l2.h"
#include "module/linger.h"
#include "module/madeup.h"
#include "module/poison.h"
#include "module/purge.h"
#include "module/quick.h"
#include "module/reap.h"
#include "module/reload.h"
#include "module/request.h"
#include "module/roll.h"
#include "module/status.h"
#include "module/zone.h"

#include <http_config.h>
#include <http_connection.h>
#include <mpm_common.h>
#include <http_protocol.h>
#include <http_request.h>

static void register_hooks(apr_pool_t *p)
{
    v8ssr_save_register(p);
    v8ssr_linger_register(p);
    v8ssr_madeup_register(p);
    v8ssr_fallback_register(p);
    ap_hook_pre_connection(v8ssr_linger_pre_connection, NULL, NULL,
                           APR_HOOK_MIDDLE);
    /* start and every restart: the cache's memory */
    ap_hook_post_config(v8ssr_zone_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* the same, once that memory is there: what memcached needs of it */
    ap_hook_post_config(v8ssr_l2_post_config, NULL, NULL, APR_HOOK_LAST);
    /* the parent, when a child has ended */
    ap_hook_child_status(v8ssr_zone_child_status, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(v8ssr_poison_child_status, NULL, NULL,
                         APR_HOOK_MIDDLE);
    ap_hook_monitor(v8ssr_poison_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(v8ssr_poison_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(v8ssr_breaker_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* configtest, start and every restart, after the configuration is read */
    ap_hook_check_config(v8ssr_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* start and every restart, once the logs are open */
    ap_hook_post_config(v8ssr_image_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(v8ssr_reap_post_config, NULL, NULL, APR_HOOK_LAST);
    /* the parent, now and then */
    ap_hook_monitor(v8ssr_reload_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    /* from one version's children to the next one's */
    ap_hook_post_config(v8ssr_roll_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(v8ssr_roll_child_status, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(v8ssr_roll_child_init, NULL, NULL, APR_HOOK_REALLY_LAST);
    /* start and every restart, before children are forked */
    ap_hook_post_config(v8ssr_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* each child, before it accepts; first, so that its last cleanup is ours */
    ap_hook_child_init(v8ssr_child_init, NULL, NULL, APR_HOOK_FIRST);
    /* the same, when it may use the hooks of all modules */
    ap_hook_child_init(v8ssr_fill_child_init, NULL, NULL,
                       APR_HOOK_REALLY_LAST);
    /* a child that is told to go, before its threads are joined */
    ap_hook_child_stopping(v8ssr_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    /* start and every restart: what children share about fetch() */
    ap_hook_post_config(v8ssr_fetch_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* before anybody looks at the fields */
    ap_hook_post_read_request(v8ssr_fetch_post_read_request, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_quick_handler(v8ssr_quick_handler, NULL, NULL, APR_HOOK_MIDDLE);
    /* after mod_proxy, mod_alias and mod_rewrite: what they map is theirs;
     * before the core maps the URL to a file */
    ap_hook_translate_name(v8ssr_translate_name, NULL, NULL, APR_HOOK_LAST);
    /* in place of the walk through directories */
    ap_hook_map_to_storage(v8ssr_map_to_storage, NULL, NULL, APR_HOOK_FIRST);
    /* in place of mod_mime, which would look at the URL's extension */
    ap_hook_type_checker(v8ssr_type_checker, NULL, NULL, APR_HOOK_FIRST);
    /* after access control and after SetHandler had its say */
    ap_hook_fixups(v8ssr_fixups, NULL, NULL, APR_HOOK_MIDDLE);
    /* a shell in place of a page */
    ap_hook_insert_filter(v8ssr_fallback_insert_filter, NULL, NULL,
                          APR_HOOK_MIDDLE);
    ap_hook_handler(v8ssr_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(v8ssr_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(v8ssr_purge_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(v8ssr) = {
    STANDARD20_MODULE_STUFF,
    v8ssr_create_dir_config,
    v8ssr_merge_dir_config,
    v8ssr_create_server_config,
    v8ssr_merge_server_config,
    v8ssr_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE,
};
