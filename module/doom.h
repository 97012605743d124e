/* SPDX-License-Identifier: Apache-2.0
 *
 * doom.h: a child that has lost what it cannot get back (an isolate, memory)
 * leaves: it takes no more connections, ends what it has, exits, and httpd
 * starts another one.
 */
#ifndef V8SSR_DOOM_H
#define V8SSR_DOOM_H

/* Thread: any.  Blocks: no.  Once is enough. */
void v8ssr_doom(void);

#endif /* V8SSR_DOOM_H */
