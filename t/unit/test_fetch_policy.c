/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_policy.c: which URLs may be reached, and which addresses are
 * nobody's on the Internet.
 */
#include "fetch_policy.h"

#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct v8p_fetch_judged judged(const v8pool_fetch_policy *policy,
                                      const char *origin,
                                      const v8pool_fetch_place *place,
                                      const char *text)
{
    struct v8p_fetch_url url = {0};
    struct v8p_fetch_judged said = {V8P_FETCH_NO, "no URL"};
    const char *wrong = v8p_fetch_url_parse(&url, NULL, text);

    if (wrong != NULL) {
        tap_note("%s: %s", text, wrong);
        return said;
    }
    said = v8p_fetch_judge(policy, origin, place, &url);
    v8p_fetch_url_clear(&url);
    return said;
}

/* One rule, one URL. */
static enum v8p_fetch_verdict ruled(const char *name, int port, int private_too,
                                    const char *url)
{
    v8pool_fetch_host host = {name, port, private_too};
    v8pool_fetch_place place = {0};
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    policy.hosts = &host;
    policy.host_count = 1;
    return judged(&policy, NULL, &place, url).verdict;
}

static void test_policy_rule_matches_name_and_port(void)
{
    static const struct {
        const char *name;
        int port;
        const char *url;
        int wanted;
    } rows[] = {
        {"api.example", 0, "https://api.example/x", V8P_FETCH_PUBLIC},
        {"api.example", 0, "http://api.example:80/", V8P_FETCH_PUBLIC},
        {"api.example", 0, "https://API.Example./", V8P_FETCH_PUBLIC},
        {"api.example", 0, "https://api.example:8443/", V8P_FETCH_NO},
        {"api.example", 0, "http://api.example:443/", V8P_FETCH_NO},
        {"api.example", 8443, "https://api.example:8443/", V8P_FETCH_PUBLIC},
        {"api.example", 8443, "https://api.example/", V8P_FETCH_NO},
        {"api.example", -1, "http://api.example:1/", V8P_FETCH_PUBLIC},
        {"api.example", 0, "https://xapi.example/", V8P_FETCH_NO},
        {"api.example", 0, "https://api.example.evil/", V8P_FETCH_NO},
        {"api.example", 0, "https://x.api.example/", V8P_FETCH_NO},
        {"*.example", 0, "https://api.example/", V8P_FETCH_PUBLIC},
        {"*.example", 0, "https://a.b.example/", V8P_FETCH_PUBLIC},
        {"*.example", 0, "https://example/", V8P_FETCH_NO},
        {"*.example", 0, "https://evilexample/", V8P_FETCH_NO},
        {"*.1", 0, "http://8.8.8.1/", V8P_FETCH_NO},
        {"*", 0, "https://any.example/", V8P_FETCH_PUBLIC},
        {"*", 0, "http://10.0.0.1/", V8P_FETCH_PUBLIC},
        {"*", 0, "https://any.example:1/", V8P_FETCH_NO},
        {"10.0.0.1", 0, "http://10.0.0.1/", V8P_FETCH_ANY},
        {"10.0.0.1", 0, "http://0xa000001/", V8P_FETCH_ANY},
        {"10.0.0.1", 0, "http://10.0.0.2/", V8P_FETCH_NO},
        {"::1", 0, "http://[::1]/", V8P_FETCH_ANY},
        {"::1", 0, "http://[0:0:0:0:0:0:0:1]/", V8P_FETCH_ANY},
        {"::1", 0, "http://[::2]/", V8P_FETCH_NO},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tap_note("%s:%d and %s", rows[i].name, rows[i].port, rows[i].url);
        IS_INT(ruled(rows[i].name, rows[i].port, 0, rows[i].url),
               rows[i].wanted);
    }
    IS_INT(ruled("db.example", 0, 1, "https://db.example/"), V8P_FETCH_ANY);
    IS_INT(ruled("*", 0, 1, "https://db.example/"), V8P_FETCH_ANY);
}

