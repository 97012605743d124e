/* SPDX-License-Identifier: Apache-2.0
 *
 * channel.h: the events of one job, in order.  Bounded by bytes, with what the
 * list of events takes itself: a chunk is
 * taken while less than job->channel_bytes is unread, so that one large body
 * passes whole and an endless stream waits for its reader.
 */
#ifndef V8P_CHANNEL_H
#define V8P_CHANNEL_H

#include "job.h"

/* Asker.  Pre: job->mtx is held.  0 when there is nothing to take.  Sets *poke
 * when the worker waits for the room it made. */
int v8p_channel_take(v8pool_job *job, v8pool_event *event, int *poke);

/* Pre: job->mtx is held, the job is about to end.  Its last line: how many more
 * there were. */
void v8p_channel_end(v8pool_job *job);

/* The last owner. */
void v8p_channel_clear(v8pool_job *job);

#endif /* V8P_CHANNEL_H */
