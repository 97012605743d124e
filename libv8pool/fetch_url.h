/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_url.h: an http or https URL in its parts.  libcurl's parser, so that
 * what the policy looks at is what libcurl connects to.
 */
#ifndef V8P_FETCH_URL_H
#define V8P_FETCH_URL_H

struct v8p_fetch_url {
    char *text;   /* whole, without a fragment */
    char *origin; /* "https://shop.example:8443"; no port where it is the
                     scheme's own */
    char *host;   /* lower case; v6 without brackets */
    int port;
    int tls;      /* https */
};

/* Absolute text, or relative to base (may be NULL).
 * Owns:   on success v8p_fetch_url_clear() is owed; *url was zero before.
 * Errors: NULL = success; else what was expected, a constant. */
const char *v8p_fetch_url_parse(struct v8p_fetch_url *url, const char *base,
                                const char *text);
void v8p_fetch_url_clear(struct v8p_fetch_url *url);

/* The text with another scheme; malloc'ed; NULL = out of memory. */
char *v8p_fetch_url_with_scheme(const struct v8p_fetch_url *url, int tls);

/* For a message: up to the query, cut to size. */
void v8p_fetch_url_shown(const char *text, char *to, unsigned size);

#endif /* V8P_FETCH_URL_H */
