/* SPDX-License-Identifier: Apache-2.0
 *
 * net_inside.h: the mail of a job, for net.c and its tests.
 */
#ifndef V8P_NET_INSIDE_H
#define V8P_NET_INSIDE_H

#include "fetch.h"
#include "net.h"

/* An event on its way.  Guarded by the job's mtx, while it is in the mail. */
struct v8p_mail {
    struct v8p_mail *next;
    uint32_t number;
    v8p_fetch_event event;
    size_t room;    /* DATA: how much event.data has room for */
    char message[]; /* END */
};

#endif /* V8P_NET_INSIDE_H */
