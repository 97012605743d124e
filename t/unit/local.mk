# SPDX-License-Identifier: Apache-2.0
# C tests that print TAP.  Those of the pool link the fake engine (no V8, so
# that ThreadSanitizer sees every thread); those of the engine link V8.

POOL_UNIT_TESTS = \
    t/unit/test_arguments \
    t/unit/test_cancel \
    t/unit/test_body \
    t/unit/test_channel \
    t/unit/test_fair \
    t/unit/test_fair_flights \
    t/unit/test_fetch \
    t/unit/test_fetch_address \
    t/unit/test_fetch_breaker \
    t/unit/test_fetch_cancel \
    t/unit/test_fetch_failure \
    t/unit/test_fetch_head \
    t/unit/test_fetch_http2 \
    t/unit/test_fetch_policy \
    t/unit/test_fetch_pool \
    t/unit/test_fetch_redirect \
    t/unit/test_fetch_turns \
    t/unit/test_fetch_upload \
    t/unit/test_fresh \
    t/unit/test_give_up \
    t/unit/test_imports \
    t/unit/test_inline \
    t/unit/test_load \
    t/unit/test_loop \
    t/unit/test_queue \
    t/unit/test_ready \
    t/unit/test_recycle \
    t/unit/test_source \
    t/unit/test_sourcemap \
    t/unit/test_stop \
    t/unit/test_stress \
    t/unit/test_stuck \
    t/unit/test_template \
    t/unit/test_text \
    t/unit/test_timeout \
    t/unit/test_watchdog
CACHE_UNIT_TESTS = \
    t/unit/test_cache_compress \
    t/unit/test_cache_death \
    t/unit/test_cache_directives \
    t/unit/test_cache_field \
    t/unit/test_cache_flight \
    t/unit/test_cache_freshness \
    t/unit/test_cache_key \
    t/unit/test_cache_negotiate \
    t/unit/test_cache_query \
    t/unit/test_cache_sfdict \
    t/unit/test_cache_status \
    t/unit/test_cache_store \
    t/unit/test_cache_tags \
    t/unit/test_cache_threads
ENGINE_UNIT_TESTS = \
    t/unit/test_engine_answer \
    t/unit/test_engine_body \
    t/unit/test_engine_builtin \
    t/unit/test_engine_bundle \
    t/unit/test_engine_codecache \
    t/unit/test_engine_codeimage \
    t/unit/test_engine_entry \
    t/unit/test_engine_ctx \
    t/unit/test_engine_failure \
    t/unit/test_engine_finaliser \
    t/unit/test_engine_fresh \
    t/unit/test_engine_hostile \
    t/unit/test_engine_image \
    t/unit/test_engine_imagecheck \
    t/unit/test_engine_later \
    t/unit/test_engine_limits \
    t/unit/test_engine_module \
    t/unit/test_engine_loop \
    t/unit/test_engine_output \
    t/unit/test_engine_places \
    t/unit/test_engine_process \
    t/unit/test_engine_request \
    t/unit/test_engine_runtime \
    t/unit/test_engine_sandbox \
    t/unit/test_engine_seam \
    t/unit/test_engine_signal \
    t/unit/test_engine_template
PROGRAM_UNIT_TESTS = \
    t/unit/test_cli_snapshot \
    t/unit/test_routes \
    t/unit/test_seccomp
TIER_UNIT_TESTS = \
    t/unit/test_breaker \
    t/unit/test_servers \
    t/unit/test_tier \
    t/unit/test_tier_faults \
    t/unit/test_tier_purge \
    t/unit/test_tier_purge_lost \
    t/unit/test_tier_writer \
    t/unit/test_value
# ThreadSanitizer knows nothing of processes that die (test_cache_death)
THREAD_UNIT_TESTS = $(POOL_UNIT_TESTS) \
    t/unit/test_cache_flight \
    t/unit/test_cache_store \
    t/unit/test_cache_threads \
    $(TIER_UNIT_TESTS)
UNIT_TESTS = $(POOL_UNIT_TESTS) $(CACHE_UNIT_TESTS) $(TIER_UNIT_TESTS) \
    $(ENGINE_UNIT_TESTS) $(PROGRAM_UNIT_TESTS)
check_PROGRAMS += $(UNIT_TESTS)

