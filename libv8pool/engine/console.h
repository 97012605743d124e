// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_CONSOLE_H
#define V8E_CONSOLE_H

#include "isolate.h"

namespace v8e {

// Gives console.debug, log, info, warn, error and trace a voice: one line each
// to the sink of the running call.  V8's own console prints nothing.
void InstallConsole(v8e_isolate *isolate, v8::Local<v8::Context> context);

// The native function behind them, for snapshots.
void ConsoleWrite(const v8::FunctionCallbackInfo<v8::Value> &info);

} // namespace v8e

#endif // V8E_CONSOLE_H
