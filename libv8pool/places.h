/* SPDX-License-Identifier: Apache-2.0
 *
 * places.h: places in a bundle's files, told as its source maps tell them:
 * those of an error, and those in a text.
 *
 * Maps are read when the first place is asked for: a bundle that never fails
 * pays nothing.
 *
 * Thread: any.  Blocks: the first time, as long as reading a map takes (some
 * ten milliseconds for 5 MB), for others of the bundle as well.
 */
#ifndef V8P_PLACES_H
#define V8P_PLACES_H

#include "v8pool.h"

struct v8p_places;

/* `source` and `origin` are a bundle's, and stay.  NULL: no memory. */
struct v8p_places *v8p_places_create(const char *source, size_t length,
                                     const char *origin);
void v8p_places_destroy(struct v8p_places **places);

/* What a map does not know stays as it is.  places may be NULL. */
void v8p_places_map_error(struct v8p_places *places, v8pool_error *err);

/* "PATH:LINE:COLUMN" in the text.  Owns: the result is malloc'ed; NULL: there
 * is nothing to map. */
char *v8p_places_map_text(struct v8p_places *places, const char *text,
                          size_t length);

#endif /* V8P_PLACES_H */
