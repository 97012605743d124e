/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_hop.c: one request and its response through libcurl, which neither
 * follows redirects nor knows the policy: it asks before it connects
 * (address_allowed()) and before it sends (connection_allowed()).
 */
#include "fetch_inside.h"

#include "error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what may be connected to ------------------------------------------------------ */

static int refuse_address(v8p_fetch *f, const char *address, const char *kind)
{
    if (f->verdict != V8P_FETCH_PUBLIC || kind == NULL) {
        return 0;
    }
    f->error = V8P_FETCH_E_REFUSED;
    snprintf(f->why, sizeof(f->why),
             "refused: %s is a %s address, which is not allowed for this host",
             address, kind);
    return 1;
}

static const char *address_text(const struct sockaddr *address, char *to,
                                unsigned size)
{
    const void *bytes =
        address->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)
                                  address)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)
                                  address)->sin_addr;

    return inet_ntop(address->sa_family, bytes, to, size) != NULL ? to : "?";
}

/* Called with each address of a name, until one can be connected to. */
static curl_socket_t address_allowed(void *baton, curlsocktype purpose,
                                     struct curl_sockaddr *address)
{
    v8p_fetch *f = baton;
    char text[INET6_ADDRSTRLEN];

    (void)purpose;
    if (refuse_address(f, address_text(&address->addr, text, sizeof(text)),
                       v8p_fetch_address_kind(&address->addr))) {
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* Also for a connection that another exchange has made, under another policy
 * maybe. */
static int connection_allowed(void *baton, char *primary_ip, char *local_ip,
                              int primary_port, int local_port)
{
    v8p_fetch *f = baton;

    (void)local_ip;
    (void)primary_port;
    (void)local_port;
    if (refuse_address(f, primary_ip,
                       v8p_fetch_address_text_kind(primary_ip))) {
        return CURL_PREREQFUNC_ABORT;
    }
    f->error = V8P_FETCH_E_NONE; /* of an address that was passed over */
    return CURL_PREREQFUNC_OK;
}

/* --- what comes back -------------------------------------------------------------- */

static size_t on_header(char *line, size_t size, size_t count, void *baton)
{
    v8p_fetch *f = baton;

    size *= count;
    switch (v8p_head_line(&f->head, line, size)) {
    case V8P_HEAD_MORE:
        return size;
    case V8P_HEAD_WHOLE:
        return v8p_fetch_head_whole(f) ? size : 0;
    case V8P_HEAD_BAD:
        f->error = V8P_FETCH_E_PROTOCOL;
        snprintf(f->why, sizeof(f->why),
                 "the response's head is no HTTP, or larger than %zu bytes",
                 V8P_FETCH_HEAD_MAX);
        return 0;
    default:
        f->error = V8P_FETCH_E_MEMORY;
        return 0;
    }
}

/* As much of a redirect's body is read as costs less than a connection. */
#define SWALLOWED_MAX 65536u

static size_t swallow(v8p_fetch *f, size_t size)
{
    f->swallowed += size;
    return f->swallowed <= SWALLOWED_MAX ? size : 0;
}

/* The reader's side of this is v8p_fetch_consumed(): one of both sees what the
 * other wrote. */
static int must_pause(v8p_fetch *f)
{
    if (atomic_load(&f->unconsumed) <= V8P_FETCH_UNCONSUMED) {
        return 0;
    }
    atomic_store(&f->paused, 1);
    if (atomic_load(&f->unconsumed) > V8P_FETCH_UNCONSUMED / 2) {
        return 1;
    }
    atomic_store(&f->paused, 0);
    return 0;
}

static int hand_on(v8p_fetch *f, const char *data, size_t size)
{
    v8p_fetch_event event = {.kind = V8P_FETCH_DATA, .length = size};

    event.data = malloc(size);
    if (event.data == NULL) {
        f->error = V8P_FETCH_E_MEMORY;
        return 0;
    }
    memcpy(event.data, data, size);
    f->received += size;
    v8p_fetch_count(&f->fetcher->config.counts->received_bytes, size);
    atomic_fetch_add(&f->unconsumed, size);
    return v8p_fetch_deliver(f, &event);
}

static size_t on_data(char *data, size_t size, size_t count, void *baton)
{
    v8p_fetch *f = baton;

    size *= count;
    if (f->next_url.text != NULL) {
        return swallow(f, size);
    }
    if (size == 0) {
        return 0;
    }
    if (size > f->policy.max_response_bytes - f->received) {
        f->error = V8P_FETCH_E_TOO_LARGE;
        snprintf(f->why, sizeof(f->why),
                 "the body is larger than %zu bytes",
                 f->policy.max_response_bytes);
        return 0;
    }
    if (must_pause(f)) {
        return CURL_WRITEFUNC_PAUSE;
    }
    return hand_on(f, data, size) ? size : 0;
}

/* --- what goes out ---------------------------------------------------------------- */

static int is_one_of(const char *name, const char *const *list)
{
    while (*list != NULL && strcasecmp(*list, name) != 0) {
        list++;
    }
    return *list != NULL;
}

/* The connection's own, and what libcurl derives from URL and body. */
static int is_ours(const v8p_fetch *f, const char *name)
{
    static const char *const ours[] = {
        "connection", "content-length", "expect", "host", "keep-alive",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        NULL};
    const char *mark = f->policy.local_mark_name;

    return is_one_of(name, ours) ||
           (mark != NULL && strcasecmp(name, mark) == 0);
}

/* Fetch standard, HTTP-redirect fetch, steps 12 and 13; Cookie as well: here it
 * is the bundle that sets it. */
static int is_dropped(const v8p_fetch *f, const char *name)
{
    static const char *const about_body[] = {
        "content-encoding", "content-language", "content-location",
        "content-type", NULL};
    static const char *const credentials[] = {
        "authorization", "cookie", "proxy-authorization", NULL};

    return (f->drops_body && is_one_of(name, about_body)) ||
           (f->drops_credentials && is_one_of(name, credentials));
}

static int add_field(v8p_fetch *f, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 3;
    char *line = malloc(size);
    struct curl_slist *grown = NULL;

    if (line != NULL) {
        /* libcurl takes "Name:" for a field that is left out */
        snprintf(line, size, *value != '\0' ? "%s: %s" : "%s;", name, value);
        grown = curl_slist_append(f->fields, line);
        free(line);
    }
    f->fields = grown != NULL ? grown : f->fields;
    return grown != NULL;
}

static int leave_out(v8p_fetch *f, const char *name_and_colon)
{
    struct curl_slist *grown = curl_slist_append(f->fields, name_and_colon);

    f->fields = grown != NULL ? grown : f->fields;
    return grown != NULL;
}

static int has_body(const v8p_fetch *f)
{
    return !f->drops_body && (f->request.body != NULL || f->request.streamed);
}

/* What libcurl would add to a body unless told not to. */
static int add_own_fields(v8p_fetch *f, int has_type, int has_agent)
{
    int ok = has_agent ||
             add_field(f, "User-Agent", "v8pool/" V8POOL_VERSION);

    if (f->verdict == V8P_FETCH_LOCAL && f->policy.local_mark_name != NULL) {
        ok = ok && add_field(f, f->policy.local_mark_name,
                             f->policy.local_mark_value);
    }
    ok = ok && leave_out(f, "Expect:");
    return ok && (has_type || leave_out(f, "Content-Type:"));
}

static int add_fields(v8p_fetch *f)
{
    const v8p_fetch_request *r = &f->request;
    int has_type = 0, has_agent = 0;
    size_t i;

    for (i = 0; i < r->header_count; i++) {
        const v8pool_header *h = &r->headers[i];

        if (is_ours(f, h->name) || is_dropped(f, h->name)) {
            continue;
        }
        if (!add_field(f, h->name, h->value)) {
            return 0;
        }
        has_type = has_type || strcasecmp(h->name, "content-type") == 0;
        has_agent = has_agent || strcasecmp(h->name, "user-agent") == 0;
    }
    return add_own_fields(f, has_type, has_agent);
}

static void set_method(v8p_fetch *f)
{
    CURL *easy = f->easy;
    int wants_length = strcmp(f->method, "POST") == 0 ||
                       strcmp(f->method, "PUT") == 0;

    if (strcmp(f->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (has_body(f) && f->request.streamed) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, v8p_fetch_upload_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, f);
    }
    else if (has_body(f) || wants_length) {
        size_t length = has_body(f) ? f->request.body_length : 0;

        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         has_body(f) ? f->request.body : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, f->method);
}

/* Host and TLS's server name stay those of the URL; which scheme is spoken
 * there is the place's: TLS may end in front of the server.  It is this machine,
 * so its certificate, which may be anybody's in a development, says nothing.
 * HTTP/1.1, whose requests take the threads that were counted: streams of
 * HTTP/2 would wait for mod_http2's, which renders may hold. */
static int set_place(v8p_fetch *f)
{
    const v8pool_fetch_place *place = &f->request.place;
    int is_v6 = strchr(place->address, ':') != NULL;
    char *url = v8p_fetch_url_with_scheme(&f->url, place->tls);
    char to[INET6_ADDRSTRLEN + 32];
    int ok;

    snprintf(to, sizeof(to), "::%s%s%s:%d", is_v6 ? "[" : "", place->address,
             is_v6 ? "]" : "", place->port);
    f->connect_to = curl_slist_append(NULL, to);
    ok = url != NULL && f->connect_to != NULL &&
         curl_easy_setopt(f->easy, CURLOPT_URL, url) == CURLE_OK &&
         curl_easy_setopt(f->easy, CURLOPT_CONNECT_TO, f->connect_to) ==
             CURLE_OK;
    free(url);
    curl_easy_setopt(f->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(f->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(f->easy, CURLOPT_HTTP_VERSION,
                     (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(f->easy, CURLOPT_PIPEWAIT, 0L);
    return ok;
}

static int set_target(v8p_fetch *f)
{
    if (f->verdict == V8P_FETCH_LOCAL) {
        return set_place(f);
    }
    return curl_easy_setopt(f->easy, CURLOPT_URL, f->url.text) == CURLE_OK;
}

/* QUICK_EXIT: giving an exchange up must not wait for its name server. */
static void set_options(v8p_fetch *f)
{
    CURL *easy = f->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->curl_says);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, f->url.tls ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SHARE, f->fetcher->share);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, address_allowed);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, connection_allowed);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, f);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->fields);
    if (f->fetcher->config.ca_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, f->fetcher->config.ca_file);
    }
}

