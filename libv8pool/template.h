/* SPDX-License-Identifier: Apache-2.0
 *
 * template.h: a template in its pieces, for the engine, which puts them around
 * what a render gives.
 */
#ifndef V8P_TEMPLATE_H
#define V8P_TEMPLATE_H

#include "v8pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum v8p_marker {
    V8P_MARKER_HEAD,  /* app-head */
    V8P_MARKER_HTML,  /* app-html, ssr-outlet */
    V8P_MARKER_STATE, /* ssr-state */
    V8P_MARKERS       /* none: the end */
} v8p_marker;

typedef struct v8p_piece {
    const char *text; /* the template's; not NUL-terminated */
    size_t length;
    v8p_marker marker; /* what stands behind it */
} v8p_piece;

/* In their order; the last one's marker is V8P_MARKERS, and no other's. */
const v8p_piece *v8p_template_pieces(const v8pool_template *of, size_t *count);

/* Whether it has that place. */
int v8p_template_has(const v8pool_template *of, v8p_marker marker);

/* A script element that sets window.__SSR_STATE__ to a JSON text, in which
 * nothing ends it.  nonce: of letters and digits; NULL = none.
 * Owns: malloc'ed, *length bytes.  NULL: no memory. */
char *v8p_template_state(const char *json, size_t json_length,
                         const char *nonce, size_t *length);

#ifdef __cplusplus
}
#endif

#endif /* V8P_TEMPLATE_H */
