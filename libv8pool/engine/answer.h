// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_ANSWER_H
#define V8E_ANSWER_H

#include "isolate.h"

namespace v8e {

// Reads what the entry returned (docs/bundle-contract.md) and sends it to the
// sink.  Armed: the value's getters are the bundle's.
// DECLINED for null; E_ANSWER with what was found and what is accepted.
// A body that comes in pieces is not sent yet then: run->awaited is the promise
// that it will be.
v8pool_status SendAnswer(v8e_run *run, v8::Local<v8::Context> context,
                         v8::Local<v8::Value> value, v8pool_error *err);

// Whether it is one, of whichever class.  Armed; a getter that throws makes it
// none.
bool IsResponse(const v8e_run *run, v8::Local<v8::Context> context,
                v8::Local<v8::Value> value);

} // namespace v8e

#endif // V8E_ANSWER_H
