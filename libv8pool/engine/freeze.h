// SPDX-License-Identifier: Apache-2.0
//
// freeze.h: JavaScript's own objects made unchangeable, for one context.

#ifndef V8E_FREEZE_H
#define V8E_FREEZE_H

#include "isolate.h"

namespace v8e {

// After the bundle was evaluated, or taken from a snapshot: V8 cannot read a
// frozen Array.prototype back from one (c4), and a bundle may bring polyfills.
v8pool_status FreezeIntrinsics(v8e_isolate *own, v8::Local<v8::Context> context,
                               v8pool_error *err);

} // namespace v8e

#endif // V8E_FREEZE_H
