// SPDX-License-Identifier: Apache-2.0
//
// timers.h: what comes later: setTimeout and its kin, queueMicrotask, and tasks
// for MessageChannel.

#ifndef V8E_TIMERS_H
#define V8E_TIMERS_H

#include "isolate.h"

namespace v8e {

// A bundle may have as many at a time in one render.
constexpr size_t kTimersMax = 10000;

// host.addTimer(function, milliseconds, repeats): its number.
void AddTimer(const v8::FunctionCallbackInfo<v8::Value> &info);
// host.clearTimer(number)
void ClearTimer(const v8::FunctionCallbackInfo<v8::Value> &info);
// host.queueTask(function): after all microtasks, before timers.
void QueueTask(const v8::FunctionCallbackInfo<v8::Value> &info);

// Runs what is due first, if anything is; an exception is logged.  Armed.
void RunDue(v8e_run *run, v8::Local<v8::Context> context);

// When the first timer is due; UINT64_MAX: there is none.
uint64_t FirstTimerUs(const v8e_run *run);

} // namespace v8e

#endif // V8E_TIMERS_H
