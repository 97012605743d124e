/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h: fetch() of one job: what its run asks for goes to the fetch thread,
 * what that thread has goes into the job's mail and wakes the worker.
 */
#ifndef V8P_NET_H
#define V8P_NET_H

#include "engine/net.h"
#include "job.h"

/* What a run asks for; their baton is the job. */
extern const v8e_net v8p_net;

/* Worker.  Hands the mail to the run. */
void v8p_net_deliver(v8pool_job *job, v8e_run *run);

/* The last owner, and whoever begins the job anew.  Pre: no exchange is left. */
void v8p_net_clear(v8pool_job *job);

#endif /* V8P_NET_H */
