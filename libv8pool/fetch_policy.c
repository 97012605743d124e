/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_policy.c: the rules of names and the table of addresses that are
 * nobody's on the Internet (IANA's special-purpose registries, RFC 6890).
 */
#include "fetch_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

void v8pool_fetch_policy_init(v8pool_fetch_policy *policy)
{
    memset(policy, 0, sizeof(*policy));
    policy->local_max = 1;
    policy->timeout_ms = 2000;
    policy->max_fetches = 50;
    policy->max_response_bytes = (size_t)16 * 1024 * 1024;
    policy->breaker_failures = 5;
    policy->breaker_ms = 10000;
}

/* --- names -------------------------------------------------------------------- */

/* 0 = no IP address; else its length. */
static size_t address_of(const char *text, unsigned char bytes[16])
{
    if (inet_pton(AF_INET, text, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

static int same_address(const char *one, const char *other)
{
    unsigned char a[16], b[16];
    size_t n = address_of(one, a);

    return n != 0 && n == address_of(other, b) && memcmp(a, b, n) == 0;
}

/* 10.0.0.1 is not a name below 1. */
static int is_below(const char *host, const char *domain)
{
    unsigned char bytes[16];
    size_t n = strlen(host), d = strlen(domain);

    return n > d && strcmp(host + n - d, domain) == 0 &&
           address_of(host, bytes) == 0;
}

static int port_matches(const v8pool_fetch_host *rule,
                        const struct v8p_fetch_url *url)
{
    if (rule->port == V8POOL_FETCH_PORT_DEFAULT) {
        return url->port == (url->tls ? 443 : 80);
    }
    return rule->port == V8POOL_FETCH_PORT_ANY || rule->port == url->port;
}

static enum v8p_fetch_verdict rule_says(const v8pool_fetch_host *rule,
                                        const struct v8p_fetch_url *url)
{
    enum v8p_fetch_verdict yes =
        rule->private_too ? V8P_FETCH_ANY : V8P_FETCH_PUBLIC;

    if (!port_matches(rule, url)) {
        return V8P_FETCH_NO;
    }
    if (same_address(rule->name, url->host)) {
        return V8P_FETCH_ANY; /* who names an address means it */
    }
    if (strcmp(rule->name, "*") == 0 || strcmp(rule->name, url->host) == 0) {
        return yes;
    }
    return rule->name[0] == '*' && is_below(url->host, rule->name + 1) ? yes
                                                                     : V8P_FETCH_NO;
}

static struct v8p_fetch_judged judge_local(const v8pool_fetch_policy *policy,
                                           const v8pool_fetch_place *place)
{
    struct v8p_fetch_judged said = {V8P_FETCH_NO, NULL};

    if (place->subrequest) {
        said.why = "the page is itself rendered for a fetch of this server, "
                   "which may make none of its own: a loop?";
    }
    else if (policy->local_refused != NULL) {
        said.why = policy->local_refused;
    }
    else if (place->address == NULL) {
        said.why = "the address of this server is not known here";
    }
    else {
        said.verdict = V8P_FETCH_LOCAL;
    }
    return said;
}

struct v8p_fetch_judged v8p_fetch_judge(const v8pool_fetch_policy *policy,
                                        const char *origin,
                                        const v8pool_fetch_place *place,
                                        const struct v8p_fetch_url *url)
{
    struct v8p_fetch_judged said = {V8P_FETCH_NO, NULL};
    size_t i;

    if (policy == NULL || (!policy->local && policy->host_count == 0)) {
        said.why = "fetch is off";
        return said;
    }
    if (policy->local && origin != NULL && strcmp(origin, url->origin) == 0) {
        return judge_local(policy, place);
    }
    for (i = 0; i < policy->host_count; i++) {
        enum v8p_fetch_verdict one = rule_says(&policy->hosts[i], url);

        said.verdict = one > said.verdict ? one : said.verdict;
    }
    if (said.verdict == V8P_FETCH_NO) {
        said.why = policy->host_count > 0
                       ? "host and port are not among those that may be "
                         "fetched"
                       : "only this server's own pages may be fetched";
    }
    return said;
}

/* --- addresses ------------------------------------------------------------------ */

struct network {
    unsigned char bytes[16];
    unsigned bits;
    const char *kind;
};

static const struct network v4[] = {
    {{0}, 8, "local"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared"},
    {{127}, 8, "loopback"},
    {{169, 254}, 16, "link-local"},
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved"},
    {{192, 168}, 16, "private"},
    {{198, 18}, 15, "benchmarking"},
    {{224}, 4, "multicast"},
    {{240}, 4, "reserved"},
};

static const struct network v6[] = {
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "private"}, /* a site's own NAT64 */
    {{1}, 64, "reserved"},
    {{0x20, 1, 0, 0}, 32, "reserved"}, /* Teredo: a v4 host behind a NAT */
    {{0xfc}, 7, "private"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "private"},
    {{0xff}, 8, "multicast"},
};

/* Networks whose addresses hold one of v4, from that byte on. */
static const struct {
    unsigned char bytes[12];
    unsigned bits, at;
} embedding[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12}, /* mapped */
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96, 12}, /* translated */
    {{0}, 96, 12},               /* compatible; ::, ::1 */
    {{0, 0x64, 0xff, 0x9b}, 96, 12}, /* NAT64 */
    {{0x20, 2}, 16, 2},          /* 6to4 */
};

static int is_in(const unsigned char *address, const unsigned char *network,
                 unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(address, network, whole) != 0) {
        return 0;
    }
    return rest == 0 ||
           ((address[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

static const char *look_up(const struct network *table, size_t count,
                           const unsigned char *address)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (is_in(address, table[i].bytes, table[i].bits)) {
            return table[i].kind;
        }
    }
    return NULL;
}

static const char *kind4(const unsigned char *address)
{
    return look_up(v4, sizeof(v4) / sizeof(v4[0]), address);
}

static const char *kind6(const unsigned char *address)
{
    static const unsigned char loopback[16] = {[15] = 1};
    size_t i;

    if (memcmp(address, loopback, sizeof(loopback)) == 0) {
        return "loopback";
    }
    for (i = 0; i < sizeof(embedding) / sizeof(embedding[0]); i++) {
        if (is_in(address, embedding[i].bytes, embedding[i].bits)) {
            return kind4(address + embedding[i].at);
        }
    }
    return look_up(v6, sizeof(v6) / sizeof(v6[0]), address);
}

const char *v8p_fetch_address_kind(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;

        return kind4((const void *)&in->sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;

        return kind6((const void *)&in6->sin6_addr);
    }
    return "unknown";
}

const char *v8p_fetch_address_text_kind(const char *address)
{
    unsigned char bytes[16];
    size_t n = address_of(address, bytes);

    if (n == 0) {
        return "unknown";
    }
    return n == 4 ? kind4(bytes) : kind6(bytes);
}