UNIT_CPPFLAGS = $(POOL_CPPFLAGS) -I$(srcdir)/libv8pool -I$(srcdir)/t/unit \
    -DHOSTILE_DIR='"$(abs_top_srcdir)/bundles/hostile"' \
    -DSHOP_BUNDLE='"$(abs_top_srcdir)/bundles/preact-shop/dist/server.js"' \
    -DV8SSR_PROGRAM='"$(abs_top_builddir)/v8ssr"' \
    -DBUNDLE_DIR='"$(abs_top_srcdir)/t/bundles"'

check_LTLIBRARIES += t/unit/libtap.la t/unit/libfake.la
t_unit_libtap_la_SOURCES = \
    t/unit/tap.c t/unit/tap.h t/unit/fixture.c t/unit/fixture.h \
    t/unit/inside.c t/unit/inside.h t/unit/site.c t/unit/site.h
t_unit_libtap_la_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_libfake_la_SOURCES = \
    libv8pool/engine/fake.c libv8pool/engine/fake.h \
    libv8pool/engine/fake_body.c libv8pool/engine/fake_names.c \
    libv8pool/engine/fake_signal.c libv8pool/once.c
t_unit_libfake_la_CPPFLAGS = $(UNIT_CPPFLAGS)

# --- the pool, with the fake engine ------------------------------------------

FAKE_CPPFLAGS = $(UNIT_CPPFLAGS) $(APR_CFLAGS)
FAKE_LDADD = t/unit/libtap.la libv8p.la t/unit/libfake.la $(APR_LIBS) \
    $(CURL_LIBS) -lpthread

t_unit_test_arguments_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_arguments_LDADD = $(FAKE_LDADD)
t_unit_test_cancel_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_cancel_LDADD = $(FAKE_LDADD)
t_unit_test_body_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_body_LDADD = $(FAKE_LDADD)
t_unit_test_channel_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_channel_LDADD = $(FAKE_LDADD)
t_unit_test_give_up_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_give_up_LDADD = $(FAKE_LDADD)
t_unit_test_fresh_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_fresh_LDADD = $(FAKE_LDADD)
t_unit_test_imports_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_imports_LDADD = $(FAKE_LDADD)
t_unit_test_inline_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_inline_LDADD = $(FAKE_LDADD)
t_unit_test_load_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_load_LDADD = $(FAKE_LDADD)
t_unit_test_loop_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_loop_LDADD = $(FAKE_LDADD)
t_unit_test_queue_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_queue_LDADD = $(FAKE_LDADD)
t_unit_test_ready_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_ready_LDADD = $(FAKE_LDADD)
t_unit_test_recycle_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_recycle_LDADD = $(FAKE_LDADD)
t_unit_test_source_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_source_LDADD = $(FAKE_LDADD)
t_unit_test_sourcemap_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_sourcemap_LDADD = $(FAKE_LDADD)
t_unit_test_stop_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_stop_LDADD = $(FAKE_LDADD)
t_unit_test_stress_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_stress_LDADD = $(FAKE_LDADD)
t_unit_test_text_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_text_LDADD = $(FAKE_LDADD)
t_unit_test_stuck_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_stuck_LDADD = $(FAKE_LDADD)
t_unit_test_template_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_template_LDADD = $(FAKE_LDADD)
t_unit_test_timeout_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_timeout_LDADD = $(FAKE_LDADD)
t_unit_test_watchdog_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_watchdog_LDADD = $(FAKE_LDADD)

# --- the fetcher: a pool's, without one, and a server of its own ----------------

FETCH_CPPFLAGS = $(UNIT_CPPFLAGS) $(APR_CFLAGS) $(CURL_CFLAGS)
FETCH_LDADD = t/unit/libfetchfixture.la t/unit/libtap.la libv8p.la \
    t/unit/libfake.la $(APR_LIBS) $(CURL_LIBS) -lpthread

check_LTLIBRARIES += t/unit/libfetchfixture.la
t_unit_libfetchfixture_la_SOURCES = \
    t/unit/fetch_fixture.c t/unit/fetch_fixture.h \
    t/unit/origin.c t/unit/origin.h
t_unit_libfetchfixture_la_CPPFLAGS = $(FETCH_CPPFLAGS)

t_unit_test_fair_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_fair_LDADD = $(FAKE_LDADD)
t_unit_test_fair_flights_CPPFLAGS = $(FAKE_CPPFLAGS)
t_unit_test_fair_flights_LDADD = $(FAKE_LDADD)
t_unit_test_fetch_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_address_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_address_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_breaker_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_breaker_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_http2_CPPFLAGS = $(FETCH_CPPFLAGS) \
    -DHTTP2_SERVER='"$(abs_top_srcdir)/t/unit/http2_server.mjs"'
