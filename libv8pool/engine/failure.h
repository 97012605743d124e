// SPDX-License-Identifier: Apache-2.0
//
// failure.h: turns what V8 threw into a v8pool_error.

#ifndef V8E_FAILURE_H
#define V8E_FAILURE_H

#include "isolate.h"

namespace v8e {

// What a caught exception, or the lack of one, means.  Armed: describing an
// error may run the bundle's code.  `thrown` is the status for an exception.
v8pool_status Failure(v8e_isolate *isolate, v8::Local<v8::Context> context,
                      const v8::TryCatch &caught, v8pool_status thrown,
                      v8pool_error *err);

// The same for a promise's reason, which no TryCatch has seen.
v8pool_status Rejection(v8e_isolate *isolate, v8::Local<v8::Context> context,
                        v8::Local<v8::Value> reason, v8pool_error *err);

// Message, position and stack of any thrown value.  Armed.
void DescribeValue(v8::Isolate *isolate, v8::Local<v8::Context> context,
                   v8::Local<v8::Value> thrown, v8pool_error *err);

// Source, line, column and stack of what runs now; the message is left alone.
void DescribeStack(v8::Isolate *isolate, v8pool_error *err);

// The same of a function's definition.
void DescribePlace(v8::Isolate *isolate, v8::Local<v8::Function> function,
                   v8pool_error *err);

} // namespace v8e

#endif // V8E_FAILURE_H
