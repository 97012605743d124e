/* SPDX-License-Identifier: Apache-2.0
 *
 * origin.h: an HTTP/1.1 server on 127.0.0.1 for the tests of fetch, a thread
 * for each connection.  What it does is in the path:
 *
 *   /hello           "hello\n"
 *   /fields          Set-Cookie twice, a folded field, spaces
 *   /hints           103 first, then "hello\n"
 *   /chunked         ten pieces, and a trailer
 *   /crumbs          ORIGIN_CRUMBS pieces of one byte
 *   /gzip /deflate /br   CODED_TEXT, coded
 *   /echo            what it was asked, head and body, as text
 *   /big?BYTES       so many
 *   /slow            the head, and "hello\n" once origin_release() was called
 *   /late            the same, but all of it only then
 *   /hang            no answer
 *   /close           closes instead
 *   /half            closes in the midst of the body
 *   /garbage         no HTTP
 *   /to?STATUS&URL   a redirect there, with a small body
 *   /loop            a redirect to itself
 *   /sip             reads the body only once origin_release() was called
 *   /refuses         403 and "no\n" at once, and reads the body then
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define ORIGIN_CRUMBS 5000

#define CODED_TEXT                                                             \
    "hello hello hello hello\nhello hello hello hello\nhello hello hello "     \
    "hello\n"

struct origin {
    int port;
    int is_v6;
    atomic_int connections;  /* accepted so far */
    atomic_int open;         /* of these, open */
    atomic_int requests;     /* heads read */
    atomic_int waiting;      /* in /slow, /late, /sip or /hang */
    atomic_int most_at_once; /* requests being answered */
    atomic_int at_once;
    atomic_size_t sent;      /* bytes of /big */
    atomic_int released;
    atomic_int stopping;
    int listener;
    pthread_t thread;
};

/* NULL: fails a check. */
struct origin *origin_start(void);
struct origin *origin_start_v6(void);
void origin_stop(struct origin **origin);
void origin_release(struct origin *origin);

/* "http://HOST:PORT/PATH"; host NULL = 127.0.0.1.  Good for the next 8 calls of
 * the thread. */
const char *origin_url(const struct origin *origin, const char *host,
                       const char *path);

/* A port where nobody listens. */
int closed_port(void);

#endif /* ORIGIN_H */