t_unit_test_fetch_http2_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_pool_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_pool_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_failure_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_failure_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_cancel_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_cancel_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_head_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_head_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_policy_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_policy_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_redirect_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_redirect_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_turns_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_turns_LDADD = $(FETCH_LDADD)
t_unit_test_fetch_upload_CPPFLAGS = $(FETCH_CPPFLAGS)
t_unit_test_fetch_upload_LDADD = $(FETCH_LDADD)

# --- the cache: its store ----------------------------------------------------------

STORE_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/cache $(APR_CFLAGS)

check_LTLIBRARIES += t/unit/libcachefixture.la
t_unit_libcachefixture_la_SOURCES = \
    t/unit/cache_fixture.c t/unit/cache_fixture.h
t_unit_libcachefixture_la_CPPFLAGS = $(STORE_CPPFLAGS)
STORE_LDADD = t/unit/libcachefixture.la t/unit/libtap.la librcache.la \
    $(APR_LIBS) -lpthread

t_unit_test_cache_death_CPPFLAGS = $(STORE_CPPFLAGS)
t_unit_test_cache_death_LDADD = $(STORE_LDADD)
t_unit_test_cache_flight_CPPFLAGS = $(STORE_CPPFLAGS)
t_unit_test_cache_flight_LDADD = $(STORE_LDADD)
t_unit_test_cache_store_CPPFLAGS = $(STORE_CPPFLAGS)
t_unit_test_cache_store_LDADD = $(STORE_LDADD)
t_unit_test_cache_threads_CPPFLAGS = $(STORE_CPPFLAGS)
t_unit_test_cache_threads_LDADD = $(STORE_LDADD)

# --- the cache: its parsers, with neither httpd nor V8 -----------------------

CACHE_CPPFLAGS = -I$(srcdir) -I$(srcdir)/t/unit $(APR_CFLAGS)
CACHE_LDADD = t/unit/libdice.la librcache.la $(APR_LIBS) -lpthread

check_LTLIBRARIES += t/unit/libdice.la
t_unit_libdice_la_SOURCES = \
    t/unit/dice.c t/unit/dice.h t/unit/tap.c t/unit/tap.h
t_unit_libdice_la_CPPFLAGS = $(CACHE_CPPFLAGS)

t_unit_test_cache_directives_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_directives_LDADD = $(CACHE_LDADD)
t_unit_test_cache_field_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_field_LDADD = $(CACHE_LDADD)
t_unit_test_cache_freshness_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_freshness_LDADD = $(CACHE_LDADD)
t_unit_test_cache_key_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_key_LDADD = $(CACHE_LDADD)
t_unit_test_cache_compress_CPPFLAGS = $(CACHE_CPPFLAGS) $(BROTLI_CFLAGS)
t_unit_test_cache_compress_LDADD = $(CACHE_LDADD) $(BROTLIDEC_LIBS) $(ZLIB_LIBS)
t_unit_test_cache_negotiate_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_negotiate_LDADD = $(CACHE_LDADD)
t_unit_test_cache_query_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_query_LDADD = $(CACHE_LDADD)
t_unit_test_cache_sfdict_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_sfdict_LDADD = $(CACHE_LDADD)
t_unit_test_cache_status_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_status_LDADD = $(CACHE_LDADD)
t_unit_test_cache_tags_CPPFLAGS = $(CACHE_CPPFLAGS)
t_unit_test_cache_tags_LDADD = $(CACHE_LDADD)

# --- V8, through the public interface ----------------------------------------

ENGINE_LDADD = t/unit/libtap.la libv8pool.la -lpthread

t_unit_test_engine_answer_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_answer_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_body_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_body_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_builtin_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_builtin_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_bundle_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_bundle_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_codeimage_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_codeimage_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_entry_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_entry_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_ctx_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_ctx_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_failure_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_failure_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_hostile_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_hostile_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_finaliser_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_finaliser_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_fresh_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_fresh_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_later_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_later_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_limits_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_limits_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_module_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_module_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_signal_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_signal_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_template_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_template_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_loop_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_loop_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_output_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_output_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_places_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_places_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_process_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_process_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_request_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_request_LDADD = $(ENGINE_LDADD)
t_unit_test_engine_runtime_CPPFLAGS = $(UNIT_CPPFLAGS) \
    -DRUNTIME_DIR='"$(abs_top_srcdir)/t/runtime"'
t_unit_test_engine_runtime_LDADD = $(ENGINE_LDADD)