static void test_policy_most_that_a_rule_allows_counts(void)
{
    static const v8pool_fetch_host hosts[] = {
        {"*", 0, 0}, {"db.example", 0, 1}, {"*.example", 0, 0}};
    v8pool_fetch_place place = {0};
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    policy.hosts = hosts;
    policy.host_count = 3;
    IS_INT(judged(&policy, NULL, &place, "http://db.example/").verdict,
           V8P_FETCH_ANY);
    IS_INT(judged(&policy, NULL, &place, "http://x.example/").verdict,
           V8P_FETCH_PUBLIC);
}

static void test_policy_off_refuses_all(void)
{
    v8pool_fetch_place place = {"127.0.0.1", 80, 0, 0};
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    IS_STR(judged(&policy, "http://a", &place, "http://a/").why,
           "fetch is off");
    IS_STR(judged(NULL, "http://a", &place, "http://a/").why, "fetch is off");
}

static void test_policy_local_is_the_own_origin(void)
{
    v8pool_fetch_place place = {"127.0.0.1", 80, 0, 0};
    v8pool_fetch_policy policy;
    const char *own = "https://shop.example";

    v8pool_fetch_policy_init(&policy);
    policy.local = 1;
    IS_INT(judged(&policy, own, &place, "https://shop.example/api").verdict,
           V8P_FETCH_LOCAL);
    IS_INT(judged(&policy, own, &place, "https://shop.example:443/").verdict,
           V8P_FETCH_LOCAL);
    HAS_STR(judged(&policy, own, &place, "http://shop.example/").why,
            "only this server's own pages");
    HAS_STR(judged(&policy, own, &place, "https://other.example/").why,
            "only this server's own pages");
    HAS_STR(judged(&policy, NULL, &place, "https://shop.example/").why,
            "only this server's own pages");
}

static void test_policy_local_may_be_refused(void)
{
    static const v8pool_fetch_host all = {"*", V8POOL_FETCH_PORT_ANY, 1};
    v8pool_fetch_place place = {"127.0.0.1", 80, 0, 1};
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    policy.local = 1;
    policy.hosts = &all; /* is no way round it */
    policy.host_count = 1;
    HAS_STR(judged(&policy, "http://a", &place, "http://a/").why, "a loop?");
    IS_INT(judged(&policy, "http://a", &place, "http://b/").verdict,
           V8P_FETCH_ANY);
    place.subrequest = 0;
    policy.local_refused = "not yet";
    IS_STR(judged(&policy, "http://a", &place, "http://a/").why, "not yet");
    policy.local_refused = NULL;
    place.address = NULL;
    HAS_STR(judged(&policy, "http://a", &place, "http://a/").why,
            "is not known");
}

static void test_policy_special_addresses_have_a_kind(void)
{
    static const char *const special[] = {
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
        "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.1.1",
        "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "2002:7f00:1::", "2002:a00:1::1", "2001::1", "100::1", "fc00::1",
        "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "nonsense", ""};
    static const char *const public[] = {
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
        "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "fe00::1",
        "2000::1"};
    size_t i;

    for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        tap_note("%s", special[i]);
        OK(v8p_fetch_address_text_kind(special[i]) != NULL);
    }
    for (i = 0; i < sizeof(public) / sizeof(public[0]); i++) {
        tap_note("%s", public[i]);
        OK(v8p_fetch_address_text_kind(public[i]) == NULL);
    }
}

static void test_policy_socket_addresses_are_the_same(void)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};

    inet_pton(AF_INET, "192.168.0.1", &four.sin_addr);
    inet_pton(AF_INET6, "fe80::1", &six.sin6_addr);
    IS_STR(v8p_fetch_address_kind((void *)&four), "private");
    IS_STR(v8p_fetch_address_kind((void *)&six), "link-local");
    IS_STR(v8p_fetch_address_kind(&other), "unknown");
    inet_pton(AF_INET, "8.8.8.8", &four.sin_addr);
    OK(v8p_fetch_address_kind((void *)&four) == NULL);
}

TAP_MAIN(RUN(test_policy_rule_matches_name_and_port),
         RUN(test_policy_most_that_a_rule_allows_counts),
         RUN(test_policy_off_refuses_all),
         RUN(test_policy_local_is_the_own_origin),
         RUN(test_policy_local_may_be_refused),
         RUN(test_policy_special_addresses_have_a_kind),
         RUN(test_policy_socket_addresses_are_the_same))
