/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_fetch.c: what fetch() is given and what comes back: URLs, redirects,
 * who may be reached, heads of responses.  The first byte says which.
 */
#include "fuzz.h"

#include "fetch_head.h"
#include "fetch_policy.h"
#include "fetch_url.h"

static int is_ascii(const char *text)
{
    while (*text > ' ' && *text < 0x7f) {
        text++;
    }
    return *text == '\0';
}

/* What the policy looks at is what is connected to: the text, read again, has
 * the same parts. */
static void check_url(const struct v8p_fetch_url *url)
{
    struct v8p_fetch_url again = {0}, other = {0};
    char *text;

    MUST(strncmp(url->text, url->tls ? "https://" : "http://",
                 url->tls ? 8 : 7) == 0);
    MUST(*url->host != '\0' && is_ascii(url->host));
    MUST(strpbrk(url->host, "/?#@\\ ") == NULL);
    MUST(strchr(url->text, '#') == NULL);
    MUST(url->port >= 0 && url->port <= 65535);
    MUST(v8p_fetch_url_parse(&again, NULL, url->text) == NULL);
    MUST(strcmp(again.text, url->text) == 0);
    MUST(strcmp(again.host, url->host) == 0 && again.port == url->port &&
         again.tls == url->tls && strcmp(again.origin, url->origin) == 0);
    v8p_fetch_url_clear(&again);
    /* and so has its origin */
    MUST(v8p_fetch_url_parse(&other, NULL, url->origin) == NULL);
    MUST(strcmp(other.host, url->host) == 0 && other.port == url->port);
    MUST(strcmp(other.origin, url->origin) == 0);
    v8p_fetch_url_clear(&other);
    text = v8p_fetch_url_with_scheme(url, !url->tls);
    MUST(text != NULL && strcmp(strstr(text, "://"),
                                strstr(url->text, "://")) == 0);
    free(text);
}

static void check_policy(const struct v8p_fetch_url *url, const char *name)
{
    v8pool_fetch_host hosts[2] = {{.name = "*.example"}, {.name = name}};
    v8pool_fetch_policy policy;
    v8pool_fetch_place place = {0};
    struct v8p_fetch_judged said;

    v8pool_fetch_policy_init(&policy);
    said = v8p_fetch_judge(&policy, NULL, &place, url);
    MUST(said.verdict == V8P_FETCH_NO && said.why != NULL);
    hosts[0].port = V8POOL_FETCH_PORT_ANY;
    hosts[1].port = V8POOL_FETCH_PORT_DEFAULT;
    policy.hosts = hosts;
    policy.host_count = 2;
    said = v8p_fetch_judge(&policy, NULL, &place, url);
    MUST((said.verdict == V8P_FETCH_NO) == (said.why != NULL));
    /* A wildcard is no way to an address of this network. */
    if (said.verdict == V8P_FETCH_ANY) {
        MUST(strcmp(v8p_fetch_address_text_kind(name) != NULL
                        ? v8p_fetch_address_text_kind(name)
                        : "",
                    "unknown") != 0);
    }
    if (said.verdict != V8P_FETCH_NO && strcmp(name, "*") != 0) {
        size_t n = strlen(url->host);
        int is_first = n > 8 && strcmp(url->host + n - 8, ".example") == 0;

        MUST(is_first || url->port == (url->tls ? 443 : 80));
    }
}

static void take_url(struct fuzz *fuzz, const char *base)
{
    const char *text = fuzz_line(fuzz);
    const char *name = fuzz_line(fuzz);
    struct v8p_fetch_url url = {0};
    const char *wrong = v8p_fetch_url_parse(&url, base, text);
    char shown[40];

    v8p_fetch_url_shown(text, shown, sizeof(shown));
    MUST(strnlen(shown, sizeof(shown)) < sizeof(shown));
    MUST(strpbrk(shown, "#\n\r") == NULL);
    if (wrong != NULL) {
        MUST(url.text == NULL && url.host == NULL && url.origin == NULL);
        return;
    }
    check_url(&url);
    check_policy(&url, name);
    v8p_fetch_url_clear(&url);
}

/* All strings of a head end within it. */
static void check_made(const struct v8p_head *head)
{
    v8p_fetch_head *made = v8p_head_make(head, "http://a/", 0);
    size_t i;

    MUST(made != NULL && made->status >= 200 && made->status <= 999);
    MUST(strcmp(made->url, "http://a/") == 0);
    for (i = 0; i < made->header_count; i++) {
        const char *c = made->headers[i].name;

        MUST(*c != '\0');
        for (; *c != '\0'; c++) {
            MUST(*c != ':' && *c != '\n' && !(*c >= 'A' && *c <= 'Z'));
        }
        MUST(strchr(made->headers[i].value, '\n') == NULL);
        MUST(v8p_head_find(head, made->headers[i].name) != NULL);
    }
    free(made);
}

static void take_head(struct fuzz *fuzz)
{
    struct v8p_head head;
    enum v8p_head_result result = V8P_HEAD_MORE;
    int lines;

    memset(&head, 0, sizeof(head));
    for (lines = 0; fuzz_left(fuzz) > 0 && result == V8P_HEAD_MORE &&
                    lines < FUZZ_PIECES - 2; lines++) {
        size_t length;
        const char *line = fuzz_until(fuzz, '\n', &length);

        result = v8p_head_line(&head, line, length);
        MUST(result != V8P_HEAD_MEMORY);
    }
    MUST((result == V8P_HEAD_WHOLE) == head.whole);
    if (result == V8P_HEAD_WHOLE) {
        check_made(&head);
    }
    v8p_head_clear(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz);

    if (mode % 4 == 0) {
        take_head(&fuzz);
    }
    else {
        take_url(&fuzz, mode % 4 == 1 ? "https://shop.example/a/b?c" : NULL);
    }
    fuzz_end(&fuzz);
    return 0;
}
