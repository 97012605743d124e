/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_body.h: the body of a request that comes while it is rendered
 * (v8pool_request.body_streamed).  Part of v8pool.h, which includes it: include
 * that one.
 *
 * Thread: that of v8pool_job_wait().
 * Blocks: none of them, but the last one.
 */
#ifndef V8POOL_BODY_H
#define V8POOL_BODY_H

typedef enum v8pool_body_end {
    V8POOL_BODY_WHOLE,
    V8POOL_BODY_CUT,      /* it came to no end: the bundle reads an error */
    V8POOL_BODY_TOO_LARGE /* likewise */
} v8pool_body_end;

/* Bytes that it takes now.  0: so much is unread that the bundle is to read
 * first, or nobody will read any more. */
V8POOL_API size_t v8pool_job_body_room(v8pool_job *job);

/* 1: the bundle has begun to read it.  Until then it may not want it at all. */
V8POOL_API int v8pool_job_body_is_wanted(v8pool_job *job);

/* The next bytes; copies.  Pre: there was room; all are taken, also if they are
 * more.  0: nobody reads it any more, or there is no memory: it will end as
 * cut. */
V8POOL_API int v8pool_job_body(v8pool_job *job, const char *data,
                               size_t length);

/* Nothing comes after that; later calls change nothing. */
V8POOL_API void v8pool_job_body_end(v8pool_job *job, v8pool_body_end how);

/* As v8pool_job_wait(); returns 0 as well when fd can be read, has an error or
 * was closed by the other side (-1 = none), and when more of the body is taken,
 * or wanted, than before.
 * Blocks: as that. */
V8POOL_API int v8pool_job_wait_fd(v8pool_job *job, v8pool_event *event,
                                  uint32_t wait_ms, int fd);

#endif /* V8POOL_BODY_H */