# --- V8, behind the seam, and the layout of images ------------------------------

# the engine alone asks for templates, and comes after the library that has them
SEAM_LINK = $(AM_LDFLAGS) $(V8_RPATH) -Wl,-u,v8p_template_pieces
SEAM_LIBS = t/unit/libtap.la libv8p.la libv8e.la $(APR_LIBS) $(V8_LIBS) \
    $(CURL_LIBS) -lpthread
# link with the C++ compiler
nodist_EXTRA_t_unit_test_engine_codecache_SOURCES = none.cc
t_unit_test_engine_codecache_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_codecache_LDFLAGS = $(SEAM_LINK)
t_unit_test_engine_codecache_LDADD = $(SEAM_LIBS)
nodist_EXTRA_t_unit_test_engine_image_SOURCES = none.cc
t_unit_test_engine_image_CPPFLAGS = $(UNIT_CPPFLAGS) $(APR_CFLAGS)
t_unit_test_engine_image_LDFLAGS = $(SEAM_LINK)
t_unit_test_engine_image_LDADD = $(SEAM_LIBS)
nodist_EXTRA_t_unit_test_engine_imagecheck_SOURCES = none.cc
t_unit_test_engine_imagecheck_CPPFLAGS = $(UNIT_CPPFLAGS) $(APR_CFLAGS)
t_unit_test_engine_imagecheck_LDFLAGS = $(SEAM_LINK)
t_unit_test_engine_imagecheck_LDADD = $(SEAM_LIBS)
t_unit_test_engine_sandbox_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_sandbox_LDADD = $(ENGINE_LDADD)
nodist_EXTRA_t_unit_test_engine_seam_SOURCES = none.cc
t_unit_test_engine_seam_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_engine_seam_LDFLAGS = $(SEAM_LINK)
t_unit_test_engine_seam_LDADD = $(SEAM_LIBS)

# --- the v8ssr program ---------------------------------------------------------

t_unit_test_cli_snapshot_CPPFLAGS = $(UNIT_CPPFLAGS) $(APR_CFLAGS)
t_unit_test_cli_snapshot_LDADD = $(ENGINE_LDADD)
# the module's route manifest: its part without httpd
ROUTE_SOURCES = \
    module/route_manifest.c module/route_manifest.h \
    module/route_table.c module/route_table.h \
    module/route_values.c module/route_values.h \
    module/values.c module/values.h t/unit/route_reference.h
t_unit_test_routes_SOURCES = t/unit/test_routes.c $(ROUTE_SOURCES)
t_unit_test_routes_CPPFLAGS = $(CACHE_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_test_routes_LDADD = $(CACHE_LDADD) $(JANSSON_LIBS)
# what the module does to it before it begins
t_unit_test_seccomp_SOURCES = \
    t/unit/test_seccomp.c t/unit/tap.c t/unit/tap.h \
    module/seccomp.c module/seccomp.h
t_unit_test_seccomp_CPPFLAGS = -I$(srcdir)/module -I$(srcdir)/t/unit

# --- the cache's memcached tier, with a memcached of their own ----------------

TIER_CPPFLAGS = -I$(srcdir)/cache -I$(srcdir)/t/unit $(APR_CFLAGS) \
    $(MEMCACHED_CFLAGS)
TIER_LDADD = t/unit/libtiertap.la librcache.la $(APR_LIBS) -lpthread

check_LTLIBRARIES += t/unit/libtiertap.la
t_unit_libtiertap_la_SOURCES = \
    t/unit/hosts.c t/unit/hosts.h t/unit/memcached.c t/unit/memcached.h \
    t/unit/tap.c t/unit/tap.h
t_unit_libtiertap_la_CPPFLAGS = $(TIER_CPPFLAGS)

t_unit_test_breaker_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_breaker_LDADD = $(TIER_LDADD)
t_unit_test_servers_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_servers_LDADD = $(TIER_LDADD)
t_unit_test_tier_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_tier_LDADD = $(TIER_LDADD)
t_unit_test_tier_faults_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_tier_faults_LDADD = $(TIER_LDADD)
t_unit_test_tier_purge_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_tier_purge_LDADD = $(TIER_LDADD)
t_unit_test_tier_purge_lost_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_tier_purge_lost_LDADD = $(TIER_LDADD)
t_unit_test_tier_writer_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_tier_writer_LDADD = $(TIER_LDADD)
t_unit_test_value_CPPFLAGS = $(TIER_CPPFLAGS)
t_unit_test_value_LDADD = $(TIER_LDADD)
