// SPDX-License-Identifier: Apache-2.0
//
// rejection.h: promises that were rejected with nobody listening.

#ifndef V8E_REJECTION_H
#define V8E_REJECTION_H

#include "isolate.h"

namespace v8e {

void PromiseRejected(v8::PromiseRejectMessage message);

// After the last microtask: each that is left becomes one warning.  It does
// not fail the render, as the page may be complete without it.
void LogUnhandled(v8e_isolate *isolate, v8::Local<v8::Context> context);

} // namespace v8e

#endif // V8E_REJECTION_H