int v8p_fetch_hop_open(v8p_fetch *f)
{
    v8p_head_clear(&f->head);
    f->swallowed = 0;
    f->curl_says[0] = '\0';
    f->easy = curl_easy_init();
    if (f->easy == NULL || !add_fields(f)) {
        return 0;
    }
    set_options(f);
    set_method(f);
    return set_target(f) &&
           curl_multi_add_handle(f->fetcher->multi, f->easy) == CURLM_OK;
}

void v8p_fetch_hop_close(v8p_fetch *f)
{
    if (f->easy != NULL) {
        long connects = 0;

        curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &connects);
        v8p_fetch_count(&f->fetcher->config.counts->connects,
                        (uint64_t)connects);
        curl_multi_remove_handle(f->fetcher->multi, f->easy);
        curl_easy_cleanup(f->easy);
        f->easy = NULL;
    }
    curl_slist_free_all(f->fields);
    curl_slist_free_all(f->connect_to);
    f->fields = f->connect_to = NULL;
}

/* --- what went wrong -------------------------------------------------------------- */

static void describe_connect(v8p_fetch *f, char *why, size_t size)
{
    char text[100];
    long number = 0;
    const char *said;

    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &number);
    if (number == 0) {
        snprintf(why, size, "no connection: %s", f->curl_says);
        return;
    }
    said = strerror_r((int)number, text, sizeof(text));
    snprintf(why, size, "%c%s", *said >= 'A' && *said <= 'Z' ? *said + 32
                                                            : *said,
             *said != '\0' ? said + 1 : "");
}

enum v8p_fetch_error v8p_fetch_hop_error(v8p_fetch *f, CURLcode result,
                                         char *why, size_t size)
{
    const char *said = f->curl_says[0] != '\0' ? f->curl_says
                                               : curl_easy_strerror(result);

    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        snprintf(why, size, "the host %s was not found", f->url.host);
        return V8P_FETCH_E_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        describe_connect(f, why, size);
        return V8P_FETCH_E_CONNECT;
    case CURLE_OUT_OF_MEMORY:
        snprintf(why, size, "out of memory");
        return V8P_FETCH_E_MEMORY;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        snprintf(why, size, "TLS: %s", said);
        return V8P_FETCH_E_TLS;
    case CURLE_GOT_NOTHING:
        snprintf(why, size, "the connection was closed without an answer");
        return V8P_FETCH_E_PROTOCOL;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        snprintf(why, size, "the connection was closed half-way (%s)", said);
        return V8P_FETCH_E_PROTOCOL;
    default:
        snprintf(why, size, "%s", said);
        return V8P_FETCH_E_PROTOCOL;
    }
}
