// SPDX-License-Identifier: Apache-2.0
//
// render.cc: one render: call the entry, drain its microtasks, send the answer.

#include "isolate.h"

#include "../error.h"
#include "answer.h"
#include "failure.h"
#include "fatal.h"
#include "rejection.h"
#include "request.h"

#include <cstring>

namespace {

using v8::Local;

class Render {
  public:
    Render(v8e_context *own, Local<v8::Context> context, v8pool_error *err)
        : own_(own), isolate_(own->owner->v8), context_(context), err_(err)
    {
    }

    // The entry's value, a promise's once it is fulfilled.
    v8pool_status Call(const v8e::Running &running, Local<v8::Value> *value);

  private:
    v8pool_status Settle(Local<v8::Promise> promise, Local<v8::Value> *value);
    v8pool_status Adopt(Local<v8::Value> *value);

    v8e_context *own_;
    v8::Isolate *isolate_;
    Local<v8::Context> context_;
    v8pool_error *err_;
};

// A foreign promise (any object with `then`) becomes one of V8's.
v8pool_status Render::Adopt(Local<v8::Value> *value)
{
    v8::TryCatch caught(isolate_);
    Local<v8::Value> then;
    Local<v8::Promise::Resolver> resolver;

    if (!(*value)->IsObject() || (*value)->IsPromise()) {
        return V8POOL_OK;
    }
    if (!(*value).As<v8::Object>()
             ->Get(context_, own_->owner->Get(v8e::Name::then))
             .ToLocal(&then)) {
        return v8e::Failure(own_->owner, context_, caught, V8POOL_E_SCRIPT,
                            err_);
    }
    if (!then->IsFunction()) {
        return V8POOL_OK;
    }
    if (!v8::Promise::Resolver::New(context_).ToLocal(&resolver) ||
        resolver->Resolve(context_, *value).IsNothing()) {
        return v8e::Failure(own_->owner, context_, caught, V8POOL_E_SCRIPT,
                            err_);
    }
    *value = resolver->GetPromise();
    return V8POOL_OK;
}

v8pool_status Render::Settle(Local<v8::Promise> promise,
                             Local<v8::Value> *value)
{
    switch (promise->State()) {
    case v8::Promise::kFulfilled:
        *value = promise->Result();
        return V8POOL_OK;
    case v8::Promise::kRejected:
        return v8e::Rejection(own_->owner, context_, promise->Result(), err_);
    case v8::Promise::kPending:
        break;
    }
    // Nothing is outstanding that could settle it: no use in waiting (e1).
    return v8p_error_set(err_, V8POOL_E_HUNG,
                         "the returned promise can never settle: nothing it "
                         "could wait for is pending");
}

v8pool_status Render::Call(const v8e::Running &running,
                           Local<v8::Value> *value)
{
    v8::TryCatch caught(isolate_);
    const char *url = running.request->url;
    Local<v8::Value> args[] = {v8e::Utf8(isolate_, url, strlen(url)), {}};
    bool returned =
        v8e::MakeCtx(own_, context_, running).ToLocal(&args[1]) &&
        own_->entry.Get(isolate_)
            ->Call(context_, own_->receiver.Get(isolate_), 2, args)
            .ToLocal(value);
    v8pool_status status = V8POOL_OK;

    if (!returned) {
        status = v8e::Failure(own_->owner, context_, caught, V8POOL_E_SCRIPT,
                              err_);
    }
    else {
        status = Adopt(value);
        if (status == V8POOL_OK && (*value)->IsPromise()) {
            (*value).As<v8::Promise>()->MarkAsHandled();
        }
    }
    // Also after an error: what this render queued must not run in the next.
    own_->owner->Drain();
    if (own_->owner->heap_hit || isolate_->IsExecutionTerminating()) {
        return v8e::Failure(own_->owner, context_, caught, V8POOL_E_SCRIPT,
                            err_);
    }
    if (status == V8POOL_OK && (*value)->IsPromise()) {
        status = Settle((*value).As<v8::Promise>(), value);
    }
    return status;
}

} // namespace

v8pool_status v8e_render(v8e_context *own, const v8pool_request *request,
                         const v8e_sink *sink, v8pool_timing *timing,
                         v8pool_error *err)
{
    v8e::Entered entered(own, sink);
    v8e::Doing doing(own->name.c_str(), request->url);
    uint64_t gc_before = own->owner->gc_us;
    uint64_t start = v8e::NowUs();
    Local<v8::Value> value;
    v8e::Running running = {++own->owner->last_id, request, {}};

    own->owner->running = &running;
    v8pool_status status =
        Render(own, entered.local, err).Call(running, &value);
    uint64_t called = v8e::NowUs();

    if (status == V8POOL_OK) {
        status = v8e::SendAnswer(own->owner, entered.local, value, running,
                                 err);
    }
    own->owner->Drain(); // reading the answer may have queued more
    if (!own->owner->rejected.empty()) {
        v8e::LogUnhandled(own->owner, entered.local);
        own->owner->Drain();
    }
    own->owner->running = nullptr;
    timing->call_us = static_cast<uint32_t>(called - start);
    timing->output_us = static_cast<uint32_t>(v8e::NowUs() - called);
    timing->gc_us = static_cast<uint32_t>(own->owner->gc_us - gc_before);
    if (status != V8POOL_OK && status != V8POOL_DECLINED &&
        err->source[0] == '\0') {
        // Nothing was thrown: the entry is the place to look at.
        v8e::DescribePlace(own->owner->v8, own->entry.Get(own->owner->v8),
                           err);
    }
    if (own->owner->heap_hit && status != V8POOL_E_HEAP) {
        // The limit was passed and the script still ended: the isolate must go
        // all the same.
        status = v8p_error_message(
            err, V8POOL_E_HEAP,
                               "the heap limit of %zu MiB was reached",
                               own->owner->limits.heap_bytes / (1024 * 1024));
    }
    return status;
}
