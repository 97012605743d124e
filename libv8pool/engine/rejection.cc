// SPDX-License-Identifier: Apache-2.0
//
// rejection.cc: keeps the set of unhandled rejections (v8-rules e4).

#include "rejection.h"

#include "failure.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace v8e {

// A loop may reject for ever; the first few say what is wrong.
constexpr size_t kKept = 8;

void PromiseRejected(v8::PromiseRejectMessage message)
{
    v8::Local<v8::Promise> promise = message.GetPromise();
    v8e_isolate *own = v8e_isolate::From(promise->GetIsolate());
    auto &list = own->rejected;

    if (message.GetEvent() == v8::kPromiseRejectWithNoHandler) {
        if (list.size() < kKept) {
            list.emplace_back(own->v8, promise);
        }
        return;
    }
    if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
        list.erase(std::remove_if(list.begin(), list.end(),
                                  [&](const v8::Global<v8::Promise> &kept) {
                                      return kept == promise;
                                  }),
                   list.end());
    }
}

void LogUnhandled(v8e_isolate *own, v8::Local<v8::Context> context)
{
    auto list = std::move(own->rejected);

    own->rejected.clear();
    if (own->ending) {
        return; // describing them would run what is to end
    }
    for (const auto &kept : list) {
        v8::Local<v8::Promise> promise = kept.Get(own->v8);
        v8pool_error err;

        if (promise->HasHandler()) {
            continue; // the render's own promise, see MarkAsHandled()
        }
        DescribeValue(own->v8, context, promise->Result(), &err);
        std::string line = std::string("unhandled rejection: ") + err.message;

        if (err.line > 0) {
            line += " at " + std::string(err.source) + ":" +
                    std::to_string(err.line) + ":" +
                    std::to_string(err.column);
        }
        own->sink->log(own->sink->baton, V8POOL_LOG_WARN, line.data(),
                       line.size());
    }
}

} // namespace v8e
