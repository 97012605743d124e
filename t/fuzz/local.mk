# SPDX-License-Identifier: Apache-2.0
# Fuzzers, of libFuzzer: docs/fuzzing.md.  `make fuzzers` in a build directory
# that t/fuzz/run configures; no other build makes them.

FUZZERS = \
    t/fuzz/fuzz_bundle \
    t/fuzz/fuzz_control \
    t/fuzz/fuzz_fetch \
    t/fuzz/fuzz_image \
    t/fuzz/fuzz_key \
    t/fuzz/fuzz_negotiate \
    t/fuzz/fuzz_pool \
    t/fuzz/fuzz_purgelog \
    t/fuzz/fuzz_routes \
    t/fuzz/fuzz_sitemap \
    t/fuzz/fuzz_sourcemap \
    t/fuzz/fuzz_store \
    t/fuzz/fuzz_template \
    t/fuzz/fuzz_value
EXTRA_PROGRAMS += $(FUZZERS)
fuzzers: $(FUZZERS)
.PHONY: fuzzers

FUZZ_LINK = -fsanitize=fuzzer $(AM_LDFLAGS)
FUZZ_CACHE_CPPFLAGS = -I$(srcdir) $(APR_CFLAGS)
FUZZ_CACHE_LDADD = librcache.la $(APR_LIBS) -lpthread
FUZZ_POOL_CPPFLAGS = $(POOL_CPPFLAGS) -I$(srcdir)/libv8pool $(APR_CFLAGS) \
    $(CURL_CFLAGS)
FUZZ_POOL_LDADD = libv8p.la t/unit/libfake.la $(APR_LIBS) $(CURL_LIBS) \
    -lpthread

t_fuzz_fuzz_key_SOURCES = t/fuzz/fuzz_key.c t/fuzz/fuzz.h
t_fuzz_fuzz_key_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS)
t_fuzz_fuzz_key_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_key_LDADD = $(FUZZ_CACHE_LDADD)
t_fuzz_fuzz_negotiate_SOURCES = t/fuzz/fuzz_negotiate.c t/fuzz/fuzz.h
t_fuzz_fuzz_negotiate_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS)
t_fuzz_fuzz_negotiate_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_negotiate_LDADD = $(FUZZ_CACHE_LDADD)
t_fuzz_fuzz_control_SOURCES = t/fuzz/fuzz_control.c t/fuzz/fuzz.h
t_fuzz_fuzz_control_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS)
t_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_control_LDADD = $(FUZZ_CACHE_LDADD)
t_fuzz_fuzz_value_SOURCES = t/fuzz/fuzz_value.c t/fuzz/fuzz.h
t_fuzz_fuzz_value_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS)
t_fuzz_fuzz_value_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_value_LDADD = $(FUZZ_CACHE_LDADD)
# the log alone: the fuzzer is its memcached
t_fuzz_fuzz_purgelog_SOURCES = \
    t/fuzz/fuzz_purgelog.c t/fuzz/fuzz.h cache/purgelog.c
t_fuzz_fuzz_purgelog_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS) $(MEMCACHED_CFLAGS)
t_fuzz_fuzz_purgelog_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_purgelog_LDADD = $(APR_LIBS)
t_fuzz_fuzz_store_SOURCES = t/fuzz/fuzz_store.c t/fuzz/fuzz.h
t_fuzz_fuzz_store_CPPFLAGS = $(FUZZ_CACHE_CPPFLAGS) -I$(srcdir)/cache \
    -I$(srcdir)/t/unit
t_fuzz_fuzz_store_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_store_LDADD = t/unit/libcachefixture.la t/unit/libtap.la \
    $(FUZZ_CACHE_LDADD)

t_fuzz_fuzz_bundle_SOURCES = t/fuzz/fuzz_bundle.c t/fuzz/fuzz.h \
    libv8pool/tools/manifest.c
t_fuzz_fuzz_bundle_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_bundle_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_bundle_LDADD = $(FUZZ_POOL_LDADD)
t_fuzz_fuzz_fetch_SOURCES = t/fuzz/fuzz_fetch.c t/fuzz/fuzz.h
t_fuzz_fuzz_fetch_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_fetch_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_fetch_LDADD = $(FUZZ_POOL_LDADD)
t_fuzz_fuzz_image_SOURCES = t/fuzz/fuzz_image.c t/fuzz/fuzz.h
t_fuzz_fuzz_image_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_image_LDADD = $(FUZZ_POOL_LDADD)
t_fuzz_fuzz_pool_SOURCES = t/fuzz/fuzz_pool.c t/fuzz/fuzz.h
t_fuzz_fuzz_pool_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_pool_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_pool_LDADD = $(FUZZ_POOL_LDADD)
t_fuzz_fuzz_sourcemap_SOURCES = t/fuzz/fuzz_sourcemap.c t/fuzz/fuzz.h
t_fuzz_fuzz_sourcemap_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_sourcemap_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_sourcemap_LDADD = $(FUZZ_POOL_LDADD)
t_fuzz_fuzz_template_SOURCES = t/fuzz/fuzz_template.c t/fuzz/fuzz.h
t_fuzz_fuzz_template_CPPFLAGS = $(FUZZ_POOL_CPPFLAGS)
t_fuzz_fuzz_template_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_template_LDADD = $(FUZZ_POOL_LDADD)

# httpd's few functions are the fuzzer's own
t_fuzz_fuzz_sitemap_SOURCES = t/fuzz/fuzz_sitemap.c t/fuzz/fuzz.h \
    module/sitemap.c
t_fuzz_fuzz_sitemap_CPPFLAGS = -I$(srcdir) $(HTTPD_CPPFLAGS) $(APR_CFLAGS)
t_fuzz_fuzz_sitemap_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_sitemap_LDADD = $(APR_LIBS)

# its part without httpd
t_fuzz_fuzz_routes_SOURCES = t/fuzz/fuzz_routes.c t/fuzz/fuzz.h \
    $(ROUTE_SOURCES)
t_fuzz_fuzz_routes_CPPFLAGS = -I$(srcdir) $(APR_CFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_routes_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_routes_LDADD = $(APR_LIBS) $(JANSSON_LIBS)
