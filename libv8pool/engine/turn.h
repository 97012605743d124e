// SPDX-License-Identifier: Apache-2.0
//
// turn.h: a run, and what the engine's files share about the turn it is in.
// Everything here belongs to the isolate's thread.

#ifndef V8E_TURN_H
#define V8E_TURN_H

#include "fetch.h"
#include "isolate.h"
#include "run.h"

#include <deque>

namespace v8e {

struct Timer {
    uint32_t id;
    uint64_t due_us;
    uint64_t every_us; // 0 = once
    v8::Global<v8::Function> function;
    v8::Global<v8::Value> frame; // continuation data of whoever set it
};

struct Task {
    v8::Global<v8::Function> function;
    v8::Global<v8::Value> frame;
};

enum class Stage { kNew, kEntry, kSending, kAfter, kEnded };

// Why it ends early.
enum class Aborting { kNo, kGone, kLate };

} // namespace v8e

struct v8e_run {
    v8e_context *own = nullptr;
    const v8pool_request *request = nullptr;
    const v8e_sink *sink = nullptr;
    uint32_t id = 0; // what its ctx and its continuations know it by
    v8e::Stage stage = v8e::Stage::kNew;
    // Header fields that ctx has set, each name once, in lower case.
    std::vector<std::pair<std::string, std::string>> fields;
    v8::Global<v8::Value> frame;     // { render: id }
    v8::Global<v8::Promise> awaited; // the answer's, then that of sending it
    std::vector<v8e::Timer> timers;
    std::deque<v8e::Task> tasks;
    uint32_t last_timer = 0;
    std::vector<v8e::Exchange> exchanges;
    std::deque<v8e::NetEvent> events;
    uint32_t last_exchange = 0;
    bool wants_body = false; // waits for the next piece of its request's
    unsigned kept = 0; // promises given to ctx.waitUntil(), pending
    v8::Global<v8::Function> on_room; // waits for room in the channel
    bool has_room = false;            // there is some since
    v8e::Aborting aborting = v8e::Aborting::kNo;
    bool was_told = false; // of that
    v8::Global<v8::Value> page;   // what the entry was given as its request
    v8::Global<v8::Value> signal; // once ctx.signal was looked at
    v8::Global<v8::Function> on_cancel; // cancels the stream that it sends
    size_t sent_bytes = 0;
    std::string behind; // of a template: what follows the body
    std::string nonce;  // once it was asked for
    v8pool_status send_status = V8POOL_OK; // why a chunk was refused
    v8pool_timing timing = {};
    std::unique_ptr<v8pool_error> failed; // what renderError was asked about
};

namespace v8e {

// The run whose code is on the stack, by the continuation it belongs to; else
// the one whose turn it is.  NULL: none, a bundle is being loaded, or the run
// has ended.
v8e_run *CurrentRun(v8e_isolate *isolate);

// What the continuations of a run carry with them (v8-rules e2).
v8::Local<v8::Value> MakeFrame(const v8e_run *run);

// The run of that id; NULL: it has ended.
v8e_run *FindRun(v8e_isolate *isolate, uint32_t id);

// Whether something can still come for it that is no other run's doing.
bool HasOutstanding(const v8e_run *run);

} // namespace v8e

#endif // V8E_TURN_H
